import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { Publisher } from '../../src/publish/publisher.ts';
import type { FleetColumn, FleetSnapshot } from '../../src/publish/snapshots.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { point } from '../support/points.ts';

const noon = Date.UTC(2026, 10, 22, 12, 0, 0);

function setUp() {
  const clock = new FakeClock(noon + 3_000);
  const store = new MemoryStore();
  const fleets: FleetSnapshot[] = [];
  const logged: { msg: string; steppedMs?: number }[] = [];
  const publisher = new Publisher({
    store,
    clock,
    intervalMs: 10_000,
    log: pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    matches: () => false,
    publish: (_, body) => void fleets.push(JSON.parse(body)),
    retract: () => {},
  });
  /** A column of the newest fleet snapshot, by host. */
  const newest = (column: FleetColumn) => {
    const fleet = fleets.at(-1)!;
    return Object.fromEntries(fleet.rows.map((row) => [row[0], row[fleet.columns.indexOf(column)]]));
  };
  return { clock, store, publisher, fleets, logged, newest };
}

const mem = (host: string, timeMs: number) => point('mem', { host }, { used_percent: 50 }, timeMs);

describe('a host whose clock is wrong', () => {
  it.each([
    ['5 min ahead', 300_000, 298_000],
    ['2 h ahead', 7_200_000, 7_198_000],
    ['2 h behind', -7_200_000, -7_202_000],
  ])('is live all the same, %s, and its skew is told', async (_, errorMs, skewMs) => {
    const { clock, store, publisher, newest } = setUp();
    // An interface that is no more, and whose last sample was before now even by that clock.
    const goneMs = noon + errorMs - 10_800_000;
    await store.write([point('net', { host: 'a', interface: 'usb0' }, { bytes_recv: 1 }, goneMs)]);
    publisher.start();
    for (let n = 1; n <= 60; n += 1) {
      const timeMs = noon + n * 10_000 + errorMs;
      const usual = point('net', { host: 'a', interface: 'eth0' }, { bytes_recv: n }, timeMs);
      await store.write([mem('a', timeMs), usual]);
      await clock.advance(10_000);
      if (n > 1) expect(newest('state')).toEqual({ a: 'live' });
    }
    await publisher.close();
    expect(newest('skewMs')).toEqual({ a: skewMs });
    expect(newest('memory')).toEqual({ a: 50 });
  });

  it('is live by what most of its inputs say, where one stamped a sample far ahead', async () => {
    const { clock, store, publisher, newest } = setUp();
    await store.write([point('kernel', { host: 'a' }, { boot_time: 1 }, noon + 31_536_000_000)]);
    await store.write([point('swap', { host: 'a' }, { used_percent: 1 }, noon + 31_536_000_000)]);
    publisher.start();
    for (let n = 1; n <= 40; n += 1) {
      const timeMs = noon + n * 10_000;
      await store.write([mem('a', timeMs), point('system', { host: 'a' }, { load1: 1 }, timeMs)]);
      await clock.advance(10_000);
    }
    await publisher.close();
    expect(newest('state')).toEqual({ a: 'live' });
    expect(newest('skewMs')).toEqual({ a: 0 });
  });

  it('is live though it sends nothing that the fleet shows', async () => {
    const { clock, store, publisher, newest } = setUp();
    publisher.start();
    for (let n = 1; n <= 10; n += 1) {
      await store.write([point('nginx', { host: 'a' }, { active: 7 }, noon + n * 10_000 + 20_000)]);
      await clock.advance(10_000);
    }
    await publisher.close();
    expect(newest('state')).toEqual({ a: 'live' });
  });
});

describe('when the clock of this machine is set', () => {
  it.each([
    ['2 h back', -7_200_000],
    ['2 h forward', 7_200_000],
  ])('%s, ticks keep their pace, no host is called silent, and it is noticed', async (_, stepMs) => {
    const { clock, store, publisher, fleets, logged, newest } = setUp();
    await store.write([point('net', { host: 'a', interface: 'usb0' }, { bytes_recv: 1 }, noon - 10_800_000)]);
    publisher.start();
    const write = async (n: number) => {
      const interfaces = point(
        'net',
        { host: 'a', interface: 'eth0' },
        { bytes_recv: n * 1_000 },
        noon + n * 10_000,
      );
      await store.write([mem('a', noon + n * 10_000), interfaces]);
      await clock.advance(10_000);
    };
    for (let n = 1; n <= 5; n += 1) await write(n);
    clock.step(stepMs);
    const before = fleets.length;
    for (let n = 6; n <= 25; n += 1) {
      await write(n);
      expect(newest('state')).toEqual({ a: 'live' });
      expect(newest('netIn')).toEqual({ a: 100 });
    }
    await publisher.close();
    expect(fleets.length - before).toBe(20);
    expect(newest('skewMs').a).toBeCloseTo(-stepMs, -4);
    expect(logged.filter(({ steppedMs }) => steppedMs !== undefined)).toMatchObject([{ steppedMs: stepMs }]);
  });
});

