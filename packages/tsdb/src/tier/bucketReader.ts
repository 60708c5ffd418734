import type { LivePart } from '../parts.ts';
import { readInOrder } from '../samples.ts';
import type { Segment } from '../segment/segment.ts';
import type { Series } from '../series.ts';
import { type BucketStatistic, CounterGrid, GaugeGrid, type Grid } from './grid.ts';
import type { CellPiece, Piece, RawPiece } from './plan.ts';
import type { SettledAnswer } from './settledBuckets.ts';
import { type CellReader, cellColumn, openCells, type Statistic, SummaryReader } from './summary.ts';

/** Buckets of one width: aligned to the epoch, the last one cut off at `toMs`. */
export interface BucketQuery {
  /** Epoch ms, a multiple of `bucketMs`. */
  readonly startMs: number;
  /** Epoch ms, exclusive. */
  readonly toMs: number;
  readonly bucketMs: number;
  /** Which fields are counters, shown per second; all others are gauges. */
  readonly isCounter: (measurement: string, field: string) => boolean;
  /** Of gauges; default `mean`. */
  readonly statistic?: BucketStatistic;
  /** A counter's first step is counted from a sample at most this far before `startMs`: ms, default 15 min. */
  readonly previousWithinMs?: number;
}

/** Where the answer to a query is read from, as long as the files are the same. */
export interface Plan {
  readonly version: number;
  readonly pieces: readonly Piece[];
  /** So many pieces at the beginning change no more. */
  readonly settled: number;
  /** What gauges came to in these. */
  readonly answer: SettledAnswer | null;
  /** What is behind these, where it is in memory, a part for each. */
  readonly open: readonly LivePart[] | null;
}

/** The cells that are needed to show a gauge. */
const cellsOf: Readonly<Record<BucketStatistic, readonly Statistic[]>> = {
  mean: ['sum', 'count'],
  min: ['min'],
  max: ['max'],
};

/** Reads the buckets of one series after another, in the same memory. */
export class BucketReader {
  private readonly query: BucketQuery;
  private readonly statistic: BucketStatistic;
  private readonly fields: readonly string[] | null;
  private readonly wanted: ReadonlySet<string> | null;
  private readonly grid: Grid;
  private readonly results: Results;
  private readonly gauges: Pool<GaugeGrid>;
  private readonly counters: Pool<CounterGrid>;
  private readonly grids = new Map<string, GaugeGrid | CounterGrid>();
  private measurement: string | null = null;
  private areGauges = false;

  /** `intervalMs` as for `CounterGrid`; about so many series will be read. */
  constructor(query: BucketQuery, fields: readonly string[] | undefined, intervalMs: number, series: number) {
    const { startMs, toMs, bucketMs, statistic = 'mean' } = query;
    const grid = { startMs, endMs: toMs, stepMs: bucketMs, count: Math.ceil((toMs - startMs) / bucketMs) };
    this.query = query;
    this.statistic = statistic;
    this.wanted = fields ? new Set(fields) : null;
    this.fields = this.wanted && [...this.wanted];
    this.grid = grid;
    this.results = new Results(grid.count, series * (this.fields?.length ?? 1));
    this.gauges = new Pool(() => new GaugeGrid(grid, statistic));
    this.counters = new Pool(() => new CounterGrid(grid, intervalMs));
  }

  /** All fields that have a value. */
  read(series: Series, plan: Plan): Map<string, Float64Array> {
    this.grids.clear();
    this.gauges.clear();
    this.counters.clear();
    this.meet(series.measurement);
    if (this.fields && this.areGauges) this.readGauges(series, plan, this.fields);
    else for (const piece of plan.pieces) this.add(series, piece);
    const columns = new Map<string, Float64Array>();
    for (const [field, grid] of this.grids) {
      const values = this.results.take((into) => grid.write(into, this.statistic));
      if (values) columns.set(field, values);
    }
    return columns;
  }

  private meet(measurement: string): void {
    if (measurement === this.measurement) return;
    this.measurement = measurement;
    this.areGauges = this.fields?.every((field) => !this.query.isCounter(measurement, field)) ?? false;
  }

  /** Goes on from what was kept, or keeps it. */
  private readGauges(series: Series, plan: Plan, fields: readonly string[]): void {
    const { pieces, settled, answer } = plan;
    const grids = fields.map((field) => this.gaugeOf(field));
    if (!answer?.restore(series, this.grid, grids)) {
      let isWhole = true;
      for (const piece of pieces.slice(0, settled)) {
        if (piece.endMs <= this.grid.startMs) continue;
        this.add(series, piece);
        isWhole &&= !isFailing(piece);
      }
      if (isWhole) answer?.keep(series, this.grid, grids);
    }
    if (answer && plan.open) this.readOpen(series, plan, answer, plan.open, grids);
    else for (const piece of pieces.slice(settled)) this.add(series, piece);
  }

  /** Reads what is in memory, of its last part only what is new. */
  private readOpen(
    series: Series,
    { pieces, settled }: Plan,
    answer: SettledAnswer,
    open: readonly LivePart[],
    grids: readonly GaugeGrid[],
  ): void {
    const last = pieces.at(-1);
    if (last?.kind !== 'raw' || open.length === 0) return;
    let untilMs = answer.restoreOpen(series, this.grid, grids, open);
    if (untilMs === null) {
      for (const piece of pieces.slice(settled, -1)) this.add(series, piece);
      untilMs = Math.max(last.fromMs, this.grid.startMs);
    }
    if (untilMs >= last.toMs) return;
    const rows = open.at(-1)?.read(series, untilMs, last.toMs, this.wanted);
    for (const [field, values] of rows?.numbers ?? []) this.gridOf(field).addSamples(rows!.times, values);
    const newestMs = rows?.times.at(-1);
    answer.keepOpen(series, this.grid, grids, open, newestMs === undefined ? untilMs : newestMs + 1);
  }

