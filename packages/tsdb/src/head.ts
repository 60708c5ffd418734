import { lowerBound, type Rows } from './rows.ts';
import type { Column, Series } from './series.ts';

/** A column of a head. */
export interface HeadColumn {
  readonly column: Column;
  /** Its place in `HeadSeries.columns`, in a row of `cells` and in `bases`. */
  readonly index: number;
  readonly isText: boolean;
  /** A text or null per row; empty for numbers. */
  readonly texts: (string | null)[];
  /** The text that the log refers to; for numbers see `HeadSeries.bases`. */
  baseText: string;
}

/** How the log knows the columns that a series has by now: see walRecords.ts. */
export interface Layout {
  readonly number: number;
  readonly rows: HeadSeries;
  /** The first so many columns of `rows`. */
  readonly columns: number;
  readonly isAllNumbers: boolean;
  /** The block in which the bases were set last. */
  block: number;
  /** How often it was defined. */
  definitions: number;
}

/** What a window holds of one series, in memory, ordered by time. */
export class HeadSeries {
  readonly series: Series;
  /** In the order in which the log defines them. */
  readonly columns: HeadColumn[] = [];
  times: Float64Array;
  length = 0;
  /** The numbers, row after row, `width` places each: a point lies together, and so do those that come next. */
  cells: Float64Array = new Float64Array(0);
  width = 0;
  /** The numbers that the log's differences count from, by column. */
  bases: Float64Array = new Float64Array(0);
  /** The newest of the log. */
  layout: Layout | null = null;
  isAllNumbers = true;
  /** Of each column, its index in the series … */
  readonly seriesIndexes: number[] = [];
  /** … and of each of the series' columns its index here, or -1. */
  private readonly ownIndexes: number[] = [];

  constructor(series: Series, firstRows: number) {
    this.series = series;
    this.times = new Float64Array(firstRows);
  }

  /** Where a column of the series, by its index there, stands; -1 where nothing of it is here. */
  indexOf(seriesIndex: number): number {
    return seriesIndex < this.ownIndexes.length ? this.ownIndexes[seriesIndex]! : -1;
  }

  define(column: Column): HeadColumn {
    const { isText } = column;
    const index = this.columns.length;
    const texts = isText ? new Array<string | null>(this.length).fill(null) : [];
    const added: HeadColumn = { column, index, isText, texts, baseText: '' };
    if (index === this.width) this.reserve(index + 1);
    if (isText) this.isAllNumbers = false;
    this.columns.push(added);
    this.seriesIndexes.push(column.index);
    while (this.ownIndexes.length <= column.index) this.ownIndexes.push(-1);
    this.ownIndexes[column.index] = index;
    return added;
  }

  /** Makes room for so many columns. */
  reserve(width: number): void {
    if (width <= this.width) return;
    const { cells, length, width: before } = this;
    this.width = width;
    this.cells = new Float64Array(this.times.length * width).fill(Number.NaN);
    for (let row = 0; row < length; row++) {
      this.cells.set(cells.subarray(row * before, (row + 1) * before), row * width);
    }
    const { bases } = this;
    this.bases = new Float64Array(width);
    this.bases.set(bases);
  }

  /** Hands the newest two values of each column on to the series' latest samples, after a replay. */
  observeNewest(): void {
    const { series, times, length, cells, width } = this;
    if (length === 0) return;
    for (const { column, index, isText } of this.columns) {
      if (isText) continue;
      for (let row = length - 1, found = 0; row >= 0 && found < 2; row--) {
        const value = cells[row * width + index]!;
        if (Number.isNaN(value)) continue;
        series.observe(column.index, times[row]!, value);
        found++;
      }
    }
    series.newestMs = Math.max(series.newestMs, times[length - 1]!);
  }

