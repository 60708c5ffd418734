import { CounterGrid, GaugeGrid, type SeriesSamples } from '@hostcast/tsdb';
import { kindOf } from '../metrics/kinds.ts';
import type { FieldKind } from '../metrics/measurements.ts';
import type { History, HistoryQuery, HistorySeries } from './metricStore.ts';

/*
 * How raw samples become buckets, for every store alike. A gauge is the mean, least or largest of its samples in the
 * bucket. Of a counter each step from one sample to the next belongs to the bucket of the newer one; a bucket shows
 * the sum of its increases over the time they cover, so that a constant rate stays constant whatever the width or the
 * phase of the buckets. Which steps count is said in tsdb (tier/counterWalk.ts), which makes its tiers by the same.
 */

/** The most buckets that one query may ask for. */
export const maxBuckets = 10_000;

/** The buckets of a query: `count` of them from `startMs` (aligned) on, the last one cut off at `toMs`. */
export interface BucketRange {
  readonly startMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
  readonly count: number;
}

/**
 * The buckets that a query asks for. The first one is whole: it reaches back to the multiple of `bucketMs` at or
 * before `fromMs`, so stores read from `startMs`.
 * @throws RangeError for a range or width that makes no sense, or more than 10,000 buckets
 */
export function bucketRange({ fromMs, toMs, bucketMs }: Omit<HistoryQuery, 'selection'>): BucketRange {
  if (!Number.isSafeInteger(bucketMs) || bucketMs < 1) {
    throw new RangeError(`bucketMs must be a whole number of milliseconds above 0, not ${bucketMs}`);
  }
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs) || toMs <= fromMs) {
    throw new RangeError(`the range from ${fromMs} to ${toMs} is empty: toMs must be after fromMs`);
  }
  const startMs = Math.floor(fromMs / bucketMs) * bucketMs;
  const count = Math.ceil((toMs - startMs) / bucketMs);
  if (count > maxBuckets) {
    throw new RangeError(
      `${count} buckets of ${bucketMs} ms were asked for, at most ${maxBuckets} are given: use wider buckets`,
    );
  }
  return { startMs, toMs, bucketMs, count };
}

/** The starts of the buckets, epoch ms. */
export function bucketTimes({ startMs, bucketMs, count }: BucketRange): number[] {
  return Array.from({ length: count }, (_, index) => startMs + index * bucketMs);
}

/** What `bucketSamples` may be told; all of it has a default. */
export interface BucketOptions {
  /** The usual spacing of samples, for series with too few of them to tell. 0 = not known. */
  readonly intervalMs?: number;
  /** Which fields are counters; the catalogue's word unless given. */
  readonly kind?: (measurement: string, field: string) => FieldKind;
}

/**
 * Buckets of raw samples. Samples outside the range are welcome: those before it are what the first step of a
 * counter is counted from (one row is enough), those after it are ignored. Fields without a value in any bucket,
 * and series without such a field, are left out.
 * @throws RangeError as `bucketRange`
 */
export function bucketSamples(
  samples: readonly SeriesSamples[],
  query: Omit<HistoryQuery, 'selection'>,
  { intervalMs = 0, kind = kindOf }: BucketOptions = {},
): History {
  const range = bucketRange(query);
  const grid = { ...range, endMs: range.toMs, stepMs: range.bucketMs };
  const series: HistorySeries[] = [];
  for (const { measurement, tags, times, columns } of samples) {
    const bucketed = new Map<string, Float64Array>();
    for (const [field, values] of columns) {
      const isCounter = kind(measurement, field) === 'counter';
      const buckets = isCounter ? new CounterGrid(grid, intervalMs) : new GaugeGrid(grid);
      buckets.addSamples(times, values);
      const column =
        buckets instanceof CounterGrid ? buckets.values() : buckets.values(query.statistic ?? 'mean');
      if (column.some((value) => !Number.isNaN(value))) bucketed.set(field, column);
    }
    if (bucketed.size > 0) series.push({ measurement, tags, columns: bucketed });
  }
  return { times: bucketTimes(range), series };
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const roundWidths = [
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * second),
  ...[1, 2, 3, 5, 10, 15, 20, 30].map((count) => count * minute),
  ...[1, 2, 3, 4, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 28].map((count) => count * day),
];

/**
 * The width of bucket that shows a range in at most about `points` buckets: a round one (10 s, 1 min, 15 min,
 * 6 h …) that is a multiple of `intervalMs` and at least as long. Where the interval fits no round width it is a
 * plain multiple of the interval.
 * @throws RangeError for an interval or number of points below 1
 */
export function chooseBucketMs(fromMs: number, toMs: number, points: number, intervalMs: number): number {
  if (!(points >= 1) || !(intervalMs >= 1)) {
    throw new RangeError(`points (${points}) and intervalMs (${intervalMs}) must be at least 1`);
  }
  const narrowest = Math.max((toMs - fromMs) / Math.min(points, maxBuckets - 1), intervalMs);
  const multiple = Math.ceil(narrowest / intervalMs) * intervalMs;
  const round = roundWidths.find((width) => width >= narrowest && width % intervalMs === 0);
  return round !== undefined && round <= 3 * multiple ? round : multiple;
}
