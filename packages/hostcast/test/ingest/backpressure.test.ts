import type { Point } from '@hostcast/tsdb';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createIngest, type IngestLimits } from '../../src/ingest/ingest.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { MemoryStore } from '../support/memoryStore.ts';

/** A store that keeps writes waiting until it is told that they are durable. */
class WaitingStore extends MemoryStore {
  readonly sizes: number[] = [];
  readonly #waiting: (() => void)[] = [];

  override async write(points: readonly Point[]): Promise<void> {
    this.sizes.push(points.length);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  commit(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function setup(limits: Partial<IngestLimits>) {
  const store = new WaitingStore();
  const ingest = createIngest({ store, log: pino({ level: 'silent' }), limits });
  /** As many octets a line as points count. */
  const write = (points: number) => ingest.write(Buffer.from('m,host=a f=1 1\n'.repeat(points)));
  return { store, ingest, write };
}

const lineBytes = 15;
const overloaded = expect.objectContaining({ code: 'ERR_STORE_OVERLOADED' });

describe('what waits for the store', () => {
  test('may be as many points as the limit; one more is to come again, and loses nobody else anything', async () => {
    const { store, ingest, write } = setup({ waitingPoints: 10 });
    const first = write(7);
    const second = write(3);
    await expect.poll(() => store.sizes).toEqual([7, 3]);
    await expect(write(1)).rejects.toEqual(overloaded);
    store.commit();
    expect([(await first).written, (await second).written]).toEqual([7, 3]);
    const again = write(10);
    await expect.poll(() => store.sizes).toEqual([7, 3, 10]);
    store.commit();
    expect((await again).written).toBe(10);
    expect(ingest.stats).toMatchObject({ bodies: 4, points: 20, failedBodies: 1 });
  });

  test('may be as many octets as the limit, and no more', async () => {
    const { store, write } = setup({ waitingBytes: 10 * lineBytes });
    const first = write(9);
    await expect.poll(() => store.sizes).toEqual([9]);
    await expect(write(2)).rejects.toThrow(
      '9 points (135 octets) wait for the store already: send again later',
    );
    const second = write(1);
    await expect.poll(() => store.sizes).toEqual([9, 1]);
    store.commit();
    await first;
    await second;
  });

  test('counts the beginnings of lines whose ends have not come', async () => {
    const { store, ingest, write } = setup({ waitingBytes: 1_000 });
    let goOn = (): void => {};
    async function* slow() {
      yield Buffer.alloc(990, 'x');
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    const begun = ingest.write(slow());
    await expect(write(1)).rejects.toEqual(overloaded);
    goOn();
    expect((await begun).errorCount).toBe(1);
    const after = write(1);
    await expect.poll(() => store.sizes).toEqual([1]);
    store.commit();
    await after;
  });

  test('of many bodies at once stays within the limit, and all that was acknowledged was stored', async () => {
    const { store, ingest, write } = setup({ waitingPoints: 100, batchPoints: 5 });
    const answers = Array.from({ length: 50 }, () => write(20).then((result) => result.written, String));
    await expect.poll(() => store.sizes.length).toBeGreaterThan(15);
    const reached = store.sizes.reduce((sum, size) => sum + size, 0);
    expect(reached).toBeLessThanOrEqual(100);
    const timer = setInterval(() => store.commit(), 1);
    const results = await Promise.all(answers);
    clearInterval(timer);
    const stored = results.filter((result) => result === 20).length;
    expect(stored).toBeGreaterThanOrEqual(5);
    expect(results.filter((result) => typeof result === 'string')).toHaveLength(50 - stored);
    expect(ingest.stats.points).toBe(store.sizes.reduce((sum, size) => sum + size, 0));
  });

  test('is given back where a store fails or a body breaks off', async () => {
    const { store, ingest } = setup({ waitingPoints: 3, batchPoints: 1 });
    const write = store.write.bind(store);
    store.write = () => Promise.reject(new StoreError('ERR_STORE_UNAVAILABLE', 'disk full'));
    for (let round = 0; round < 5; round += 1) {
      await expect(ingest.write(Buffer.from('m f=1 1\nm f=1 2'))).rejects.toThrow('disk full');
    }
    async function* broken() {
      yield Buffer.from('m f=1 1\nm f=');
      throw new Error('aborted');
    }
    store.write = write;
    for (let round = 0; round < 5; round += 1) {
      const sent = ingest.write(broken());
      await expect.poll(() => store.sizes.length).toBe(round + 1);
      store.commit();
      await expect(sent).rejects.toThrow('aborted');
    }
    const last = ingest.write(Buffer.from('m f=1 1\nm f=1 2\nm f=1 3'));
    await expect.poll(() => store.sizes.length).toBe(8);
    store.commit();
    expect((await last).written).toBe(3);
  });
});

describe('a body of 20,000 lines of 10,000 new hosts', () => {
  const body = Buffer.from(
    Array.from({ length: 20_000 }, (_, i) => `mem,host=web-${i % 10_000} used=${i}i ${i}000000\n`).join(''),
  );

  test('is read and handed on in pieces, and others have their turn after each', async () => {
    const sizes: number[] = [];
    const turns: number[] = [];
    let turn = 0;
    let isCounting = true;
    const count = () => {
      turn += 1;
      if (isCounting) setImmediate(count);
    };
    setImmediate(count);
    const store = new MemoryStore();
    store.write = async (points) => {
      sizes.push(points.length);
      turns.push(turn);
    };
    const ingest = createIngest({ store, log: pino({ level: 'silent' }) });
    expect((await ingest.write(body)).written).toBe(20_000);
    isCounting = false;
    expect(sizes).toEqual(Array.from({ length: 20 }, () => 1_000));
    expect(new Set(turns).size).toBe(20);
    // 32 KiB are read in one piece.
    expect(turn).toBeGreaterThanOrEqual(Math.floor(body.length / (32 * 1024)));
  });

  test('has five batches at the store at most, and waits for them', async () => {
    const { store, ingest } = setup({});
    const sent = ingest.write(body);
    await expect.poll(() => store.sizes.length).toBe(5);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(store.sizes).toHaveLength(5);
    const timer = setInterval(() => store.commit(), 1);
    expect((await sent).written).toBe(20_000);
    clearInterval(timer);
  });
});
