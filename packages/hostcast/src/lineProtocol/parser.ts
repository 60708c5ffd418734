import type { Field, Point, Tag } from '@hostcast/tsdb';
import { expectedFields, HeadFinder, type KnownFields, type KnownHead, learnFields } from './knownLines.ts';
import { defaultLineLimits, type LineLimits } from './limits.ts';
import { type Precision, precisionOf } from './numbers.ts';
import { LineScanner } from './scanner.ts';

// One line is parsed in one pass over its octets, in the order of the grammar: measurement, tags, fields,
// timestamp. Nothing is split on newlines first, because quoted strings may hold them: where the octets end
// before the line does, its start is kept and the line begins anew when enough more have come. "Enough" is
// twice as many, so that a line which arrives octet by octet still costs a linear amount of work.

/** Why a line was refused, for example `{ line: 3, reason: "expected '=' after a tag key", start: 'cpu,host' }`. */
export interface LineError {
  /** Counted from 1; of a line that spans several, the first. */
  readonly line: number;
  readonly reason: string;
  /** How the line begins, up to the fault, at most 64 characters. */
  readonly start: string;
}

export interface LineParserOptions {
  /** Unit of the timestamps. Default `ns`. */
  readonly precision?: Precision;
  /** Epoch ms given to lines without a timestamp, truncated to the precision. */
  readonly receivedMs: number;
  readonly limits?: Partial<LineLimits>;
  /** Why a point that is well-formed is refused nevertheless, like a bad line; undefined where it is not. */
  readonly refuses?: (point: Point) => string | undefined;
}

/** Parses a body of line protocol, chunk by chunk. */
export interface LineParser {
  /** Takes the next octets, which must not be changed before the next call. */
  push(chunk: Uint8Array): void;
  /** The body is complete: its last line needs no line end. What is pushed after it is another body. */
  end(): void;
  /** The points parsed since the last call, in order. */
  take(): Point[];
  /** The lines, counted from 1, that the points of the next `take` begin on. To be called before it. */
  takeLines(): number[];
  /** Bad lines in order, at most `limits.errors`. */
  readonly errors: readonly LineError[];
  /** All bad lines. */
  readonly errorCount: number;
}

/** How far a line got. */
const done = 0;
const starved = 1;
const faulty = 2;

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const hash = 0x23;
const comma = 0x2c;
const equals = 0x3d;
const lineEnd = Uint8Array.of(newline);

/**
 * A parser of InfluxDB's line protocol, to the letter of its grammar (influxdata/line-protocol,
 * line-protocol.ebnf): a bad line costs only itself; after a fault everything up to the next newline is
 * skipped. The result does not depend on how the body is cut into chunks.
 */
export function createLineParser(options: LineParserOptions): LineParser {
  return new Parser(options);
}

class Parser implements LineParser {
  readonly errors: LineError[] = [];
  errorCount = 0;
  readonly #limits: LineLimits;
  readonly #scanner: LineScanner;
  readonly #heads = new HeadFinder();
  readonly #receivedMs: number;
  readonly #refuses: LineParserOptions['refuses'];
  #points: Point[] = [];
  #pointLines: number[] = [];
  /** The start of a line whose end has not come: the first `#keptLength` octets. */
  #kept: Buffer = Buffer.alloc(0);
  #keptLength = 0;
  /** No attempt is made before this many octets are there. */
  #wanted = 0;
  #line = 1;
  #skipping = false;

  constructor(options: LineParserOptions) {
    this.#limits = { ...defaultLineLimits, ...options.limits };
    const precision = precisionOf(options.precision ?? 'ns');
    this.#scanner = new LineScanner(this.#limits, precision);
    this.#refuses = options.refuses;
    this.#receivedMs = Math.floor(options.receivedMs / precision.multiply) * precision.multiply;
  }

  push(chunk: Uint8Array): void {
    if (this.#keptLength === 0) {
      this.#parse(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      return;
    }
    this.#append(chunk);
    if (this.#keptLength >= this.#wanted) this.#parse(this.#kept.subarray(0, this.#keptLength));
  }

  end(): void {
    this.#wanted = 0;
    this.push(lineEnd);
    if (this.#keptLength === 0) return;
    this.#scanner.bytes = this.#kept;
    this.#refuse('the string is not closed', 0, this.#keptLength - 2);
    this.#keptLength = 0;
  }

  take(): Point[] {
    const points = this.#points;
    this.#points = [];
    return points;
  }

  takeLines(): number[] {
    const lines = this.#pointLines;
    this.#pointLines = [];
    return lines;
  }

  #parse(bytes: Buffer): void {
    const scanner = this.#scanner;
    scanner.bytes = bytes;
    let start = 0;
    while (start < bytes.length) {
      if (this.#skipping) {
        const end = bytes.indexOf(newline, start);
        if (end === -1) {
          start = bytes.length;
          break;
        }
        this.#skipping = false;
        this.#line += 1;
        start = end + 1;
        continue;
      }
      scanner.startLine(start);
      const outcome = this.#parseLine(start);
      if (outcome === starved) break;
      if (outcome === faulty) {
        this.#refuse(scanner.fault, start, scanner.position);
        this.#skipping = true;
      }
      this.#line += scanner.newlines;
      start = scanner.position;
    }
    this.#keep(bytes, start);
  }

  /** Copies the rest: the chunk belongs to the caller, and a small rest must not hold a large chunk in memory. */
  #keep(bytes: Buffer, start: number): void {
    this.#keptLength = bytes.length - start;
    this.#kept = Buffer.from(bytes.subarray(start));
    this.#wanted = this.#keptLength * 2;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#keptLength + chunk.length;
    if (length > this.#kept.length) {
      const larger = Buffer.allocUnsafe(length * 2);
      this.#kept.copy(larger, 0, 0, this.#keptLength);
      this.#kept = larger;
    }
    this.#kept.set(chunk, this.#keptLength);
    this.#keptLength = length;
  }

