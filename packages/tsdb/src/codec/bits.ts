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

/** Reads what BitWriter wrote. @throws RangeError past the end */
export class BitReader {
  private readonly bytes: Buffer;
  private bit = 0;
  private readonly bits: number;

  /** Over the rest of a reader's bytes, from its position on. */
  constructor(from: ByteReader) {
    this.bytes = from.rest();
    this.bits = this.bytes.length * 8;
  }

  /** Bytes that were begun. */
  get usedBytes(): number {
    return (this.bit + 7) >>> 3;
  }

  /** `width` (0 to 32) bits as an unsigned number. */
  read(width: number): number {
    if (this.bit + width > this.bits) throw new RangeError('data ends early');
    const { bytes } = this;
    let at = this.bit >>> 3;
    const skipped = this.bit & 7;
    this.bit += width;
    if (width <= 25 && at + 4 <= bytes.length) {
      const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      return (four >>> skipped) & ((1 << width) - 1);
    }
    let value = bytes[at]! >>> skipped;
    let got = 8 - skipped;
    while (got < width) {
      value |= bytes[++at]! << got;
      got += 8;
    }
    return (width === 32 ? value : value & ((1 << width) - 1)) >>> 0;
  }

  /** `width` (0 to 53) bits. */
  readWide(width: number): number {
    if (width <= 32) return this.read(width);
    const low = this.read(32);
    return low + this.read(width - 32) * pow32;
  }
}
