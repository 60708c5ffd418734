import type { Selection, Tag } from '../point.ts';
import { readInOrder } from '../samples.ts';
import type { Segment } from '../segment/segment.ts';
import type { Series } from '../series.ts';
import type { Workplace } from './compact.ts';
import { type BucketStatistic, CounterGrid, GaugeGrid, type Grid } from './grid.ts';
import { type CellPiece, countSettled, type Piece, planPieces, type Range, type RawPiece } from './plan.ts';
import type { SettledAnswer, SettledBuckets } from './settledBuckets.ts';
import { cellColumn, openCells, type Statistic, SummaryReader } from './summary.ts';
import { versionOf } from './timeline.ts';

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

/** One series: per numeric field a value per bucket, NaN where there was no data. Empty fields are left out. */
export interface SeriesBuckets {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Where the answer to a query is read from, as long as the files are the same. */
interface Plan {
  readonly version: number;
  readonly pieces: readonly Piece[];
  /** So many pieces at the beginning change no more. */
  readonly settled: number;
  /** What gauges came to in these. */
  readonly answer: SettledAnswer | null;
}

/** A series at a time; the caller may take its time between two: which files there are is asked anew for each. */
export function* scanBuckets(
  source: Workplace,
  selection: Selection,
  query: BucketQuery,
  kept: SettledBuckets,
): Generator<SeriesBuckets, void, void> {
  const fields = selection.fields ? new Set(selection.fields) : null;
  let plan: Plan | null = null;
  for (const series of source.catalog.select(selection)) {
    const version = versionOf(source);
    if (plan?.version !== version) plan = planOf(source, version, query, selection.fields, kept);
    const reader = new SeriesBucketReader(source, series, query, fields);
    const columns = reader.read(plan);
    if (columns.size > 0) yield { measurement: series.measurement, tags: series.tags, columns };
  }
}

function planOf(
  source: Workplace,
  version: number,
  query: BucketQuery,
  fields: readonly string[] | undefined,
  kept: SettledBuckets,
): Plan {
  const { startMs, toMs, bucketMs, statistic = 'mean', previousWithinMs = 15 * 60_000 } = query;
  const range: Range = { fromMs: startMs - previousWithinMs, startMs, toMs, bucketMs };
  const pieces = planPieces(source, range);
  const settled = countSettled(pieces, toMs);
  const endMs = pieces[settled - 1]?.endMs ?? startMs;
  const answer = fields ? kept.answer(version, { fields, statistic, bucketMs, startMs, endMs }) : null;
  return { version, pieces, settled, answer };
}

/** The cells that are needed to show a gauge. */
const cellsOf: Readonly<Record<BucketStatistic, readonly Statistic[]>> = {
  mean: ['sum', 'count'],
  min: ['min'],
  max: ['max'],
};

class SeriesBucketReader {
  private readonly source: Workplace;
  private readonly series: Series;
  private readonly query: BucketQuery;
  private readonly fields: ReadonlySet<string> | null;
  private readonly grid: Grid;
  private readonly grids = new Map<string, GaugeGrid | CounterGrid>();
  /** The fields that are asked for, where all are gauges. */
  private readonly gauges: readonly string[] | null;

  constructor(source: Workplace, series: Series, query: BucketQuery, fields: ReadonlySet<string> | null) {
    this.source = source;
    this.series = series;
    this.query = query;
    this.fields = fields;
    const { startMs, toMs, bucketMs, isCounter } = query;
    const gauges = fields ? [...fields].filter((field) => !isCounter(series.measurement, field)) : [];
    this.gauges = gauges.length === fields?.size ? gauges : null;
    this.grid = { startMs, endMs: toMs, stepMs: bucketMs, count: Math.ceil((toMs - startMs) / bucketMs) };
  }

  /** All fields that have a value. */
  read(plan: Plan): Map<string, Float64Array> {
    if (this.gauges) this.readGauges(plan, this.gauges);
    else for (const piece of plan.pieces) this.add(piece);
    return this.columns();
  }

