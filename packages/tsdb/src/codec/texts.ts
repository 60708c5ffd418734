import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';

const plain = 0;
const deflated = 1;
/** Shorter columns do not become smaller. */
const minDeflateBytes = 64;
/** An honest column is smaller: a window's rows times the longest text, as a guard against a damaged length. */
const maxColumnBytes = 1024 * 1024 * 1024;

/** A column of texts: the distinct ones, then runs of equal ones; null is "no value". */
export function encodeTexts(into: ByteWriter, values: readonly (string | null)[]): void {
  const column = new ByteWriter();
  const distinct = new Map<string, number>();
  for (const value of values)
    if (value !== null && !distinct.has(value)) distinct.set(value, distinct.size + 1);
  column.varint(distinct.size);
  for (const value of distinct.keys()) column.text(value);
  for (let row = 0; row < values.length; ) {
    const value = values[row]!;
    let length = 1;
    while (row + length < values.length && values[row + length] === value) length++;
    column.varint(length);
    column.varint(value === null ? 0 : distinct.get(value)!);
    row += length;
  }
  const bytes = column.view();
  const smaller = bytes.length < minDeflateBytes ? null : deflateRawSync(bytes);
  const isSmaller = smaller !== null && smaller.length < bytes.length;
  into.u8(isSmaller ? deflated : plain);
  into.bytes(isSmaller ? smaller : bytes);
}

/** The texts of `length` rows that encodeTexts wrote. */
export function decodeTexts(bytes: Buffer, length: number): (string | null)[] {
  const kind = bytes[0];
  if (kind !== plain && kind !== deflated) throw new RangeError(`a text column of kind ${kind} is not known`);
  const body = bytes.subarray(1);
  const from = new ByteReader(
    kind === plain ? body : inflateRawSync(body, { maxOutputLength: maxColumnBytes }),
  );
  const distinct: (string | null)[] = [null];
  for (let left = from.varint(); left > 0; left--) distinct.push(from.text());
  const values: (string | null)[] = [];
  while (values.length < length) {
    const run = from.varint();
    const value = distinct[from.varint()];
    if (value === undefined || run === 0 || run > length - values.length)
      throw new RangeError('a bad run of texts');
    for (let left = run; left > 0; left--) values.push(value);
  }
  return values;
}
