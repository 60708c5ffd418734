import { CounterWalk } from './counterWalk.ts';

/** Buckets of equal width from `startMs` on; what is before `startMs`, or at or after `endMs`, belongs to none. */
export interface Grid {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** What is shown of a gauge per bucket. */
export type BucketStatistic = 'mean' | 'min' | 'max';

/** What a tier holds of a column per cell; parts that were not asked for are left out. */
export interface GaugeCells {
  readonly sums?: Float64Array | undefined;
  readonly counts?: Float64Array | undefined;
  readonly mins?: Float64Array | undefined;
  readonly maxs?: Float64Array | undefined;
}

/** Sum, number, least and largest of a gauge's samples per bucket of a grid. */
export class GaugeGrid {
  private readonly grid: Grid;
  private readonly hasMeans: boolean;
  private readonly hasExtremes: boolean;
  /** Empty, as the others, where only a statistic is wanted that needs none. */
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;

  /** With a `statistic` there will be values of that one only. */
  constructor(grid: Grid, statistic?: BucketStatistic) {
    this.grid = grid;
    this.hasMeans = statistic === undefined || statistic === 'mean';
    this.hasExtremes = statistic !== 'mean';
    this.sums = new Float64Array(this.hasMeans ? grid.count : 0);
    this.counts = new Float64Array(this.hasMeans ? grid.count : 0);
    this.mins = new Float64Array(this.hasExtremes ? grid.count : 0).fill(Number.NaN);
    this.maxs = new Float64Array(this.hasExtremes ? grid.count : 0).fill(Number.NaN);
  }

  addSamples(times: Float64Array, values: Float64Array): void {
    const { startMs, endMs } = this.grid;
    for (let row = 0; row < times.length; ) {
      const timeMs = times[row]!;
      row = timeMs >= startMs && timeMs < endMs ? this.addRun(times, values, row) : row + 1;
    }
  }

  /** Takes the rows from one on that are of its bucket; returns the first that is not. */
  private addRun(times: Float64Array, values: Float64Array, first: number): number {
    const { startMs, endMs, stepMs } = this.grid;
    const bucket = Math.floor((times[first]! - startMs) / stepMs);
    const toMs = Math.min(startMs + (bucket + 1) * stepMs, endMs);
    let row = first + 1;
    while (row < times.length && times[row]! < toMs) row++;
    if (this.hasMeans) this.addMeans(bucket, values, first, row);
    if (this.hasExtremes) this.addExtremes(bucket, values, first, row);
    return row;
  }

  private addMeans(bucket: number, values: Float64Array, first: number, end: number): void {
    let sum = this.sums[bucket]!;
    let count = this.counts[bucket]!;
    for (let row = first; row < end; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    this.sums[bucket] = sum;
    this.counts[bucket] = count;
  }

  private addExtremes(bucket: number, values: Float64Array, first: number, end: number): void {
    let min = this.mins[bucket]!;
    let max = this.maxs[bucket]!;
    for (let row = first; row < end; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) continue;
      // Written so that NaN, "none yet", gives way.
      if (!(value >= min)) min = value;
      if (!(value <= max)) max = value;
    }
    this.mins[bucket] = min;
    this.maxs[bucket] = max;
  }

  /** Cells no wider than a bucket; each belongs to the bucket in which it begins. */
  addCells(times: Float64Array, { sums, counts, mins, maxs }: GaugeCells): void {
    const { startMs, endMs, stepMs } = this.grid;
    let bucket = 0;
    let bucketMs = startMs;
    for (let row = 0; row < times.length; row++) {
      const timeMs = times[row]!;
      if (timeMs < startMs || timeMs >= endMs) continue;
      if (timeMs < bucketMs || timeMs >= bucketMs + stepMs) {
        bucket = Math.floor((timeMs - startMs) / stepMs);
        bucketMs = startMs + bucket * stepMs;
      }
      if (sums && counts && !Number.isNaN(sums[row]!)) {
        this.sums[bucket]! += sums[row]!;
        this.counts[bucket]! += counts[row]!;
      }
      if (mins || maxs) this.widen(bucket, mins?.[row] ?? Number.NaN, maxs?.[row] ?? Number.NaN);
    }
  }

  /** A value per bucket, NaN where there was no sample. */
  values(statistic: BucketStatistic): Float64Array {
    const values = new Float64Array(this.grid.count);
    this.write(values, statistic);
    return values;
  }

  /** The same into as many places; false where there is no value at all. */
  write(into: Float64Array, statistic: BucketStatistic): boolean {
    if (statistic === 'mean') return writeQuotients(into, this.sums, this.counts, 1);
    const values = statistic === 'min' ? this.mins : this.maxs;
    into.set(values);
    return values.some((value) => !Number.isNaN(value));
  }

  /** As if nothing had been added. */
  clear(): void {
    this.sums.fill(0);
    this.counts.fill(0);
    this.mins.fill(Number.NaN);
    this.maxs.fill(Number.NaN);
  }

  /** Writes what some buckets came to, two numbers each, of a grid for one statistic. */
  save(into: Float64Array, at: number, from: number, buckets: number): void {
    const [first, second] = this.hasMeans ? [this.sums, this.counts] : [this.mins, this.maxs];
    into.set(first.subarray(from, from + buckets), at);
    into.set(second.subarray(from, from + buckets), at + buckets);
  }

