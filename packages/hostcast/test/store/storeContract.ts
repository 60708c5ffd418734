import type { Field, LatestTable, Point, Tag } from '@hostcast/tsdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { History, HistoryQuery, MetricStore } from '../../src/store/metricStore.ts';
import { StoreError } from '../../src/store/metricStore.ts';

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
 * for what is newest, and aligned to 10 s.
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
      now = Math.floor(Date.now() / 10_000) * 10_000;
    });

    afterEach(async () => {
      await store.close();
      await under.cleanup();
    });

    /** The time `seconds` ago. */
    const ago = (seconds: number): number => now - seconds * 1000;

    describe('latest', () => {
      it('gives the newest and the previous value of a cell with their own times', async () => {
        await store.write([
          point('mem', { host: 'a' }, { used_percent: 10.5 }, ago(30)),
          point('mem', { host: 'a' }, { used_percent: 20.5 }, ago(20)),
          point('mem', { host: 'a' }, { used_percent: 30.5 }, ago(10)),
        ]);
        const [tables] = await store.latest([{ measurement: 'mem' }]);
        expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toEqual({
          time: ago(10),
          value: 30.5,
          previousTime: ago(20),
          previousValue: 20.5,
        });
      });

      it('has no previous value where there is one sample only', async () => {
        await store.write([point('mem', { host: 'a' }, { used_percent: 10.5 }, ago(10))]);
        const [tables] = await store.latest([{ measurement: 'mem' }]);
        expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toEqual({
          time: ago(10),
          value: 10.5,
          previousTime: Number.NaN,
          previousValue: Number.NaN,
        });
      });

      it('keeps for each field its own newest time', async () => {
        await store.write([
          point('mem', { host: 'a' }, { used_percent: 1.5, available_percent: 2.5 }, ago(20)),
          point('mem', { host: 'a' }, { used_percent: 3.5 }, ago(10)),
        ]);
        const [tables] = await store.latest([{ measurement: 'mem' }]);
        expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toMatchObject({
          time: ago(10),
          previousTime: ago(20),
        });
        expect(cellOf(tables!, 'mem', { host: 'a' }, 'available_percent')).toMatchObject({
          time: ago(20),
          value: 2.5,
          previousTime: Number.NaN,
        });
      });

      it('goes on from one round to the next', async () => {
        const round = async (): Promise<Cell | undefined> => {
          const [tables] = await store.latest([{ measurement: 'mem', fields: ['used_percent'] }]);
          return cellOf(tables!, 'mem', { host: 'a' }, 'used_percent');
        };
        await store.write([point('mem', { host: 'a' }, { used_percent: 1.5 }, ago(30))]);
        expect(await round()).toMatchObject({ time: ago(30), value: 1.5 });
        await store.write([point('mem', { host: 'a' }, { used_percent: 2.5 }, ago(20))]);
        expect(await round()).toMatchObject({ time: ago(20), value: 2.5, previousTime: ago(30) });
        await store.write([point('mem', { host: 'a' }, { used_percent: 3.5 }, ago(10))]);
        expect(await round()).toMatchObject({ time: ago(10), value: 3.5, previousTime: ago(20) });
        expect(await round()).toMatchObject({ time: ago(10), value: 3.5, previousTime: ago(20) });
      });

      it('answers several selections at once, in their order', async () => {
        await store.write([
          point('cpu', { host: 'a', cpu: 'cpu-total' }, { usage_idle: 90.5, usage_user: 5.5 }, ago(10)),
          point('cpu', { host: 'a', cpu: 'cpu0' }, { usage_idle: 80.5, usage_user: 6.5 }, ago(10)),
          point('cpu', { host: 'b', cpu: 'cpu-total' }, { usage_idle: 70.5, usage_user: 7.5 }, ago(10)),
          point('mem', { host: 'a' }, { used_percent: 50.5 }, ago(10)),
          point('mem', { host: 'b' }, { used_percent: 60.5 }, ago(10)),
        ]);
        const [idle, memory, nothing, hostA, hostB] = await store.latest([
          { measurement: 'cpu', tags: [['cpu', 'cpu-total']], fields: ['usage_idle'] },
          { measurement: 'mem' },
          { measurement: 'nothing' },
          { tags: [['host', 'a']] },
          { tags: [['host', 'b']] },
        ]);
        expect(cells(idle!)).toEqual([
          'cpu cpu=cpu-total,host=a usage_idle 90.5',
          'cpu cpu=cpu-total,host=b usage_idle 70.5',
        ]);
        expect(cells(memory!)).toEqual(['mem host=a used_percent 50.5', 'mem host=b used_percent 60.5']);
        expect(cells(nothing!)).toEqual([]);
        expect(cells(hostA!)).toEqual([
          'cpu cpu=cpu-total,host=a usage_idle 90.5',
          'cpu cpu=cpu-total,host=a usage_user 5.5',
          'cpu cpu=cpu0,host=a usage_idle 80.5',
          'cpu cpu=cpu0,host=a usage_user 6.5',
          'mem host=a used_percent 50.5',
        ]);
        expect(cells(hostB!)).toEqual([
          'cpu cpu=cpu-total,host=b usage_idle 70.5',
          'cpu cpu=cpu-total,host=b usage_user 7.5',
          'mem host=b used_percent 60.5',
        ]);
      });

      it('selects series that have every tag asked for', async () => {
        await store.write([
          point('disk', { host: 'a', path: '/', fstype: 'ext4' }, { used_percent: 1.5 }, ago(10)),
          point('disk', { host: 'a', path: '/boot', fstype: 'vfat' }, { used_percent: 2.5 }, ago(10)),
          point('disk', { host: 'b', path: '/', fstype: 'ext4' }, { used_percent: 3.5 }, ago(10)),
        ]);
        const [both, wrongKey] = await store.latest([
          {
            measurement: 'disk',
            tags: [
              ['host', 'a'],
              ['path', '/'],
            ],
          },
          { measurement: 'disk', tags: [['nosuchtag', 'a']] },
        ]);
        expect(cells(both!)).toEqual(['disk fstype=ext4,host=a,path=/ used_percent 1.5']);
        expect(cells(wrongKey!)).toEqual([]);
      });

      it('merges lines of one series and timestamp', async () => {
        await store.write([
          point('swap', { host: 'a' }, { total: 100, used: 25 }, ago(10)),
          point('swap', { host: 'a' }, { in: 7, out: 9 }, ago(10)),
          point('system', { host: 'a' }, { load1: 0.5 }, ago(10)),
          point('system', { host: 'a' }, { uptime: 86_400 }, ago(10)),
          point('system', { host: 'a' }, { uptime_format: '1 day' }, ago(10)),
        ]);
        const [tables] = await store.latest([{ tags: [['host', 'a']] }]);
        expect(cells(tables!)).toEqual([
          'swap host=a in 7',
          'swap host=a out 9',
          'swap host=a total 100',
          'swap host=a used 25',
          'system host=a load1 0.5',
          'system host=a uptime 86400',
        ]);
        expect(rowsOf(tables!, 'swap')).toBe(1);
        expect(rowsOf(tables!, 'system')).toBe(1);
      });

      it('gives booleans as 0 and 1 and leaves texts out', async () => {
        await store.write([
          point('docker', { host: 'a' }, { oom: true, healthy: false, status: 'running' }, ago(10)),
        ]);
        const [tables, byName] = await store.latest([
          { measurement: 'docker' },
          { measurement: 'docker', fields: ['status'] },
        ]);
        expect(cells(tables!)).toEqual(['docker host=a healthy 0', 'docker host=a oom 1']);
        expect(cells(byName!)).toEqual([]);
      });

      it('takes integers and unsigned integers of one field as one column', async () => {
        await store.write([
          typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'integer', value: 5 }], ago(20)),
        ]);
        await store.write([
          typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'unsigned', value: 6 }], ago(10)),
        ]);
        const [tables] = await store.latest([{ measurement: 'net' }]);
        expect(cellOf(tables!, 'net', { host: 'a' }, 'n')).toMatchObject({ value: 6, previousValue: 5 });
      });

      it.runIf(mixesNumericTypes)('takes integers and floats of one field as one column', async () => {
        await store.write([
          typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'integer', value: 5 }], ago(20)),
          typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'float', value: 6.5 }], ago(10)),
        ]);
        const [tables] = await store.latest([{ measurement: 'net' }]);
        expect(cellOf(tables!, 'net', { host: 'a' }, 'n')).toMatchObject({ value: 6.5, previousValue: 5 });
      });

      it('keeps large counters exact', async () => {
        await store.write([point('net', { host: 'a' }, { bytes_recv: 9_007_199_254_740_991 }, ago(10))]);
        const [tables] = await store.latest([{ measurement: 'net' }]);
        expect(cellOf(tables!, 'net', { host: 'a' }, 'bytes_recv')?.value).toBe(9_007_199_254_740_991);
      });

      it('puts a late sample where it belongs', async () => {
        await store.write([point('mem', { host: 'a' }, { used_percent: 3.5 }, ago(10))]);
        await store.latest([{ measurement: 'mem' }]);
        await store.write([point('mem', { host: 'a' }, { used_percent: 1.5 }, ago(30))]);
        await store.write([point('mem', { host: 'a' }, { used_percent: 2.5 }, ago(20))]);
        const [tables] = await store.latest([{ measurement: 'mem' }]);
        expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toMatchObject({
          time: ago(10),
          value: 3.5,
          previousTime: ago(20),
          previousValue: 2.5,
        });
      });

      it('shows a new measurement, a new field and a new tag in the round after they were written', async () => {
        await store.write([point('mem', { host: 'a' }, { used: 1 }, ago(30))]);
        await store.latest([{ tags: [['host', 'a']] }]);
        await store.write([
          point('mem', { host: 'a' }, { free: 2 }, ago(20)),
          point('mem', { host: 'a', dc: 'icn' }, { used: 3 }, ago(20)),
          point('temp', { host: 'a', sensor: 'core' }, { temp: 40.5 }, ago(20)),
        ]);
        const [tables] = await store.latest([{ tags: [['host', 'a']] }]);
        expect(cells(tables!)).toEqual([
          'mem dc=icn,host=a used 3',
          'mem host=a free 2',
          'mem host=a used 1',
          'temp host=a,sensor=core temp 40.5',
        ]);
      });

      it('answers an empty store and no selection', async () => {
        expect(await store.latest([])).toEqual([]);
        const answers = await store.latest([{ measurement: 'cpu' }, { tags: [['host', 'nobody']] }]);
        expect(answers.map(cells)).toEqual([[], []]);
      });
    });

    describe('history', () => {
      const ask = (query: Partial<HistoryQuery>): Promise<History> =>
        store.history({
          selection: {},
          fromMs: ago(60),
          toMs: now,
          bucketMs: 20_000,
          ...query,
          ...(query.bucketMs === undefined ? { fromMs: alignedStart() } : {}),
        });
      /** 60 s or more ago, at the start of a bucket of 20 s, so that three or four buckets are asked for. */
      const alignedStart = (): number => Math.floor(ago(60) / 20_000) * 20_000;

      it('gives the mean of gauges, NaN where there was no data', async () => {
        const start = alignedStart();
        await store.write([
          point('mem', { host: 'a' }, { used_percent: 10.5 }, start),
          point('mem', { host: 'a' }, { used_percent: 20.5 }, start + 10_000),
          point('mem', { host: 'a' }, { used_percent: 30.5 }, start + 45_000),
        ]);
        const history = await ask({ selection: { measurement: 'mem' }, toMs: start + 60_000 });
        expect(history.times).toEqual([start, start + 20_000, start + 40_000]);
        expect(columnOf(history, 'mem', { host: 'a' }, 'used_percent')).toEqual([15.5, Number.NaN, 30.5]);
      });

      it('gives counters per second, counted from the sample before the range', async () => {
        const start = alignedStart();
        await store.write(counterPoints([1000, 2000, 3000, 5000, 7000], start - 10_000));
        const history = await ask({ selection: { measurement: 'net' }, toMs: start + 40_000 });
        expect(columnOf(history, 'net', { host: 'a' }, 'bytes_recv')).toEqual([100, 200]);
      });

      it('shows a constant rate as constant whatever the width of the buckets', async () => {
        await store.write(
          counterPoints(
            Array.from({ length: 31 }, (_, index) => index * 10_000),
            ago(300),
          ),
        );
        for (const bucketMs of [10_000, 15_000, 20_000, 60_000, 300_000]) {
          const history = await ask({
            selection: { measurement: 'net' },
            fromMs: ago(300) + 10_000,
            toMs: ago(0) + 1,
            bucketMs,
          });
          const shown = columnOf(history, 'net', { host: 'a' }, 'bytes_recv')!.filter(
            (rate) => !Number.isNaN(rate),
          );
          expect(new Set(shown)).toEqual(new Set([1000]));
        }
      });

      it('leaves the increase across a counter reset out', async () => {
        const start = alignedStart();
        await store.write(counterPoints([1000, 2000, 50, 1050, 2050], start - 10_000));
        const history = await ask({ selection: { measurement: 'net' }, toMs: start + 40_000 });
        expect(columnOf(history, 'net', { host: 'a' }, 'bytes_recv')).toEqual([100, 100]);
      });

      it('shows a gap as a gap, without a spike after it', async () => {
        await store.write(counterPoints([0, 1000, 2000], ago(600)));
        await store.write(counterPoints([900_000, 901_000, 902_000], ago(30)));
        const history = await ask({
          selection: { measurement: 'net' },
          fromMs: ago(600),
          toMs: now,
          bucketMs: 10_000,
        });
        const shown = columnOf(history, 'net', { host: 'a' }, 'bytes_recv')!;
        expect(shown.filter((rate) => !Number.isNaN(rate))).toEqual([100, 100, 100, 100]);
        expect(shown[shown.length - 1]).toBe(100);
        expect(shown[1]).toBe(100);
        expect(shown[30]).toBeNaN();
      });

      it('begins with the whole bucket that the range begins in, and ends before its end', async () => {
        const start = alignedStart();
        await store.write([
          point('mem', { host: 'a' }, { used_percent: 100.5 }, start - 1),
          point('mem', { host: 'a' }, { used_percent: 10.5 }, start),
          point('mem', { host: 'a' }, { used_percent: 20.5 }, start + 39_999),
          point('mem', { host: 'a' }, { used_percent: 200.5 }, start + 40_000),
        ]);
        const history = await ask({
          selection: { measurement: 'mem' },
          fromMs: start + 15_000,
          toMs: start + 40_000,
          bucketMs: 20_000,
        });
        expect(history.times).toEqual([start, start + 20_000]);
        expect(columnOf(history, 'mem', { host: 'a' }, 'used_percent')).toEqual([10.5, 20.5]);
      });

      it('keeps series and measurements apart and selects as latest does', async () => {
        const start = alignedStart();
        await store.write([
          point('cpu', { host: 'a', cpu: 'cpu0' }, { usage_idle: 1.5, usage_user: 9.5 }, start),
          point('cpu', { host: 'a', cpu: 'cpu1' }, { usage_idle: 2.5 }, start),
          point('cpu', { host: 'b', cpu: 'cpu0' }, { usage_idle: 3.5 }, start),
          point('mem', { host: 'a' }, { used_percent: 4.5, healthy: true, text: 'x' }, start),
        ]);
        const oneHost = await ask({ selection: { tags: [['host', 'a']] }, toMs: start + 20_000 });
        expect(firstValues(oneHost)).toEqual([
          'cpu cpu=cpu0,host=a usage_idle 1.5',
          'cpu cpu=cpu0,host=a usage_user 9.5',
          'cpu cpu=cpu1,host=a usage_idle 2.5',
          'mem host=a healthy 1',
          'mem host=a used_percent 4.5',
        ]);
        const oneField = await ask({
          selection: { measurement: 'cpu', tags: [['cpu', 'cpu0']], fields: ['usage_idle'] },
          toMs: start + 20_000,
        });
        expect(firstValues(oneField)).toEqual([
          'cpu cpu=cpu0,host=a usage_idle 1.5',
          'cpu cpu=cpu0,host=b usage_idle 3.5',
        ]);
      });

      it('shows late samples in their place', async () => {
        const start = alignedStart();
        await store.write([point('mem', { host: 'a' }, { used_percent: 30.5 }, start + 20_000)]);
        await store.write([point('mem', { host: 'a' }, { used_percent: 10.5 }, start)]);
        const history = await ask({ selection: { measurement: 'mem' }, toMs: start + 40_000 });
        expect(columnOf(history, 'mem', { host: 'a' }, 'used_percent')).toEqual([10.5, 30.5]);
      });

      it('gives the buckets without series for what nobody has', async () => {
        await store.write([point('mem', { host: 'a' }, { used_percent: 1.5 }, ago(10))]);
        for (const selection of [
          { measurement: 'nothing' },
          { tags: [['host', 'nobody']] as const },
          { measurement: 'mem', fields: ['nothing'] },
          { measurement: 'mem', tags: [['nosuchtag', 'a']] as const },
        ]) {
          const history = await store.history({ selection, fromMs: now - 40_000, toMs: now, bucketMs: 1000 });
          expect(history.times).toHaveLength(40);
          expect(history.series).toEqual([]);
        }
      });

      it('gives 10,000 buckets and refuses more', async () => {
        const query = { selection: { measurement: 'mem' }, fromMs: now - 10_000_000, toMs: now };
        expect((await store.history({ ...query, bucketMs: 1000 })).times).toHaveLength(10_000);
        await expect(store.history({ ...query, bucketMs: 999 })).rejects.toThrow(RangeError);
      });
    });

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

