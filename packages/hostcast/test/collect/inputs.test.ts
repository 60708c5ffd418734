import { mkdirSync, mkdtempSync, rmSync, type StatsFs, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { cpuInput } from '../../src/collect/cpu.ts';
import { type DiskOptions, diskInput, mountsOf } from '../../src/collect/disk.ts';
import { diskioInput } from '../../src/collect/diskio.ts';
import type { Reading, Roots } from '../../src/collect/input.ts';
import { netInput } from '../../src/collect/net.ts';
import { portableInputs } from '../../src/collect/portable.ts';
import { processesInput } from '../../src/collect/processes.ts';
import { systemInput } from '../../src/collect/system.ts';
import { FakeClock, settle } from '../support/fakeClock.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A machine made of files, by path: `proc/stat`, `sys/class/net/eth0/flags`. */
function machine(files: Record<string, string>): Roots {
  const root = mkdtempSync(join(tmpdir(), 'hostcast-proc-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) write(join(root, path), text);
  return { proc: join(root, 'proc'), sys: join(root, 'sys'), dev: join(root, 'dev') };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function tagValues(readings: readonly Reading[], key: string): (string | undefined)[] {
  return readings.map(({ tags }) => tags.find(([name]) => name === key)?.[1]);
}

const usage: StatsFs = { type: 0, bsize: 1, blocks: 10, bfree: 5, bavail: 5, files: 2, ffree: 1 };
const mountLine = (path: string, fileSystem = 'ext4', device = '/dev/sda1') =>
  `27 1 8:1 / ${path} rw - ${fileSystem} ${device} rw\n`;

describe('the cpu input', () => {
  test('has readings from its second gather on', async () => {
    const roots = machine({ 'proc/stat': 'cpu 1 0 0 0\ncpu0 1 0 0 0\n' });
    const input = cpuInput(roots);
    expect(await input.gather()).toEqual([]);
    write(join(roots.proc, 'stat'), 'cpu 2 0 0 1\ncpu0 2 0 0 1\ncpu1 1 1 1 1\n');
    expect(tagValues(await input.gather(), 'cpu')).toEqual(['cpu-total', 'cpu0']);
  });
});

describe('the diskio input', () => {
  test('tells how busy devices were by the monotonic clock', async () => {
    const roots = machine({ 'proc/diskstats': '8 0 sda 1 0 0 0 0 0 0 0 0 100 0\n' });
    const clock = new FakeClock();
    const input = diskioInput(roots, clock);
    await input.gather();
    write(join(roots.proc, 'diskstats'), '8 0 sda 1 0 0 0 0 0 0 0 0 600 0\n8 16 sdb 1 0 0 0 0 0 0 0 0 1 0\n');
    clock.step(-3_600_000);
    await clock.advance(1_000);
    const readings = await input.gather();
    expect(readings.map(({ fields }) => fields.find(({ name }) => name === 'io_util')?.value)).toEqual([
      50,
      undefined,
    ]);
  });
});

describe('the net input', () => {
  const counters = ' 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n';

  test('has the interfaces that are up, without loopback', async () => {
    const roots = machine({
      'proc/net/dev': `x\ny\nlo:${counters}eth0:${counters}eth1:${counters}veth9:${counters}`,
      'sys/class/net/lo/flags': '0x9\n',
      'sys/class/net/eth0/flags': '0x1003\n',
      'sys/class/net/eth0/speed': '1000\n',
      'sys/class/net/eth1/flags': '0x1002\n',
      'sys/class/net/veth9/flags': '0x1003\n',
      'sys/class/net/veth9/speed': '-1\n',
    });
    const readings = await netInput(roots).gather();
    expect(tagValues(readings, 'interface')).toEqual(['eth0', 'veth9']);
    expect(readings.map(({ fields }) => fields.at(-1))).toEqual([
      { name: 'speed', type: 'integer', value: 1000 },
      { name: 'speed', type: 'integer', value: -1 },
    ]);
  });

  test('has every interface but lo where there is no /sys', async () => {
    const roots = machine({ 'proc/net/dev': `x\ny\nlo:${counters}eth0:${counters}` });
    expect(tagValues(await netInput(roots).gather(), 'interface')).toEqual(['eth0']);
  });
});

describe('the system input', () => {
  test('counts the CPUs of /proc/stat and the cores of /proc/cpuinfo', async () => {
    const roots = machine({
      'proc/stat': 'cpu 1 2\ncpu0 1 2\ncpu1 1 2\nctxt 5\n',
      'proc/cpuinfo':
        'processor: 0\nphysical id: 0\ncore id: 0\n\nprocessor: 1\nphysical id: 0\ncore id: 0\n',
      'proc/loadavg': '0.10 0.20 0.30 1/88 6938\n',
      'proc/uptime': '883.99 1655.37\n',
    });
    const [reading] = await systemInput(roots).gather();
    expect(new Map(reading?.fields.map(({ name, value }) => [name, value]))).toEqual(
      new Map<string, number | string>([
        ['load1', 0.1],
        ['load5', 0.2],
        ['load15', 0.3],
        ['n_cpus', 2],
        ['n_physical_cpus', 1],
        ['uptime', 883],
        ['uptime_format', ' 0:14'],
      ]),
    );
  });
});

describe('the processes input', () => {
  test('reads every process, and leaves out those that are gone meanwhile', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, pid) => [
        `proc/${pid + 1}/stat`,
        `${pid} (a b) S 0${' 1'.repeat(30)}\n`,
      ]),
    );
    const roots = machine({ ...files, 'proc/self/stat': 'x', 'proc/uptime': '1 1' });
    mkdirSync(join(roots.proc, '9999'));
    const [reading] = await processesInput(roots).gather();
    const fields = new Map(reading?.fields.map(({ name, value }) => [name, value]));
    expect([fields.get('total'), fields.get('sleeping'), fields.get('total_threads')]).toEqual([
      100, 100, 100,
    ]);
  });
});

