import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { Publisher } from '../../src/publish/publisher.ts';
import type { FleetSnapshot, HostSnapshot } from '../../src/publish/snapshots.ts';
import { Watch } from '../../src/publish/watch.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { FakeClock, settle } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { point } from '../support/points.ts';

const noon = Date.UTC(2026, 10, 22, 12, 0, 0);

function setUp() {
  const clock = new FakeClock(noon + 3_000);
  const store = new MemoryStore();
  const watch = new Watch(clock, (destination) => destination.includes('*'));
  const sent: { destination: string; body: string }[] = [];
  const publisher = new Publisher({
    store,
    watch,
    clock,
    intervalMs: 10_000,
    log: pino({ level: 'silent' }),
    publish: (destination, body) => sent.push({ destination, body }),
  });
  const fleetsSent = () =>
    sent
      .filter(({ destination }) => destination === '/topic/hosts')
      .map(({ body }) => JSON.parse(body) as FleetSnapshot);
  const hostsSent = (host: string) =>
    sent
      .filter(({ destination }) => destination === `/topic/hosts.${host}`)
      .map(({ body }) => JSON.parse(body) as HostSnapshot);
  return { clock, store, watch, publisher, sent, fleetsSent, hostsSent };
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
    const { clock, store, publisher, watch, fleetsSent, hostsSent } = setUp();
    await store.write([...measured('a', 0), ...measured('b', 0)]);
    watch.subscribed('/topic/hosts.a');
    watch.subscribed('/topic/hosts.a');
    watch.subscribed('/topic/hosts.b');
    publisher.start();
    await clock.advance(30_000);
    await publisher.close();
    expect(store.rounds).toBe(3);
    expect(fleetsSent().map(({ time }) => time - noon)).toEqual([12_000, 22_000, 32_000]);
    expect(hostsSent('a')).toHaveLength(3);
    expect(hostsSent('b')).toHaveLength(3);
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
    const { clock, store, publisher, watch, hostsSent } = setUp();
    await store.write([...measured('web-1', 0), ...measured('web-1', 1)]);
    await store.write([
      point('docker', { host: 'web-1', dc: 'icn', engine_host: 'x' }, { n_containers: 3 }, noon + 10_000),
    ]);
    clock.step(-clock.nowMs() + noon + 12_000);
    watch.subscribed('/topic/hosts.web-1');
    await publisher.firstSubscribe('web-1');
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
          docker: { 'engine_host=x': { n_containers: 3 } },
        },
      },
    ]);
  });

  it('is asked for at once at the first SUBSCRIBE, without a fleet message', async () => {
    const { store, publisher, watch, sent } = setUp();
    await store.write(measured('web-1', 0));
    watch.subscribed('/topic/hosts.web-1');
    await publisher.firstSubscribe('web-1');
    expect(sent.map(({ destination }) => destination)).toEqual(['/topic/hosts.web-1']);
    expect(store.rounds).toBe(1);
  });

  it('stops 5 min after its last viewer left', async () => {
    const { clock, store, publisher, watch, hostsSent } = setUp();
    await store.write(measured('web-1', 0));
    watch.subscribed('/topic/hosts.web-1');
    publisher.start();
    await clock.advance(20_000);
    watch.unsubscribed('/topic/hosts.web-1');
    await clock.advance(1_000_000);
    await publisher.close();
    expect(hostsSent('web-1')).toHaveLength(2 + 30);
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

  it('carries hostile names as plain keys', async () => {
    const { store, publisher } = setUp();
    await store.write([point('disk', { host: '__proto__', path: '__proto__' }, { used_percent: 9 }, noon)]);
    const snapshot = await publisher.host('__proto__');
    expect(JSON.stringify(snapshot!.panels)).toBe('{"disk":{"__proto__":{"used_percent":9}}}');
    expect(({} as Record<string, unknown>).used_percent).toBeUndefined();
  });
});