describe('when nothing arrives any more', () => {
  it('every host is stale, then gone, while the store is said to answer', async () => {
    const { clock, store, publisher, fleets, newest } = setUp();
    publisher.start();
    for (let n = 1; n <= 3; n += 1) {
      await store.write([mem('a', noon + n * 10_000), mem('b', noon + n * 10_000)]);
      await clock.advance(10_000);
    }
    await clock.advance(30_000);
    expect(newest('state')).toEqual({ a: 'delayed', b: 'delayed' });
    await clock.advance(10_000);
    expect(newest('state')).toEqual({ a: 'stale', b: 'stale' });
    await clock.advance(270_000);
    await publisher.close();
    expect(newest('state')).toEqual({ a: 'gone', b: 'gone' });
    expect(fleets.at(-1)!.source).toBe('live');
    expect(newest('memory')).toEqual({ a: 50, b: 50 });
  });
});

describe('what comes late, twice or anew', () => {
  const net = (n: number, bytes: number, name = 'eth0', host = 'a') =>
    point('net', { host, interface: name }, { bytes_recv: bytes }, noon + n * 10_000);

  it('makes no spike and no negative rate: a reboot, a counter that wraps at 32 bits, late samples', async () => {
    const { clock, store, publisher, newest } = setUp();
    publisher.start();
    const rates: unknown[] = [];
    const step = async (...points: Parameters<MemoryStore['write']>[0]) => {
      await store.write(points);
      await clock.advance(10_000);
      rates.push(newest('netIn').a);
    };
    await step(net(1, 4_294_960_000));
    await step(net(2, 4_294_961_000));
    await step(net(3, 200)); // wrapped, or rebooted
    await step(net(4, 1_200));
    await step(net(6, 3_200)); // the one before comes late
    await step(net(5, 2_200), net(7, 4_200));
    await step(net(7, 4_200), net(8, 5_200)); // one comes twice
    await publisher.close();
    expect(rates).toEqual([null, 100, null, 100, 100, 100, 100]);
  });

  it('shows an interface that took the place of another from its second sample on', async () => {
    const { clock, store, publisher, newest } = setUp();
    publisher.start();
    const rates: unknown[] = [];
    for (let n = 1; n <= 8; n += 1) {
      const name = n <= 3 ? 'eth0' : 'enp3s0';
      await store.write([mem('a', noon + n * 10_000), net(n, 1_000_000 + n * 1_000, name)]);
      await clock.advance(10_000);
      rates.push(newest('netIn').a);
    }
    await publisher.close();
    // The one that is gone counts for three spacings more, with its last rate.
    expect(rates).toEqual([null, 100, 100, 100, 200, 200, 100, 100]);
  });

  it('counts an interface once of which two write, or whose host has got another tag', async () => {
    const { clock, store, publisher, newest } = setUp();
    publisher.start();
    for (let n = 1; n <= 3; n += 1) {
      const tagged = { host: 'a', interface: 'eth0', dc: 'icn' };
      await store.write([
        net(n, n * 1_000),
        point('net', tagged, { bytes_recv: n * 1_000 }, noon + n * 10_000),
        net(n, n * 3_000, 'eth1'),
      ]);
      await clock.advance(10_000);
    }
    await publisher.close();
    expect(newest('netIn')).toEqual({ a: 400 });
  });

  it('takes a machine that replaced another under the same name as a reboot', async () => {
    const { clock, store, publisher, newest } = setUp();
    publisher.start();
    for (let n = 1; n <= 3; n += 1) {
      await store.write([mem('a', noon + n * 10_000), net(n, 9_000_000 + n * 1_000)]);
      await clock.advance(10_000);
    }
    await clock.advance(600_000);
    expect(newest('state')).toEqual({ a: 'gone' });
    await store.write([mem('a', noon + 640_000), net(64, 500)]);
    await clock.advance(10_000);
    expect([newest('state'), newest('netIn')]).toEqual([{ a: 'live' }, { a: null }]);
    await store.write([mem('a', noon + 650_000), net(65, 1_500)]);
    await clock.advance(10_000);
    await publisher.close();
    expect(newest('netIn')).toEqual({ a: 100 });
  });

  it('shows what needs no second sample in the first snapshot of a host', async () => {
    const { clock, store, publisher, newest } = setUp();
    publisher.start();
    await store.write([mem('a', noon + 10_000), net(1, 1_000)]);
    await clock.advance(10_000);
    await publisher.close();
    expect([newest('state'), newest('memory'), newest('netIn')]).toEqual([
      { a: 'live' },
      { a: 50 },
      { a: null },
    ]);
  });
});
