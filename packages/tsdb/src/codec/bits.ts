import type { ByteReader, ByteWriter } from './bytes.ts';

const pow32 = 2 ** 32;

/** Bits into bytes, lowest bit first; `end` fills the last byte with zeros. */
export class BitWriter {
  private readonly into: ByteWriter;
  private partial = 0;
  private used = 0;

  constructor(into: ByteWriter) {
    this.into = into;
  }

  /** The lowest `width` (0 to 32) bits of `value`. */
  write(value: number, width: number): void {
    let rest = value;
    let left = width;
    while (left > 0) {
      const take = Math.min(8 - this.used, left);
      this.partial |= (rest & ((1 << take) - 1)) << this.used;
      rest >>>= take;
      left -= take;
      this.used += take;
      if (this.used === 8) this.end();
    }
  }

  /** An integer from 0 to 2^53 - 1 in `width` (0 to 53) bits. */
  writeWide(value: number, width: number): void {
    if (width <= 32) {
      this.write(value % pow32, width);
    } else {
      this.write(value % pow32, 32);
      this.write(Math.floor(value / pow32), width - 32);
    }
  }

  end(): void {
    if (this.used === 0) return;
    this.into.u8(this.partial);
    this.partial = 0;
    this.used = 0;
  }
}

/** More than one value of any form can reach past the end. */
const slackBytes = 32;
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

let words = new Int32Array(0);
let octets = Buffer.alloc(0);

/**
 * What a reader has not read yet, at most `length` bytes of it, as words of 32 bits for `bitsAt`, and some zeros
 * behind. The words are the same array each time: valid until the next call.
 */
export function wordsOf(from: ByteReader, length: number): Int32Array {
  if (octets.length < length + slackBytes) {
    words = new Int32Array(Math.ceil((length * 1.5 + slackBytes) / 4));
    octets = Buffer.from(words.buffer);
  }
  const end = from.copyRest(octets, length);
  octets.fill(0, end, end + slackBytes);
  if (!isLittleEndian) octets.swap32();
  return words;
}

/** `width` (1 to 32) bits from a bit on, as a signed number. */
export function bitsAt(words: Int32Array, bit: number, width: number): number {
  const word = bit >>> 5;
  const skipped = bit & 31;
  // Shifted twice, because a shift by 32 does nothing.
  const bits = (words[word]! >>> skipped) | ((words[word + 1]! << 1) << (31 - skipped));
  return bits & (-1 >>> (32 - width));
}
