import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf, type Input, numberAt, type Reading, type Roots } from './input.ts';
import { parseCounters } from './memory.ts';

/** `[[inputs.kernel]]`: counters of the kernel as a whole. */
export function kernelInput({ proc }: Roots): Input {
  return {
    name: 'kernel',
    gather() {
      const stat = readFileSync(join(proc, 'stat'), 'latin1');
      const vmstat = readFileSync(join(proc, 'vmstat'), 'latin1');
      return [kernelReading(stat, vmstat, entropyOf(proc))];
    },
  };
}

/** What the kernel doesn't tell is left out. Pages are what `pgpgin` and `pgpgout` of /proc/vmstat count: KiB. */
export function kernelReading(stat: string, vmstat: string, entropy: number | undefined): Reading {
  // The line `intr` begins with the sum of all.
  const counters = parseCounters(stat);
  const pages = parseCounters(vmstat);
  return {
    measurement: 'kernel',
    tags: [],
    fields: fieldsOf('integer', {
      boot_time: counters.get('btime'),
      context_switches: counters.get('ctxt'),
      disk_pages_in: pages.get('pgpgin'),
      disk_pages_out: pages.get('pgpgout'),
      entropy_avail: entropy,
      interrupts: counters.get('intr'),
      processes_forked: counters.get('processes'),
    }),
  };
}

function entropyOf(proc: string): number | undefined {
  try {
    return numberAt([readFileSync(join(proc, 'sys/kernel/random/entropy_avail'), 'latin1')], 0);
  } catch {
    return undefined;
  }
}
