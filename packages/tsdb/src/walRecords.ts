import { crc32 } from 'node:zlib';
import { ByteReader, type ByteWriter } from './codec/bytes.ts';
import { type Head, type HeadColumn, type HeadSeries, takeFields } from './head.ts';
import type { Point, Tag } from './point.ts';
import { type Catalog, type Column, type Series, seriesKey } from './series.ts';

/*
 * The log of one part of a window is a row of records, each `u32 length | u32 crc32 | payload`. A payload holds
 * entries: 0 defines a series, 1 a column of a series, n + 2 is a point of series n. A point says per column,
 * in two bits, whether the value is absent, equal to the last one, a whole-number difference, or written out.
 * Definitions and last values carry over from record to record of a file, so a file is only readable from its
 * start: everything up to the first bad record counts. Byte by byte: docs/format.md.
 */
const defineSeries = 0;
const defineColumn = 1;
const firstSeries = 2;

const absent = 0;
const same = 1;
const difference = 2;
const written = 3;

const recordHeadBytes = 8;
/** A longer record is not believed: no batch makes one (see `maxRecordBytes`). */
const maxPayloadBytes = 64 * 1024 * 1024;
const maxDifference = 2 ** 51;

/** A record is ended when it is larger than this, so that a huge batch is not lost as a whole. */
export const maxRecordBytes = 1024 * 1024;

/** Starts a record; returns where it begins. */
export function beginRecord(into: ByteWriter): number {
  const start = into.length;
  into.zeros(recordHeadBytes);
  return start;
}

/** Fills in length and checksum of the record that begins at `start`. */
export function endRecord(into: ByteWriter, start: number): void {
  const payload = into.view(start + recordHeadBytes);
  into.setU32(payload.length, start);
  into.setU32(crc32(payload), start + 4);
}

/** Stores a point in the head and appends it to the record that is being written. */
export function appendPoint(
  into: ByteWriter,
  head: Head,
  series: Series,
  point: Point,
  columns: readonly Column[],
): void {
  let rows = head.find(series);
  if (!rows) {
    rows = head.define(series);
    writeSeries(into, series);
  }
  const { number } = rows;
  takeFields(rows, point, columns, ({ column }) => writeColumn(into, number, column));
  writePoint(into, rows, point.timeMs);
  rows.store(point.timeMs);
}

/** Where a replay ended. */
export interface Replayed {
  /** Bytes of whole, good records. */
  readonly goodBytes: number;
  readonly points: number;
  /** False where a record with a good checksum made no sense: the head may then not be logged to any more. */
  readonly isConsistent: boolean;
}

/** Reads a log back into an empty head, up to the first record that is cut short or damaged. */
export function replayRecords(log: Buffer, head: Head, catalog: Catalog): Replayed {
  let position = 0;
  let points = 0;
  for (let end = recordEnd(log, 0); end !== null; end = recordEnd(log, position)) {
    try {
      points += replayPayload(log.subarray(position + recordHeadBytes, end), head, catalog);
    } catch {
      return { goodBytes: position, points, isConsistent: false };
    }
    position = end;
  }
  return { goodBytes: position, points, isConsistent: true };
}

/** How many bytes of a log are whole, good records, from its start on; what they say is not looked at. */
export function goodBytesOf(log: Buffer): number {
  let position = 0;
  for (let end = recordEnd(log, 0); end !== null; end = recordEnd(log, position)) position = end;
  return position;
}

/** Where the record ends that begins at `position`; null where it is cut short or damaged. */
function recordEnd(log: Buffer, position: number): number | null {
  const start = position + recordHeadBytes;
  if (start > log.length) return null;
  const length = log.readUInt32LE(position);
  // A length of zero is what a file system leaves behind after a power cut, and its checksum is zero too.
  if (length === 0 || length > maxPayloadBytes || start + length > log.length) return null;
  return crc32(log.subarray(start, start + length)) === log.readUInt32LE(position + 4)
    ? start + length
    : null;
}