  #refuse(reason: string, start: number, faultAt: number): void {
    this.errorCount += 1;
    if (this.errors.length >= this.#limits.errors) return;
    const { bytes } = this.#scanner;
    const end = Math.min(faultAt + 1, start + 64, bytes.length);
    const text = bytes.toString('utf8', start, end);
    this.errors.push({ line: this.#line, reason, start: text.endsWith('\n') ? text.slice(0, -1) : text });
  }

  #parseLine(start: number): number {
    const scanner = this.#scanner;
    scanner.skipSpaces();
    const first = scanner.peek();
    if (first === newline || first === carriageReturn) return this.#outcome(scanner.lineEnd());
    if (first === hash) return this.#outcome(scanner.comment());
    return this.#outcome(this.#parsePoint(start));
  }

  #parsePoint(start: number): boolean {
    const scanner = this.#scanner;
    const known = this.#knownHead();
    const headStart = scanner.position;
    if (known !== null) scanner.position += known.octets.length;
    else if (!scanner.measurement()) return false;
    const measurement = known === null ? scanner.text : known.measurement;
    const tags = known === null ? this.#parseTags() : known.tags;
    if (tags === undefined) return false;
    const head = known ?? this.#heads.keep(scanner.bytes, headStart, scanner.position, measurement, tags);
    const fields = this.#parseFields(head);
    if (fields === undefined || !scanner.timestamp(this.#receivedMs)) return false;
    this.#heads.passed(head);
    this.#accept({ measurement, tags, fields, timeMs: scanner.timeMs }, start);
    return true;
  }

  /** What the line begins with, where it is known and within the limits. */
  #knownHead(): KnownHead | null {
    const { bytes, position, end } = this.#scanner;
    const head = this.#heads.find(bytes, position, end);
    const { tags, nameBytes } = this.#limits;
    return head !== null && head.tags.length <= tags && head.longestName <= nameBytes ? head : null;
  }

  #accept(point: Point, start: number): void {
    const reason = this.#refuses?.(point);
    if (reason === undefined) {
      this.#points.push(point);
      this.#pointLines.push(this.#line);
    } else this.#refuse(reason, start, this.#scanner.position - 1);
  }

  #outcome(isDone: boolean): number {
    if (isDone) return done;
    return this.#scanner.isStarved ? starved : faulty;
  }

  #parseTags(): Tag[] | undefined {
    const scanner = this.#scanner;
    const tags: Tag[] = [];
    let isSorted = true;
    let previous = '';
    while (scanner.takeIf(comma)) {
      if (tags.length === this.#limits.tags) return this.#fail(`more than ${this.#limits.tags} tags`);
      if (!scanner.name('tag key', equals)) return undefined;
      const key = scanner.text;
      if (!scanner.name('tag value', comma)) return undefined;
      tags.push([key, scanner.text]);
      if (key <= previous) isSorted = false;
      previous = key;
    }
    return isSorted || sortTags(tags) ? tags : this.#fail('a tag key appears twice');
  }

  #parseFields(head: KnownHead | null): Field[] | undefined {
    const scanner = this.#scanner;
    const fields: Field[] = [];
    if (!scanner.takeIf(space)) return this.#fail('expected fields');
    scanner.skipSpaces();
    const expected = head === null ? null : this.#expectedFields(head);
    const count = expected?.names.length ?? 0;
    let isMore = true;
    for (let index = 0; isMore && index < count && scanner.takeField(expected!, index); index += 1) {
      if (!scanner.fieldValue()) return undefined;
      fields.push({ name: expected!.names[index]!, type: scanner.type, value: scanner.value });
      isMore = scanner.takeIf(comma);
    }
    if (isMore && !this.#parseNewFields(fields)) return undefined;
    if (head !== null && (isMore || fields.length < count)) {
      learnFields(
        head,
        fields.map(({ name }) => name),
      );
    }
    return fields;
  }

  #expectedFields(head: KnownHead): KnownFields | null {
    const { bytes, position, end } = this.#scanner;
    const expected = expectedFields(head, bytes, position, end);
    const { fields, nameBytes } = this.#limits;
    const isWithin =
      expected !== null && expected.names.length <= fields && expected.longestName <= nameBytes;
    return isWithin ? expected : null;
  }

  /** The fields behind those that there are; of several with the same name the last one counts. */
  #parseNewFields(fields: Field[]): boolean {
    const scanner = this.#scanner;
    let seen = fields.length > 0 ? placesOf(fields) : undefined;
    scanner.startFields();
    do {
      if (fields.length === this.#limits.fields) {
        return scanner.fail(`more than ${this.#limits.fields} fields`);
      }
      if (!scanner.name('field key', equals)) return false;
      const name = scanner.text;
      if (scanner.mayBeRepeated) seen ??= placesOf(fields);
      if (!scanner.fieldValue()) return false;
      const field: Field = { name, type: scanner.type, value: scanner.value };
      const index = seen?.get(name);
      if (index !== undefined) fields[index] = field;
      else {
        seen?.set(name, fields.length);
        fields.push(field);
      }
    } while (scanner.takeIf(comma));
    return true;
  }

  #fail(reason: string): undefined {
    this.#scanner.fail(reason);
    return undefined;
  }
}

function placesOf(fields: readonly Field[]): Map<string, number> {
  return new Map(fields.map(({ name }, index) => [name, index]));
}

/** Sorts by key; false where a key appears twice. */
function sortTags(tags: Tag[]): boolean {
  tags.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return tags.every(([key], index) => index === 0 || key !== tags[index - 1]?.[0]);
}
