import type { SeriesSamples } from '@hostcast/tsdb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketOptions, bucketRange, bucketSamples, chooseBucketMs } from '../../src/store/buckets.ts';

const { NaN: none } = Number;

/** One series of the field `v`, a counter where `kind` says so. */
function samples(rows: readonly (readonly [timeMs: number, value: number])[]): SeriesSamples[] {
  return [
    {
      measurement: 'm',
      tags: [['host', 'a']],
      times: Float64Array.from(rows, ([time]) => time),
      columns: new Map([['v', Float64Array.from(rows, ([, value]) => value)]]),
      texts: new Map(),
    },
  ];
}

const counter: BucketOptions = { kind: () => 'counter' };

/** The only column of a history, as plain numbers; empty where there is none. */
function column(history: ReturnType<typeof bucketSamples>): number[] {
  return [...(history.series[0]?.columns.get('v') ?? [])];
}

describe('bucketRange', () => {
  it('aligns the first bucket to the epoch and cuts the last one off at the end', () => {
    expect(bucketRange({ fromMs: 25_000, toMs: 61_000, bucketMs: 20_000 })).toEqual({
      startMs: 20_000,
      toMs: 61_000,
      bucketMs: 20_000,
      count: 3,
    });
  });

  it('gives no bucket that begins at the end', () => {
    expect(bucketRange({ fromMs: 20_000, toMs: 60_000, bucketMs: 20_000 }).count).toBe(2);
  });

  it('gives 10,000 buckets and refuses one more', () => {
    expect(bucketRange({ fromMs: 0, toMs: 10_000_000, bucketMs: 1000 }).count).toBe(10_000);
    expect(() => bucketRange({ fromMs: 0, toMs: 10_000_001, bucketMs: 1000 })).toThrow(
      new RangeError('10001 buckets of 1000 ms were asked for, at most 10000 are given: use wider buckets'),
    );
  });

  it.each([
    { fromMs: 10, toMs: 10, bucketMs: 10 },
    { fromMs: 20, toMs: 10, bucketMs: 10 },
    { fromMs: 0, toMs: 10, bucketMs: 0 },
    { fromMs: 0, toMs: 10, bucketMs: 1.5 },
    { fromMs: none, toMs: 10, bucketMs: 10 },
    { fromMs: 0, toMs: Number.POSITIVE_INFINITY, bucketMs: 10 },
  ])('refuses %o', (query) => {
    expect(() => bucketRange(query)).toThrow(RangeError);
  });
});

describe('gauges', () => {
  it('are the mean of the samples in each bucket, NaN where there is none', () => {
    const history = bucketSamples(
      samples([
        [0, 1],
        [10_000, 3],
        [40_000, 8],
      ]),
      { fromMs: 0, toMs: 60_000, bucketMs: 20_000 },
    );
    expect(history.times).toEqual([0, 20_000, 40_000]);
    expect(column(history)).toEqual([2, none, 8]);
  });

  it('leave out what is before the first bucket and at or after the end', () => {
    const history = bucketSamples(
      samples([
        [9_999, 100],
        [10_000, 1],
        [29_999, 3],
        [30_000, 100],
      ]),
      { fromMs: 15_000, toMs: 30_000, bucketMs: 10_000 },
    );
    expect(column(history)).toEqual([1, 3]);
  });

  it('skip rows without a value', () => {
    const history = bucketSamples(
      samples([
        [0, 4],
        [1_000, none],
      ]),
      { fromMs: 0, toMs: 10_000, bucketMs: 10_000 },
    );
    expect(column(history)).toEqual([4]);
  });
});

