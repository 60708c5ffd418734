import { isPattern, matches } from '@hostcast/stomp';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { Publisher } from '../../src/publish/publisher.ts';
import type { FleetSnapshot, HostSnapshot } from '../../src/publish/snapshots.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { FakeClock, settle } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { point } from '../support/points.ts';

const noon = Date.UTC(2026, 10, 22, 12, 0, 0);

function setUp() {
  const clock = new FakeClock(noon + 3_000);
  const store = new MemoryStore();
  const sent: { destination: string; body: string }[] = [];
  const retracted: string[] = [];
  const publisher = new Publisher({
    store,
    clock,
    intervalMs: 10_000,
    log: pino({ level: 'silent' }),
    matches: (pattern, destination) => isPattern(pattern) && matches(pattern, destination),
    publish: (destination, body) => sent.push({ destination, body }),
    retract: (destination) => retracted.push(destination),
  });
  const fleetsSent = () =>
    sent
      .filter(({ destination }) => destination === '/topic/hosts')
      .map(({ body }) => JSON.parse(body) as FleetSnapshot);
  const hostsSent = (host: string) =>
    sent
      .filter(({ destination }) => destination === `/topic/hosts.${host}`)
      .map(({ body }) => JSON.parse(body) as HostSnapshot);
  return { clock, store, publisher, sent, retracted, fleetsSent, hostsSent };
}

/** What Telegraf sends of one host at one moment; `n` counts the intervals, for the counters. */
function measured(host: string, n: number) {
  const timeMs = noon + n * 10_000;
  const own = { host, dc: 'icn' };
  return [
    point('cpu', { ...own, cpu: 'cpu-total' }, { usage_idle: 87.5, usage_user: 7.1 }, timeMs),
    point('cpu', { ...own, cpu: 'cpu0' }, { usage_idle: 10 }, timeMs),
    point('mem', own, { used_percent: 48.1 }, timeMs),
    point('swap', own, { used_percent: 0 }, timeMs),
    point('system', own, { load1: 0.42, n_cpus: 8 }, timeMs),
    point('system', own, { uptime: 86_400 + n * 10, uptime_format: '1 day' }, timeMs),
    point('disk', { ...own, path: '/' }, { used_percent: 71.3 }, timeMs),
    point('disk', { ...own, path: '/boot' }, { used_percent: 20 }, timeMs),
    point(
      'diskio',
      { ...own, name: 'sda' },
      { read_bytes: n * 10_485_760, write_bytes: n * 5_242_880, io_time: n * 310 },
      timeMs,
    ),
    point(
      'diskio',
      { ...own, name: 'sda1' },
      { read_bytes: n * 10_485_760, write_bytes: 0, io_time: n * 310 },
      timeMs,
    ),
    point(
      'net',
      { ...own, interface: 'eth0' },
      { bytes_recv: n * 1_250_000, bytes_sent: n * 980_000 },
      timeMs,
    ),
    point('net', { ...own, interface: 'docker0' }, { bytes_recv: n * 7_000, bytes_sent: n * 7_000 }, timeMs),
  ];
}