  /** Goes on from what was kept, or keeps it. */
  private readGauges({ pieces, settled, answer }: Plan, fields: readonly string[]): void {
    const { startMs } = this.grid;
    const grids = fields.map((field) => this.gaugeOf(field));
    const isKept = answer?.restore(this.series.id, startMs, grids) ?? false;
    let isWhole = true;
    pieces.forEach((piece, place) => {
      if ((isKept && place < settled) || piece.endMs <= startMs) return;
      this.add(piece);
      isWhole &&= !isFailing(piece);
      if (isWhole && place === settled - 1) answer?.keep(this.series.id, startMs, grids);
    });
  }

  private add(piece: Piece): void {
    if (piece.kind === 'cells') this.addCells(piece);
    else this.addSamples(piece);
  }

  private columns(): Map<string, Float64Array> {
    const columns = new Map<string, Float64Array>();
    for (const [field, grid] of this.grids) {
      const { statistic = 'mean' } = this.query;
      const values = grid instanceof CounterGrid ? grid.values() : grid.values(statistic);
      if (values.some((value) => !Number.isNaN(value))) columns.set(field, values);
    }
    return columns;
  }

  private addSamples({ parts, fromMs, toMs }: RawPiece): void {
    const neededMs = this.gauges ? Math.max(fromMs, this.grid.startMs) : fromMs;
    for (const { times, numbers } of readInOrder(parts, this.series, neededMs, toMs, this.fields)) {
      for (const [field, values] of numbers) this.gridOf(field).addSamples(times, values);
    }
  }

  private addCells(piece: CellPiece): void {
    const { file, startMs, endMs } = piece;
    if (startMs === undefined && this.gauges) {
      this.addGauges(file, this.gauges);
      return;
    }
    const whole = file.decode(this.series, (...chunk) => new SummaryReader(...chunk));
    if (!whole) return;
    const cells = startMs === undefined ? whole : whole.part(startMs, endMs);
    if (startMs !== undefined && cells.cellTimes.length === 0) return;
    for (const field of cells.fields()) {
      if (this.fields && !this.fields.has(field)) continue;
      const grid = this.gridOf(field);
      if (grid instanceof CounterGrid) {
        const edges = cells.edge(field) ?? null;
        const isBefore = endMs <= this.grid.startMs;
        const increases = isBefore ? undefined : cells.cell('increase', field);
        const covered = isBefore ? undefined : cells.cell('covered', field);
        grid.addSpan(cells.edgeTimes, edges, cells.cellTimes, increases, covered);
      } else if (endMs > this.grid.startMs) {
        this.addGauge(grid, cells.cellTimes, (statistic) => cells.cell(statistic, field));
      }
    }
  }

  /** Where nothing else is asked for: no more is read than that. */
  private addGauges(file: Segment, fields: readonly string[]): void {
    const shown = cellsOf[this.query.statistic ?? 'mean'];
    const names = fields.flatMap((field) => shown.map((statistic) => cellColumn(statistic, field)));
    if (shown.includes('count')) names.push('count');
    const cells = file.numbers(this.series, names, openCells);
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
    const shown = cellsOf[this.query.statistic ?? 'mean'];
    const shownCell = (statistic: Statistic) => (shown.includes(statistic) ? cell(statistic) : undefined);
    grid.addCells(times, {
      sums: shownCell('sum'),
      counts: shownCell('count'),
      mins: shownCell('min'),
      maxs: shownCell('max'),
    });
  }

  private gaugeOf(field: string): GaugeGrid {
    const made = new GaugeGrid(this.grid, this.query.statistic ?? 'mean');
    this.grids.set(field, made);
    return made;
  }

  private gridOf(field: string): GaugeGrid | CounterGrid {
    const known = this.grids.get(field);
    if (known) return known;
    if (!this.query.isCounter(this.series.measurement, field)) return this.gaugeOf(field);
    const made = new CounterGrid(this.grid, this.source.options.intervalMs);
    this.grids.set(field, made);
    return made;
  }
}

/** Whether the disk failed while the piece was read. */
function isFailing(piece: Piece): boolean {
  return piece.kind === 'cells' ? piece.file.isFailing : piece.parts.some((part) => part.isFailing);
}
