import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isPattern, matches } from '@hostcast/stomp';
import type { Point } from '@hostcast/tsdb';
import fastify from 'fastify';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createIngest } from '../../../src/ingest/ingest.ts';
import { ingestRoutes } from '../../../src/ingest/routes.ts';
import { createLineParser } from '../../../src/lineProtocol/parser.ts';
import { Publisher } from '../../../src/publish/publisher.ts';
import type { FleetSnapshot } from '../../../src/publish/snapshots.ts';
import { Audit } from '../../../src/security/audit.ts';
import type { InfluxStore } from '../../../src/store/influx/store.ts';
import { type MetricStore, StoreError } from '../../../src/store/metricStore.ts';
import type { Outlet } from '../../../src/store/tee/forwarder.ts';
import { openTeeStore, type TeeStoreOptions } from '../../../src/store/tee/store.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';
import { MemoryStore } from '../../support/memoryStore.ts';
import { point } from '../../support/points.ts';
import { TelegrafClient } from '../../support/telegrafClient.ts';
import { diskError, faultyFiles } from './faultyFiles.ts';

const noon = Date.UTC(2026, 10, 22, 12, 0, 0);
const away = new StoreError('ERR_STORE_UNAVAILABLE', 'InfluxDB refused the connection');

/** A database over the network, as far as the tee sees it. */
class FakeInflux extends MemoryStore implements InfluxStore, Outlet {
  readonly place = 'InfluxDB at http://influx';
  readonly stats = { rounds: 0, statementsInRound: 0, statements: 0 };
  /** What it answers writes with. */
  status = 204;

  noteWritten(): void {}

  async deliver(gzipped: Uint8Array) {
    if (this.failure !== undefined) throw this.failure;
    if (this.status === 204) {
      const parser = createLineParser({ receivedMs: 0 });
      parser.push(gunzipSync(gzipped));
      parser.end();
      await this.write(parser.take());
    }
    return { status: this.status, text: '', retryAfter: '' };
  }

  async createDatabase(): Promise<boolean> {
    return false;
  }
}

