import { BitWriter, bitsAt, wordsOf } from './bits.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/** Differences of differences of integers up to this stay exact: 8e15 < 2^53. */
export const maxInteger = 1e15;

const blockLength = 32;

/**
 * Integers within ±maxInteger: the first as it is, then how far each is from it, divided by the power of two
 * that all these distances share (memory and disks are counted in pages), as differences (order 1) or
 * differences of differences (order 2), whichever is smaller, zigzagged and packed in blocks of 32 that share a
 * bit width. An even row, such as timestamps, takes one byte per 32.
 */
export function encodeIntegers(into: ByteWriter, values: Float64Array): void {
  const start = values[0] ?? 0;
  const shift = sharedZeros(values, start);
  const scale = 2 ** shift;
  const distances = values.map((value) => (value - start) / scale);
  const first = differences(distances, 1);
  const second = differences(distances, 2);
  const isFirst = packedBits(first) <= packedBits(second) + 16;
  into.u8((isFirst ? 1 : 2) | (shift << 2));
  into.signed(start);
  if (!isFirst) into.signed(distances[1] ?? 0);
  pack(into, isFirst ? first : second);
}

/** Reads `length` integers that encodeIntegers wrote. */
export function decodeIntegers(from: ByteReader, length: number): Float64Array {
  const values = new Float64Array(length);
  const form = from.u8();
  const order = form & 3;
  if (order !== 1 && order !== 2) throw new RangeError(`integers of order ${order}`);
  const scale = 2 ** (form >> 2);
  const start = from.signed();
  let step = order === 2 ? from.signed() : 0;
  unpack(from, values, order);
  let distance = step;
  values[0] = start;
  if (order === 2 && length > 1) values[1] = start + step * scale;
  for (let index = order; index < length; index++) {
    step = order === 2 ? step + values[index]! : values[index]!;
    distance += step;
    values[index] = start + distance * scale;
  }
  return values;
}

/** Puts the differences into their places, from `first` on. Blocks are full but the last: they begin with a byte. */
function unpack(from: ByteReader, into: Float64Array, first: number): void {
  let words: Int32Array | null = null;
  let base = 0;
  for (let start = first; start < into.length; start += blockLength) {
    const width = widthIn(from.u8());
    if (width === 0) continue;
    const end = Math.min(start + blockLength, into.length);
    if (!words) {
      base = from.position;
      words = wordsOf(from, Math.min(from.left, (into.length - start) * 8));
    }
    const bit = (from.skip((width * (end - start) + 7) >> 3) - base) * 8;
    if (width < 32) unpackBlock(words, bit, width, into, start, end);
    else unpackWideBlock(words, bit, width, into, start, end);
  }
}

function unpackBlock(
  words: Int32Array,
  firstBit: number,
  width: number,
  into: Float64Array,
  start: number,
  end: number,
): void {
  let bit = firstBit;
  for (let index = start; index < end; index++, bit += width) {
    const zigzag = bitsAt(words, bit, width);
    into[index] = (zigzag >>> 1) ^ -(zigzag & 1);
  }
}

function unpackWideBlock(
  words: Int32Array,
  firstBit: number,
  width: number,
  into: Float64Array,
  start: number,
  end: number,
): void {
  let bit = firstBit;
  for (let index = start; index < end; index++, bit += width) {
    const low = bitsAt(words, bit, 32) >>> 0;
    const zigzag = low + (width === 32 ? 0 : bitsAt(words, bit + 32, width - 32) * 2 ** 32);
    into[index] = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
}

/** How often 2 divides the distance of every value from the first; at most 31, 0 where all are equal. */
function sharedZeros(values: Float64Array, start: number): number {
  let bits = 0;
  for (const value of values) {
    const distance = Math.abs(value - start);
    bits |= distance % 2 ** 32;
    if (bits & 1) return 0;
  }
  return bits === 0 ? 0 : 31 - Math.clz32(bits & -bits);
}

/** Zigzagged differences of the given order. */
function differences(values: Float64Array, order: 1 | 2): Float64Array {
  const result = new Float64Array(Math.max(0, values.length - order));
  let last = order === 2 && values.length > 1 ? values[1]! - values[0]! : 0;
  for (let index = 0; index < result.length; index++) {
    const step = values[index + order]! - values[index + order - 1]!;
    const difference = step - last;
    if (order === 2) last = step;
    result[index] = difference >= 0 ? difference * 2 : -difference * 2 - 1;
  }
  return result;
}

function packedBits(zigzags: Float64Array): number {
  let bits = 0;
  for (let start = 0; start < zigzags.length; start += blockLength) {
    const end = Math.min(start + blockLength, zigzags.length);
    bits += 8 + blockWidth(zigzags, start, end) * (end - start);
  }
  return bits;
}

function pack(into: ByteWriter, zigzags: Float64Array): void {
  const bits = new BitWriter(into);
  for (let start = 0; start < zigzags.length; start += blockLength) {
    const end = Math.min(start + blockLength, zigzags.length);
    const width = blockWidth(zigzags, start, end);
    bits.write(width, 8);
    for (let index = start; width > 0 && index < end; index++) bits.writeWide(zigzags[index]!, width);
  }
  bits.end();
}

function blockWidth(zigzags: Float64Array, start: number, end: number): number {
  let max = 0;
  for (let index = start; index < end; index++) if (zigzags[index]! > max) max = zigzags[index]!;
  return max < 2 ** 32 ? 32 - Math.clz32(max) : 64 - Math.clz32(Math.floor(max / 2 ** 32));
}

function widthIn(width: number): number {
  if (width > 53) throw new RangeError(`integers of ${width} bits`);
  return width;
}
