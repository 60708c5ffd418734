import type { RollupKind } from '../options.ts';
import type { Rows } from '../rows.ts';
import { CounterGrid, edgeSamples, GaugeGrid, type Grid, rowsWithValue } from './grid.ts';
import { cellColumn, edgeColumn, type Statistic, type Summary, type SummaryReader } from './summary.ts';

/** A sample of a field. */
interface Sample {
  readonly timeMs: number;
  readonly value: number;
}

interface ColumnCells {
  readonly field: string;
  readonly cells: Map<Statistic, Float64Array>;
  readonly edges: readonly Sample[];
}

/** Makes the summary of one series in one span, a field at a time. */
export class SeriesRollup {
  private readonly grid: Grid;
  private readonly intervalMs: number;
  private readonly columns: ColumnCells[] = [];

  constructor(grid: Grid, intervalMs: number) {
    this.grid = grid;
    this.intervalMs = intervalMs;
  }

  /** All samples of a field in the span; NaN where a time has none. */
  addField(field: string, kind: RollupKind, times: Float64Array, values: Float64Array): void {
    const column = new FieldRollup(this.grid, this.intervalMs, kind);
    column.edges.add(times, values);
    column.gauge?.addSamples(times, values);
    column.counter?.addSamples(times, values);
    this.take(field, column);
  }

  /** A field from the summaries of the finer tier, in order of time. */
  addSummaries(field: string, kind: RollupKind, summaries: readonly SummaryReader[]): void {
    const column = new FieldRollup(this.grid, this.intervalMs, kind);
    for (const summary of summaries) {
      const edges = summary.edge(field);
      if (!edges) continue;
      const { cellTimes, edgeTimes } = summary;
      const cell = (statistic: Statistic) => summary.cell(statistic, field);
      column.edges.add(edgeTimes, edges);
      column.gauge?.addCells(cellTimes, {
        sums: cell('sum'),
        counts: cell('count'),
        mins: cell('min'),
        maxs: cell('max'),
      });
      column.counter?.addSpan(edgeTimes, edges, cellTimes, cell('increase'), cell('covered'));
    }
    this.take(field, column);
  }

  /** Null where the series has no numeric value in the span. */
  build(): Summary | null {
    if (this.columns.length === 0) return null;
    return { cells: this.buildCells(), edges: buildEdges(this.columns) };
  }

  private take(field: string, column: FieldRollup): void {
    const { edges, counter } = column;
    if (edges.total === 0) return;
    this.columns.push({ field, cells: column.cells(), edges: counter ? edges.both() : edges.newest() });
  }

  private buildCells(): Rows {
    const kept: number[] = [];
    const all = this.columns.flatMap(({ cells }) => [...cells.values()]);
    for (let cell = 0; cell < this.grid.count; cell++) {
      if (all.some((values) => !Number.isNaN(values[cell]!))) kept.push(cell);
    }
    const numbers = new Map<string, Float64Array>();
    const shared = new Map<Statistic, Float64Array>();
    for (const { field, cells } of this.columns) {
      for (const [statistic, values] of cells) {
        const column = Float64Array.from(kept, (cell) => values[cell]!);
        if (!column.some((value) => !Number.isNaN(value))) continue;
        if (statistic !== 'count' && statistic !== 'covered') {
          numbers.set(cellColumn(statistic, field), column);
          continue;
        }
        const common = shared.get(statistic);
        if (common === undefined) {
          shared.set(statistic, column);
          numbers.set(statistic, column);
        } else if (!column.every((value, row) => Number.isNaN(value) || value === common[row])) {
          numbers.set(cellColumn(statistic, field), column);
        }
      }
    }
    const { startMs, stepMs } = this.grid;
    return { times: Float64Array.from(kept, (cell) => startMs + cell * stepMs), numbers, texts: new Map() };
  }
}

class FieldRollup {
  gauge: GaugeGrid | null;
  counter: InnerCounter | null;
  readonly edges = new Edges();

  constructor(grid: Grid, intervalMs: number, kind: RollupKind) {
    this.gauge = kind === 'counter' ? null : new GaugeGrid(grid);
    this.counter = kind === 'gauge' ? null : new InnerCounter(grid, intervalMs, this.edges);
  }

