import type { StatsFs } from 'node:fs';
import * as os from 'node:os';
import { parse } from 'node:path';
import { type CpuTimes, cpuInputOf } from './cpu.ts';
import { diskReading } from './disk.ts';
import { fieldsOf, type Input, type Reading } from './input.ts';
import { systemReading } from './system.ts';

/** What Node itself knows on any system: cpu, mem, system and the disk it runs from. */
export function portableInputs(statfs: (path: string) => Promise<StatsFs>): Input[] {
  return [
    cpuInputOf(() => portableCpuTimes(os.cpus())),
    { name: 'mem', gather: () => [portableMemReading(os.totalmem(), os.freemem())] },
    { name: 'system', gather: () => [portableSystemReading()] },
    { name: 'disk', gather: async () => [await rootReading(statfs)] },
  ];
}

/** The times of `os.cpus()`, and their sum as `cpu-total`. */
export function portableCpuTimes(cpus: readonly Pick<os.CpuInfo, 'times'>[]): Map<string, CpuTimes> {
  const sum = (kind: keyof os.CpuInfo['times']) => cpus.reduce((total, { times }) => total + times[kind], 0);
  const total = { user: sum('user'), nice: sum('nice'), sys: sum('sys'), idle: sum('idle'), irq: sum('irq') };
  return new Map([
    ['cpu-total', cpuTimes(total)],
    ...cpus.map(({ times }, index) => [`cpu${index}`, cpuTimes(times)] as const),
  ]);
}

export function portableMemReading(total: number, free: number): Reading {
  const used = total - free;
  const percent = (part: number) => (total === 0 ? 0 : (100 * part) / total);
  return {
    measurement: 'mem',
    tags: [],
    fields: [
      ...fieldsOf('integer', { total, free, available: free, used }),
      ...fieldsOf('float', { used_percent: percent(used), available_percent: percent(free) }),
    ],
  };
}

function cpuTimes({ user, nice, sys, idle, irq }: os.CpuInfo['times']): CpuTimes {
  return { user, nice, system: sys, idle, irq, iowait: 0, softirq: 0, steal: 0, guest: 0, guestNice: 0 };
}

function portableSystemReading(): Reading {
  const [load1 = 0, load5 = 0, load15 = 0] = os.loadavg();
  const uptimeSeconds = Math.floor(os.uptime());
  return systemReading({
    load1,
    load5,
    load15,
    cpus: os.cpus().length,
    physicalCpus: undefined,
    uptimeSeconds,
  });
}

async function rootReading(statfs: (path: string) => Promise<StatsFs>): Promise<Reading> {
  const { root } = parse(process.cwd());
  const device = root === '/' ? 'root' : root.replace('\\', '');
  // Telegraf names the drive C: so on Windows.
  const path = root === '/' ? '/' : `\\${device}`;
  const mount = { path, device, deviceNumber: '', fileSystem: 'unknown', mode: 'unknown' } as const;
  return diskReading(mount, await statfs(root));
}
