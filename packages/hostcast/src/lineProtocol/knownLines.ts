import type { Tag } from '@hostcast/tsdb';

// The same series come again and again, mostly one after the other in the same order and with the same fields. What
// was read of a line up to its fields is kept with its octets, and so are the names of the fields: a line that begins
// with the same octets has the same measurement and tags, and nothing of it has to be taken apart. Only what stands
// there plainly is kept: printable ASCII without a backslash.

/** What lines begin with, up to the space before their fields. */
export interface KnownHead {
  readonly octets: Uint8Array;
  readonly measurement: string;
  /** The same array for all points of a series. */
  readonly tags: readonly Tag[];
  /** Octets of the longest of its names. */
  readonly longestName: number;
  /** The lists of fields that came with it, in turn … */
  fields: KnownFields[];
  /** … and which of them came last. */
  lastFields: number;
  /** Lines whose fields were of no list since there was no room for more lists. */
  strays: number;
  /** Its place in the table, and that of what came after it the last time; -1 where nothing did. */
  readonly set: number;
  nextSet: number;
}

/** The names of the fields of some lines, no two of them the same. */
export interface KnownFields {
  readonly names: readonly string[];
  /** All of them, each with the `=` behind it. */
  readonly octets: Uint8Array;
  /** Where they end. */
  readonly ends: readonly number[];
  readonly longestName: number;
}

/** Two heads whose octets have the same hash are kept: with 20,000 series, 2 % of the sets would need more. */
const sets = 32_768;
const heads: (KnownHead | undefined)[] = new Array<KnownHead | undefined>(2 * sets).fill(undefined);
/** Longer heads, and those with more tags, are not kept, so that the table stays small whatever is sent. */
const longestHead = 256;
const mostTags = 16;
/** Series of Telegraf's `system` have three lists of fields in turn. */
const listsPerHead = 4;
const strayLines = 64;
const mostFields = 256;
const longestFields = 8 * 1024;
/** The same list is kept once for all series of a measurement, of so many measurements. */
const shared = new Map<string, KnownFields[]>();
const sharedMeasurements = 256;
const sharedLists = 16;

const space = 0x20;
const reverseSolidus = 0x5c;
const deleteOctet = 0x7f;
const plainName = /^[!-+\--<>-[\]-~]+$/;

/** Finds what lines begin with, one line after the other; each parser has its own. */
export class HeadFinder {
  #last: KnownHead | null = null;
  /** Of the head that was not known: where it belongs, or -1, and where it ends. */
  #set = -1;
  #end = 0;

  /** The head that stands at `start`, its space before `end`; null where it is not known. */
  find(bytes: Uint8Array, start: number, end: number): KnownHead | null {
    const expected = this.#last === null ? -1 : this.#last.nextSet;
    if (expected >= 0) {
      const head = headOf(expected, bytes, start, end);
      if (head !== null) return head;
    }
    this.#set = this.#setOf(bytes, start, end);
    return this.#set < 0 ? null : headOf(this.#set, bytes, start, end);
  }

  /** The head that was not found has turned out to be a good one; null where it is not kept. */
  keep(
    bytes: Uint8Array,
    start: number,
    end: number,
    measurement: string,
    tags: readonly Tag[],
  ): KnownHead | null {
    const set = this.#set;
    if (set < 0 || end !== this.#end || tags.length > mostTags) return null;
    const octets = Buffer.from(bytes.subarray(start, end));
    const longestName = tags.flat().reduce((most, name) => Math.max(most, name.length), measurement.length);
    const counts = { lastFields: 0, strays: 0, set, nextSet: -1 };
    const head: KnownHead = { octets, measurement, tags, longestName, fields: [], ...counts };
    heads[2 * set + 1] = heads[2 * set];
    heads[2 * set] = head;
    return head;
  }

  /** A line of that head is done. */
  passed(head: KnownHead | null): void {
    if (this.#last !== null && head !== null) this.#last.nextSet = head.set;
    this.#last = head;
  }

  #setOf(bytes: Uint8Array, start: number, end: number): number {
    const last = Math.min(end, start + longestHead + 1);
    let hash = 0;
    for (let index = start; index < last; index += 1) {
      const octet = bytes[index]!;
      if (octet === space) {
        this.#end = index;
        return (hash ^ (hash >>> 15)) & (sets - 1);
      }
      if (octet < space || octet >= deleteOctet || octet === reverseSolidus) return -1;
      hash = (Math.imul(hash, 31) + octet) | 0;
    }
    return -1;
  }
}

function headOf(set: number, bytes: Uint8Array, start: number, end: number): KnownHead | null {
  const newer = heads[2 * set];
  if (newer !== undefined && isHeadAt(newer.octets, bytes, start, end)) return newer;
  const older = heads[2 * set + 1];
  return older !== undefined && isHeadAt(older.octets, bytes, start, end) ? older : null;
}

function isHeadAt(octets: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = octets;
  if (start + length >= end || bytes[start + length] !== space) return false;
  // What differs from head to head stands at the end: the number of the host.
  for (let index = length - 1; index >= 0; index -= 1)
    if (bytes[start + index] !== octets[index]) return false;
  return true;
}

/** The list of fields of which the first one stands at `start`; null where none begins with it. */
export function expectedFields(
  head: KnownHead,
  bytes: Uint8Array,
  start: number,
  end: number,
): KnownFields | null {
  const { fields } = head;
  for (let turn = 1; turn <= fields.length; turn += 1) {
    const index = (head.lastFields + turn) % fields.length;
    const list = fields[index]!;
    if (lengthOfField(list, 0, bytes, start, end) === 0) continue;
    head.lastFields = index;
    return list;
  }
  return null;
}

/** Octets of that field's name and its `=`, where they stand at `start` and something follows; else 0. */
export function lengthOfField(
  { octets, ends }: KnownFields,
  field: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const from = field === 0 ? 0 : ends[field - 1]!;
  const length = ends[field]! - from;
  if (start + length >= end) return 0;
  for (let index = 0; index < length; index += 1) {
    if (bytes[start + index] !== octets[from + index]) return 0;
  }
  return length;
}

/** Those fields came with a head: they are expected to come again. */
export function learnFields(head: KnownHead, names: readonly string[]): void {
  if (head.fields.length >= listsPerHead) {
    head.strays += 1;
    if (head.strays < strayLines) return;
    head.fields = [];
    head.strays = 0;
  }
  const list = listOf(head.measurement, names);
  if (list === null) return;
  head.fields.push(list);
  head.lastFields = head.fields.length - 1;
}

function listOf(measurement: string, names: readonly string[]): KnownFields | null {
  const lists = shared.get(measurement) ?? [];
  const known = lists.find((list) => isSame(list.names, names));
  if (known) return known;
  if (names.length > mostFields || !names.every((name) => plainName.test(name))) return null;
  const octets = Buffer.from(names.map((name) => `${name}=`).join(''), 'latin1');
  if (octets.length > longestFields) return null;
  let at = 0;
  const ends = names.map((name) => {
    at += name.length + 1;
    return at;
  });
  const longestName = names.reduce((most, { length }) => Math.max(most, length), 0);
  const list = { names, octets, ends, longestName };
  if (shared.size >= sharedMeasurements) shared.clear();
  if (lists.length < sharedLists) shared.set(measurement, [...lists, list]);
  return list;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index]);
}