  cells(): Map<Statistic, Float64Array> {
    const cells = new Map<Statistic, Float64Array>();
    const { gauge, counter } = this;
    if (gauge) {
      const { counts } = gauge;
      cells.set('count', whereSome(counts, counts));
      cells.set('sum', shortened(whereSome(gauge.sums, counts)));
      cells.set('min', shortened(gauge.mins));
      cells.set('max', shortened(gauge.maxs));
    }
    if (counter && this.edges.total >= 2 * edgeSamples) {
      cells.set('covered', whereSome(counter.coveredMs, counter.coveredMs));
      cells.set('increase', whereSome(counter.increases, counter.coveredMs));
    }
    return cells;
  }
}

/** Leaves out the first and the last step of a span: these are judged with what comes before and after it. */
class InnerCounter extends CounterGrid {
  private readonly edges: Edges;

  constructor(grid: Grid, intervalMs: number, edges: Edges) {
    super(grid, intervalMs);
    this.edges = edges;
  }

  protected override takeStep(timeMs: number, increase: number, stepMs: number): void {
    if (timeMs !== this.edges.secondMs) super.takeStep(timeMs, increase, stepMs);
  }
}

/** The first and last samples that are seen of a field. */
class Edges {
  /** Samples seen; those that lie within the spans of summaries are not counted. */
  total = 0;
  private readonly first: Sample[] = [];
  private last: Sample[] = [];

  /** Time of the second sample, once it was seen. */
  get secondMs(): number {
    return this.first[1]?.timeMs ?? Number.NaN;
  }

  add(times: Float64Array, values: Float64Array): void {
    const rows = rowsWithValue(values);
    const sample = (row: number): Sample => ({ timeMs: times[row]!, value: values[row]! });
    this.total += rows.length;
    this.first.push(...rows.slice(0, edgeSamples - this.first.length).map(sample));
    this.last = [...this.last, ...rows.slice(-edgeSamples).map(sample)].slice(-edgeSamples);
  }

  /** Those at both ends; all, where there are few. */
  both(): Sample[] {
    const firstEndMs = this.first.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY;
    return [...this.first, ...this.last.filter(({ timeMs }) => timeMs > firstEndMs)];
  }

  /** The last two. */
  newest(): Sample[] {
    return this.last.slice(-2);
  }
}

function buildEdges(columns: readonly ColumnCells[]): Rows {
  const places = new Map<number, number>();
  const times = Float64Array.from(
    new Set(columns.flatMap(({ edges }) => edges.map(({ timeMs }) => timeMs))),
  ).sort();
  times.forEach((timeMs, place) => {
    places.set(timeMs, place);
  });
  const numbers = new Map<string, Float64Array>();
  for (const { field, edges } of columns) {
    const values = new Float64Array(times.length).fill(Number.NaN);
    for (const { timeMs, value } of edges) values[places.get(timeMs)!] = value;
    numbers.set(edgeColumn(field), values);
  }
  return { times, numbers, texts: new Map() };
}

function whereSome(values: Float64Array, weights: Float64Array): Float64Array {
  return values.map((value, cell) => (weights[cell]! > 0 ? value : Number.NaN));
}

const mostDecimals = 6;

/**
 * Values that are decimals but for what adding them up left over become those decimals; all others are kept to
 * the 24 bits of a 32-bit float, 7 digits: a mean of measured floats would take as much room as the samples.
 */
function shortened(values: Float64Array): Float64Array {
  for (let decimals = 0; decimals <= mostDecimals; decimals += 2) {
    const rounded = asDecimals(values, 10 ** decimals);
    if (rounded) return rounded;
  }
  return values.map(asFloat32);
}

function asDecimals(values: Float64Array, scale: number): Float64Array | null {
  const rounded = new Float64Array(values.length);
  for (let cell = 0; cell < values.length; cell++) {
    const value = values[cell]!;
    rounded[cell] = Math.round(value * scale) / scale;
    if (Math.abs(rounded[cell]! - value) > Math.abs(value) * 1e-12) return null;
  }
  return rounded;
}

function asFloat32(value: number): number {
  const short = Math.fround(value);
  // Beyond its range the value is kept as it is.
  return Number.isFinite(short) && Math.abs(short) >= 1e-30 ? short : value;
}