describe('the mounts looked at', () => {
  test('leave out what has no size, what is on the network, and what is covered', () => {
    const roots = machine({
      'proc/self/mountinfo': [
        mountLine('/'),
        mountLine('/proc', 'proc', 'proc'),
        mountLine('/run', 'tmpfs', 'tmpfs'),
        mountLine('/nfs', 'nfs4', 'server:/x'),
        mountLine('/smb', 'cifs', '//server/x'),
        mountLine('/sshfs', 'fuse.sshfs', 'me@server:'),
        mountLine('/auto', 'autofs', 'systemd-1'),
        mountLine('/merged', 'overlay', 'overlay'),
        mountLine('/data', 'ext4', '/dev/sdb1'),
        mountLine('/data', 'xfs', '/dev/sdc1'),
        mountLine('/bound\\040here', 'ext4', '/dev/sda1'),
        mountLine('/fat', 'vfat', '/dev/sdd1'),
        mountLine('/win', 'fuseblk', '/dev/sde1'),
      ].join(''),
    });
    expect(mountsOf(roots).map(({ path, device }) => [path, device])).toEqual([
      ['/', '/dev/sda1'],
      ['/data', '/dev/sdc1'],
      ['/bound here', '/dev/sda1'],
      ['/fat', '/dev/sdd1'],
      ['/win', '/dev/sde1'],
    ]);
  });

  test('have the names of their real devices', () => {
    const roots = machine({
      'proc/self/mountinfo':
        mountLine('/', 'ext4', '/dev/mapper/vg-root') + mountLine('/b', 'ext4', '/dev/root'),
    });
    mkdirSync(join(roots.dev, 'mapper'), { recursive: true });
    symlinkSync('../dm-3', join(roots.dev, 'mapper/vg-root'));
    expect(mountsOf(roots).map(({ device }) => device)).toEqual(['/dev/dm-3', '/dev/root']);
    mkdirSync(join(roots.sys, 'dev/block'), { recursive: true });
    symlinkSync('../../devices/x/sda1', join(roots.sys, 'dev/block/8:1'));
    expect(mountsOf(roots).map(({ device }) => device)).toEqual(['/dev/dm-3', '/dev/sda1']);
  });
});

