import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { BodyTooLargeError, createIngest } from '../../src/ingest/ingest.ts';
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
    expect(sizes).toEqual([3, 2]);
    expect(ingest.stats).toEqual({ bodies: 1, points: 5, badLines: 0, failedBodies: 0 });
  });

  test('gives lines without a timestamp the time of receipt', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock(1_700_000_000_123);
    await createIngest({ store, log, clock }).write(octets('m,host=a f=1'), { precision: 's' });
    expect(await store.hosts()).toEqual([{ host: 'a', newestMs: 1_700_000_000_000 }]);
  });

  test('stores points without a host, which are then of no host', async () => {
    const store = new MemoryStore();
    expect((await createIngest({ store, log }).write(octets('m f=1 0'))).written).toBe(1);
    expect(await store.hosts()).toEqual([]);
    expect(await store.latest([{ measurement: 'm' }])).toHaveLength(1);
  });

  test('passes on why the store failed, and goes on', async () => {
    const store = new MemoryStore();
    const ingest = createIngest({ store, log });
    store.failure = new StoreError('ERR_STORE_OVERLOADED', 'full');
    await expect(ingest.write(octets('m f=1'))).rejects.toBe(store.failure);
    store.failure = undefined;
    expect((await ingest.write(octets('m f=1'))).written).toBe(1);
    expect(ingest.stats).toEqual({ bodies: 2, points: 1, badLines: 0, failedBodies: 1 });
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
    expect(ingest.stats).toEqual({ bodies: 1, points: 2, badLines: 0, failedBodies: 1 });
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

  test('logs bad lines, at most every 10 s', async () => {
    const lines: string[] = [];
    const clock = new FakeClock();
    const ingest = createIngest({
      store: new MemoryStore(),
      log: pino({}, { write: (line: string) => lines.push(line) }),
      clock,
    });
    for (let round = 0; round < 3; round += 1) await ingest.write(octets('bad\nbad'));
    expect(lines.map((line) => JSON.parse(line).lines)).toEqual([2]);
    await clock.advance(10_000);
    await ingest.write(octets('bad'));
    expect(lines.map((line) => JSON.parse(line).lines)).toEqual([2, 5]);
  });
});
