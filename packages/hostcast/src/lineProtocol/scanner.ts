import { isUtf8 } from 'node:buffer';
import type { FieldType } from '@hostcast/tsdb';
import { type KnownFields, lengthOfField } from './knownLines.ts';
import type { LineLimits } from './limits.ts';
import { type PrecisionScale, parseNumber, parseTime } from './numbers.ts';
import { readPlainNumber } from './plainNumbers.ts';

/** Kinds of octets outside strings. */
const ordinary = 0;
const separator = 1;
const backslash = 2;
const control = 4;
const nonAscii = 8;

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const equals = 0x3d;
const reverseSolidus = 0x5c;

const trueWords: ReadonlySet<string> = new Set(['t', 'T', 'true', 'True', 'TRUE']);
const falseWords: ReadonlySet<string> = new Set(['f', 'F', 'false', 'False', 'FALSE']);
const keyOctets = octetKinds(', =');
const measurementOctets = octetKinds(', ');

function octetKinds(separators: string): Uint8Array {
  const kinds = new Uint8Array(256);
  kinds.fill(control, 0x00, 0x20);
  kinds[0x7f] = control;
  kinds.fill(nonAscii, 0x80);
  kinds[reverseSolidus] = backslash;
  for (const character of separators) kinds[character.charCodeAt(0)] = separator;
  return kinds;
}

// Names repeat: the strings made of them are kept in a table of fixed size, found by a hash of their octets,
// so that a body of known names allocates none. Long names are not kept, so the table stays small.
const slots = 4096;
const longestKept = 48;
const keptNames: (string | undefined)[] = new Array<string | undefined>(slots).fill(undefined);

/**
 * Reads one line's parts, each method one production of the grammar. A method that returns false either met
 * the end of the octets (`isStarved`) or a fault (`fault`, with `position` at or after the octet that is wrong,
 * never after the line's end).
 */
export class LineScanner {
  bytes: Buffer = Buffer.alloc(0);
  position = 0;
  isStarved = false;
  fault = '';
  /** Line ends passed since `startLine`, those inside strings included. */
  newlines = 0;
  /** What `measurement` or `name` read. */
  text = '';
  /** False only where no field of this line can have the name just read. */
  mayBeRepeated = false;
  /** What `fieldValue` read. */
  type: FieldType = 'float';
  value: number | boolean | string = 0;
  /** What `timestamp` read, epoch ms. */
  timeMs = 0;
  readonly #limits: LineLimits;
  readonly #precision: PrecisionScale;
  readonly #seenIn = new Uint32Array(slots);
  #serial = 0;
  #start = 0;
  #end = 0;

  constructor(limits: LineLimits, precision: PrecisionScale) {
    this.#limits = limits;
    this.#precision = precision;
  }

  /** Prepares for the line that begins there. */
  startLine(position: number): void {
    this.position = position;
    this.#start = position;
    // One more than the limit, for the line end.
    this.#end = Math.min(this.bytes.length, position + this.#limits.lineBytes + 1);
    this.isStarved = false;
    this.newlines = 0;
  }

  /** From here on `mayBeRepeated` speaks of the names read. */
  startFields(): void {
    this.#serial += 1;
  }

  fail(reason: string): false {
    this.fault = reason;
    return false;
  }

  /** The next octet, or -1 where there is none. */
  peek(): number {
    return this.position < this.#end ? this.bytes[this.position]! : -1;
  }

  takeIf(octet: number): boolean {
    if (this.peek() !== octet) return false;
    this.position += 1;
    return true;
  }

  skipSpaces(): void {
    while (this.peek() === space) this.position += 1;
  }