describe('the fleet snapshot', () => {
  it('is what the design says of a host that Telegraf measures', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    await store.write([...measured('web-1', 0), ...measured('web-1', 1)]);
    clock.step(-clock.nowMs() + noon + 12_000);
    await publisher.tick();
    expect(fleetsSent()).toEqual([
      {
        time: noon + 12_000,
        intervalMs: 10_000,
        source: 'live',
        columns: [
          'host',
          'state',
          'seenMs',
          'skewMs',
          'cpu',
          'memory',
          'swap',
          'disk',
          'load1',
          'cores',
          'diskRead',
          'diskWrite',
          'diskBusy',
          'netIn',
          'netOut',
          'uptime',
          'tags',
        ],
        rows: [
          [
            'web-1',
            'live',
            noon + 10_000,
            null,
            12.5,
            48.1,
            0,
            71.3,
            0.42,
            8,
            1_048_576,
            524_288,
            3.1,
            125_000,
            98_000,
            86_410,
            { dc: 'icn' },
          ],
        ],
      },
    ]);
  });

  it('is published once per tick, with one round of queries, whoever watches', async () => {
    const { clock, store, publisher, fleetsSent, hostsSent } = setUp();
    await store.write([...measured('a', 0), ...measured('b', 0)]);
    for (const host of ['a', 'a', 'b']) await publisher.subscribed(`/topic/hosts.${host}`);
    expect([store.rounds, hostsSent('a').length, hostsSent('b').length]).toEqual([2, 1, 1]);
    publisher.start();
    await clock.advance(30_000);
    await publisher.close();
    expect(store.rounds).toBe(2 + 3);
    expect(fleetsSent().map(({ time }) => time - noon)).toEqual([12_000, 22_000, 32_000]);
    expect([hostsSent('a').length, hostsSent('b').length]).toEqual([1 + 3, 1 + 3]);
  });

  it('leaves figures out that are not known, and shows a silent host with its age', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    await store.write([point('mem', { host: 'old' }, { used_percent: 5 }, noon - 3_600_000)]);
    await publisher.tick();
    expect(fleetsSent()[0]!.rows).toEqual([
      [
        'old',
        'gone',
        noon - 3_600_000,
        null,
        null,
        5,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        {},
      ],
    ]);
    expect(clock.nowMs()).toBe(noon + 3_000);
  });

  it('shows no rate across a counter that was reset, and no spike after it', async () => {
    const { store, publisher, fleetsSent } = setUp();
    await store.write(measured('web-1', 3));
    await store.write([
      point(
        'net',
        { host: 'web-1', dc: 'icn', interface: 'eth0' },
        { bytes_recv: 10, bytes_sent: 10 },
        noon + 40_000,
      ),
    ]);
    await publisher.tick();
    const netIn = fleetsSent()[0]!.columns.indexOf('netIn');
    expect(fleetsSent()[0]!.rows[0]![netIn]).toBeNull();
  });

  it('keeps the last figures and says why when the store fails, and recovers with the next tick', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    await store.write(measured('web-1', 0));
    publisher.start();
    await clock.advance(10_000);
    store.failure = new StoreError(
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at http://127.0.0.1:8086 refused the connection',
    );
    await clock.advance(10_000);
    store.failure = undefined;
    await clock.advance(10_000);
    await publisher.close();
    expect(fleetsSent().map(({ source }) => source)).toEqual([
      'live',
      'InfluxDB at http://127.0.0.1:8086 refused the connection',
      'live',
    ]);
    expect(fleetsSent()[1]!.rows[0]![4]).toBe(12.5);
    expect(publisher.stats.failedRounds).toBe(1);
  });

  it('says so while the store takes no data, and calls no host silent meanwhile', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    await store.write(measured('web-1', 0));
    publisher.start();
    await clock.advance(10_000);
    store.trouble = 'its disk is full';
    for (let n = 0; n < 60; n += 1) await clock.advance(10_000);
    const { source, rows } = fleetsSent().at(-1)!;
    expect([source, rows[0]![0], rows[0]![1]]).toEqual([
      'the store takes no new data: its disk is full',
      'web-1',
      'live',
    ]);
    expect([publisher.isStoreAnswering, publisher.trouble]).toEqual([true, source]);
    store.trouble = undefined;
    await store.write(measured('web-1', 62));
    await clock.advance(10_000);
    await publisher.close();
    expect([fleetsSent().at(-1)!.source, fleetsSent().at(-1)!.rows[0]![1]]).toEqual(['live', 'live']);
    expect(publisher.trouble).toBe(undefined);
  });

  it('is live as long as any input reports, whatever another one stamps ahead', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    await store.write([point('forecast', { host: 'a' }, { wind: 3 }, noon + 3_000_000)]);
    publisher.start();
    for (let n = 0; n < 40; n += 1) {
      await store.write([point('mem', { host: 'a' }, { used_percent: 50 }, noon + n * 10_000)]);
      await clock.advance(10_000);
    }
    await publisher.close();
    expect(fleetsSent().map(({ rows }) => rows[0]![1])).toEqual(Array(40).fill('live'));
    expect((await publisher.host('a'))!.panels).toEqual({ mem: { used_percent: 50 }, forecast: { wind: 3 } });
  });

  it('shows an input that reports less often than the others all the time', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    const disk = (n: number) =>
      point('disk', { host: 'a', path: '/' }, { used_percent: 71 }, noon + n * 10_000);
    await store.write([disk(-6)]);
    publisher.start();
    for (let n = 0; n < 18; n += 1) {
      await store.write([point('mem', { host: 'a' }, { used_percent: 50 }, noon + n * 10_000)]);
      if (n % 6 === 0) await store.write([disk(n)]);
      await clock.advance(10_000);
    }
    await publisher.close();
    expect(fleetsSent().map(({ rows }) => rows[0]![7])).toEqual(Array(18).fill(71));
  });

  it('trusts a host that was away for an hour no longer than any other', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    const mem = (timeMs: number) => point('mem', { host: 'a' }, { used_percent: 50 }, timeMs);
    await store.write([mem(noon - 3_600_000)]);
    publisher.start();
    await clock.advance(10_000);
    await store.write([mem(noon + 10_000)]);
    await clock.advance(10_000);
    expect(fleetsSent().at(-1)!.rows[0]![1]).toBe('live');
    await clock.advance(40_000);
    await publisher.close();
    expect(fleetsSent().at(-1)!.rows[0]![1]).toBe('stale');
  });

  it('calls no host silent while the store cannot be asked', async () => {
    const { clock, store, publisher, fleetsSent } = setUp();
    await store.write(measured('web-1', 0));
    publisher.start();
    await clock.advance(10_000);
    store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'away');
    await clock.advance(600_000);
    expect(fleetsSent().at(-1)!.rows[0]!.slice(0, 2)).toEqual(['web-1', 'live']);
    store.failure = undefined;
    await clock.advance(10_000);
    await publisher.close();
    expect(fleetsSent().at(-1)!.rows[0]!.slice(0, 2)).toEqual(['web-1', 'gone']);
  });

  it('skips and counts the ticks that find the last round still under way', async () => {
    const { clock, store, publisher } = setUp();
    let answer = () => {};
    const latest = store.latest.bind(store);
    store.latest = async (selections) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return latest(selections);
    };
    publisher.start();
    await clock.advance(35_000);
    expect(publisher.stats).toMatchObject({ rounds: 1, skippedTicks: 2 });
    answer();
    await settle();
    await clock.advance(10_000);
    expect(publisher.stats).toMatchObject({ rounds: 2, skippedTicks: 2 });
    answer();
    await publisher.close();
  });
});

