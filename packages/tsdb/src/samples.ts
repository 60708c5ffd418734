import type { Part } from './parts.ts';
import { areInOrder, dropEmpty, joinRows, type Rows } from './rows.ts';
import type { Series } from './series.ts';

/** Rows of a series in [fromMs, toMs) from parts, of which the later win; null where there is no value. */
export function readSamples(
  parts: readonly Part[],
  series: Series,
  fromMs: number,
  toMs: number,
  fields: ReadonlySet<string> | null,
): Rows | null {
  const pieces = readPieces(parts, series, fromMs, toMs, fields);
  if (pieces.length === 0) return null;
  const rows = dropEmpty(joinRows(pieces));
  return rows.times.length === 0 ? null : rows;
}

/**
 * The same as one piece or more that follow each other in time, perhaps as views, in which rows and columns may be
 * without any value.
 */
export function readInOrder(
  parts: readonly Part[],
  series: Series,
  fromMs: number,
  toMs: number,
  fields: ReadonlySet<string> | null,
): readonly Rows[] {
  const pieces = readPieces(parts, series, fromMs, toMs, fields);
  return areInOrder(pieces) ? pieces : [joinRows(pieces)];
}

function readPieces(
  parts: readonly Part[],
  series: Series,
  fromMs: number,
  toMs: number,
  fields: ReadonlySet<string> | null,
): Rows[] {
  const pieces: Rows[] = [];
  for (const part of parts) {
    const rows = part.read(series, fromMs, toMs, fields);
    if (rows && rows.times.length > 0) pieces.push(rows);
  }
  return pieces;
}
