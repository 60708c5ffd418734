import type { SeriesSamples } from '@hostcast/tsdb';
import type { FieldKind } from '../metrics/catalogue.ts';
import { kindOf } from '../metrics/kinds.ts';
import type { History, HistoryQuery, HistorySeries } from './metricStore.ts';
import { longestStepMs } from './rates.ts';

/*
 * How raw samples become buckets, for every store alike. A gauge is the mean of its samples in the bucket. Of a
 * counter each step from one sample to the next belongs to the bucket of the newer one; a bucket shows the sum of
 * its increases over the time they cover, so that a constant rate stays constant whatever the width or the phase
 * of the buckets. A reset (a lower value) and a gap count neither increase nor time. A gap is a step longer than
 * `longestStepMs` of the shorter of its two neighbours: the series' spacing is judged where it happened, so that
 * a change of interval within the range costs one step only.
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
  const series: HistorySeries[] = [];
  for (const { measurement, tags, times, columns } of samples) {
    const bucketed = new Map<string, Float64Array>();
    for (const [field, values] of columns) {
      const column =
        kind(measurement, field) === 'counter'
          ? counterColumn(times, values, range, intervalMs)
          : gaugeColumn(times, values, range);
      if (column) bucketed.set(field, column);
    }
    if (bucketed.size > 0) series.push({ measurement, tags, columns: bucketed });
  }
  return { times: bucketTimes(range), series };
}

/** The mean of the samples in each bucket, or undefined where there is none at all. */
function gaugeColumn(
  times: Float64Array,
  values: Float64Array,
  range: BucketRange,
): Float64Array | undefined {
  const { startMs, toMs, bucketMs, count } = range;
  const sums = new Float64Array(count);
  const counts = new Float64Array(count);
  for (let row = 0; row < times.length; row += 1) {
    const time = times[row]!;
    const value = values[row]!;
    if (time < startMs || time >= toMs || Number.isNaN(value)) continue;
    const bucket = Math.floor((time - startMs) / bucketMs);
    sums[bucket]! += value;
    counts[bucket]! += 1;
  }
  return quotients(sums, counts, 1);
}

/** Increase per second in each bucket, or undefined where there is none at all. */
function counterColumn(
  times: Float64Array,
  values: Float64Array,
  range: BucketRange,
  intervalMs: number,
): Float64Array | undefined {
  const { startMs, toMs, bucketMs, count } = range;
  const increases = new Float64Array(count);
  const coveredMs = new Float64Array(count);
  const rows = rowsWithValue(values);
  for (let at = 1; at < rows.length; at += 1) {
    const time = times[rows[at]!]!;
    if (time < startMs || time >= toMs) continue;
    const increase = values[rows[at]!]! - values[rows[at - 1]!]!;
    const stepMs = time - times[rows[at - 1]!]!;
    if (increase < 0 || stepMs <= 0 || stepMs > longestStepMs(spacingAround(times, rows, at, intervalMs)))
      continue;
    const bucket = Math.floor((time - startMs) / bucketMs);
    increases[bucket]! += increase;
    coveredMs[bucket]! += stepMs;
  }
  return quotients(increases, coveredMs, 1000);
}

/** The shorter of the steps before and after step `at`, and never less than the interval that is expected. */
function spacingAround(times: Float64Array, rows: Uint32Array, at: number, intervalMs: number): number {
  const before = at >= 2 ? times[rows[at - 1]!]! - times[rows[at - 2]!]! : Number.POSITIVE_INFINITY;
  const after = at + 1 < rows.length ? times[rows[at + 1]!]! - times[rows[at]!]! : Number.POSITIVE_INFINITY;
  const spacing = Math.min(before, after);
  return Number.isFinite(spacing) ? Math.max(spacing, intervalMs) : intervalMs;
}

function rowsWithValue(values: Float64Array): Uint32Array {
  const rows = new Uint32Array(values.length);
  let size = 0;
  for (let row = 0; row < values.length; row += 1) {
    if (Number.isNaN(values[row]!)) continue;
    rows[size] = row;
    size += 1;
  }
  return rows.subarray(0, size);
}

/** `sums[i] * scale / weights[i]`, NaN where there is no weight; undefined where there is none anywhere. */
function quotients(sums: Float64Array, weights: Float64Array, scale: number): Float64Array | undefined {
  if (!weights.some((weight) => weight > 0)) return undefined;
  return sums.map((sum, index) => {
    const weight = weights[index]!;
    return weight > 0 ? (sum * scale) / weight : Number.NaN;
  });
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
