import type { Point } from './point.ts';
import { lowerBound, type Rows } from './rows.ts';
import type { Column, Series } from './series.ts';

/** A column of a head: a value per row, and what the log needs to write the next one as a difference. */
export interface HeadColumn {
  readonly column: Column;
  numbers: Float64Array;
  texts: (string | null)[];
  /** The value last written to the log, which need not be that of the last row. */
  loggedNumber: number;
  loggedText: string;
  /** The value of the point that is being written, where it has one. */
  hasNext: boolean;
  nextNumber: number;
  nextText: string;
}

/** What a window holds of one series, in memory, ordered by time. */
export class HeadSeries {
  readonly series: Series;
  /** Its number in the window's log. */
  readonly number: number;
  /** In the order in which the log defines them. */
  readonly columns: HeadColumn[] = [];
  times: Float64Array = new Float64Array(16);
  length = 0;
  loggedTimeMs: number;
  private readonly byIndex: (HeadColumn | undefined)[] = [];

  constructor(series: Series, number: number, startMs: number) {
    this.series = series;
    this.number = number;
    this.loggedTimeMs = startMs;
  }

  find(column: Column): HeadColumn | undefined {
    return this.byIndex[column.index];
  }

  define(column: Column): HeadColumn {
    const capacity = this.times.length;
    const added: HeadColumn = {
      column,
      numbers: column.isText ? new Float64Array(0) : new Float64Array(capacity).fill(Number.NaN),
      texts: column.isText ? new Array<string | null>(this.length).fill(null) : [],
      loggedNumber: Number.NaN,
      loggedText: '',
      hasNext: false,
      nextNumber: Number.NaN,
      nextText: '',
    };
    this.columns.push(added);
    this.byIndex[column.index] = added;
    return added;
  }

  /** Stores the `next` values of the columns at a time and hands them on to the series' latest samples. */
  store(timeMs: number): void {
    const row = this.rowAt(timeMs);
    const { series } = this;
    for (const head of this.columns) {
      if (!head.hasNext) continue;
      head.hasNext = false;
      if (head.column.isText) {
        head.texts[row] = head.nextText;
      } else {
        head.numbers[row] = head.nextNumber;
        series.observe(head.column, timeMs, head.nextNumber);
      }
    }
    if (timeMs > series.newestMs) series.newestMs = timeMs;
  }

  /** Rows in [fromMs, toMs), as views into the head: copy before the next write. */
  read(fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows {
    const from = lowerBound(this.times, this.length, fromMs);
    const to = lowerBound(this.times, this.length, toMs);
    const numbers = new Map<string, Float64Array>();
    const texts = new Map<string, (string | null)[]>();
    for (const head of this.columns) {
      const { name, isText } = head.column;
      if (fields && !fields.has(name)) continue;
      if (isText) texts.set(name, head.texts.slice(from, to));
      else numbers.set(name, head.numbers.subarray(from, to));
    }
    return { times: this.times.subarray(from, to), numbers, texts };
  }

  private rowAt(timeMs: number): number {
    const { length } = this;
    if (length === 0 || timeMs > this.times[length - 1]!) {
      if (length === this.times.length) this.grow();
      this.times[length] = timeMs;
      for (const head of this.columns) if (head.column.isText) head.texts.push(null);
      this.length++;
      return length;
    }
    const row = lowerBound(this.times, length, timeMs);
    if (this.times[row] !== timeMs) this.insert(row, timeMs);
    return row;
  }

  private insert(row: number, timeMs: number): void {
    if (this.length === this.times.length) this.grow();
    this.times.copyWithin(row + 1, row, this.length);
    this.times[row] = timeMs;
    for (const head of this.columns) {
      if (head.column.isText) {
        head.texts.splice(row, 0, null);
      } else {
        head.numbers.copyWithin(row + 1, row, this.length);
        head.numbers[row] = Number.NaN;
      }
    }
    this.length++;
  }

  private grow(): void {
    const capacity = this.times.length * 2;
    this.times = enlarge(this.times, capacity);
    for (const head of this.columns) {
      if (!head.column.isText) head.numbers = enlarge(head.numbers, capacity);
    }
  }
}

/** One part of a window while it can still be written: rows in memory, the log on disk beside it. */
export class Head {
  readonly startMs: number;
  readonly part: number;
  /** By their number in the log. */
  readonly series: HeadSeries[] = [];
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
    const added = new HeadSeries(series, this.series.length, this.startMs);
    this.series.push(added);
    this.bySeries.set(series, added);
    series.references++;
    return added;
  }

  /** Rough bytes of memory that the rows take. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const { times, columns } of this.series) bytes += times.byteLength * (1 + columns.length);
    return bytes;
  }
}

/** Puts a point's values into the `next` slots; `defined` is told of each column that is new to this head. */
export function takeFields(
  head: HeadSeries,
  point: Point,
  columns: readonly Column[],
  defined: (column: HeadColumn) => void,
): void {
  point.fields.forEach((field, index) => {
    const { value } = field;
    if (typeof value === 'number' && Number.isNaN(value)) return;
    const column = columns[index]!;
    let into = head.find(column);
    if (!into) {
      into = head.define(column);
      defined(into);
    }
    into.hasNext = true;
    if (typeof value === 'string') into.nextText = value;
    else into.nextNumber = Number(value);
  });
}

function enlarge(values: Float64Array, capacity: number): Float64Array {
  const larger = new Float64Array(capacity).fill(Number.NaN, values.length);
  larger.set(values);
  return larger;
}