  /** `\n` or `\r\n`. */
  lineEnd(): boolean {
    const isReturn = this.takeIf(carriageReturn);
    if (this.takeIf(newline)) {
      this.newlines += 1;
      return true;
    }
    if (this.position === this.#end) return this.#exhausted();
    return this.fail(isReturn ? 'a carriage return that ends no line' : 'unexpected text at the end');
  }

  /** From `#` to the line's end; holds no control character but tabs. */
  comment(): boolean {
    for (; this.position < this.#end; this.position += 1) {
      const octet = this.bytes[this.position]!;
      if (octet === newline || octet === carriageReturn) return this.lineEnd();
      if (octet !== 0x09 && keyOctets[octet] === control)
        return this.fail('a control character in a comment');
    }
    return this.#exhausted();
  }

  /** Where a line's octets end, so far as they are looked at. */
  get end(): number {
    return this.#end;
  }

  /** The measurement, up to its comma or space. */
  measurement(): boolean {
    return this.#scanName(measurementOctets, 'measurement');
  }

  /** A tag's key or value or a field's key. A key's `=` is taken; a value's separator is left. */
  name(what: 'tag key' | 'tag value' | 'field key', separatedBy: typeof equals | typeof comma): boolean {
    if (!this.#scanName(keyOctets, what)) return false;
    const isEquals = this.bytes[this.position] === equals;
    if (separatedBy === comma) return isEquals ? this.fail("an unescaped '=' in a tag value") : true;
    if (!isEquals) return this.fail(`expected '=' after a ${what}`);
    this.position += 1;
    return true;
  }

  /** The key of a field with its `=`, where it is the expected one. */
  takeField(expected: KnownFields, field: number): boolean {
    const length = lengthOfField(expected, field, this.bytes, this.position, this.#end);
    this.position += length;
    return length > 0;
  }

  /** The value of a field, into `type` and `value`. */
  fieldValue(): boolean {
    const first = this.peek();
    if (first === -1) return this.#exhausted();
    if (first === quote) return this.#string();
    // 'T', 'F', 't', 'f'
    if (first === 0x54 || first === 0x46 || first === 0x74 || first === 0x66) return this.#boolean();
    return this.#number();
  }

  /** Whatever follows the fields: a timestamp or none, spaces, the line's end. */
  timestamp(missingMs: number): boolean {
    this.timeMs = missingMs;
    if (this.peek() === space) {
      this.skipSpaces();
      const start = this.position;
      if (this.takeIf(0x2d) || isDigit(this.peek())) {
        while (isDigit(this.peek())) this.position += 1;
        if (this.position === this.#end) return this.#exhausted();
        const timeMs = parseTime(this.bytes, start, this.position, this.#precision);
        if (Number.isNaN(timeMs)) return this.fail('the timestamp is not a number in range');
        this.timeMs = timeMs;
        this.skipSpaces();
      }
    }
    return this.lineEnd();
  }

  #exhausted(): false {
    if (this.#end - this.#start > this.#limits.lineBytes) {
      return this.fail(`the line is longer than ${this.#limits.lineBytes} octets`);
    }
    this.isStarved = true;
    return false;
  }

  #scanName(kinds: Uint8Array, what: string): boolean {
    const { bytes } = this;
    const end = this.#end;
    const start = this.position;
    let index = start;
    let hash = 0;
    let found = ordinary;
    for (; index < end; index += 1) {
      const octet = bytes[index]!;
      const kind = kinds[octet]!;
      if (kind === ordinary) {
        hash = (Math.imul(hash, 31) + octet) | 0;
        continue;
      }
      if (kind === separator || kind === control) break;
      found |= kind;
      if (kind === backslash) {
        // A backslash escapes a separator only and is itself otherwise.
        if (index + 1 === end) return this.#exhaustedAt(end);
        if (kinds[bytes[index + 1]!] === separator) index += 1;
      }
    }
    if (index === end) return this.#exhaustedAt(end);
    this.position = index;
    if (kinds[bytes[index]!] === control) return this.#unexpectedControl(bytes[index]!, what);
    if (index === start) return this.fail(`expected a ${what}`);
    if (index - start > this.#limits.nameBytes) {
      return this.fail(`a ${what} is longer than ${this.#limits.nameBytes} octets`);
    }
    if (found === ordinary) {
      this.text = this.#keptName(start, index, hash);
      return true;
    }
    return this.#unusualName(start, index, kinds, what);
  }

  #exhaustedAt(end: number): false {
    this.position = end;
    return this.#exhausted();
  }

  #unexpectedControl(octet: number, what: string): false {
    if (octet === newline || octet === carriageReturn) return this.fail(`the line ends in a ${what}`);
    return this.fail(`control character 0x${octet.toString(16).padStart(2, '0')} in a ${what}`);
  }

  #keptName(start: number, end: number, hash: number): string {
    const length = end - start;
    if (length > longestKept) {
      this.mayBeRepeated = true;
      return this.bytes.toString('latin1', start, end);
    }
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    this.mayBeRepeated = this.#seenIn[slot] === this.#serial;
    this.#seenIn[slot] = this.#serial;
    const kept = keptNames[slot];
    if (kept !== undefined && kept.length === length && isSame(this.bytes, start, kept)) return kept;
    const text = this.bytes.toString('latin1', start, end);
    keptNames[slot] = text;
    return text;
  }

