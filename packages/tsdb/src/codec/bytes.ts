const pow28 = 2 ** 28;

/** A growing buffer with the primitives of docs/format.md; positions are bytes from its start. */
export class ByteWriter {
  private buffer: Buffer;
  private data: DataView;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = Buffer.allocUnsafe(capacity);
    this.data = dataOf(this.buffer);
  }

  /** What was written so far; valid until the next write or `clear`. */
  view(from = 0): Buffer {
    return this.buffer.subarray(from, this.length);
  }

  clear(): void {
    this.length = 0;
    // One huge batch must not hold its memory for ever.
    if (this.buffer.length > 4 * 1024 * 1024) this.use(Buffer.allocUnsafe(256 * 1024));
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.length = this.buffer.writeUInt32LE(value >>> 0, this.length);
  }

  setU32(value: number, position: number): void {
    this.buffer.writeUInt32LE(value >>> 0, position);
  }

  orU8(bits: number, position: number): void {
    this.buffer[position]! |= bits;
  }

  zeros(count: number): void {
    this.reserve(count);
    const end = this.length + count;
    // A few, as mostly, cost less than the call.
    if (count < 32) for (let index = this.length; index < end; index++) this.buffer[index] = 0;
    else this.buffer.fill(0, this.length, end);
    this.length = end;
  }

  f64(value: number): void {
    this.reserve(8);
    this.data.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** LEB128 of an integer from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= pow28) {
      this.buffer[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Zigzag varint of an integer within ±2^52. */
  signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.reserve(bytes);
    this.length += this.buffer.write(value, this.length);
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + count));
    this.buffer.copy(larger, 0, 0, this.length);
    this.use(larger);
  }

  private use(buffer: Buffer): void {
    this.buffer = buffer;
    this.data = dataOf(buffer);
  }
}

function dataOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** Names by what their bytes come to; making a string of bytes takes much longer than finding it again. */
const keptNames = new Array<string>(4_096).fill('');
const maxKeptName = 48;

/** Reads what ByteWriter wrote. @throws RangeError past the end or at a value that cannot be. */
export class ByteReader {
  private readonly buffer: Buffer;
  private view: DataView | null = null;
  position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  get isAtEnd(): boolean {
    return this.position >= this.buffer.length;
  }

  u8(): number {
    const value = this.buffer[this.position++];
    if (value === undefined) throw new RangeError('data ends early');
    return value;
  }

  /** Passes over some bytes; returns where they begin, for `at`. */
  skip(count: number): number {
    const start = this.position;
    this.position += count;
    if (this.position > this.buffer.length) throw new RangeError('data ends early');
    return start;
  }

  /** The byte at a position that was passed. */
  at(position: number): number {
    return this.buffer[position]!;
  }

  u32(): number {
    const value = this.buffer.readUInt32LE(this.position);
    this.position += 4;
    return value;
  }

  f64(): number {
    this.view ??= new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
    const value = this.view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  varint(): number {
    const byte = this.u8();
    return byte < 0x80 ? byte : this.longVarint(byte & 0x7f);
  }

  signed(): number {
    const value = this.varint();
    if (value < 2 ** 31) return (value & 1) === 0 ? value >>> 1 : -(value >>> 1) - 1;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    return this.bytes(this.varint()).toString('utf8');
  }

  /** A text that is likely to come again, such as a name: of short ones the string that was made before. */
  name(): string {
    const length = this.varint();
    const start = this.position;
    if (length > maxKeptName || start + length > this.buffer.length)
      return this.bytes(length).toString('utf8');
    let hash = length;
    for (let at = start; at < start + length; at++) hash = (Math.imul(hash, 31) + this.buffer[at]!) | 0;
    const place = (hash ^ (hash >>> 15)) & (keptNames.length - 1);
    const kept = keptNames[place]!;
    if (this.isNext(kept, length)) {
      this.position += length;
      return kept;
    }
    const name = this.bytes(length).toString('utf8');
    keptNames[place] = name;
    return name;
  }

  /** How many bytes were not read yet. */
  get left(): number {
    return this.buffer.length - this.position;
  }

  /** Copies what was not read yet, at most `length` bytes of it; returns how many. */
  copyRest(into: Uint8Array, length: number): number {
    return this.buffer.copy(into, 0, this.position, this.position + length);
  }

  /** A view, not a copy. */
  bytes(count: number): Buffer {
    const end = this.position + count;
    if (end > this.buffer.length) throw new RangeError('data ends early');
    const view = this.buffer.subarray(this.position, end);
    this.position = end;
    return view;
  }

  /** Whether the next bytes are these characters of one byte each. */
  private isNext(text: string, length: number): boolean {
    if (text.length !== length) return false;
    for (let index = 0; index < length; index++) {
      const byte = this.buffer[this.position + index]!;
      if (byte >= 0x80 || byte !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** What follows the first byte: three more as 32-bit integers, the rest, which is rare, as doubles. */
  private longVarint(first: number): number {
    let value = first;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    let scale = pow28;
    for (let count = 4; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new RangeError('varint of more than 8 bytes');
  }
}
