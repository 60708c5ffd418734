import { crc32 } from 'node:zlib';
import { placeOf } from '../cellSpace.ts';
import type { ByteWriter } from '../codec/bytes.ts';
import type { Head, HeadSeries, HeadTexts, Layout } from '../head.ts';

/*
 * The log of one part of a window is a row of records, `u32 marker | u32 length | u32 crc32 | payload`. The
 * marker depends on where the record stands, so that behind damage the next record is found again, and nothing
 * that somebody wrote into a text is taken for one. A payload holds entries: definitions of layouts (a series
 * and its columns), and points.
 *
 * Records are counted in blocks of about 16 points of each series. The first point of a series in a block is
 * its key: complete in itself. The others are differences from the key, never from each other, so what a lost
 * record takes along is, of a series whose key it held, the rest of the block, and else nothing. A layout is
 * defined twice, with its first two keys. Byte by byte: docs/format.md.
 */
export const layoutEntry = 0;
export const firstPointEntry = 1;

export const absent = 0;
export const same = 1;
export const difference = 2;
export const written = 3;

export const recordHeadBytes = 12;
/** A longer record is not believed: no batch makes one (see `maxRecordBytes`). */
export const maxPayloadBytes = 64 * 1024 * 1024;
const maxDifference = 2 ** 51;

/** A record is ended when it is larger than this, so that a huge batch is not lost as a whole. */
export const maxRecordBytes = 1024 * 1024;

/** A block ends when its points are this many times the layouts. */
export const pointsPerBlock = 16;

/** What a record begins with at that offset of its file: `HLOG`, the offset xored into it. */
export function markerAt(offset: number): number {
  return (0x474f4c48 ^ offset) >>> 0;
}

/** Starts a record, whose times count from `baseMs`; returns where it begins. */
export function beginRecord(into: ByteWriter, head: Head, baseMs: number): number {
  const { log, layouts } = head;
  if (log.points > pointsPerBlock * layouts.length) {
    log.block++;
    log.points = 0;
  }
  log.baseMs = baseMs;
  const start = into.length;
  into.zeros(recordHeadBytes);
  into.varint(log.block);
  into.signed(baseMs - head.startMs);
  return start;
}

/** Fills in the head of the record that begins at `start` and will stand at `offset` of its file. */
export function endRecord(into: ByteWriter, start: number, offset: number): void {
  const payload = into.view(start + recordHeadBytes);
  into.setU32(markerAt(offset), start);
  into.setU32(payload.length, start + 4);
  into.setU32(crc32(payload), start + 8);
}

/** Stores the point that is staged (`Target.stage`) in its rows and appends it to the record that is being written. */
export function appendStaged(into: ByteWriter, head: Head, rows: HeadSeries, timeMs: number): void {
  let { layout } = rows;
  if (layout?.columns !== rows.columns) layout = head.defineLayout(rows);
  const isKey = layout.block !== head.log.block;
  if (isKey) {
    layout.block = head.log.block;
    if (layout.definitions++ < 2) writeLayout(into, layout);
  }
  into.varint(firstPointEntry + 2 * layout.number + (isKey ? 1 : 0));
  into.signed(timeMs - head.log.baseMs);
  takeValues(into, head, rows, timeMs, isKey);
  head.log.points++;
}

function writeLayout(into: ByteWriter, { number, rows }: Layout): void {
  const { measurement, tags } = rows.series;
  into.varint(layoutEntry);
  into.varint(number);
  into.text(measurement);
  into.varint(tags.length);
  for (const [name, value] of tags) {
    into.text(name);
    into.text(value);
  }
  into.varint(rows.columns);
  for (let index = 0; index < rows.columns; index++) {
    const { isText, name } = rows.columnAt(index);
    into.u8(isText ? 1 : 0);
    into.text(name);
  }
}

/** The staged values into the log, the rows, and the newest samples of the series. */
function takeValues(into: ByteWriter, head: Head, rows: HeadSeries, timeMs: number, isKey: boolean): void {
  const row = rows.rowAt(timeMs);
  const { series, columns, isAllNumbers, space } = rows;
  const cells = space.piece(rows.cellsAt(row));
  const first = placeOf(rows.cellsAt(row));
  const bases = space.piece(rows.bases);
  const firstBase = placeOf(rows.bases);
  const next = head.roomForNext(columns);
  if (isKey) bases.fill(0, firstBase, firstBase + columns);
  const states = into.length;
  into.zeros((columns + 3) >> 2);
  for (let index = 0; index < columns; index++) {
    const value = next[index]!;
    const texts = isAllNumbers ? undefined : rows.textsAt(index);
    if (texts && isKey) texts.base = '';
    if (Number.isNaN(value)) continue;
    next[index] = Number.NaN;
    let state: number;
    if (texts) {
      state = takeText(into, texts, head.nextTexts[index]!, row, isKey);
    } else {
      state = writeNumber(into, value, bases[firstBase + index]!);
      if (isKey) bases[firstBase + index] = value;
      cells[first + index] = value;
      series.observe(rows.seriesIndexOf(index), timeMs, value);
    }
    into.orU8(state << ((index & 3) * 2), states + (index >> 2));
  }
  if (timeMs > series.newestMs) series.newestMs = timeMs;
}

function takeText(into: ByteWriter, texts: HeadTexts, text: string, row: number, isKey: boolean): number {
  const state = text === texts.base ? same : written;
  if (state === written) into.text(text);
  if (isKey) texts.base = text;
  texts.values[row] = text;
  return state;
}

function writeNumber(into: ByteWriter, value: number, base: number): number {
  if (Object.is(value, base)) return same;
  const step = value - base;
  const isWhole =
    Number.isSafeInteger(value) &&
    Number.isSafeInteger(base) &&
    step < maxDifference &&
    step > -maxDifference;
  if (isWhole && !Object.is(value, -0)) {
    into.signed(step);
    return difference;
  }
  into.f64(value);
  return written;
}