  /** Takes what was saved of so many buckets, but for the first ones, into the grid from a bucket on. */
  restore(saved: Float64Array, at: number, buckets: number, skipped: number, to: number): void {
    const [first, second] = this.hasMeans ? [this.sums, this.counts] : [this.mins, this.maxs];
    const end = Math.min(buckets, skipped + first.length - to);
    first.set(saved.subarray(at + skipped, at + end), to);
    second.set(saved.subarray(at + buckets + skipped, at + buckets + end), to);
  }

  private widen(bucket: number, min: number, max: number): void {
    // Written so that NaN, "none yet", gives way to anything and nothing gives way to it.
    if (min < this.mins[bucket]! || Number.isNaN(this.mins[bucket]!)) this.mins[bucket] = min;
    if (max > this.maxs[bucket]! || Number.isNaN(this.maxs[bucket]!)) this.maxs[bucket] = max;
  }
}

/** How many samples at either end of a span are kept as they are: what the steps next to them are judged by. */
export const edgeSamples = 3;

/** Increase of a counter and the time that it was seen, per bucket of a grid. */
export class CounterGrid {
  readonly increases: Float64Array;
  readonly coveredMs: Float64Array;
  private readonly grid: Grid;
  protected readonly walk: CounterWalk;

  constructor(grid: Grid, intervalMs: number) {
    this.grid = grid;
    this.increases = new Float64Array(grid.count);
    this.coveredMs = new Float64Array(grid.count);
    this.walk = new CounterWalk(intervalMs, (timeMs, increase, stepMs) =>
      this.takeStep(timeMs, increase, stepMs),
    );
  }

  addSamples(times: Float64Array, values: Float64Array): void {
    for (let row = 0; row < times.length; row++) {
      const value = values[row]!;
      if (!Number.isNaN(value)) this.walk.sample(times[row]!, value);
    }
  }

  /**
   * A span as a tier holds it: the first and last samples of the counter, and per cell the steps from the second
   * to the last but one. Spans must come in order of time. Null where only cells are known.
   */
  addSpan(
    edgeTimes: Float64Array,
    edgeValues: Float64Array | null,
    cellTimes: Float64Array,
    increases: Float64Array | undefined,
    coveredMs: Float64Array | undefined,
  ): void {
    if (edgeValues && !this.walkEdges(edgeTimes, edgeValues)) return;
    if (!edgeValues) {
      this.walk.finish();
      this.walk.breakOff();
    }
    for (let row = 0; increases && coveredMs && row < cellTimes.length; row++) {
      if (coveredMs[row]! > 0 && increases[row]! >= 0)
        this.addStep(cellTimes[row]!, increases[row]!, coveredMs[row]!);
    }
  }

  /** False where the edges are all that there is. */
  private walkEdges(times: Float64Array, values: Float64Array): boolean {
    const edges = rowsWithValue(values);
    const isAll = edges.length < 2 * edgeSamples;
    edges.forEach((row, place) => {
      if (!isAll && place === edgeSamples) this.walk.breakOff();
      this.walk.sample(times[row]!, values[row]!);
      if (!isAll && (place === edgeSamples - 1 || place === edgeSamples + 1)) this.walk.settle();
    });
    return !isAll;
  }

  /** Increase per second in each bucket, NaN where there was none; all samples have come. */
  values(): Float64Array {
    const values = new Float64Array(this.grid.count);
    this.write(values);
    return values;
  }

  /** The same into as many places; false where there is no value at all. */
  write(into: Float64Array): boolean {
    this.walk.finish();
    return writeQuotients(into, this.increases, this.coveredMs, 1_000);
  }

  /** As if nothing had been added. */
  clear(): void {
    this.walk.breakOff();
    this.increases.fill(0);
    this.coveredMs.fill(0);
  }

  /** A step between two samples that were seen. */
  protected takeStep(timeMs: number, increase: number, stepMs: number): void {
    this.addStep(timeMs, increase, stepMs);
  }

  private addStep(timeMs: number, increase: number, stepMs: number): void {
    const { startMs, endMs } = this.grid;
    if (timeMs < startMs || timeMs >= endMs) return;
    const bucket = Math.floor((timeMs - startMs) / this.grid.stepMs);
    this.increases[bucket]! += increase;
    this.coveredMs[bucket]! += stepMs;
  }
}

export function rowsWithValue(values: Float64Array): number[] {
  const rows: number[] = [];
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row]!)) rows.push(row);
  return rows;
}

/** Writes `sums[i] * scale / weights[i]`, NaN where there is no weight; false where there is none at all. */
function writeQuotients(
  into: Float64Array,
  sums: Float64Array,
  weights: Float64Array,
  scale: number,
): boolean {
  let isAny = false;
  for (let bucket = 0; bucket < sums.length; bucket++) {
    const weight = weights[bucket]!;
    const hasWeight = weight > 0;
    into[bucket] = hasWeight ? (sums[bucket]! * scale) / weight : Number.NaN;
    isAny ||= hasWeight;
  }
  return isAny;
}
