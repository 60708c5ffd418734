import { CellSpace, maxRoom, placeOf } from './cellSpace.ts';
import { maxPackedWidth, packedRows, packRows, unpackColumn } from './packedRows.ts';
import type { Rows } from './rows.ts';
import type { Column, Series } from './series.ts';

/** The texts of a column of a head: one or null per row. */
export interface HeadTexts {
  readonly values: (string | null)[];
  /** The text that the log refers to. */
  base: string;
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

/** So many rows of a series lie together; fewer where they are very wide. */
const maxRowBits = 4;
const scratch = new Float64Array(packedRows);

/**
 * What a window holds of one series, in memory, ordered by time. A row is its time and its numbers: a point lies
 * together, and so do some that come next. There is nothing per column but for texts, since there are very many. When the rows
 * that lie together are full, they are packed, and the next ones take their place.
 */
export class HeadSeries {
  readonly series: Series;
  /** The numbers of all series of the head. */
  readonly space: CellSpace;
  /** Columns by now, in the order in which the log defines them. */
  columns = 0;
  length = 0;
  /** How often a row was touched that was there already, or one was put before others. */
  edits = 0;
  /** Where the numbers stand that the log's differences count from, by column; of texts see `HeadTexts`. */
  bases = 0;
  /** The newest of the log. */
  layout: Layout | null = null;
  /** By column; null where all are numbers. */
  private texts: (HeadTexts | undefined)[] | null = null;
  /** Of each column, its index in the series, and the other way round or -1; null where they are the same. */
  private order: { readonly outer: number[]; readonly own: number[] } | null = null;
  private blocks: number[] = [];
  /** So many blocks, the first ones, are packed. */
  private packed = 0;
  /** Points come in late: its rows stay as they are from now on. */
  private isLoose = false;
  private width = 0;
  private rowBits = maxRowBits;
  /** The time of the last row. */
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(series: Series, space: CellSpace) {
    this.series = series;
    this.space = space;
  }

  get isAllNumbers(): boolean {
    return this.texts === null;
  }

  /** Where a column of the series, by its index there, stands; -1 where nothing of it is here. */
  indexOf(seriesIndex: number): number {
    if (this.order) return this.order.own[seriesIndex] ?? -1;
    return seriesIndex < this.columns ? seriesIndex : -1;
  }

  /** The index in the series of the column at a place. */
  seriesIndexOf(index: number): number {
    return this.order ? this.order.outer[index]! : index;
  }

  columnAt(index: number): Column {
    return this.series.columnAt(this.seriesIndexOf(index));
  }

  /** The texts of the column at a place; undefined where it has numbers. */
  textsAt(index: number): HeadTexts | undefined {
    return this.texts?.[index];
  }

  /** Takes a column in, returns its place. */
  define({ index: seriesIndex, isText }: Column): number {
    const index = this.columns++;
    if (index === this.width) this.reserve(Math.min(index + 1 + (index >> 1), maxRoom - 1));
    if (isText) {
      this.texts ??= [];
      this.texts[index] = { values: new Array<string | null>(this.length).fill(null), base: '' };
    }
    if (seriesIndex !== index) this.order ??= identity(index);
    if (this.order) {
      const { outer, own } = this.order;
      outer.push(seriesIndex);
      while (own.length <= seriesIndex) own.push(-1);
      own[seriesIndex] = index;
    }
    return index;
  }

  /** Makes room for so many columns. */
  reserve(width: number): void {
    if (width <= this.width) return;
    const bits = Math.min(maxRowBits, Math.floor(Math.log2(maxRoom / (width + 1))));
    if (bits < this.rowBits) this.loosen();
    const { blocks, packed, rowBits, width: before, bases, space } = this;
    this.blocks = blocks.slice(0, packed);
    this.width = width;
    this.rowBits = bits;
    this.bases = space.take(width);
    space.piece(this.bases).fill(0, placeOf(this.bases), placeOf(this.bases) + width);
    if (before === 0) return;
    this.copy(bases, this.bases, before);
    for (let row = packed << rowBits; row < this.length; row++) {
      const from = blocks[row >>> rowBits]! + (row & (2 ** rowBits - 1)) * (before + 1);
      this.begin(row, 0);
      this.copy(from, this.addressOf(row), before + 1);
    }
  }

  timeAt(row: number): number {
    return this.numberAt(row, 0);
  }

  /** Where the first number of a row is. */
  cellsAt(row: number): number {
    return this.addressOf(row) + 1;
  }

  /** Hands the newest two values of each column on to the series' latest samples, after a replay. */
  observeNewest(): void {
    const { series, length } = this;
    if (length === 0) return;
    for (let index = 0; index < this.columns; index++) {
      if (this.texts?.[index]) continue;
      for (let row = length - 1, found = 0; row >= 0 && found < 2; row--) {
        const value = this.numberAt(row, 1 + index);
        if (Number.isNaN(value)) continue;
        series.observe(this.seriesIndexOf(index), this.timeAt(row), value);
        found++;
      }
    }
    series.newestMs = Math.max(series.newestMs, this.timeAt(length - 1));
  }