  /** Rows in [fromMs, toMs); the times are a view into the head: copy them before the next write. */
  read(fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows {
    const from = lowerBound(this.times, this.length, fromMs);
    const to = lowerBound(this.times, this.length, toMs);
    const numbers = new Map<string, Float64Array>();
    const texts = new Map<string, (string | null)[]>();
    for (const head of this.columns) {
      const { name } = head.column;
      if (fields && !fields.has(name)) continue;
      if (head.isText) texts.set(name, head.texts.slice(from, to));
      else numbers.set(name, this.numbersOf(head.index, from, to));
    }
    return { times: this.times.subarray(from, to), numbers, texts };
  }

  /** The row of a time, made where there is none yet. */
  rowAt(timeMs: number): number {
    const { length } = this;
    if (length === 0 || timeMs > this.times[length - 1]!) {
      if (length === this.times.length) this.grow();
      this.times[length] = timeMs;
      if (!this.isAllNumbers) for (const head of this.columns) if (head.isText) head.texts.push(null);
      this.length++;
      return length;
    }
    const row = lowerBound(this.times, length, timeMs);
    if (this.times[row] !== timeMs) this.insert(row, timeMs);
    return row;
  }

  get memoryBytes(): number {
    return this.times.byteLength + this.cells.byteLength;
  }

  private numbersOf(index: number, from: number, to: number): Float64Array {
    const { cells, width } = this;
    const numbers = new Float64Array(to - from);
    for (let row = from; row < to; row++) numbers[row - from] = cells[row * width + index]!;
    return numbers;
  }

  private insert(row: number, timeMs: number): void {
    if (this.length === this.times.length) this.grow();
    const { cells, length, width } = this;
    this.times.copyWithin(row + 1, row, length);
    this.times[row] = timeMs;
    cells.copyWithin((row + 1) * width, row * width, length * width);
    cells.fill(Number.NaN, row * width, (row + 1) * width);
    for (const { isText, texts } of this.columns) if (isText) texts.splice(row, 0, null);
    this.length++;
  }

  private grow(): void {
    const { times, cells, width } = this;
    const capacity = times.length * 2;
    this.times = new Float64Array(capacity);
    this.times.set(times);
    this.cells = new Float64Array(capacity * width);
    this.cells.set(cells);
    this.cells.fill(Number.NaN, cells.length);
  }
}

/** One part of a window while it can still be written: rows in memory, the log on disk beside it. */
export class Head {
  readonly startMs: number;
  readonly part: number;
  readonly series: HeadSeries[] = [];
  /** By their number in the log; what it lost is missing. */
  readonly layouts: (Layout | undefined)[] = [];
  /** What the log is at: its block, the points in it, and the time that its record counts from. */
  readonly log = { block: 0, points: 0, baseMs: 0 };
  /** What a new series has room for. */
  firstRows = 16;
  lastWriteMs = Number.NEGATIVE_INFINITY;
  /** The texts of the point that is being written, by column. */
  readonly nextTexts: string[] = [];
  /** Its numbers; NaN where it has no value, and all of it between two points. */
  private next = new Float64Array(64).fill(Number.NaN);
  private readonly bySeries = new Map<Series, HeadSeries>();

  constructor(startMs: number, part: number) {
    this.startMs = startMs;
    this.part = part;
  }

  find(series: Series): HeadSeries | undefined {
    return this.bySeries.get(series);
  }

  define(series: Series): HeadSeries {
    const added = new HeadSeries(series, this.firstRows);
    this.series.push(added);
    this.bySeries.set(series, added);
    series.references++;
    return added;
  }

  /** Where the values of the point that is being written stand, with room for so many columns. */
  roomForNext(columns: number): Float64Array {
    if (columns > this.next.length) this.next = new Float64Array(2 * columns).fill(Number.NaN);
    return this.next;
  }

  /** All columns that the series has by now, under the next free number. */
  defineLayout(rows: HeadSeries, number = this.layouts.length): Layout {
    const { isAllNumbers } = rows;
    const columns = rows.columns.length;
    const layout = { number, rows, columns, isAllNumbers, block: -1, definitions: 0 };
    this.layouts[number] = layout;
    rows.layout = layout;
    return layout;
  }

  /** Rough bytes of memory that the rows take. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const rows of this.series) bytes += rows.memoryBytes;
    return bytes;
  }
}
