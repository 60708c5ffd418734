import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '../codec/bytes.ts';
import type { Tag } from '../point.ts';

/*
 * A segment is `head | chunks | index | index | head`: both the index and the 32 bytes that say where it is
 * stand twice, so that damage in one place never costs more than the chunk it hits.
 */
const magic = 'HCSG';
const segmentVersion = 1;
export const headBytes = 32;
const maxIndexBytes = 1024 * 1024 * 1024;

/** Where the samples of one series are in a segment. */
export interface IndexEntry {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
  /** Time of its newest row, epoch ms. */
  readonly newestMs: number;
}

export interface SegmentIndex {
  /** Names of fields; chunks refer to them by number. */
  readonly names: readonly string[];
  /** In the order of the chunks, which follow each other without a gap. */
  readonly entries: readonly IndexEntry[];
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
  entries: readonly IndexEntry[],
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

function writeEntry(into: ByteWriter, entry: IndexEntry, startMs: number): void {
  into.text(entry.measurement);
  into.varint(entry.tags.length);
  for (const [name, value] of entry.tags) {
    into.text(name);
    into.text(value);
  }
  into.varint(entry.length);
  into.u32(entry.crc);
  into.varint(entry.newestMs - startMs);
}

/** @throws Error where the bytes make no sense */
export function decodeIndex(bytes: Buffer, startMs: number): SegmentIndex {
  const from = new ByteReader(inflateRawSync(bytes, { maxOutputLength: maxIndexBytes }));
  const names: string[] = [];
  for (let left = from.varint(); left > 0; left--) names.push(from.text());
  const entries: IndexEntry[] = [];
  let offset = headBytes;
  for (let left = from.varint(); left > 0; left--) {
    const measurement = from.text();
    const tags: Tag[] = [];
    for (let tagsLeft = from.varint(); tagsLeft > 0; tagsLeft--) tags.push([from.text(), from.text()]);
    const length = from.varint();
    const crc = from.u32();
    entries.push({ measurement, tags, offset, length, crc, newestMs: startMs + from.varint() });
    offset += length;
  }
  return { names, entries };
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
