import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '../codec/bytes.ts';
import type { Tag } from '../point.ts';
import { type Catalog, type Series, seriesKey } from '../series.ts';

/*
 * A segment is `head | chunks | index | index | head`: both the index and the 32 bytes that say where it is
 * stand twice, so that damage in one place never costs more than the chunk it hits.
 */
const magic = 'HCSG';
const segmentVersion = 1;
export const headBytes = 32;
const maxIndexBytes = 1024 * 1024 * 1024;

/** Where the samples of a series are in a segment. */
export interface PlacedChunk {
  readonly series: Series;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
  /** Time of its newest row, epoch ms. */
  readonly newestMs: number;
}

/** What a segment's index says, as the program works with it. */
export interface Placed {
  /** Names of fields; chunks refer to them by number. */
  readonly names: readonly string[];
  /** In the order of the chunks, which follow each other without a gap. */
  readonly chunks: readonly PlacedChunk[];
  /** By who has found them out already. */
  readonly places?: Places | undefined;
}

/** Where chunks are, by the ids of their series, which are ascending. */
export interface Places {
  readonly ids: Int32Array;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly crcs: Uint32Array;
}

/** The first and last 32 bytes of a segment. */
export interface SegmentHead {
  readonly indexOffset: number;
  readonly indexLength: number;
  readonly indexCrc: number;
}

/** So many bytes of an index are compressed without a break. */
const pieceBytes = 64 * 1024;

/** The bytes of an index, step by step, since there may be very many entries. */
export function* encodeIndex(
  names: Iterable<string>,
  entries: readonly PlacedChunk[],
  startMs: number,
): Generator<void, Buffer, void> {
  const into = new ByteWriter(2 * pieceBytes);
  const pieces: Buffer[] = [];
  const all = [...names];
  into.varint(all.length);
  for (const name of all) into.text(name);
  into.varint(entries.length);
  for (const entry of entries) {
    writeEntry(into, entry, startMs);
    if (into.length < pieceBytes) continue;
    // Flushed pieces put end to end are one stream to who inflates them.
    pieces.push(deflateRawSync(into.view(), { finishFlush: constants.Z_FULL_FLUSH }));
    into.clear();
    yield;
  }
  pieces.push(deflateRawSync(into.view()));
  return Buffer.concat(pieces);
}

function writeEntry(into: ByteWriter, entry: PlacedChunk, startMs: number): void {
  const { measurement, tags } = entry.series;
  into.text(measurement);
  into.varint(tags.length);
  for (const [name, value] of tags) {
    into.text(name);
    into.text(value);
  }
  into.varint(entry.length);
  into.u32(entry.crc);
  into.varint(entry.newestMs - startMs);
}

/**
 * Reads indexes one after the other. Files of a folder have mostly the same series in the same order: what a series is
 * called is then compared with the file before, and not made again.
 */
export class IndexReader {
  private readonly catalog: Catalog;
  private before: Definitions = new Definitions(Buffer.alloc(0));

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  /** Makes the series of an index known to the catalog. @throws Error where the bytes make no sense */
  read(bytes: Buffer, startMs: number): Placed {
    const inflated = inflateRawSync(bytes, { maxOutputLength: maxIndexBytes });
    const from = new ByteReader(inflated);
    const names: string[] = [];
    for (let left = from.varint(); left > 0; left--) names.push(from.name());
    const chunks: PlacedChunk[] = [];
    const definitions = new Definitions(inflated);
    let offset = headBytes;
    for (let left = from.varint(); left > 0; left--) {
      const start = from.position;
      const series = this.before.find(inflated, from) ?? readSeries(from, this.catalog);
      definitions.add(start, from.position, series);
      const length = from.varint();
      const crc = from.u32();
      chunks.push({ series, offset, length, crc, newestMs: startMs + from.varint() });
      offset += length;
    }
    this.before = definitions;
    return { names, chunks };
  }
}

function readSeries(from: ByteReader, catalog: Catalog): Series {
  const measurement = from.name();
  const tags: Tag[] = [];
  for (let left = from.varint(); left > 0; left--) tags.push([from.name(), from.name()]);
  return catalog.obtain(seriesKey(measurement, tags), measurement, tags);
}

/** So many series that are in one file only are passed over. */
const maxPassed = 8;

/** The measurements and tags in an index, as bytes, and what series they stand for. */
class Definitions {
  private readonly bytes: Buffer;
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly series: Series[] = [];
  /** The one that is likely to be asked for next. */
  private next = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  add(start: number, end: number, series: Series): void {
    this.starts.push(start);
    this.ends.push(end);
    this.series.push(series);
  }

  /** The series whose definition comes next in other bytes, and passes over it; undefined where it is not known. */
  find(bytes: Buffer, from: ByteReader): Series | undefined {
    const last = Math.min(this.next + maxPassed, this.series.length);
    for (let index = this.next; index < last; index++) {
      if (!this.isSame(index, bytes, from.position)) continue;
      from.skip(this.ends[index]! - this.starts[index]!);
      this.next = index + 1;
      return this.series[index];
    }
    return undefined;
  }

  private isSame(index: number, bytes: Buffer, position: number): boolean {
    const end = this.ends[index]!;
    for (let at = this.starts[index]!, other = position; at < end; at++, other++) {
      if (this.bytes[at] !== bytes[other]) return false;
    }
    return true;
  }
}

export function encodeHead({ indexOffset, indexLength, indexCrc }: SegmentHead): Buffer {
  const head = Buffer.alloc(headBytes);
  head.write(magic, 0, 'latin1');
  head.writeUInt32LE(segmentVersion, 4);
  head.writeUInt32LE(indexLength, 8);
  head.writeUInt32LE(indexCrc, 12);
  head.writeDoubleLE(indexOffset, 16);
  head.writeUInt32LE(crc32(head.subarray(0, 28)), 28);
  return head;
}

/** Null where the bytes are not a segment's head, or damaged. */
export function decodeHead(head: Buffer): SegmentHead | null {
  if (head.length < headBytes || head.toString('latin1', 0, 4) !== magic) return null;
  if (head.readUInt32LE(28) !== crc32(head.subarray(0, 28)) || head.readUInt32LE(4) !== segmentVersion)
    return null;
  return {
    indexOffset: head.readDoubleLE(16),
    indexLength: head.readUInt32LE(8),
    indexCrc: head.readUInt32LE(12),
  };
}
