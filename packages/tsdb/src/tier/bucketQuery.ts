import type { Selection, Tag } from '../point.ts';
import { readInOrder } from '../samples.ts';
import type { Series } from '../series.ts';
import type { Workplace } from './compact.ts';
import { type BucketStatistic, CounterGrid, GaugeGrid, type Grid } from './grid.ts';
import { type Piece, planPieces, type Range } from './plan.ts';
import { type CellReader, SummaryReader } from './summary.ts';
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

/** A series at a time; the caller may take its time between two: which files there are is asked anew for each. */
export function* scanBuckets(
  source: Workplace,
  selection: Selection,
  query: BucketQuery,
): Generator<SeriesBuckets, void, void> {
  const { startMs, toMs, bucketMs, previousWithinMs = 15 * 60_000 } = query;
  const range: Range = { fromMs: startMs - previousWithinMs, startMs, toMs, bucketMs };
  const fields = selection.fields ? new Set(selection.fields) : null;
  let version = Number.NaN;
  let pieces: readonly Piece[] = [];
  for (const series of source.catalog.select(selection)) {
    if (version !== versionOf(source)) {
      version = versionOf(source);
      pieces = planPieces(source, range);
    }
    const reader = new SeriesBucketReader(source, series, query, fields);
    for (const piece of pieces) reader.add(piece);
    const columns = reader.columns();
    if (columns.size > 0) yield { measurement: series.measurement, tags: series.tags, columns };
  }
}

class SeriesBucketReader {
  private readonly source: Workplace;
  private readonly series: Series;
  private readonly query: BucketQuery;
  private readonly fields: ReadonlySet<string> | null;
  private readonly grid: Grid;
  private readonly grids = new Map<string, GaugeGrid | CounterGrid>();

  constructor(source: Workplace, series: Series, query: BucketQuery, fields: ReadonlySet<string> | null) {
    this.source = source;
    this.series = series;
    this.query = query;
    this.fields = fields;
    const { startMs, toMs, bucketMs } = query;
    this.grid = { startMs, endMs: toMs, stepMs: bucketMs, count: Math.ceil((toMs - startMs) / bucketMs) };
  }

  add(piece: Piece): void {
    if (piece.kind === 'cells') this.addCells(piece);
    else this.addSamples(piece);
  }

  columns(): Map<string, Float64Array> {
    const columns = new Map<string, Float64Array>();
    for (const [field, grid] of this.grids) {
      const { statistic = 'mean' } = this.query;
      const values = grid instanceof CounterGrid ? grid.values() : grid.values(statistic);
      if (values.some((value) => !Number.isNaN(value))) columns.set(field, values);
    }
    return columns;
  }

  private addSamples({ parts, fromMs, toMs }: Extract<Piece, { kind: 'raw' }>): void {
    for (const { times, numbers } of readInOrder(parts, this.series, fromMs, toMs, this.fields)) {
      for (const [field, values] of numbers) this.gridOf(field).addSamples(times, values);
    }
  }

  private addCells({ file, startMs, endMs }: Extract<Piece, { kind: 'cells' }>): void {
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
        this.addGauge(grid, cells, field);
      }
    }
  }

  private addGauge(grid: GaugeGrid, cells: CellReader, field: string): void {
    const { statistic = 'mean' } = this.query;
    grid.addCells(cells.cellTimes, {
      sums: statistic === 'mean' ? cells.cell('sum', field) : undefined,
      counts: statistic === 'mean' ? cells.cell('count', field) : undefined,
      mins: statistic === 'min' ? cells.cell('min', field) : undefined,
      maxs: statistic === 'max' ? cells.cell('max', field) : undefined,
    });
  }

  private gridOf(field: string): GaugeGrid | CounterGrid {
    const known = this.grids.get(field);
    if (known) return known;
    const made = this.query.isCounter(this.series.measurement, field)
      ? new CounterGrid(this.grid, this.source.options.intervalMs)
      : new GaugeGrid(this.grid);
    this.grids.set(field, made);
    return made;
  }
}
