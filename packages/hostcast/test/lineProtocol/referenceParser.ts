import type { Field, Point, Tag } from '@hostcast/tsdb';

// A second parser of line protocol, to compare the real one with: the productions of influxdata/line-protocol's
// line-protocol.ebnf as regular expressions, one after the other, over the whole body at once. Octets are characters
// here (latin1), and become text where a token is taken. It is slow, and has no limits.

const blank = / */y;
const lineEnd = /\r?\n|\r?$/y;
const comment = /#[\t\x20-\x7e\x80-\xff]*/y;
// Without space, comma and backslash; then without '=' too.
const measurement = /(?:[!-+\--[\]-~\x80-\xff]|\\+[ -[\]-~\x80-\xff])+/y;
const key = /(?:[!-+\--<>-[\]-~\x80-\xff]|\\+[ -[\]-~\x80-\xff])+/y;
const stringField = /"(?:[^"\\]|\\[\s\S])*"/y;
const boolField = /(?:t|T|true|True|TRUE|f|F|false|False|FALSE)(?=[, \r\n]|$)/y;
const intField = /-?[0-9]+i(?=[, \r\n]|$)/y;
const uintField = /[0-9]+u(?=[, \r\n]|$)/y;
const floatField =
  /-?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)(?=[, \r\n]|$)/y;
const timestamp = /-?[0-9]+/y;

const nanoseconds = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n };
const largest = 2n ** 63n - 1n;
const smallest = -(2n ** 63n);

export type ReferencePrecision = keyof typeof nanoseconds;

export interface Reference {
  readonly points: readonly Point[];
  /** Numbers of the lines that are bad. */
  readonly badLines: readonly number[];
}

/** What a body says, by the grammar and what InfluxDB says beside it. */
export function parseByGrammar(
  body: Uint8Array,
  precision: ReferencePrecision,
  receivedMs: number,
): Reference {
  const reader = new Reader(Buffer.from(body).toString('latin1'));
  const points: Point[] = [];
  const badLines: number[] = [];
  while (reader.position < reader.text.length) {
    const number = reader.text.slice(0, reader.position).split('\n').length;
    try {
      const point = readLine(reader, precision, receivedMs);
      if (point !== undefined) points.push(point);
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      badLines.push(number);
      const end = reader.text.indexOf('\n', reader.position);
      reader.position = end < 0 ? reader.text.length : end + 1;
    }
  }
  return { points, badLines };
}

class BadLine extends Error {}

class Reader {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    this.position += found?.length ?? 0;
    return found;
  }

  need(pattern: RegExp): string {
    const found = this.take(pattern);
    if (found === undefined) throw new BadLine();
    return found;
  }
}

function readLine(reader: Reader, precision: ReferencePrecision, receivedMs: number): Point | undefined {
  reader.need(blank);
  if (reader.take(lineEnd) !== undefined) return undefined;
  if (reader.take(comment) !== undefined) {
    reader.need(lineEnd);
    return undefined;
  }
  const name = unescaped(reader.need(measurement), /\\([, ])/g);
  const tags: Tag[] = [];
  while (reader.take(/,/y)) tags.push(readTag(reader));
  if (new Set(tags.map(([tag]) => tag)).size < tags.length) throw new BadLine();
  tags.sort(([a], [b]) => (a < b ? -1 : 1));
  reader.need(/ +/y);
  const fields = new Map<string, Field>();
  do {
    const field = readField(reader);
    fields.set(field.name, field);
  } while (reader.take(/,/y));
  const timeMs = readTime(reader, precision, receivedMs);
  reader.need(blank);
  reader.need(lineEnd);
  return { measurement: name, tags, fields: [...fields.values()], timeMs };
}

function readTag(reader: Reader): Tag {
  const tag = unescaped(reader.need(key), /\\([, =])/g);
  reader.need(/=/y);
  return [tag, unescaped(reader.need(key), /\\([, =])/g)];
}

function readField(reader: Reader): Field {
  const name = unescaped(reader.need(key), /\\([, =])/g);
  reader.need(/=/y);
  const string = reader.take(stringField);
  if (string !== undefined) {
    return { name, type: 'string', value: unescaped(string.slice(1, -1), /\\(["\\])/g) };
  }
  // A string that never ends takes all that follows.
  if (reader.text[reader.position] === '"') reader.position = reader.text.length;
  const boolean = reader.take(boolField);
  if (boolean !== undefined) return { name, type: 'boolean', value: /^t/i.test(boolean) };
  const integer = reader.take(intField);
  if (integer !== undefined) return { name, type: 'integer', value: whole(integer, smallest, largest) };
  const unsigned = reader.take(uintField);
  if (unsigned !== undefined) return { name, type: 'unsigned', value: whole(unsigned, 0n, 2n ** 64n - 1n) };
  const value = Number(reader.need(floatField)) + 0;
  if (!Number.isFinite(value)) throw new BadLine();
  return { name, type: 'float', value };
}

function whole(text: string, least: bigint, most: bigint): number {
  const value = BigInt(text.slice(0, -1));
  if (value < least || value > most) throw new BadLine();
  return Number(value);
}

function readTime(reader: Reader, precision: ReferencePrecision, receivedMs: number): number {
  const unit = nanoseconds[precision];
  reader.need(blank);
  const text = reader.text[reader.position - 1] === ' ' ? reader.take(timestamp) : undefined;
  if (text === undefined) return precision === 's' ? Math.floor(receivedMs / 1_000) * 1_000 : receivedMs;
  const time = BigInt(text) * unit;
  if (time < smallest || time > largest) throw new BadLine();
  const ms = time / 1_000_000n;
  return Number(time < ms * 1_000_000n ? ms - 1n : ms);
}

function unescaped(octets: string, escapes: RegExp): string {
  const text = Buffer.from(octets, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text).replace(escapes, '$1');
  } catch {
    throw new BadLine();
  }
}
