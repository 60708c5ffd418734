import type { Point } from './point.ts';
import { lowerBound, type Rows } from './rows.ts';
import type { Column, Series } from './series.ts';

/** A column of a head. */
export interface HeadColumn {
  readonly column: Column;
  /** Where in a row of `cells` a number stands; -1 for texts. */
  readonly place: number;
  /** A text or null per row; empty for numbers. */
  readonly texts: (string | null)[];
  /** The text that the log refers to; for numbers see `HeadSeries.bases`. */
  baseText: string;
  /** The value of the point that is being written, where it has one. */
  hasNext: boolean;
  nextNumber: number;
  nextText: string;
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
  /** The numbers that the log's differences count from, by place. */
  bases: Float64Array = new Float64Array(0);
  /** The newest of the log. */
  layout: Layout | null = null;
  private numberColumns = 0;
  private readonly byIndex: (HeadColumn | undefined)[] = [];

  constructor(series: Series, firstRows: number) {
    this.series = series;
    this.times = new Float64Array(firstRows);
  }

  find(column: Column): HeadColumn | undefined {
    return this.byIndex[column.index];
  }

  define(column: Column): HeadColumn {
    const added: HeadColumn = {
      column,
      place: column.isText ? -1 : this.numberColumns,
      texts: column.isText ? new Array<string | null>(this.length).fill(null) : [],
      baseText: '',
      hasNext: false,
      nextNumber: Number.NaN,
      nextText: '',
    };
    if (!column.isText && ++this.numberColumns > this.width) this.reserve(this.numberColumns);
    this.columns.push(added);
    this.byIndex[column.index] = added;
    return added;
  }

  /** No column is a text, so that the place of each is its index. */
  get isAllNumbers(): boolean {
    return this.numberColumns === this.columns.length;
  }

  /** Makes room for so many number columns. */
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

  /** Stores the `next` values of the columns at a time and hands them on to the series' latest samples. */
  store(timeMs: number): void {
    const row = this.rowAt(timeMs);
    const { series } = this;
    for (const head of this.columns) {
      if (!head.hasNext) continue;
      head.hasNext = false;
      if (head.place < 0) {
        head.texts[row] = head.nextText;
      } else {
        this.cells[row * this.width + head.place] = head.nextNumber;
        series.observe(head.column, timeMs, head.nextNumber);
      }
    }
    if (timeMs > series.newestMs) series.newestMs = timeMs;
  }

  /** Hands the newest two values of each column on to the series' latest samples, after a replay. */
  observeNewest(): void {
    const { series, times, length, cells, width } = this;
    if (length === 0) return;
    for (const { column, place } of this.columns) {
      if (place < 0) continue;
      for (let row = length - 1, found = 0; row >= 0 && found < 2; row--) {
        const value = cells[row * width + place]!;
        if (Number.isNaN(value)) continue;
        series.observe(column, times[row]!, value);
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
      if (head.place < 0) texts.set(name, head.texts.slice(from, to));
      else numbers.set(name, this.numbersOf(head.place, from, to));
    }
    return { times: this.times.subarray(from, to), numbers, texts };
  }

  /** The row of a time, made where there is none yet. */
  rowAt(timeMs: number): number {
    const { length } = this;
    if (length === 0 || timeMs > this.times[length - 1]!) {
      if (length === this.times.length) this.grow();
      this.times[length] = timeMs;
      if (!this.isAllNumbers) for (const head of this.columns) if (head.place < 0) head.texts.push(null);
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

  private numbersOf(place: number, from: number, to: number): Float64Array {
    const { cells, width } = this;
    const numbers = new Float64Array(to - from);
    for (let row = from; row < to; row++) numbers[row - from] = cells[row * width + place]!;
    return numbers;
  }

  private insert(row: number, timeMs: number): void {
    if (this.length === this.times.length) this.grow();
    const { cells, length, width } = this;
    this.times.copyWithin(row + 1, row, length);
    this.times[row] = timeMs;
    cells.copyWithin((row + 1) * width, row * width, length * width);
    cells.fill(Number.NaN, row * width, (row + 1) * width);
    for (const { place, texts } of this.columns) if (place < 0) texts.splice(row, 0, null);
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

/** Puts a point's values into the `next` slots of the head's columns, and defines the columns that it lacks. */
export function takeFields(head: HeadSeries, point: Point, columns: readonly Column[]): void {
  if (head.columns.length === 0) head.reserve(columns.length);
  point.fields.forEach((field, index) => {
    const { value } = field;
    if (typeof value === 'number' && Number.isNaN(value)) return;
    const column = columns[index]!;
    const into = head.find(column) ?? head.define(column);
    into.hasNext = true;
    if (typeof value === 'string') into.nextText = value;
    else into.nextNumber = Number(value);
  });
}