describe('a host snapshot', () => {
  it('nests groups by their tag and shows counters per second', async () => {
    const { clock, store, publisher, hostsSent } = setUp();
    await store.write([...measured('web-1', 0), ...measured('web-1', 1)]);
    await store.write([
      point('docker', { host: 'web-1', dc: 'icn', engine_host: 'x' }, { n_containers: 3 }, noon + 10_000),
    ]);
    clock.step(-clock.nowMs() + noon + 12_000);
    await publisher.subscribed('/topic/hosts.web-1');
    expect(hostsSent('web-1')).toEqual([
      {
        time: noon + 12_000,
        intervalMs: 10_000,
        source: 'live',
        host: 'web-1',
        state: 'live',
        seenMs: noon + 10_000,
        skewMs: null,
        tags: { dc: 'icn' },
        panels: {
          cpu: { 'cpu-total': { usage_idle: 87.5, usage_user: 7.1 }, cpu0: { usage_idle: 10 } },
          mem: { used_percent: 48.1 },
          swap: { used_percent: 0 },
          system: { load1: 0.42, n_cpus: 8, uptime: 86_410 },
          disk: { '/': { used_percent: 71.3 }, '/boot': { used_percent: 20 } },
          diskio: {
            sda: { read_bytes: 1_048_576, write_bytes: 524_288, io_time: 31 },
            sda1: { read_bytes: 1_048_576, write_bytes: 0, io_time: 31 },
          },
          net: {
            eth0: { bytes_recv: 125_000, bytes_sent: 98_000 },
            docker0: { bytes_recv: 700, bytes_sent: 700 },
          },
          docker: { n_containers: 3 },
        },
      },
    ]);
  });

  it('is asked for at once at the first SUBSCRIBE, without a fleet message', async () => {
    const { store, publisher, sent } = setUp();
    await store.write(measured('web-1', 0));
    await publisher.subscribed('/topic/hosts.web-1');
    expect(sent.map(({ destination }) => destination)).toEqual(['/topic/hosts.web-1']);
    expect(store.rounds).toBe(1);
  });

  it('stops 5 min after its last viewer left', async () => {
    const { clock, store, publisher, retracted, hostsSent } = setUp();
    await store.write(measured('web-1', 0));
    await publisher.subscribed('/topic/hosts.web-1');
    publisher.start();
    await clock.advance(20_000);
    publisher.unsubscribed('/topic/hosts.web-1');
    await clock.advance(1_000_000);
    await publisher.close();
    expect(hostsSent('web-1')).toHaveLength(1 + 2 + 30);
    expect(retracted).toEqual(['/topic/hosts.web-1']);
  });

  it('says at once why the store cannot be asked, where nothing is known yet', async () => {
    const { store, publisher, hostsSent } = setUp();
    store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'InfluxDB refused the connection');
    await publisher.subscribed('/topic/hosts.web-1');
    expect(hostsSent('web-1')).toMatchObject([
      { host: 'web-1', source: 'InfluxDB refused the connection', state: 'gone', seenMs: null, panels: {} },
    ]);
  });

  it('is that of every host for who subscribes to the pattern, at once and until 5 min after', async () => {
    const { clock, store, publisher, hostsSent } = setUp();
    await store.write([...measured('a', 0), ...measured('b', 0)]);
    publisher.start();
    await clock.advance(10_000);
    await publisher.subscribed('/topic/hosts.*');
    expect([hostsSent('a').length, hostsSent('b').length]).toEqual([1, 1]);
    publisher.unsubscribed('/topic/hosts.*');
    await clock.advance(1_000_000);
    await publisher.close();
    expect([hostsSent('a').length, hostsSent('b').length]).toEqual([1 + 30, 1 + 30]);
  });

  it('costs little for names that nobody has, however many are subscribed to', async () => {
    const { clock, store, publisher } = setUp();
    await store.write(measured('a', 0));
    const asked: number[] = [];
    const latest = store.latest.bind(store);
    store.latest = (selections) => {
      asked.push(selections.length);
      return latest(selections);
    };
    publisher.start();
    await clock.advance(10_000);
    for (let n = 0; n < 5_000; n += 1) void publisher.subscribed(`/topic/hosts.left${n}`);
    for (let n = 0; n < 5_000; n += 1) publisher.unsubscribed(`/topic/hosts.left${n}`);
    for (let n = 0; n < 300; n += 1) void publisher.subscribed(`/topic/hosts.stays${n}`);
    await clock.advance(20_000);
    await publisher.close();
    const ofFleet = asked[0]!;
    expect(Math.max(...asked)).toBeLessThanOrEqual(ofFleet + 100);
    expect(asked.at(-1)).toBe(ofFleet + 100);
  });

  it('is the same for two who ask at the same time', async () => {
    const { store, publisher } = setUp();
    await store.write(measured('a', 0));
    const [one, other] = await Promise.all([publisher.host('a'), publisher.host('a')]);
    expect(one).toMatchObject({ host: 'a' });
    expect(other).toEqual(one);
  });

  it('is undefined for a host that nobody has heard of', async () => {
    const { publisher } = setUp();
    expect(await publisher.host('nobody')).toBeUndefined();
  });

  it('no longer shows a disk that was pulled while the host goes on', async () => {
    const { store, publisher } = setUp();
    await store.write([point('disk', { host: 'a', path: '/usb' }, { used_percent: 9 }, noon - 60_000)]);
    await store.write([point('disk', { host: 'a', path: '/' }, { used_percent: 50 }, noon)]);
    expect((await publisher.host('a'))!.panels.disk).toEqual({ '/': { used_percent: 50 } });
  });

  it('has no tag that the host sends with two values, as while it moves; nor has the fleet', async () => {
    const { clock, store, publisher, hostsSent, fleetsSent } = setUp();
    const sends = (dc: string, n: number) =>
      store.write([point('mem', { host: 'web-1', dc, team: 'red' }, { used_percent: n }, noon + n * 10_000)]);
    await sends('icn', 0);
    await sends('nrt', 1);
    await sends('icn', 2);
    clock.step(-clock.nowMs() + noon + 22_000);
    await publisher.subscribed('/topic/hosts.web-1');
    await publisher.tick();
    expect(hostsSent('web-1').at(-1)?.tags).toEqual({ team: 'red' });
    expect(fleetsSent().at(-1)?.rows[0]?.[16]).toEqual({ team: 'red' });
    for (const n of [12, 13]) await sends('nrt', n);
    clock.step(110_000);
    await publisher.tick();
    expect(hostsSent('web-1').at(-1)?.tags).toEqual({ dc: 'nrt', team: 'red' });
    expect(fleetsSent().at(-1)?.rows[0]?.[16]).toEqual({ dc: 'nrt', team: 'red' });
  });

  it('carries hostile names as plain keys', async () => {
    const { store, publisher } = setUp();
    await store.write([point('disk', { host: '__proto__', path: '__proto__' }, { used_percent: 9 }, noon)]);
    const snapshot = await publisher.host('__proto__');
    expect(JSON.stringify(snapshot!.panels)).toBe('{"disk":{"__proto__":{"used_percent":9}}}');
    expect(({} as Record<string, unknown>).used_percent).toBeUndefined();
  });
});