async function setUp(options: Partial<TeeStoreOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hostcast-tee-'));
  const clock = new FakeClock(noon + 3_000);
  const influx = new FakeInflux();
  const store = await openTeeStore({
    influx,
    outlet: {
      place: influx.place,
      deliver: (lines) => influx.deliver(lines),
      createDatabase: async () => false,
      close() {},
    },
    folder,
    limitBytes: 1024 * 1024,
    intervalMs: 10_000,
    clock,
    ...options,
  });
  onTestFinished(async () => {
    const closed = store.close();
    await clock.advance(2_000);
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  /** Until nothing waits. */
  const forwarded = async (): Promise<void> => {
    while (store.forwarding!().bufferBytes > 0) {
      // The clock stands still but for the waits between attempts.
      if (store.forwarding!().isFlowing) await new Promise((resolve) => setImmediate(resolve));
      else await clock.advance(100);
    }
  };
  return { clock, influx, store, forwarded };
}

const mem = (host: string, percent: number, timeMs: number): Point =>
  point('mem', { host }, { used_percent: percent }, timeMs);
const net = (host: string, bytes: number, timeMs: number): Point =>
  point('net', { host, interface: 'eth0' }, { bytes_recv: bytes }, timeMs);

async function newest(store: MetricStore, host: string): Promise<unknown> {
  const [tables] = await store.latest([{ measurement: 'mem', tags: [['host', host]] }]);
  return tables?.[0]?.values[0];
}

function publisherOf(store: MetricStore, clock: FakeClock) {
  const fleets: FleetSnapshot[] = [];
  const publisher = new Publisher({
    ...{ store, clock, intervalMs: 10_000, log: pino({ level: 'silent' }) },
    matches: (pattern, destination) => isPattern(pattern) && matches(pattern, destination),
    publish: (destination, body) => {
      if (destination === '/topic/hosts') fleets.push(JSON.parse(body));
    },
    retract: () => {},
  });
  const rows = () => new Map(fleets.at(-1)?.rows.map((row) => [row[0], row]));
  return { publisher, fleets, rows };
}

describe('what is written through hostcast', () => {
  it('is in InfluxDB a moment later, and live before', async () => {
    const { influx, store, forwarded } = await setUp();
    await store.write([mem('web-1', 42.5, noon)]);
    expect(await newest(store, 'web-1')).toBe(42.5);
    await forwarded();
    expect(await newest(influx, 'web-1')).toBe(42.5);
    expect(store.forwarding!()).toMatchObject({
      forwardedLines: 1,
      droppedLines: 0,
      isFlowing: true,
      isTaking: true,
    });
  });

  it('is one series with what its Telegraf writes to InfluxDB itself: the newest counts', async () => {
    const { influx, store, forwarded } = await setUp();
    await store.write([net('web-1', 1_000, noon), mem('web-1', 1, noon)]);
    await forwarded();
    await influx.write([net('web-1', 11_000, noon + 10_000), net('web-2', 5, noon + 10_000)]);
    const [tables] = await store.latest([{ measurement: 'net' }]);
    expect(tables?.[0]?.series.map(([host]) => host?.[1])).toEqual(['web-1', 'web-2']);
    expect([tables?.[0]?.values[0], tables?.[0]?.previousValues[0]]).toEqual([11_000, 1_000]);
    expect((await store.hosts()).map(({ host }) => host).sort()).toEqual(['web-1', 'web-2']);
  });

  it('ends a history that waits for InfluxDB', async () => {
    const { clock, influx, store, forwarded } = await setUp();
    await store.write([net('web-1', 0, noon - 10_000), net('web-1', 10_000, noon)]);
    await forwarded();
    influx.status = 503;
    for (const n of [1, 2, 3]) {
      await clock.advance(10_000);
      await store.write([net('web-1', 10_000 + n * 20_000, noon + n * 10_000)]);
    }
    const query = {
      ...{ selection: { measurement: 'net' }, bucketMs: 10_000 },
      ...{ fromMs: noon - 10_000, toMs: noon + 40_000 },
    };
    const rates = async (from: MetricStore) => [
      ...((await from.history(query)).series[0]?.columns.get('bytes_recv') ?? []),
    ];
    expect(await rates(influx)).toEqual([Number.NaN, 1_000, Number.NaN, Number.NaN, Number.NaN]);
    expect(await rates(store)).toEqual([Number.NaN, 1_000, 2_000, 2_000, 2_000]);
    influx.status = 204;
    await forwarded();
    expect(await rates(store)).toEqual(await rates(influx));
  });

  it('is refused above the limits of series, line by line', async () => {
    const { store } = await setUp({ limits: { series: 2, seriesPerHost: 2, hosts: 2 } });
    const points = ['a', 'b', 'c'].map((host) => mem(host, 1, noon));
    await expect(store.write(points)).rejects.toMatchObject({
      code: 'ERR_STORE_REFUSED',
      refused: { count: 1, first: [{ index: 2, reason: expect.stringContaining('limits.') }] },
    });
    expect(store.recent!([]).hosts.map(({ host }) => host)).toEqual(['a', 'b']);
  });

  it('may be more than InfluxDB takes at once', async () => {
    const { influx, store, forwarded } = await setUp();
    await store.write(Array.from({ length: 12_000 }, (_, n) => mem('web-1', n, noon + n)));
    await forwarded();
    expect(store.forwarding!().forwardedLines).toBe(12_000);
    expect(await newest(influx, 'web-1')).toBe(11_999);
  });
});

describe('while InfluxDB is away', () => {
  it('hosts that write through hostcast stay live, the others go stale, and the source says why', async () => {
    const { clock, influx, store, forwarded } = await setUp();
    const { publisher, fleets, rows } = publisherOf(store, clock);
    publisher.start();
    await store.write([mem('through', 1, noon), net('through', 0, noon)]);
    await influx.write([mem('direct', 5, noon)]);
    await forwarded();
    await clock.advance(10_000);
    expect([...rows().values()].map((row) => row.slice(0, 2))).toEqual([
      ['direct', 'live'],
      ['through', 'live'],
    ]);
    influx.failure = away;
    for (let n = 1; n <= 40; n += 1) {
      await store.write([
        mem('through', n, noon + n * 10_000),
        net('through', n * 50_000, noon + n * 10_000),
      ]);
      await clock.advance(10_000);
    }
    expect(fleets.at(-1)?.source).toBe('InfluxDB refused the connection');
    expect(rows().get('through')).toMatchObject({ 1: 'live', 5: 40, 13: 5_000 });
    expect(rows().get('direct')).toMatchObject({ 1: 'stale', 2: noon, 5: 5 });
    expect(publisher.stats.rounds).toBe(fleets.length);

    // One of them falls silent: that is known, whatever becomes of InfluxDB.
    await clock.advance(60_000);
    expect(rows().get('through')?.[1]).toBe('stale');
    await clock.advance(300_000);
    expect(rows().get('through')?.[1]).toBe('gone');

    influx.failure = undefined;
    await clock.advance(70_000);
    await forwarded();
    await clock.advance(10_000);
    await publisher.close();
    expect(fleets.at(-1)?.source).toBe('live');
    expect(rows().get('direct')?.[1]).toBe('gone');
    expect(await newest(influx, 'through')).toBe(40);
  });

  it('and hangs, what comes through hostcast is on the page without waiting for it', async () => {
    const { clock, influx, store } = await setUp();
    const { publisher, fleets, rows } = publisherOf(store, clock);
    influx.failure = away;
    await store.write([mem('through', 1, noon)]);
    await publisher.tick();
    let give: (answer: readonly []) => void = () => {};
    influx.latest = () =>
      new Promise((resolve) => {
        give = resolve;
      });
    influx.failure = undefined;
    await store.write([mem('through', 2, noon + 10_000)]);
    const tick = publisher.tick();
    await settle();
    expect(rows().get('through')).toMatchObject({ 1: 'live', 5: 2 });
    expect(fleets.map(({ source }) => source)).toEqual([away.message, away.message]);
    give([]);
    await tick;
    expect(fleets.map(({ source }) => source)).toEqual([away.message, away.message, 'live']);
    await publisher.close();
  });

  it.each([401, 403, 404, 429, 500, 503])(
    'with status %d, every Telegraf is answered 204, and nothing is lost',
    async (status) => {
      const { influx, store, forwarded } = await setUp();
      influx.status = status;
      const telegraf = await telegrafBefore(store);
      for (const path of ['/write', '/api/v2/write', '/api/v3/write_lp', '/telegraf']) {
        expect(
          (await telegraf.sendBatch(path, `mem,host=${path.length} used_percent=1 ${noon}000000\n`)).status,
        ).toBe(204);
      }
      while (store.forwarding!().isFlowing) await new Promise((resolve) => setImmediate(resolve));
      influx.status = 204;
      await forwarded();
      expect(await influx.hosts()).toHaveLength(4);
    },
  );
});

describe('what hosts of the benchmarks send each 10 s', () => {
  it.each([
    ['1 host', 1, 1_750],
    ['100 hosts at once', 100, 1_050],
  ])('takes of the buffer for %s as much as the documentation says', async (_, hosts, mostOctets) => {
    const { influx, store } = await setUp();
    influx.failure = away;
    const { Fleet } = (await import(
      new URL('../../../../../bench/support/fleet.mjs', import.meta.url).href
    )) as {
      readonly Fleet: new (hosts: number) => { tick(timeMs: number): Buffer };
    };
    const parser = createLineParser({ receivedMs: 0 });
    const fleet = new Fleet(hosts);
    fleet.tick(noon - 10_000);
    parser.push(fleet.tick(noon));
    await store.write(parser.take());
    expect(store.forwarding!().bufferBytes / hosts).toBeLessThan(mostOctets);
  });
});

describe('a buffer that takes no more', () => {
  it('because it is full is 503 for Telegraf, which keeps its batch, and takes it when there is room', async () => {
    const { influx, store, forwarded } = await setUp({ limitBytes: 4_000 });
    influx.failure = away;
    const telegraf = await telegrafBefore(store);
    const body = (n: number): string => `mem,host=web-${n} used_percent=1 ${noon + n}000000\n`;
    const statuses: number[] = [];
    while (statuses.at(-1) !== 503)
      statuses.push((await telegraf.sendBatch('/api/v2/write', body(statuses.length))).status);
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([204]));
    expect(store.forwarding!().isTaking).toBe(false);
    const answer = await telegraf.sendBatch('/api/v2/write', body(statuses.length));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    influx.failure = undefined;
    await forwarded();
    expect((await telegraf.sendBatch('/api/v2/write', body(statuses.length - 1))).status).toBe(204);
    await forwarded();
    expect(store.forwarding!()).toMatchObject({ isTaking: true, forwardedLines: statuses.length });
    expect(await influx.hosts()).toHaveLength(statuses.length);
  });

  it.each([
    ['away', `${away.message}; the store takes no new data: its buffer is full, or cannot be written`],
    ['there', 'the store takes no new data: its buffer is full, or cannot be written'],
  ])('while InfluxDB is %s calls nobody silent, and says so', async (where, source) => {
    let error: Error | undefined;
    const { clock, influx, store } = await setUp({
      files: faultyFiles((operation) => (operation === 'write' ? error : undefined)),
    });
    const { publisher, fleets, rows } = publisherOf(store, clock);
    influx.status = 503;
    await store.write([mem('a', 1, noon)]);
    publisher.start();
    await clock.advance(10_000);
    if (where === 'away') influx.failure = away;
    error = diskError('ENOSPC');
    for (let n = 1; n <= 40; n += 1) {
      await expect(store.write([mem('a', n, noon + n * 10_000)])).rejects.toThrow('the disk is full');
      await clock.advance(10_000);
    }
    expect(fleets.at(-1)?.source).toBe(source);
    expect(rows().get('a')?.[1]).not.toBe('gone');
    error = undefined;
    await store.write([mem('a', 50, noon + 410_000)]);
    await clock.advance(10_000);
    expect(rows().get('a')).toMatchObject({ 1: 'live', 5: 50 });
    await publisher.close();
  });

  it('because its disk is full is 503 as well, says no path, and shows nothing that is not durable', async () => {
    let error: Error | undefined = diskError('ENOSPC');
    const { store } = await setUp({
      files: faultyFiles((operation) => (operation === 'write' ? error : undefined)),
    });
    const telegraf = await telegrafBefore(store);
    const answer = await telegraf.sendBatch('/api/v2/write', `mem,host=a used_percent=1 ${noon}000000\n`);
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain('hcb1');
    expect(store.recent!([]).hosts).toEqual([]);
    expect(store.forwarding!().isTaking).toBe(false);
    error = undefined;
    expect(
      (await telegraf.sendBatch('/api/v2/write', `mem,host=a used_percent=1 ${noon}000000\n`)).status,
    ).toBe(204);
    expect(store.forwarding!().isTaking).toBe(true);
  });
});

async function telegrafBefore(store: MetricStore): Promise<TelegrafClient> {
  const log = pino({ level: 'silent' });
  const http = fastify();
  await http.register(ingestRoutes, { ingest: createIngest({ store, log }), log, audit: new Audit({ log }) });
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  const telegraf = new TelegrafClient(Number(new URL(url).port));
  onTestFinished(async () => {
    telegraf.close();
    await http.close();
  });
  return telegraf;
}