  private add(series: Series, piece: Piece): void {
    if (piece.kind === 'raw') this.addSamples(series, piece);
    else if (this.fields && this.areGauges && piece.startMs === undefined)
      this.addGauges(series, piece.file, this.fields);
    else this.addCells(series, piece);
  }

  private addSamples(series: Series, { parts, fromMs, toMs }: RawPiece): void {
    const neededMs = this.areGauges ? Math.max(fromMs, this.grid.startMs) : fromMs;
    for (const { times, numbers } of readInOrder(parts, series, neededMs, toMs, this.wanted)) {
      for (const [field, values] of numbers) this.gridOf(field).addSamples(times, values);
    }
  }

  private addCells(series: Series, { file, startMs, endMs }: CellPiece): void {
    const whole = file.decode(series, (...chunk) => new SummaryReader(...chunk));
    if (!whole) return;
    const cells = startMs === undefined ? whole : whole.part(startMs, endMs);
    if (startMs !== undefined && cells.cellTimes.length === 0) return;
    for (const field of this.fields ?? cells.fields()) {
      if (cells.has(field)) this.addCell(cells, field, endMs <= this.grid.startMs);
    }
  }

  /** Cells `isBefore` the first bucket are of no use, but for what a counter's next step is counted from. */
  private addCell(cells: CellReader, field: string, isBefore: boolean): void {
    const grid = this.gridOf(field);
    if (grid instanceof GaugeGrid) {
      if (!isBefore) this.addGauge(grid, cells.cellTimes, (statistic) => cells.cell(statistic, field));
      return;
    }
    const increases = isBefore ? undefined : cells.cell('increase', field);
    const covered = isBefore ? undefined : cells.cell('covered', field);
    grid.addSpan(cells.edgeTimes, cells.edge(field) ?? null, cells.cellTimes, increases, covered);
  }

  /** Where nothing else is asked for: no more is read than that. */
  private addGauges(series: Series, file: Segment, fields: readonly string[]): void {
    const shown = cellsOf[this.statistic];
    const names = fields.flatMap((field) => shown.map((statistic) => cellColumn(statistic, field)));
    if (shown.includes('count')) names.push('count');
    const cells = file.numbers(series, names, openCells);
    if (!cells) return;
    for (const field of fields) {
      const grid = this.gridOf(field);
      const cell = (statistic: Statistic) =>
        cells.columns.get(cellColumn(statistic, field)) ?? cells.columns.get(statistic);
      if (grid instanceof GaugeGrid) this.addGauge(grid, cells.times, cell);
    }
  }

  private addGauge(
    grid: GaugeGrid,
    times: Float64Array,
    cell: (statistic: Statistic) => Float64Array | undefined,
  ): void {
    const shown = cellsOf[this.statistic];
    const shownCell = (statistic: Statistic) => (shown.includes(statistic) ? cell(statistic) : undefined);
    grid.addCells(times, {
      sums: shownCell('sum'),
      counts: shownCell('count'),
      mins: shownCell('min'),
      maxs: shownCell('max'),
    });
  }

  private gridOf(field: string): GaugeGrid | CounterGrid {
    const known = this.grids.get(field);
    if (known) return known;
    if (!this.query.isCounter(this.measurement ?? '', field)) return this.gaugeOf(field);
    const counter = this.counters.take();
    this.grids.set(field, counter);
    return counter;
  }

  private gaugeOf(field: string): GaugeGrid {
    const gauge = this.gauges.take();
    this.grids.set(field, gauge);
    return gauge;
  }
}

/** Whether the disk failed while the piece was read. */
function isFailing(piece: Piece): boolean {
  return piece.kind === 'cells' ? piece.file.isFailing : piece.parts.some((part) => part.isFailing);
}

/** Grids that are used again for every series: making them costs more than filling them. */
class Pool<Item extends { clear(): void }> {
  private readonly make: () => Item;
  private readonly items: Item[] = [];
  private used = 0;

  constructor(make: () => Item) {
    this.make = make;
  }

  take(): Item {
    const item = this.items[this.used] ?? this.make();
    this.items[this.used++] = item;
    return item;
  }

  /** Those that were taken are as new, and may be taken again. */
  clear(): void {
    while (this.used > 0) this.items[--this.used]!.clear();
  }
}

/** Answers lie together up to so many numbers: a piece of memory for each would cost more than what is in it. */
const together = 64 * 1024;

/** Columns of one length, of which many lie in one piece of memory. */
class Results {
  private readonly length: number;
  private readonly expected: number;
  private numbers = new Float64Array(0);
  private taken = 0;

  constructor(length: number, expected: number) {
    this.length = length;
    this.expected = expected;
  }

  /** The next column, where `write` says that it is worth having. */
  take(write: (into: Float64Array) => boolean): Float64Array | null {
    const { length } = this;
    if (this.taken + length > this.numbers.length) {
      this.numbers = new Float64Array(Math.max(length, Math.min(this.expected * length, together)));
      this.taken = 0;
    }
    const into = this.numbers.subarray(this.taken, this.taken + length);
    if (!write(into)) return null;
    this.taken += length;
    return into;
  }
}