describe('counters', () => {
  it('count from the sample before the range', () => {
    const history = bucketSamples(
      samples([
        [0, 1000],
        [10_000, 1500],
        [20_000, 2500],
      ]),
      { fromMs: 10_000, toMs: 30_000, bucketMs: 10_000 },
      counter,
    );
    expect(column(history)).toEqual([50, 100]);
  });

  it('do not take the first value ever seen for an increase', () => {
    const history = bucketSamples(
      samples([
        [10_000, 1500],
        [20_000, 2500],
      ]),
      { fromMs: 10_000, toMs: 30_000, bucketMs: 10_000 },
      counter,
    );
    expect(column(history)).toEqual([none, 100]);
  });

  it('leave a reset out, increase and time', () => {
    const history = bucketSamples(
      samples([
        [0, 1000],
        [10_000, 2000],
        [20_000, 70],
        [30_000, 1070],
      ]),
      { fromMs: 0, toMs: 40_000, bucketMs: 40_000 },
      counter,
    );
    expect(column(history)).toEqual([100]);
  });

  it('show nothing for the time of a gap', () => {
    const history = bucketSamples(
      samples([
        [0, 0],
        [10_000, 100],
        [110_000, 5000],
        [120_000, 5100],
      ]),
      { fromMs: 0, toMs: 130_000, bucketMs: 10_000 },
      counter,
    );
    expect(column(history)).toEqual([none, 10, ...new Array(10).fill(none), 10]);
  });

  it('follow a host whose interval is long, and one that changes it', () => {
    const every5Minutes = samples([
      [0, 0],
      [10_000, 10],
      [310_000, 310],
      [610_000, 610],
      [910_000, 910],
    ]);
    const history = bucketSamples(every5Minutes, { fromMs: 0, toMs: 1_000_000, bucketMs: 100_000 }, counter);
    // The step from 10 s to 310 s is taken for a gap, the next ones are not.
    expect(column(history)).toEqual([1, none, none, none, none, none, 1, none, none, 1]);
  });

  it('take two samples a long interval apart for a step only where that interval is known', () => {
    const two = samples([
      [0, 0],
      [300_000, 300],
    ]);
    const query = { fromMs: 0, toMs: 600_000, bucketMs: 600_000 };
    expect(column(bucketSamples(two, query, counter))).toEqual([]);
    expect(column(bucketSamples(two, query, { ...counter, intervalMs: 300_000 }))).toEqual([1]);
  });

  it('are what the catalogue says unless told otherwise', () => {
    const net: SeriesSamples = {
      measurement: 'net',
      tags: [],
      times: Float64Array.of(0, 10_000),
      columns: new Map([
        ['bytes_recv', Float64Array.of(1000, 2000)],
        ['speed', Float64Array.of(1000, 2000)],
      ]),
      texts: new Map(),
    };
    const [series] = bucketSamples([net], { fromMs: 0, toMs: 20_000, bucketMs: 20_000 }).series;
    expect(series?.columns).toEqual(
      new Map([
        ['bytes_recv', Float64Array.of(100)],
        ['speed', Float64Array.of(1500)],
      ]),
    );
  });

  it('show a constant rate as exactly constant whatever the width and the phase of the buckets', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000_000 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 100 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1000, max: 200_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (rate, steps, firstSecond, bucketMs, phaseMs) => {
          let time = firstSecond * 1000 + phaseMs;
          let value = 7;
          const rows: [number, number][] = [[time, value]];
          for (const seconds of steps) {
            time += seconds * 1000;
            value += rate * seconds;
            rows.push([time, value]);
          }
          const query = { fromMs: rows[0]![0], toMs: time + 1, bucketMs };
          for (const shown of column(bucketSamples(samples(rows), query, counter))) {
            if (!Number.isNaN(shown)) expect(shown).toBe(rate);
          }
        },
      ),
    );
  });

  it('add up to the total increase whatever the buckets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (increases, intervalsPerBucket) => {
          const rows: [number, number][] = [[0, 0]];
          for (const increase of increases) {
            const [time, value] = rows.at(-1)!;
            rows.push([time + 10_000, value + increase]);
          }
          const bucketMs = intervalsPerBucket * 10_000;
          const shown = column(
            bucketSamples(samples(rows), { fromMs: 0, toMs: rows.at(-1)![0] + 1, bucketMs }, counter),
          );
          let sum = 0;
          shown.forEach((rate, bucket) => {
            const inBucket = rows.slice(1).filter(([time]) => Math.floor(time / bucketMs) === bucket);
            if (inBucket.length > 0) sum += rate * inBucket.length * 10;
          });
          const total = rows.at(-1)![1];
          expect(Math.abs(sum - total)).toBeLessThanOrEqual(1e-9 * total);
        },
      ),
    );
  });
});

describe('what is left out', () => {
  it('is a series without any value in the range', () => {
    const query = { fromMs: 100_000, toMs: 200_000, bucketMs: 50_000 };
    expect(bucketSamples(samples([[0, 1]]), query)).toEqual({ times: [100_000, 150_000], series: [] });
  });
});

describe('chooseBucketMs', () => {
  const minute = 60_000;
  const hour = 60 * minute;
  it.each([
    [15 * minute, 300, 10_000, 10_000],
    [hour, 300, 10_000, 20_000],
    [6 * hour, 300, 10_000, 2 * minute],
    [24 * hour, 300, 10_000, 5 * minute],
    [7 * 24 * hour, 300, 10_000, hour],
    [365 * 24 * hour, 300, 10_000, 48 * hour],
    [hour, 300, 5 * minute, 5 * minute],
    [hour, 100, 7_000, 42_000],
    [hour, 100_000, 1000, 1000],
    [24 * hour, 100_000, 1000, 10_000],
  ])('shows %i ms in %i points of a %i ms interval in buckets of %i ms', (span, points, interval, bucket) => {
    expect(chooseBucketMs(0, span, points, interval)).toBe(bucket);
  });

  it('always gives a multiple of the interval, no more points than asked for, and a range that is allowed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.integer({ min: 1, max: 400 * 24 * hour }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 300 }),
        (fromMs, span, points, seconds) => {
          const bucketMs = chooseBucketMs(fromMs, fromMs + span, points, seconds * 1000);
          expect(bucketMs % (seconds * 1000)).toBe(0);
          const { count } = bucketRange({ fromMs, toMs: fromMs + span, bucketMs });
          expect(count).toBeLessThanOrEqual(points + 1);
        },
      ),
    );
  });

  it('refuses less than one point', () => {
    expect(() => chooseBucketMs(0, 1000, 0, 1000)).toThrow(RangeError);
  });
});