  /** A name with escapes or beyond ASCII. */
  #unusualName(start: number, end: number, kinds: Uint8Array, what: string): boolean {
    this.mayBeRepeated = true;
    const octets = this.bytes.subarray(start, end);
    if (!isUtf8(octets)) return this.fail(`invalid UTF-8 in a ${what}`);
    const text = octets.toString('utf8');
    this.text = text.replace(kinds === keyOctets ? /\\([, =])/g : /\\([, ])/g, '$1');
    return true;
  }

  #string(): boolean {
    const { bytes } = this;
    const start = this.position + 1;
    let isPlain = true;
    let index = start;
    for (; index < this.#end; index += 1) {
      const octet = bytes[index]!;
      if (octet === quote) break;
      if (octet === newline) this.newlines += 1;
      else if (octet === reverseSolidus) {
        isPlain = false;
        const next = bytes[index + 1];
        if (next === quote || next === reverseSolidus) index += 1;
      } else if (octet >= 0x80) isPlain = false;
    }
    if (index >= this.#end) return this.#exhaustedAt(this.#end);
    this.position = index + 1;
    if (index - start > this.#limits.stringBytes) {
      return this.fail(`a string is longer than ${this.#limits.stringBytes} octets`);
    }
    this.type = 'string';
    if (isPlain) {
      this.value = bytes.toString('latin1', start, index);
      return true;
    }
    const octets = bytes.subarray(start, index);
    if (!isUtf8(octets)) return this.fail('invalid UTF-8 in a string');
    this.value = octets.toString('utf8').replace(/\\(["\\])/g, '$1');
    return true;
  }

  #boolean(): boolean {
    const start = this.position;
    if (!this.#toValueEnd()) return false;
    const text = this.position - start > 5 ? '' : this.bytes.toString('latin1', start, this.position);
    if (!trueWords.has(text) && !falseWords.has(text)) {
      return this.fail('the value of a field is neither number, boolean nor string');
    }
    this.type = 'boolean';
    this.value = trueWords.has(text);
    return true;
  }

  #number(): boolean {
    const start = this.position;
    const plainEnd = readPlainNumber(this.bytes, start, this.#end, this);
    if (plainEnd >= 0) {
      this.position = plainEnd;
      return true;
    }
    if (!this.#toValueEnd()) return false;
    if (this.position === start) return this.fail('a field has no value');
    const fault = parseNumber(this.bytes, start, this.position, this);
    return fault === '' || this.fail(fault);
  }

  #toValueEnd(): boolean {
    for (; this.position < this.#end; this.position += 1) {
      const octet = this.bytes[this.position]!;
      if (octet === comma || octet === space || octet === newline || octet === carriageReturn) return true;
    }
    return this.#exhausted();
  }
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

function isSame(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
