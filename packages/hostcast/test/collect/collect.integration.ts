import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Point } from '@hostcast/tsdb';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { startCollector } from '../../src/collect/collector.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { MemoryStore } from '../support/memoryStore.ts';

// The collector on the machine that runs this, against second witnesses. What moves is bracketed: the witness
// is asked before and after, and what was collected lies between.

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });

function hasCommand(command: string): boolean {
  try {
    run('which', command);
    return true;
  } catch {
    return false;
  }
}

/** Two gathers of the real collector. */
async function collect(): Promise<Point[][]> {
  const rounds: Point[][] = [];
  const store = new MemoryStore();
  store.write = async (points) => {
    rounds.push([...points]);
  };
  const log = pino({ level: 'silent' });
  const ingest = createIngest({ store, log });
  await new Promise<void>((resolve) => {
    const collector = startCollector({
      ingest,
      log,
      intervalMs: 10_000,
      onCollected: () => {
        if (rounds.length === 2) void collector.close().then(resolve);
      },
    });
  });
  return rounds;
}

function numberOf(
  points: readonly Point[] | undefined,
  measurement: string,
  field: string,
  tag?: string,
): number {
  const point = points?.find(
    (one) =>
      one.measurement === measurement && (tag === undefined || one.tags.some(([, value]) => value === tag)),
  );
  const value = point?.fields.find(({ name }) => name === field)?.value;
  expect(value, `${measurement} ${tag ?? ''} ${field}`).toEqual(expect.any(Number));
  return Number(value);
}

/** Runs a witness before and after a collection, and gives the second gather. */
async function bracket<T>(witness: () => T): Promise<{ before: T; points: Point[]; after: T }> {
  const before = witness();
  const rounds = await collect();
  return { before, points: rounds[1]!, after: witness() };
}

function cpuCount(): number {
  return readFileSync('/proc/stat', 'latin1').match(/^cpu\d/gm)!.length;
}

function expectBetween(value: number, before: number, after: number): void {
  expect(value).toBeGreaterThanOrEqual(Math.min(before, after));
  expect(value).toBeLessThanOrEqual(Math.max(before, after));
}

const onLinux = process.platform === 'linux';

