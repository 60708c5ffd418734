import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fieldsOf, type Input, numberAt, type Reading, type Roots, wordsOf } from './input.ts';

export interface SystemState {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
  readonly cpus: number;
  /** Cores without their hyper-threads, where known. */
  readonly physicalCpus: number | undefined;
  readonly uptimeSeconds: number;
}

/** `[[inputs.system]]`, its three lines in one; without users, which need utmp. */
export function systemInput({ proc }: Roots): Input {
  let physicalCpus: Promise<number | undefined> | undefined;
  return {
    name: 'system',
    async gather() {
      // Read once: with many cores this file is slow, and cores don't grow.
      physicalCpus ??= readFile(join(proc, 'cpuinfo'), 'latin1').then(parsePhysicalCpus, () => undefined);
      const load = wordsOf(readFileSync(join(proc, 'loadavg'), 'latin1'));
      const uptime = wordsOf(readFileSync(join(proc, 'uptime'), 'latin1'));
      const stat = readFileSync(join(proc, 'stat'), 'latin1');
      const state = {
        load1: numberAt(load, 0),
        load5: numberAt(load, 1),
        load15: numberAt(load, 2),
        cpus: stat.match(/^cpu\d+ /gm)?.length ?? 0,
        physicalCpus: await physicalCpus,
        uptimeSeconds: Math.floor(numberAt(uptime, 0)),
      };
      return [systemReading(state)];
    },
  };
}

/** Distinct pairs of `physical id` and `core id` in /proc/cpuinfo; undefined where it has none (ARM). */
export function parsePhysicalCpus(cpuinfo: string): number | undefined {
  const cores = new Set<string>();
  for (const processor of cpuinfo.split('\n\n')) {
    const core = /^core id\s*:\s*(\d+)/m.exec(processor)?.[1];
    if (core !== undefined) cores.add(`${/^physical id\s*:\s*(\d+)/m.exec(processor)?.[1]}:${core}`);
  }
  return cores.size === 0 ? undefined : cores.size;
}

export function systemReading(state: SystemState): Reading {
  const { load1, load5, load15, cpus, physicalCpus, uptimeSeconds } = state;
  return {
    measurement: 'system',
    tags: [],
    fields: [
      ...fieldsOf('float', { load1, load5, load15 }),
      ...fieldsOf('integer', { n_cpus: cpus, n_physical_cpus: physicalCpus, uptime: uptimeSeconds }),
      { name: 'uptime_format', type: 'string', value: formatUptime(uptimeSeconds) },
    ],
  };
}

/** As Telegraf writes it: `72 days, 11:38`, `1 day,  3:05`, ` 0:10`. */
export function formatUptime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = String(Math.floor(seconds / 3_600) % 24).padStart(2, ' ');
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(2, '0');
  return `${days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `}${hours}:${minutes}`;
}
