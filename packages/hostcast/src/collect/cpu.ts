import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf, type Input, numberAt, type Reading, type Roots, wordsOf } from './input.ts';

/** Time spent since the machine started, in any unit. `user` holds `guest`, `nice` holds `guestNice`. */
export interface CpuTimes {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
  readonly guest: number;
  readonly guestNice: number;
}

/** `[[inputs.cpu]]`: usage in percent since the gather before; so the first one has none. */
export function cpuInput({ proc }: Roots): Input {
  return cpuInputOf(() => parseCpuTimes(readFileSync(join(proc, 'stat'), 'latin1')));
}

/** The same over any source of times, by the name of the CPU (`cpu-total`, `cpu0`, …). */
export function cpuInputOf(read: () => ReadonlyMap<string, CpuTimes>): Input {
  let previous: ReadonlyMap<string, CpuTimes> = new Map();
  return {
    name: 'cpu',
    gather() {
      const current = read();
      const readings = cpuReadings(previous, current);
      previous = current;
      return readings;
    },
  };
}

/** The lines `cpu` and `cpu<n>` of /proc/stat; kernels before 3.2 have fewer columns (proc(5)). */
export function parseCpuTimes(stat: string): Map<string, CpuTimes> {
  const times = new Map<string, CpuTimes>();
  for (const line of stat.split('\n')) {
    if (!line.startsWith('cpu')) continue;
    const words = wordsOf(line);
    times.set(words[0] === 'cpu' ? 'cpu-total' : words[0]!, {
      user: numberAt(words, 1),
      nice: numberAt(words, 2),
      system: numberAt(words, 3),
      idle: numberAt(words, 4),
      iowait: numberAt(words, 5),
      irq: numberAt(words, 6),
      softirq: numberAt(words, 7),
      steal: numberAt(words, 8),
      guest: numberAt(words, 9),
      guestNice: numberAt(words, 10),
    });
  }
  return times;
}

/** Usage between two readings of every CPU that is in both. */
export function cpuReadings(
  previous: ReadonlyMap<string, CpuTimes>,
  current: ReadonlyMap<string, CpuTimes>,
): Reading[] {
  const readings: Reading[] = [];
  for (const [cpu, now] of current) {
    const before = previous.get(cpu);
    const total = before === undefined ? 0 : totalOf(now) - totalOf(before);
    if (before === undefined || total <= 0) continue;
    // The kernel lets idle and iowait go back a little (proc(5)): that is no negative usage.
    const percent = (ticks: number) => Math.max(0, (100 * ticks) / total);
    const guest = now.guest - before.guest;
    const guestNice = now.guestNice - before.guestNice;
    const fields = fieldsOf('float', {
      usage_user: percent(now.user - before.user - guest),
      usage_system: percent(now.system - before.system),
      usage_idle: percent(now.idle - before.idle),
      usage_nice: percent(now.nice - before.nice - guestNice),
      usage_iowait: percent(now.iowait - before.iowait),
      usage_irq: percent(now.irq - before.irq),
      usage_softirq: percent(now.softirq - before.softirq),
      usage_steal: percent(now.steal - before.steal),
      usage_guest: percent(guest),
      usage_guest_nice: percent(guestNice),
    });
    readings.push({ measurement: 'cpu', tags: [['cpu', cpu]], fields });
  }
  return readings;
}

function totalOf(times: CpuTimes): number {
  const { user, nice, system, idle, iowait, irq, softirq, steal } = times;
  return user + nice + system + idle + iowait + irq + softirq + steal;
}