function writeSeries(into: ByteWriter, series: Series): void {
  into.varint(defineSeries);
  into.text(series.measurement);
  into.varint(series.tags.length);
  for (const [name, value] of series.tags) {
    into.text(name);
    into.text(value);
  }
}

function writeColumn(into: ByteWriter, series: number, column: Column): void {
  into.varint(defineColumn);
  into.varint(series);
  into.u8(column.isText ? 1 : 0);
  into.text(column.name);
}

function writePoint(into: ByteWriter, rows: HeadSeries, timeMs: number): void {
  into.varint(rows.number + firstSeries);
  into.signed(timeMs - rows.loggedTimeMs);
  rows.loggedTimeMs = timeMs;
  const states = into.length;
  const { columns } = rows;
  into.zeros((columns.length + 3) >> 2);
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    if (!column.hasNext) continue;
    const state = column.column.isText ? writeText(into, column) : writeNumber(into, column);
    into.orU8(state << ((index & 3) * 2), states + (index >> 2));
  }
}

function writeNumber(into: ByteWriter, column: HeadColumn): number {
  const value = column.nextNumber;
  const last = column.loggedNumber;
  column.loggedNumber = value;
  if (Object.is(value, last)) return same;
  const step = value - last;
  const isWhole =
    Number.isSafeInteger(value) &&
    Number.isSafeInteger(last) &&
    step < maxDifference &&
    step > -maxDifference;
  if (isWhole && !Object.is(value, -0)) {
    into.signed(step);
    return difference;
  }
  into.f64(value);
  return written;
}

function writeText(into: ByteWriter, column: HeadColumn): number {
  if (column.nextText === column.loggedText) return same;
  column.loggedText = column.nextText;
  into.text(column.nextText);
  return written;
}

function replayPayload(payload: Buffer, head: Head, catalog: Catalog): number {
  const from = new ByteReader(payload);
  let points = 0;
  while (!from.isAtEnd) {
    const entry = from.varint();
    if (entry === defineSeries) replaySeries(from, head, catalog);
    else if (entry === defineColumn) replayColumn(from, head);
    else {
      replayPoint(from, seriesAt(head, entry - firstSeries));
      points++;
    }
  }
  return points;
}

function replaySeries(from: ByteReader, head: Head, catalog: Catalog): void {
  const measurement = from.text();
  const tags: Tag[] = [];
  for (let left = from.varint(); left > 0; left--) tags.push([from.text(), from.text()]);
  head.define(catalog.obtain(seriesKey(measurement, tags), measurement, tags));
}

function replayColumn(from: ByteReader, head: Head): void {
  const rows = seriesAt(head, from.varint());
  const isText = from.u8() === 1;
  rows.define(rows.series.column(from.text(), isText));
}

function replayPoint(from: ByteReader, rows: HeadSeries): void {
  const timeMs = rows.loggedTimeMs + from.signed();
  rows.loggedTimeMs = timeMs;
  const { columns } = rows;
  const states = from.skip((columns.length + 3) >> 2);
  for (let index = 0; index < columns.length; index++) {
    const state = (from.at(states + (index >> 2)) >> ((index & 3) * 2)) & 3;
    if (state !== absent) replayValue(from, columns[index]!, state);
  }
  rows.store(timeMs);
}

function replayValue(from: ByteReader, column: HeadColumn, state: number): void {
  column.hasNext = true;
  if (column.column.isText) {
    if (state === written) column.loggedText = from.text();
    column.nextText = column.loggedText;
    return;
  }
  if (state === difference) column.loggedNumber += from.signed();
  else if (state === written) column.loggedNumber = from.f64();
  column.nextNumber = column.loggedNumber;
}

function seriesAt(head: Head, number: number): HeadSeries {
  const rows = head.series[number];
  if (!rows) throw new RangeError(`the log has no series ${number}`);
  return rows;
}
