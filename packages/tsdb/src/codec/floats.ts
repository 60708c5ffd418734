import { BitWriter, bitsAt, wordsOf } from './bits.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/*
 * Gorilla (Pelkonen et al., VLDB 2015, §4.1.2): each value is XORed with the one before; what differs lies
 * between leading and trailing zero bits. 0 = equal; 10 = within the last range of bits; 11 = a new range:
 * 5 bits of leading zeros, 6 bits of length - 1. Here with the lowest bit first, and from 0.0 on.
 */
const floats = new Float64Array(1);
const words = new Uint32Array(floats.buffer);
/** Float64Array takes the byte order of the machine. */
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const lowWord = isLittleEndian ? 0 : 1;
const highWord = 1 - lowWord;

const maxLeading = 31;
/** What a new range costs; Gorilla's own rule never leaves a range that is too wide. */
const newRangeBits = 11;

export function encodeFloats(into: ByteWriter, values: Float64Array): void {
  const bits = new BitWriter(into);
  let lastHigh = 0;
  let lastLow = 0;
  let leading = 64;
  let trailing = 0;
  for (const value of values) {
    floats[0] = value;
    const high = (words[highWord]! ^ lastHigh) >>> 0;
    const low = (words[lowWord]! ^ lastLow) >>> 0;
    lastHigh = words[highWord]!;
    lastLow = words[lowWord]!;
    if (high === 0 && low === 0) {
      bits.write(0, 1);
      continue;
    }
    const leads = Math.min(maxLeading, Math.clz32(high));
    const trails = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
    const isWithin = leads >= leading && trails >= trailing;
    if (isWithin && leads + trails - leading - trailing <= newRangeBits) {
      bits.write(0b01, 2);
    } else {
      leading = leads;
      trailing = trails;
      bits.write(0b11, 2);
      bits.write(leading, 5);
      bits.write(63 - leading - trailing, 6);
    }
    writeMiddle(bits, high, low, leading, trailing);
  }
  bits.end();
}

/** This is where a query spends its time: one pass over words, each value written as two of them. */
export function decodeFloats(from: ByteReader, length: number): Float64Array {
  const values = new Float64Array(length);
  const halves = new Int32Array(values.buffer);
  const bytes = from.left;
  const words = wordsOf(from, bytes);
  const end = bytes * 8;
  let bit = 0;
  let high = 0;
  let low = 0;
  let leading = 0;
  let trailing = 0;
  for (let half = 0; half < 2 * length; half += 2) {
    const head = bitsAt(words, bit, 13);
    if ((head & 1) === 0) {
      bit += 1;
    } else {
      if ((head & 2) === 0) {
        bit += 2;
      } else {
        bit += 13;
        leading = (head >>> 2) & 31;
        trailing = 63 - leading - (head >>> 7);
        if (trailing < 0) throw new RangeError('a float has more than 64 bits');
      }
      const width = 64 - leading - trailing;
      if (trailing >= 32) {
        high ^= bitsAt(words, bit, width) << (trailing - 32);
      } else if (width <= 32) {
        const middle = bitsAt(words, bit, width);
        low ^= middle << trailing;
        high ^= middle >>> (32 - trailing);
      } else {
        low ^= bitsAt(words, bit, 32 - trailing) << trailing;
        high ^= bitsAt(words, bit + 32 - trailing, 32 - leading);
      }
      bit += width;
    }
    if (bit > end) throw new RangeError('data ends early');
    halves[half + highWord] = high;
    halves[half + lowWord] = low;
  }
  from.skip((bit + 7) >>> 3);
  return values;
}

function writeMiddle(bits: BitWriter, high: number, low: number, leading: number, trailing: number): void {
  if (trailing < 32) {
    bits.write(low >>> trailing, 32 - trailing);
    bits.write(high, 32 - leading);
  } else {
    bits.write(high >>> (trailing - 32), 64 - leading - trailing);
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