  /** Rows in [fromMs, toMs). */
  read(fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows {
    const from = this.rowFrom(fromMs);
    const to = Math.max(from, this.rowFrom(toMs));
    const numbers = new Map<string, Float64Array>();
    const texts = new Map<string, (string | null)[]>();
    for (let index = 0; index < this.columns; index++) {
      const { name } = this.columnAt(index);
      if (fields && !fields.has(name)) continue;
      const own = this.texts?.[index];
      if (own) texts.set(name, own.values.slice(from, to));
      else numbers.set(name, this.numbersOf(1 + index, from, to));
    }
    return { times: this.numbersOf(0, from, to), numbers, texts };
  }

  /** The row of a time, made where there is none yet. */
  rowAt(timeMs: number): number {
    const { length } = this;
    if (timeMs <= this.lastMs) {
      this.edits++;
      if (timeMs === this.lastMs) return length - 1;
      const row = this.rowFrom(timeMs);
      if (row >>> this.rowBits < this.packed) this.loosen();
      if (this.timeAt(row) !== timeMs) this.insert(row, timeMs);
      return row;
    }
    this.begin(length, timeMs);
    if (this.texts) for (const own of this.texts) own?.values.push(null);
    this.lastMs = timeMs;
    this.length++;
    return length;
  }

  private addressOf(row: number): number {
    const { rowBits } = this;
    return this.blocks[row >>> rowBits]! + (row & ((1 << rowBits) - 1)) * (this.width + 1);
  }

  /** The number at a place of a row, the time being the first. */
  private numberAt(row: number, place: number): number {
    const block = row >>> this.rowBits;
    if (block < this.packed) {
      unpackColumn(this.space, this.blocks[block]!, place, scratch, 0);
      return scratch[row % packedRows]!;
    }
    const address = this.addressOf(row);
    return this.space.piece(address)[placeOf(address) + place]!;
  }

  private numbersOf(place: number, from: number, to: number): Float64Array {
    const numbers = new Float64Array(to - from);
    const { blocks, packed } = this;
    let row = from;
    while (row < to && row >>> maxRowBits < packed) {
      const block = row >>> maxRowBits;
      const start = block << maxRowBits;
      const end = Math.min(to, start + packedRows);
      if (row === start && end === start + packedRows) {
        unpackColumn(this.space, blocks[block]!, place, numbers, row - from);
      } else {
        unpackColumn(this.space, blocks[block]!, place, scratch, 0);
        numbers.set(scratch.subarray(row - start, end - start), row - from);
      }
      row = end;
    }
    for (; row < to; row++) numbers[row - from] = this.numberAt(row, place);
    return numbers;
  }

  /** The first row that is not before `timeMs`. */
  private rowFrom(timeMs: number): number {
    if (timeMs > this.lastMs) return this.length;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A row of that time without any value; where all rows are taken, with room for some more. */
  private begin(row: number, timeMs: number): void {
    if (row >>> this.rowBits === this.blocks.length) this.makeBlock();
    const address = this.addressOf(row);
    const piece = this.space.piece(address);
    const at = placeOf(address);
    piece[at] = timeMs;
    piece.fill(Number.NaN, at + 1, at + 1 + this.width);
  }

  private makeBlock(): void {
    const { blocks, packed, width, space } = this;
    if (this.isLoose || packed === blocks.length || width >= maxPackedWidth) {
      blocks.push(space.take((width + 1) << this.rowBits));
      return;
    }
    const full = blocks[packed]!;
    blocks[packed] = packRows(space, full, width + 1, this.columns + 1);
    blocks.push(full);
    this.packed++;
  }

  /** Unpacks all rows. */
  private loosen(): void {
    const { packed, blocks, width } = this;
    this.isLoose = true;
    const rows = packed << this.rowBits;
    const columns = Array.from({ length: width + 1 }, (_, place) => this.numbersOf(place, 0, rows));
    this.packed = 0;
    for (let block = 0; block < packed; block++) blocks[block] = this.space.take((width + 1) << this.rowBits);
    for (let row = 0; row < rows; row++) {
      const address = this.addressOf(row);
      const piece = this.space.piece(address);
      for (let place = 0; place <= width; place++) piece[placeOf(address) + place] = columns[place]![row]!;
    }
  }

  private insert(row: number, timeMs: number): void {
    if (!this.isLoose) this.loosen();
    this.begin(this.length, timeMs);
    for (let to = this.length; to > row; to--) {
      this.copy(this.addressOf(to - 1), this.addressOf(to), this.width + 1);
    }
    this.begin(row, timeMs);
    if (this.texts) for (const own of this.texts) own?.values.splice(row, 0, null);
    this.length++;
  }

  private copy(from: number, to: number, length: number): void {
    const { space } = this;
    space.piece(to).set(space.piece(from).subarray(placeOf(from), placeOf(from) + length), placeOf(to));
  }
}

function identity(length: number): { outer: number[]; own: number[] } {
  const outer = Array.from({ length }, (_, index) => index);
  return { outer, own: [...outer] };
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
  lastWriteMs = Number.NEGATIVE_INFINITY;
  /** The texts of the point that is being written, by column. */
  readonly nextTexts: string[] = [];
  /** Its numbers; NaN where it has no value, and all of it between two points. */
  private next = new Float64Array(64).fill(Number.NaN);
  private readonly space = new CellSpace();
  private readonly bySeries = new Map<Series, HeadSeries>();

  constructor(startMs: number, part: number) {
    this.startMs = startMs;
    this.part = part;
  }

  find(series: Series): HeadSeries | undefined {
    return this.bySeries.get(series);
  }

  define(series: Series): HeadSeries {
    const added = new HeadSeries(series, this.space);
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
    const { isAllNumbers, columns } = rows;
    const layout = { number, rows, columns, isAllNumbers, block: -1, definitions: 0 };
    this.layouts[number] = layout;
    rows.layout = layout;
    return layout;
  }

  /** Rough bytes of memory that the rows take. */
  get memoryBytes(): number {
    return this.space.bytes;
  }
}
