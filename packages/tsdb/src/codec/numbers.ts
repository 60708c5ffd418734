import { BitWriter, bitsAt, wordsOf } from './bits.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { decodeFloats, encodeFloats } from './floats.ts';
import { decodeIntegers, encodeIntegers, maxInteger } from './integers.ts';

/*
 * A column of numbers, losslessly, in the smallest of four forms: one constant; decimals, that is integers
 * divided by a power of ten; a dictionary of few values; XORed floats. Rows without a value (NaN) are left
 * out, and a bitmap says which.
 */
const constant = 0;
const decimals = 1;
const dictionary = 2;
const floats = 3;
const withGaps = 0x80;

const maxExponent = 9;
const maxDictionary = 256;
const powersOfTen = Float64Array.from({ length: maxExponent + 1 }, (_, exponent) => 10 ** exponent);

/** NaN is "no value"; at least one value must be there. */
export function encodeNumbers(into: ByteWriter, values: Float64Array): void {
  const present = values.filter((value) => !Number.isNaN(value));
  const gaps = present.length < values.length ? withGaps : 0;
  const kind = into.length;
  into.u8(gaps);
  if (gaps) writePresence(into, values);
  into.orU8(encodePresent(into, present), kind);
}

/** The numbers of `length` rows that encodeNumbers wrote, NaN where there is none. */
export function decodeNumbers(bytes: Buffer, length: number): Float64Array {
  const from = new ByteReader(bytes);
  const kind = from.u8();
  if ((kind & withGaps) === 0) return decodePresent(from, kind, length);
  const presence = from.bytes((length + 7) >> 3);
  const isPresent = (row: number): boolean => ((presence[row >> 3]! >> (row & 7)) & 1) === 1;
  let count = 0;
  for (let row = 0; row < length; row++) if (isPresent(row)) count++;
  const present = decodePresent(from, kind & ~withGaps, count);
  const values = new Float64Array(length);
  for (let row = 0, next = 0; row < length; row++)
    values[row] = isPresent(row) ? present[next++]! : Number.NaN;
  return values;
}

function writePresence(into: ByteWriter, values: Float64Array): void {
  const bits = new BitWriter(into);
  for (const value of values) bits.write(Number.isNaN(value) ? 0 : 1, 1);
  bits.end();
}

/** Writes the smallest form and returns its kind. */
function encodePresent(into: ByteWriter, values: Float64Array): number {
  if (values.every((value) => Object.is(value, values[0]))) {
    into.f64(values[0]!);
    return constant;
  }
  const numbers = new ByteWriter(values.length * 2);
  const exponent = exponentOf(values);
  if (exponent === null) {
    encodeFloats(numbers, values);
  } else {
    numbers.u8(exponent);
    encodeIntegers(numbers, scaled(values, exponent));
  }
  const distinct = distinctOf(values);
  if (distinct && dictionaryBytes(distinct.size, values.length) < numbers.length) {
    encodeDictionary(into, values, distinct);
    return dictionary;
  }
  into.bytes(numbers.view());
  return exponent === null ? floats : decimals;
}

function decodePresent(from: ByteReader, kind: number, length: number): Float64Array {
  switch (kind) {
    case constant:
      return new Float64Array(length).fill(from.f64());
    case decimals:
      return decodeDecimals(from, length);
    case dictionary:
      return decodeDictionary(from, length);
    case floats:
      return decodeFloats(from, length);
    default:
      throw new RangeError(`a column of kind ${kind} is not known`);
  }
}

/** The smallest power of ten that makes all values integers and is undone exactly by division, if any. */
function exponentOf(values: Float64Array): number | null {
  let exponent = 0;
  for (const value of values) {
    while (!isExact(value, powersOfTen[exponent]!)) if (++exponent > maxExponent) return null;
  }
  const scale = powersOfTen[exponent]!;
  return values.every((value) => isExact(value, scale)) ? exponent : null;
}

function isExact(value: number, scale: number): boolean {
  const integer = Math.round(value * scale);
  return integer / scale === value && Math.abs(integer) <= maxInteger && !Object.is(value, -0);
}

function scaled(values: Float64Array, exponent: number): Float64Array {
  const scale = powersOfTen[exponent]!;
  // Adding 0 makes the -0 that rounding small negatives could give an ordinary 0.
  return values.map((value) => Math.round(value * scale) + 0);
}

function decodeDecimals(from: ByteReader, length: number): Float64Array {
  const scale = powersOfTen[from.u8()];
  if (scale === undefined) throw new RangeError('decimals of an unknown power of ten');
  const values = decodeIntegers(from, length);
  if (scale !== 1) for (let index = 0; index < length; index++) values[index]! /= scale;
  return values;
}

/** Values with their place in the dictionary; null where a dictionary is of no use, or would take -0 for 0. */
function distinctOf(values: Float64Array): Map<number, number> | null {
  const distinct = new Map<number, number>();
  const most = Math.min(maxDictionary, values.length >> 1);
  for (const value of values) {
    if (Object.is(value, -0)) return null;
    if (!distinct.has(value)) distinct.set(value, distinct.size);
    if (distinct.size > most) return null;
  }
  return distinct;
}

function indexBits(size: number): number {
  return 32 - Math.clz32(size - 1);
}

function dictionaryBytes(size: number, length: number): number {
  return 2 + size * 8 + ((indexBits(size) * length + 7) >> 3);
}

function encodeDictionary(into: ByteWriter, values: Float64Array, distinct: Map<number, number>): void {
  into.varint(distinct.size);
  for (const value of distinct.keys()) into.f64(value);
  const bits = new BitWriter(into);
  const width = indexBits(distinct.size);
  for (const value of values) bits.write(distinct.get(value)!, width);
  bits.end();
}

function decodeDictionary(from: ByteReader, length: number): Float64Array {
  const size = from.varint();
  if (size < 2 || size > maxDictionary) throw new RangeError(`a dictionary of ${size} values`);
  const entries = new Float64Array(size);
  for (let index = 0; index < size; index++) entries[index] = from.f64();
  const width = indexBits(size);
  const bytes = (width * length + 7) >> 3;
  const words = wordsOf(from, bytes);
  from.skip(bytes);
  const values = new Float64Array(length);
  for (let index = 0; index < length; index++) values[index] = entries[bitsAt(words, index * width, width)]!;
  return values;
}