/** Points of one counter, 10 s apart from `startMs` on. */
function counterPoints(values: readonly number[], startMs: number): Point[] {
  return values.map((value, index) =>
    point('net', { host: 'a' }, { bytes_recv: value }, startMs + index * 10_000),
  );
}

/** Whole numbers become integers, others floats. */
function point(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, number | boolean | string>>,
  timeMs: number,
): Point {
  return typedPoint(
    measurement,
    tags,
    Object.entries(fields).map(([name, value]) => ({ name, type: typeOf(value), value })),
    timeMs,
  );
}

function typedPoint(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  fields: readonly Field[],
  timeMs: number,
): Point {
  return { measurement, tags: sortedTags(tags), fields, timeMs };
}

function typeOf(value: number | boolean | string): Field['type'] {
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

function sortedTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
}

interface Cell {
  readonly time: number;
  readonly value: number;
  readonly previousTime: number;
  readonly previousValue: number;
}

/** One cell, or undefined where the tables have no value for it. */
function cellOf(
  tables: readonly LatestTable[],
  measurement: string,
  tags: Readonly<Record<string, string>>,
  field: string,
): Cell | undefined {
  const table = tables.find((candidate) => candidate.measurement === measurement);
  if (!table) return undefined;
  const row = table.series.findIndex((series) => tagText(series) === tagText(sortedTags(tags)));
  const column = table.fields.indexOf(field);
  if (row < 0 || column < 0) return undefined;
  const at = row * table.fields.length + column;
  return {
    time: table.times[at]!,
    value: table.values[at]!,
    previousTime: table.previousTimes[at]!,
    previousValue: table.previousValues[at]!,
  };
}

