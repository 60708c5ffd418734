import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MetricStore, StoreError } from '../../src/store/metricStore.ts';
import { historyContract } from './historyContract.ts';
import { latestContract } from './latestContract.ts';
import { cellOf, cells, counterPoints, point, type StoreContext } from './storeAnswers.ts';

/** A fresh, empty store; `reopen` closes nothing itself: it opens what the closed store kept. */
export interface StoreUnderTest {
  readonly store: MetricStore;
  readonly cleanup: () => Promise<void>;
  readonly reopen?: () => Promise<MetricStore>;
}

export interface StoreContractOptions {
  /** Whether a field may change between integer and float. InfluxDB fixes a field's type at its first value. */
  readonly mixesNumericTypes?: boolean;
}

/** Host names that have broken something somewhere: quotes, backslashes, separators, markup, Unicode. */
export const hostileNames: readonly string[] = [
  "it's",
  'say "hi"',
  'back\\slash\\inside',
  "\\' OR 1=1 --",
  '\'; DROP DATABASE "x" --',
  '__proto__',
  'constructor',
  '<img src=x onerror=alert(1)>',
  'two words',
  ' outer blanks ',
  'a,b',
  'a=b',
  'cpu,host=x value=1 0',
  '서울-1',
  'fox 🦊',
  '%27%00',
  '$host',
  '/.*/',
  '#comment',
];

/**
 * What every `MetricStore` does, as one suite. Times are recent, because a store may look back a short while only
 * for what is newest, and aligned to 10 s: to the next ones, because a test may begin just before them, and what is
 * 20 s old for it must not be 30 s old for the store.
 */
export function storeContract(
  name: string,
  make: () => Promise<StoreUnderTest>,
  { mixesNumericTypes = true }: StoreContractOptions = {},
): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: MetricStore;
    let now: number;

    beforeEach(async () => {
      under = await make();
      store = under.store;
      now = Math.ceil(Date.now() / 10_000) * 10_000;
    });

    afterEach(async () => {
      await store.close();
      await under.cleanup();
    });

    /** The time `seconds` ago. */
    const ago = (seconds: number): number => now - seconds * 1000;

    const context: StoreContext = {
      get store() {
        return store;
      },
      get now() {
        return now;
      },
      ago,
    };
    latestContract(context, mixesNumericTypes);
    historyContract(context);

    describe('hosts', () => {
      it('names every host that has data, also one that has long been silent', async () => {
        await store.write([
          point('mem', { host: 'a' }, { used_percent: 1.5 }, ago(10)),
          point('cpu', { host: 'b', cpu: 'cpu-total' }, { usage_idle: 1.5 }, ago(86_400)),
          point('weather', { city: 'Seoul' }, { degrees: 21.5 }, ago(10)),
        ]);
        expect((await store.hosts()).map(({ host }) => host).sort()).toEqual(['a', 'b']);
        await store.write([point('mem', { host: 'c' }, { used_percent: 1.5 }, ago(10))]);
        expect((await store.hosts()).map(({ host }) => host).sort()).toEqual(['a', 'b', 'c']);
      });

      it('knows none in an empty store', async () => {
        expect(await store.hosts()).toEqual([]);
      });
    });

    describe('write', () => {
      it('takes no point at all', async () => {
        await store.write([]);
        expect(await store.hosts()).toEqual([]);
      });

      it('changes nothing when the same points come again', async () => {
        const points = counterPoints([0, 1000, 2000, 3000], ago(40));
        await store.write(points);
        const selection = { measurement: 'net' };
        const query = { selection, fromMs: ago(60), toMs: now, bucketMs: 10_000 };
        const latest = await store.latest([selection]);
        const history = await store.history(query);
        await store.write(points.slice(1));
        await store.write(points);
        expect(await store.latest([selection])).toEqual(latest);
        expect(await store.history(query)).toEqual(history);
      });

      it('is durable: what was written is there after the store was opened again', async (context) => {
        if (!under.reopen) return context.skip('this store has nothing to open again');
        await store.write(counterPoints([0, 1000], ago(20)));
        await store.close();
        store = await under.reopen();
        const [tables] = await store.latest([{ measurement: 'net' }]);
        expect(cellOf(tables!, 'net', { host: 'a' }, 'bytes_recv')).toMatchObject({
          value: 1000,
          previousValue: 0,
        });
      });
    });

    describe('hostile names', () => {
      it('of hosts come back as they were, and select only themselves', async () => {
        await store.write(
          hostileNames.map((host, index) => point('mem', { host }, { used: index }, ago(10))),
        );
        expect((await store.hosts()).map(({ host }) => host).sort()).toEqual([...hostileNames].sort());
        const answers = await store.latest(hostileNames.map((host) => ({ tags: [['host', host]] })));
        expect(answers.map(cells)).toEqual(
          hostileNames.map((host, index) => [`mem host=${host} used ${index}`]),
        );
        for (const host of hostileNames) {
          const history = await store.history({
            selection: { tags: [['host', host]] },
            fromMs: ago(60),
            toMs: now,
            bucketMs: 10_000,
          });
          expect(history.series.map(({ tags }) => tags)).toEqual([[['host', host]]]);
        }
      });

      it('of measurements, tag keys and fields come back as they were', async () => {
        // A line that begins with # is a comment: no measurement can be called so.
        const names = hostileNames.filter((hostile) => !hostile.startsWith('#'));
        await store.write(
          names.map((hostile) => point(hostile, { [hostile]: 'x' }, { [`${hostile}.f`]: 1.5 }, ago(10))),
        );
        const answers = await store.latest(
          names.map((hostile) => ({
            measurement: hostile,
            tags: [[hostile, 'x']],
            fields: [`${hostile}.f`],
          })),
        );
        expect(answers.map(cells)).toEqual(
          names.map((hostile) => [`${hostile} ${hostile}=x ${hostile}.f 1.5`]),
        );
      });
    });

    describe('close', () => {
      it('may be called twice, and nothing is taken afterwards', async () => {
        await store.close();
        await store.close();
        await expect(
          store.write([point('mem', { host: 'a' }, { used_percent: 1.5 }, ago(10))]),
        ).rejects.toThrow(StoreError);
        await expect(store.latest([{ measurement: 'mem' }])).rejects.toThrow(StoreError);
      });
    });
  });
}
