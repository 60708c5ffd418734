import { ByteReader, ByteWriter } from '../codec/bytes.ts';
import { decodeIntegers, encodeIntegers } from '../codec/integers.ts';
import { decodeNumbers, encodeNumbers } from '../codec/numbers.ts';
import { decodeTexts, encodeTexts } from '../codec/texts.ts';
import { lowerBound, type Rows } from '../rows.ts';

/*
 * A chunk holds the rows of one series in one part of a window: the times, then column after column, each with
 * its length in front, so that reading one field decodes one column.
 */

/** A head's rows as bytes; `nameIndex` numbers the field names of the segment. */
export function encodeChunk(rows: Rows, startMs: number, nameIndex: (name: string) => number): Buffer {
  const writer = new ChunkWriter(rows.times, rows.numbers.size + rows.texts.size, startMs, nameIndex);
  for (const [name, values] of rows.numbers) writer.numbers(name, values);
  for (const [name, values] of rows.texts) writer.texts(name, values);
  return writer.bytes();
}

/** Writes a chunk a column at a time: as many as were announced. */
export class ChunkWriter {
  private readonly into = new ByteWriter(1024);
  private readonly column = new ByteWriter(1024);
  private readonly nameIndex: (name: string) => number;

  constructor(times: Float64Array, columns: number, startMs: number, nameIndex: (name: string) => number) {
    this.nameIndex = nameIndex;
    this.into.varint(times.length);
    encodeIntegers(
      this.into,
      times.map((timeMs) => timeMs - startMs),
    );
    this.into.varint(columns);
  }

  numbers(name: string, values: Float64Array): void {
    this.column.clear();
    encodeNumbers(this.column, values);
    this.writeColumn(this.nameIndex(name) * 2);
  }

  texts(name: string, values: readonly (string | null)[]): void {
    this.column.clear();
    encodeTexts(this.column, values);
    this.writeColumn(this.nameIndex(name) * 2 + 1);
  }

  bytes(): Buffer {
    return this.into.view();
  }

  private writeColumn(id: number): void {
    this.into.varint(id);
    this.into.varint(this.column.length);
    this.into.bytes(this.column.view());
  }
}

/** What a column of a chunk is called, and holds. */
export interface ChunkColumn {
  readonly name: string;
  readonly isText: boolean;
}

/** Reads a chunk a column at a time, from bytes that must stay as they are. */
export class ChunkReader {
  readonly times: Float64Array;
  readonly columns: readonly ChunkColumn[];
  private readonly bytes: Buffer;
  /** Where each column's bytes are. */
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** @throws RangeError where the bytes make no sense */
  constructor(bytes: Buffer, startMs: number, names: readonly string[]) {
    this.bytes = bytes;
    const from = new ByteReader(bytes);
    const length = from.varint();
    // Even an even row of times takes a bit per row and block of 32; more rows than that cannot be.
    if (length > bytes.length * 32)
      throw new RangeError(`a chunk of ${bytes.length} bytes cannot hold ${length} rows`);
    this.times = decodeIntegers(from, length);
    for (let row = 0; row < length; row++) this.times[row]! += startMs;
    const columns: ChunkColumn[] = [];
    for (let left = from.varint(); left > 0; left--) {
      const id = from.varint();
      const bytesOfColumn = from.varint();
      this.starts.push(from.skip(bytesOfColumn));
      this.ends.push(from.position);
      const name = names[id >> 1];
      if (name === undefined) throw new RangeError(`field name ${id >> 1} is not known`);
      columns.push({ name, isText: id % 2 === 1 });
    }
    this.columns = columns;
  }

  /** The values of a numeric column; undefined where there is none of that name. */
  numbers(name: string): Float64Array | undefined {
    const bytes = this.bytesOfNumbers(name);
    return bytes && decodeNumbers(bytes, this.times.length);
  }

  texts(name: string): (string | null)[] | undefined {
    const column = this.find(name, true);
    return column < 0 ? undefined : decodeTexts(this.bytesOf(column), this.times.length);
  }

  /** A numeric column as it is, a view; undefined where there is none of that name. */
  bytesOfNumbers(name: string): Buffer | undefined {
    const column = this.find(name, false);
    return column < 0 ? undefined : this.bytesOf(column);
  }

  hasTexts(name: string): boolean {
    return this.find(name, true) >= 0;
  }

  /** The rows in [fromMs, toMs) with these fields, or all. */
  rows(fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows {
    const { times } = this;
    const first = lowerBound(times, times.length, fromMs);
    const end = lowerBound(times, times.length, toMs);
    const numbers = new Map<string, Float64Array>();
    const texts = new Map<string, (string | null)[]>();
    this.columns.forEach(({ name, isText }, column) => {
      if (first === end || (fields && !fields.has(name))) return;
      const bytes = this.bytesOf(column);
      if (isText) texts.set(name, decodeTexts(bytes, times.length).slice(first, end));
      else numbers.set(name, decodeNumbers(bytes, times.length).subarray(first, end));
    });
    return { times: times.subarray(first, end), numbers, texts };
  }

  private find(name: string, isText: boolean): number {
    const { columns } = this;
    for (let column = 0; column < columns.length; column++) {
      if (columns[column]!.name === name && columns[column]!.isText === isText) return column;
    }
    return -1;
  }

  private bytesOf(column: number): Buffer {
    return this.bytes.subarray(this.starts[column], this.ends[column]);
  }
}
