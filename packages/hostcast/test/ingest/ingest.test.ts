import type { Point } from '@hostcast/tsdb';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { BodyTooLargeError } from '../../src/ingest/bodyTooLargeError.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const log = pino({ level: 'silent' });
const octets = (text: string) => Buffer.from(text);

describe('an ingest', () => {
  test('hands the points to the store in batches and counts them', async () => {
    const sizes: number[] = [];
    const store = new MemoryStore();
    store.write = async (points) => {
      sizes.push(points.length);
    };
    const ingest = createIngest({ store, log, limits: { batchPoints: 2 } });
    async function* chunks() {
      yield octets('m f=1 1\nm f=1 2\nm f=1 3\nm f=');
      yield octets('1 4\n');
      yield octets('m f=1 5');
    }
    expect(await ingest.write(chunks())).toEqual({ written: 5, errors: [], errorCount: 0 });
    expect(sizes).toEqual([2, 2, 1]);
    expect(ingest.stats).toMatchObject({ bodies: 1, points: 5, badLines: 0, failedBodies: 0 });
  });

  test('tells the store of each batch whether more is at hand', async () => {
    const batches: [number, boolean | undefined][] = [];
    const store = Object.assign(new MemoryStore(), {
      async write(points: readonly Point[], isMoreComing?: boolean) {
        batches.push([points.length, isMoreComing]);
      },
    });
    const ingest = createIngest({ store, log, limits: { batchPoints: 2 } });
    await ingest.write(octets('m f=1 1\nm f=1 2\nm f=1 3\nm f=1 4\nm f=1 5'));
    await ingest.write(octets('m f=1 1\nm f=1 2\n'));
    expect(batches).toEqual([
      [2, true],
      [2, false],
      [1, false],
      [2, false],
    ]);
  });

  test('gives lines without a timestamp the time of receipt', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock(1_700_000_000_123);
    await createIngest({ store, log, clock }).write(octets('m,host=a f=1'), { precision: 's' });
    expect(await store.hosts()).toEqual([{ host: 'a', newestMs: 1_700_000_000_000 }]);
  });

  test('passes on why the store failed, and goes on', async () => {
    const store = new MemoryStore();
    const ingest = createIngest({ store, log });
    store.failure = new StoreError('ERR_STORE_OVERLOADED', 'full');
    await expect(ingest.write(octets('m f=1'))).rejects.toBe(store.failure);
    store.failure = undefined;
    expect((await ingest.write(octets('m f=1'))).written).toBe(1);
    expect(ingest.stats).toMatchObject({ bodies: 2, points: 1, badLines: 0, failedBodies: 1 });
  });

  test('stores the other batches of a body of which the store refuses one', async () => {
    const refusal = new StoreError('ERR_STORE_REFUSED', '1 points were refused and the others stored');
    const stored: number[] = [];
    const store = new MemoryStore();
    store.write = async ([first]) => {
      if (first?.timeMs === 1) throw refusal;
      stored.push(first!.timeMs);
    };
    const ingest = createIngest({ store, log, limits: { batchPoints: 1 } });
    async function* chunks() {
      for (const ms of [1, 2, 3]) yield octets(`m f=1 ${ms}\n`);
    }
    await expect(ingest.write(chunks(), { precision: 'ms' })).rejects.toBe(refusal);
    expect(stored).toEqual([2, 3]);
    expect(ingest.stats).toMatchObject({ bodies: 1, points: 2, badLines: 0, failedBodies: 1 });
  });

  test('refuses a body that is larger than its limit', async () => {
    const ingest = createIngest({ store: new MemoryStore(), log, limits: { bodyBytes: 8 } });
    expect((await ingest.write(octets('m f=1 10'))).written).toBe(1);
    await expect(ingest.write(octets('m f=1 100'))).rejects.toBeInstanceOf(BodyTooLargeError);
  });

  test('knows when somebody else last reported a measurement of this host', async () => {
    const clock = new FakeClock();
    const ingest = createIngest({ store: new MemoryStore(), log, clock, localHost: 'here' });
    await ingest.write(octets('cpu,host=there f=1'));
    await ingest.write(octets('cpu,host=here f=1'), { source: 'collector' });
    expect(ingest.lastRemoteMs('cpu')).toBeUndefined();
    const now = clock.monotonicMs();
    await ingest.write(octets('cpu,host=here f=1'));
    await clock.advance(1000);
    expect([ingest.lastRemoteMs('cpu'), ingest.lastRemoteMs('mem')]).toEqual([now, undefined]);
  });

  test('logs bad lines with who sent them, of one sender at most every 10 s', async () => {
    const { ingest, clock, logged } = logging();
    const sender = { address: '192.0.2.7', route: '/write', token: 'web-1' };
    for (let round = 0; round < 3; round += 1) await ingest.write(octets('bad\nbad'), { sender });
    await ingest.write(octets('bad'), { sender: { ...sender, address: '192.0.2.8' } });
    expect(logged().map(({ lines, address }) => [lines, address])).toEqual([
      [2, '192.0.2.7'],
      [1, '192.0.2.8'],
    ]);
    await clock.advance(10_000);
    await ingest.write(octets('bad'), { sender });
    expect(logged()[2]).toMatchObject({
      msg: 'lines of line protocol refused',
      lines: 5,
      first: { line: 1, reason: 'the line ends in a measurement', start: 'bad' },
      address: '192.0.2.7',
      route: '/write',
      token: 'web-1',
    });
  });

  test('logs a hundred senders of bad lines in 10 s and counts the lines of the others', async () => {
    const { ingest, clock, logged } = logging();
    const send = (n: number) =>
      ingest.write(octets('bad'), { sender: { address: `192.0.2.${n}`, route: '/write' } });
    for (let n = 0; n < 150; n += 1) await send(n);
    expect(logged()).toHaveLength(100);
    await clock.advance(10_000);
    await send(120);
    expect(logged()[100]).toMatchObject({ address: '192.0.2.120', lines: 1, linesOfOthers: 50 });
  });

  test('stores points without a host, which are then of no host, counts them and says who sends them, once', async () => {
    const { ingest, store, clock, logged } = logging();
    const sender = { address: '192.0.2.7', route: '/api/v2/write' };
    for (const time of [1, 2]) {
      expect((await ingest.write(octets(`m f=1 ${time}\nm,host=a f=1 1`), { sender })).written).toBe(2);
    }
    expect((await store.hosts()).map(({ host }) => host)).toEqual(['a']);
    expect(await store.latest([{ measurement: 'm' }])).toHaveLength(1);
    expect(ingest.stats).toMatchObject({ points: 4, pointsWithoutHost: 2, badLines: 0 });
    expect(logged()).toEqual([
      expect.objectContaining({
        msg: 'points without a tag host are stored, and of no host of the page: does their Telegraf say omit_hostname?',
        lines: 1,
        measurement: 'm',
        ...sender,
      }),
    ]);
    await clock.advance(60 * 60_000);
    await ingest.write(octets('m f=1 3'), { sender });
    expect(logged()).toHaveLength(2);
  });
});

function logging() {
  const lines: string[] = [];
  const clock = new FakeClock();
  const store = new MemoryStore();
  const ingest = createIngest({
    store,
    log: pino({}, { write: (line: string) => lines.push(line) }),
    clock,
  });
  return { ingest, clock, store, logged: () => lines.map((line) => JSON.parse(line)) };
}
