import { crc32 } from 'node:zlib';
import { placeOf } from '../cellSpace.ts';
import { ByteReader } from '../codec/bytes.ts';
import type { Head, HeadSeries } from '../head.ts';
import type { Tag } from '../point.ts';
import { type Catalog, seriesKey } from '../series.ts';
import { maxPayloadBytes } from './walRecords.ts';

/*
 * Logs as format 1 had them, `u32 length | u32 crc32 | payload`: read, never written. Each value is a
 * difference from the one before, so they can be read up to the first bad record only.
 */
const recordHeadBytes = 8;
const defineSeries = 0;
const defineColumn = 1;
const firstSeries = 2;
const absent = 0;
const difference = 2;
const written = 3;

/** Whether a log begins with a good record of format 1. */
export function isFormat1(log: Buffer): boolean {
  return payloadAt(log, 0) !== null;
}

/** Where the last good record of a log of format 1 ends; what the records say is not looked at. */
export function goodBytesOfFormat1(log: Buffer): number {
  let position = 0;
  for (let payload = payloadAt(log, 0); payload !== null; payload = payloadAt(log, position)) {
    position += recordHeadBytes + payload.length;
  }
  return position;
}

/** Reads a log of format 1 back into an empty head; returns where its last good record ends. */
export function replayFormat1(log: Buffer, head: Head, catalog: Catalog): number {
  const rows: Logged[] = [];
  let position = 0;
  for (;;) {
    const payload = payloadAt(log, position);
    if (payload === null) break;
    try {
      const from = new ByteReader(payload);
      while (!from.isAtEnd) replayEntry(from, rows, head, catalog);
    } catch {
      break;
    }
    position += recordHeadBytes + payload.length;
  }
  for (const series of head.series) series.observeNewest();
  return position;
}

interface Logged {
  readonly rows: HeadSeries;
  /** Their places in `rows`. */
  readonly columns: number[];
  timeMs: number;
}

function payloadAt(log: Buffer, position: number): Buffer | null {
  const start = position + recordHeadBytes;
  if (start > log.length) return null;
  const length = log.readUInt32LE(position);
  if (length === 0 || length > maxPayloadBytes || start + length > log.length) return null;
  const payload = log.subarray(start, start + length);
  return crc32(payload) === log.readUInt32LE(position + 4) ? payload : null;
}

function replayEntry(from: ByteReader, all: Logged[], head: Head, catalog: Catalog): void {
  const entry = from.varint();
  if (entry === defineSeries) {
    const measurement = from.text();
    const tags: Tag[] = [];
    for (let left = from.varint(); left > 0; left--) tags.push([from.text(), from.text()]);
    const rows = head.define(catalog.obtain(seriesKey(measurement, tags), measurement, tags));
    all.push({ rows, columns: [], timeMs: head.startMs });
  } else if (entry === defineColumn) {
    const { rows, columns } = loggedAt(all, from.varint());
    const isText = from.u8() === 1;
    columns.push(rows.define(rows.series.column(from.text(), isText)));
  } else {
    replayPoint(from, loggedAt(all, entry - firstSeries));
  }
}

function replayPoint(from: ByteReader, logged: Logged): void {
  const { rows, columns } = logged;
  logged.timeMs += from.signed();
  const row = rows.rowAt(logged.timeMs);
  const states = from.skip((columns.length + 3) >> 2);
  const { space } = rows;
  columns.forEach((column, index) => {
    const state = (from.at(states + (index >> 2)) >> ((index & 3) * 2)) & 3;
    if (state === absent) return;
    const texts = rows.textsAt(column);
    if (texts) {
      if (state === written) texts.base = from.text();
      texts.values[row] = texts.base;
      return;
    }
    const bases = space.piece(rows.bases);
    const base = placeOf(rows.bases) + column;
    if (state === difference) bases[base]! += from.signed();
    else if (state === written) bases[base] = from.f64();
    const address = rows.cellsAt(row);
    space.piece(address)[placeOf(address) + column] = bases[base]!;
  });
}

function loggedAt(all: readonly Logged[], number: number): Logged {
  const logged = all[number];
  if (!logged) throw new RangeError(`the log has no series ${number}`);
  return logged;
}