/** Every cell that has a value, as `measurement tags field value`, sorted. */
function cells(tables: readonly LatestTable[]): string[] {
  return tables
    .flatMap(({ measurement, fields, series, values }) =>
      series.flatMap((tags, row) =>
        fields.map((field, column) => ({
          text: `${measurement} ${tagText(tags)} ${field}`,
          value: values[row * fields.length + column]!,
        })),
      ),
    )
    .filter(({ value }) => !Number.isNaN(value))
    .map(({ text, value }) => `${text} ${value}`)
    .sort();
}

/** How many series of a measurement have a value. */
function rowsOf(tables: readonly LatestTable[], measurement: string): number {
  return tables
    .filter((table) => table.measurement === measurement)
    .reduce((rows, table) => rows + table.series.length, 0);
}

function columnOf(
  history: History,
  measurement: string,
  tags: Readonly<Record<string, string>>,
  field: string,
): number[] | undefined {
  const series = history.series.find(
    (candidate) =>
      candidate.measurement === measurement && tagText(candidate.tags) === tagText(sortedTags(tags)),
  );
  const column = series?.columns.get(field);
  return column && [...column];
}

/** The value of every column in the first bucket, as `measurement tags field value`, sorted. */
function firstValues(history: History): string[] {
  return history.series
    .flatMap(({ measurement, tags, columns }) =>
      [...columns].map(([field, values]) => `${measurement} ${tagText(tags)} ${field} ${values[0]}`),
    )
    .sort();
}

function tagText(tags: readonly Tag[]): string {
  return tags.map(([key, value]) => `${key}=${value}`).join(',');
}