describe('the disk input', () => {
  function setup(paths: readonly string[], statfs: DiskOptions['statfs']) {
    const mountinfo = (all: readonly string[]) =>
      all
        .map((path) => (path.startsWith('/fuse') ? mountLine(path, 'fuse.x', 'x') : mountLine(path)))
        .join('');
    const roots = machine({ 'proc/self/mountinfo': mountinfo(paths) });
    const clock = new FakeClock();
    const events: string[] = [];
    const onHanging = (path: string, isHanging: boolean) => events.push(`${path} ${isHanging}`);
    return {
      clock,
      events,
      input: diskInput(roots, { clock, statfs, onHanging }),
      mount: (more: readonly string[]) => write(join(roots.proc, 'self/mountinfo'), mountinfo(more)),
    };
  }

  test('leaves out mounts without blocks and mounts that vanished', async () => {
    const { input } = setup(['/', '/empty', '/gone'], async (path) => {
      if (path === '/gone') throw new Error('ENOENT');
      return path === '/empty' ? { ...usage, blocks: 0 } : usage;
    });
    expect(tagValues(await input.gather(), 'path')).toEqual(['/']);
  });

  test('loses only the mount that hangs, asks it no second time, and takes it up when it answers', async () => {
    let calls = 0;
    let answer = (_: StatsFs): void => {};
    const { input, clock, events } = setup(['/a', '/hangs', '/z'], (path) => {
      if (path !== '/hangs' || calls > 0) return Promise.resolve(usage);
      calls += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const first = Promise.resolve(input.gather());
    await settle();
    await clock.advance(1_000);
    expect(tagValues(await first, 'path')).toEqual(['/a', '/z']);
    expect(tagValues(await input.gather(), 'path')).toEqual(['/a', '/z']);
    expect([calls, events]).toEqual([1, ['/hangs true']]);
    answer(usage);
    await settle();
    expect(tagValues(await input.gather(), 'path')).toEqual(['/a', '/hangs', '/z']);
    expect(events).toEqual(['/hangs true', '/hangs false']);
    expect(clock.timers).toBe(0);
  });

  /** A statfs that answers for good mounts only, and what it was asked. */
  function answersFor(good: Set<string>) {
    const asked: string[] = [];
    const statfs: DiskOptions['statfs'] = async (path) => {
      asked.push(path);
      return good.has(path) ? usage : new Promise(() => {});
    };
    return { asked, statfs };
  }

  test('of which three hang holds a gather up for one timeout in all, once, and has the others', async () => {
    const { asked, statfs } = answersFor(new Set(['/', '/home']));
    const { input, clock, events } = setup(['/fuse1', '/fuse2', '/fuse3', '/', '/home'], statfs);
    const first = Promise.resolve(input.gather());
    await settle();
    await clock.advance(1_000);
    expect(tagValues(await first, 'path')).toEqual(['/', '/home']);
    expect(events).toEqual(['/fuse1 true', '/fuse2 true']);
    expect(tagValues(await input.gather(), 'path')).toEqual(['/', '/home']);
    expect(asked.filter((path) => path.startsWith('/fuse'))).toEqual(['/fuse1', '/fuse2']);
    expect(clock.timers).toBe(0);
  });

  test('has what answered before while new mounts hang, however many there are', async () => {
    const old = ['/', '/data', '/home'];
    const { statfs } = answersFor(new Set(old));
    const { input, clock, mount } = setup(old, statfs);
    expect(tagValues(await input.gather(), 'path')).toEqual(old);
    mount(['/a', '/b', '/c', '/d', ...old]);
    const gathered = Promise.resolve(input.gather());
    await settle();
    await clock.advance(1_000);
    expect(tagValues(await gathered, 'path')).toEqual(old);
    expect(tagValues(await input.gather(), 'path')).toEqual(old);
  });

  test('has the root even when all else that answered before hangs at once', async () => {
    const good = new Set(['/', '/a', '/b', '/c', '/d']);
    const { asked, statfs } = answersFor(good);
    const { input, clock } = setup(['/a', '/b', '/c', '/d', '/'], statfs);
    await input.gather();
    for (const path of ['/a', '/b', '/c', '/d']) good.delete(path);
    asked.length = 0;
    const gathered = Promise.resolve(input.gather());
    await settle();
    await clock.advance(1_000);
    expect(tagValues(await gathered, 'path')).toEqual(['/']);
    expect(tagValues(await input.gather(), 'path')).toEqual(['/']);
    expect(asked).toEqual(['/', '/a', '/b', '/c', '/']);
  });

  test('tells of a mount that began to hang late in a gather when the next one begins', async () => {
    let release = (): void => {};
    const { input, clock, events } = setup(['/', '/fuse1', '/fuse2', '/fuse3'], (path) => {
      if (path === '/') return Promise.resolve(usage);
      return new Promise((resolve) => {
        if (path === '/fuse1') release = () => resolve(usage);
      });
    });
    const gathered = Promise.resolve(input.gather());
    await settle();
    await clock.advance(900);
    release();
    await settle();
    await clock.advance(100);
    expect(tagValues(await gathered, 'path')).toEqual(['/', '/fuse1']);
    expect(events).toEqual(['/fuse2 true']);
    const next = Promise.resolve(input.gather());
    await settle();
    expect(events).toEqual(['/fuse2 true', '/fuse3 true']);
    release();
    await clock.advance(1_000);
    await next;
  });

  test('has at most three calls outstanding, however many mounts hang', async () => {
    const { asked, statfs } = answersFor(new Set());
    const { input, clock } = setup(['/a', '/b', '/c', '/d', '/'], statfs);
    const gathered = Promise.resolve(input.gather());
    await settle();
    await clock.advance(1_000);
    expect([await gathered, asked]).toEqual([[], ['/', '/a']]);
    expect([await input.gather(), asked]).toEqual([[], ['/', '/a']]);
  });
});

describe('the portable inputs', () => {
  test('are cpu, mem, system and disk, and read what Node knows', async () => {
    const inputs = portableInputs(async () => usage);
    expect(inputs.map(({ name }) => name)).toEqual(['cpu', 'mem', 'system', 'disk']);
    const readings = (await Promise.all(inputs.slice(1).map((input) => input.gather()))).flat();
    expect(readings.map(({ measurement }) => measurement)).toEqual(['mem', 'system', 'disk']);
    expect(tagValues(readings.slice(-1), 'path')).toEqual(['/']);
  });
});