describe.runIf(onLinux)('the collector on this machine', () => {
  test('has every measurement, with the host, and cpu from the second gather on', async () => {
    const [first, second] = await collect();
    const names = (points?: readonly Point[]) =>
      [...new Set(points?.map(({ measurement }) => measurement))].sort();
    const all = ['cpu', 'disk', 'diskio', 'kernel', 'mem', 'net', 'processes', 'swap', 'system'];
    expect(names(first)).toEqual(all.slice(1));
    expect(names(second)).toEqual(all);
    for (const { tags } of second!) expect(tags).toContainEqual(['host', hostname()]);
  });

  test('has usages that add up to 100 % for every CPU', async () => {
    const [, points] = await collect();
    const cpus = points!.filter(({ measurement }) => measurement === 'cpu');
    expect(cpus.length).toBe(1 + cpuCount());
    for (const { fields } of cpus) {
      const sum = fields.reduce((total, { value }) => total + Number(value), 0);
      expect(sum).toBeGreaterThan(99);
      expect(sum).toBeLessThan(103);
    }
  });

  test.runIf(hasCommand('vmstat'))('sees a core at work as vmstat does', async () => {
    const vmstat = () => {
      const text = run('vmstat', '-s');
      const ticks = (what: string) => Number(new RegExp(`(\\d+) ${what} cpu ticks`).exec(text)?.[1]);
      return { user: ticks('non-nice user'), system: ticks('system'), idle: ticks('idle') };
    };
    const busy = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
    const { before, points, after } = await bracket(vmstat);
    busy.kill('SIGKILL');
    const share = (field: string) => numberOf(points, 'cpu', field, 'cpu-total') / 100;
    // Two gathers are 1 s apart, and a second has 100 ticks per CPU.
    const collectedTicks = cpuCount() * 100;
    const witnessed = {
      user: after.user - before.user,
      system: after.system - before.system,
      idle: after.idle - before.idle,
    };
    // The witnesses enclose the gathers: what they saw more is at most what lies between them and the gathers.
    const outside = Math.abs(witnessed.user + witnessed.system + witnessed.idle - collectedTicks) + 20;
    expect(Math.abs(share('usage_user') * collectedTicks - witnessed.user)).toBeLessThanOrEqual(outside);
    expect(Math.abs(share('usage_system') * collectedTicks - witnessed.system)).toBeLessThanOrEqual(outside);
    expect(Math.abs(share('usage_idle') * collectedTicks - witnessed.idle)).toBeLessThanOrEqual(outside);
    expect(share('usage_user')).toBeGreaterThan(0.1);
  });

  test.runIf(hasCommand('free'))('has the memory that free has', async () => {
    const free = () => {
      const words = run('free', '-b').split('\n')[1]!.split(/\s+/).map(Number);
      return { total: words[1]!, free: words[3]!, available: words[6]! };
    };
    const { before, points, after } = await bracket(free);
    expect(numberOf(points, 'mem', 'total')).toBe(before.total);
    const tolerance = before.total * 0.03;
    expectBetween(
      numberOf(points, 'mem', 'available'),
      Math.min(before.available, after.available) - tolerance,
      Math.max(before.available, after.available) + tolerance,
    );
    expectBetween(
      numberOf(points, 'mem', 'free'),
      Math.min(before.free, after.free) - tolerance,
      Math.max(before.free, after.free) + tolerance,
    );
    expect(numberOf(points, 'swap', 'total')).toBe(Number(run('free', '-b').split('\n')[2]!.split(/\s+/)[1]));
  });

  test('has the disks that df has', async () => {
    const df = () =>
      run('df', '-B1', '--output=size,used,avail', '/').split('\n')[1]!.trim().split(/\s+/).map(Number);
    const { before, points, after } = await bracket(df);
    const tolerance = 64 * 1024 * 1024;
    expect(numberOf(points, 'disk', 'total', '/')).toBe(before[0]);
    expectBetween(
      numberOf(points, 'disk', 'used', '/'),
      Math.min(before[1]!, after[1]!) - tolerance,
      Math.max(before[1]!, after[1]!) + tolerance,
    );
    expectBetween(
      numberOf(points, 'disk', 'free', '/'),
      Math.min(before[2]!, after[2]!) - tolerance,
      Math.max(before[2]!, after[2]!) + tolerance,
    );
  });

  test.runIf(hasCommand('iostat'))('has the counters of disks that iostat has', async () => {
    const iostat = () => {
      const devices = JSON.parse(run('iostat', '-d', '-k', '-o', 'JSON')).sysstat.hosts[0].statistics[0].disk;
      return devices as { disk_device: string; kB_read: number; kB_wrtn: number }[];
    };
    const { before, points, after } = await bracket(iostat);
    const used = before.filter(({ kB_read }) => kB_read > 0);
    expect(used.length).toBeGreaterThan(0);
    for (const device of used) {
      const later = after.find(({ disk_device }) => disk_device === device.disk_device)!;
      const read = numberOf(points, 'diskio', 'read_bytes', device.disk_device) / 1024;
      const written = numberOf(points, 'diskio', 'write_bytes', device.disk_device) / 1024;
      expectBetween(read, device.kB_read, later.kB_read + 1);
      expectBetween(written, device.kB_wrtn, later.kB_wrtn + 1);
    }
  });

  test.runIf(hasCommand('ip'))(
    'has the counters of interfaces that ip has, of those that are up',
    async () => {
      const ip = () =>
        JSON.parse(run('ip', '-s', '-j', 'link')) as {
          ifname: string;
          flags: string[];
          stats64: { rx: Record<string, number>; tx: Record<string, number> };
        }[];
      const { before, points, after } = await bracket(ip);
      const up = before.filter(({ flags }) => flags.includes('UP') && !flags.includes('LOOPBACK'));
      const collected = points.filter(({ measurement }) => measurement === 'net');
      expect(collected.map(({ tags }) => tags.find(([key]) => key === 'interface')?.[1]).sort()).toEqual(
        up.map(({ ifname }) => ifname).sort(),
      );
      for (const { ifname, stats64 } of up) {
        const later = after.find((one) => one.ifname === ifname)!.stats64;
        expectBetween(numberOf(points, 'net', 'bytes_recv', ifname), stats64.rx.bytes!, later.rx.bytes!);
        expectBetween(numberOf(points, 'net', 'bytes_sent', ifname), stats64.tx.bytes!, later.tx.bytes!);
        expectBetween(
          numberOf(points, 'net', 'packets_recv', ifname),
          stats64.rx.packets!,
          later.rx.packets!,
        );
        expectBetween(
          numberOf(points, 'net', 'packets_sent', ifname),
          stats64.tx.packets!,
          later.tx.packets!,
        );
      }
    },
  );

  test.runIf(hasCommand('uptime'))('has the uptime, load and processors of uptime and nproc', async () => {
    const bootedAt = () => Number(run('date', '-d', run('uptime', '-s').trim(), '+%s'));
    const { before, points } = await bracket(bootedAt);
    const uptime = numberOf(points, 'system', 'uptime');
    expect(Math.abs(Date.now() / 1000 - before - uptime)).toBeLessThan(5);
    expect(numberOf(points, 'system', 'n_cpus')).toBe(Number(run('nproc', '--all')));
    expect(numberOf(points, 'kernel', 'boot_time')).toBeGreaterThan(before - 5);
    const load = /load average: ([\d.]+), ([\d.]+), ([\d.]+)/.exec(run('uptime'))!;
    expect(Math.abs(numberOf(points, 'system', 'load15') - Number(load[3]))).toBeLessThan(0.5);
  });

  test.runIf(hasCommand('vmstat'))('has the counters of the kernel that vmstat has', async () => {
    const vmstat = () => {
      const text = run('vmstat', '-s');
      const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(text)?.[1]);
      return {
        switches: count('CPU context switches'),
        interrupts: count('interrupts'),
        forks: count('forks'),
      };
    };
    const { before, points, after } = await bracket(vmstat);
    expectBetween(numberOf(points, 'kernel', 'context_switches'), before.switches, after.switches);
    expectBetween(numberOf(points, 'kernel', 'interrupts'), before.interrupts, after.interrupts);
    expectBetween(numberOf(points, 'kernel', 'processes_forked'), before.forks, after.forks);
  });

  test('counts about the processes there are', async () => {
    const count = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
    const { before, points, after } = await bracket(count);
    expect(numberOf(points, 'processes', 'total')).toBeGreaterThan(Math.min(before, after) - 20);
    expect(numberOf(points, 'processes', 'total')).toBeLessThan(Math.max(before, after) + 20);
    expect(numberOf(points, 'processes', 'running')).toBeGreaterThanOrEqual(1);
  });
});
