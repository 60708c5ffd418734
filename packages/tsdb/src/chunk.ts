import { ByteReader, ByteWriter } from './codec/bytes.ts';
import { decodeIntegers, encodeIntegers } from './codec/integers.ts';
import { decodeNumbers, encodeNumbers } from './codec/numbers.ts';
import { decodeTexts, encodeTexts } from './codec/texts.ts';
import { lowerBound, type Rows } from './rows.ts';

/*
 * A chunk holds the rows of one series in one part of a window: the times, then column after column, each with
 * its length in front, so that reading one field decodes one column.
 */

/** A head's rows as bytes; `nameIndex` numbers the field names of the segment. */
export function encodeChunk(rows: Rows, startMs: number, nameIndex: (name: string) => number): Buffer {
  const into = new ByteWriter(1024);
  const column = new ByteWriter(1024);
  into.varint(rows.times.length);
  encodeIntegers(
    into,
    rows.times.map((timeMs) => timeMs - startMs),
  );
  into.varint(rows.numbers.size + rows.texts.size);
  for (const [name, values] of rows.numbers) {
    column.clear();
    encodeNumbers(column, values);
    writeColumn(into, nameIndex(name) * 2, column);
  }
  for (const [name, values] of rows.texts) {
    column.clear();
    encodeTexts(column, values);
    writeColumn(into, nameIndex(name) * 2 + 1, column);
  }
  return into.view();
}

/** The rows of a chunk in [fromMs, toMs). @throws RangeError where the bytes make no sense */
export function decodeChunk(
  bytes: Buffer,
  startMs: number,
  names: readonly string[],
  fields: ReadonlySet<string> | null,
  fromMs: number,
  toMs: number,
): Rows {
  const from = new ByteReader(bytes);
  const length = from.varint();
  // Even an even row of times takes a bit per row and block of 32; more rows than that cannot be.
  if (length > bytes.length * 32)
    throw new RangeError(`a chunk of ${bytes.length} bytes cannot hold ${length} rows`);
  const times = decodeIntegers(from, length);
  for (let row = 0; row < length; row++) times[row]! += startMs;
  const first = lowerBound(times, length, fromMs);
  const end = lowerBound(times, length, toMs);
  const numbers = new Map<string, Float64Array>();
  const texts = new Map<string, (string | null)[]>();
  for (let left = from.varint(); left > 0; left--) {
    const id = from.varint();
    const column = from.bytes(from.varint());
    const name = names[id >> 1];
    if (name === undefined) throw new RangeError(`field name ${id >> 1} is not known`);
    if (first === end || (fields && !fields.has(name))) continue;
    if (id % 2 === 0) numbers.set(name, decodeNumbers(column, length).subarray(first, end));
    else texts.set(name, decodeTexts(column, length).slice(first, end));
  }
  return { times: times.subarray(first, end), numbers, texts };
}

function writeColumn(into: ByteWriter, id: number, column: ByteWriter): void {
  into.varint(id);
  into.varint(column.length);
  into.bytes(column.view());
}
