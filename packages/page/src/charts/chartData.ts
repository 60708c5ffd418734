import type { ShownUnit } from '../format.ts';
import type { Columns, Values } from '../live/timeline.ts';
import { firstFrom } from '../plot/lines.ts';
import { type Drawn, markGaps } from './gaps.ts';
import type { ChartSpec, SeriesSpec } from './specs.ts';
import type { Stretch } from './view.ts';
import { type YAxis, yAxis } from './yAxis.ts';

/** What a chart draws: per series the values as they are read, and as they are drawn. */
export interface ChartData {
  readonly times: readonly number[];
  /** As the legend shows them. */
  readonly values: readonly Values[];
  /** Summed up where stacked, negative where below zero, gaps marked. */
  readonly drawn: readonly Drawn[];
  readonly y: YAxis;
}

/** The axis reaches at least this far, so that next to nothing looks like next to nothing. */
const leastHigh: Record<ShownUnit, number> = {
  percent: 10,
  bytes: 1024,
  bytesPerSecond: 1000,
  bitsPerSecond: 1000,
  perSecond: 4,
  count: 4,
  load: 0.4,
  seconds: 1e-3,
  celsius: 10,
  number: 1e-9,
};

/** No axis reaches further, so that its end can still be written as a number. */
const farthest = 1e307;

/** The data of a chart from a host's columns: of all times, or of a stretch with a point on either side of it. */
export function chartData(
  spec: ChartSpec,
  allTimes: readonly number[],
  columns: Columns,
  { fromMs, toMs }: Stretch = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY },
): ChartData {
  const first = Math.max(0, firstFrom(allTimes, fromMs) - 1);
  const end = Math.min(allTimes.length, firstFrom(allTimes, toMs) + 1);
  const times = allTimes.slice(first, end);
  const values = spec.series.map((series) => seriesValues(series, columns, { first, end }));
  const drawn = spec.series.map((series, index) => {
    const own = markGaps(times, values[index] ?? []);
    return series.below ? own.map((value) => (typeof value === 'number' ? -value : value)) : own;
  });
  if (spec.isStacked) stack(spec.series, drawn);
  return { times, values, drawn, y: axisOf(spec, drawn) };
}

function seriesValues(
  series: SeriesSpec,
  columns: Columns,
  { first, end }: { first: number; end: number },
): Values {
  const column = columns.get(series.measurement)?.get(series.group)?.get(series.field);
  if (!column) return new Array<null>(Math.max(0, end - first)).fill(null);
  const { subtractFrom, scale } = series;
  return column.slice(first, end).map((value) => {
    if (value === null) return null;
    return (subtractFrom === undefined ? value : subtractFrom - value) * scale;
  });
}

/** Puts each series on top of the one before it; limit lines stay where they are. */
function stack(series: readonly SeriesSpec[], drawn: readonly Drawn[]): void {
  const sums: number[] = [];
  for (const [index, { limit }] of series.entries()) {
    const own = drawn[index];
    if (limit || !own) continue;
    for (const [at, value] of own.entries()) {
      if (typeof value !== 'number') continue;
      const sum = (sums[at] ?? 0) + value;
      sums[at] = sum;
      own[at] = sum;
    }
  }
}

function axisOf(spec: ChartSpec, drawn: readonly Drawn[]): YAxis {
  if (spec.max !== undefined) return yAxis(0, spec.max, 10);
  const isMirrored = spec.series.some(({ below }) => below);
  const measured = extent(drawn.filter((_, index) => !spec.series[index]?.limit));
  const limits = extent(drawn.filter((_, index) => spec.series[index]?.limit));
  const least = leastHigh[spec.unit];
  const isFlat = measured.high === 0 && measured.low === 0;
  let high = Math.max(measured.high, isFlat && spec.unit === 'number' ? 1 : least);
  // A limit far above all that was measured would press it flat: a load of 0.3 under 64 cores.
  if (limits.high <= high * 4 || spec.isStacked) high = Math.max(high, limits.high);
  const low = isMirrored ? Math.min(measured.low, -least) : measured.low;
  const axis = yAxis(low, high, spec.unit === 'bytes' ? 2 : 10);
  // Where all is zero, any other figure at the axis would be of nothing.
  return isFlat && limits.high === 0 ? { ...axis, splits: [0] } : axis;
}

function extent(drawn: readonly Drawn[]): { low: number; high: number } {
  let low = 0;
  let high = 0;
  for (const values of drawn) {
    for (const value of values) {
      if (typeof value !== 'number') continue;
      if (value < low) low = Math.max(value, -farthest);
      if (value > high) high = Math.min(value, farthest);
    }
  }
  return { low, high };
}

/** The index of the newest point up to a time at which any series has a value; -1 where none has. */
export function newestIndex(data: ChartData, toMs: number): number {
  for (let index = data.times.length - 1; index >= 0; index--) {
    if ((data.times[index] ?? 0) > toMs) continue;
    if (data.values.some((values) => (values[index] ?? null) !== null)) return index;
  }
  return -1;
}
