import { LivePart, type Part } from '../parts.ts';
import type { Segment } from '../segment/segment.ts';
import { isDayFresh, isMinuteFresh, rawParts, type Timeline } from './timeline.ts';

/** Where the samples of a stretch of time are read from: parts as they are, or a tier's file. */
export type Piece = RawPiece | CellPiece;

export interface RawPiece {
  readonly kind: 'raw';
  /** What is read of a stretch of time, all of whose samples before `endMs` are in these parts. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly endMs: number;
  readonly parts: readonly Part[];
}

export interface CellPiece {
  readonly kind: 'cells';
  /** Where it is given only the cells from there on count: what else the file has is read from elsewhere. */
  readonly startMs?: number;
  readonly endMs: number;
  readonly file: Segment;
}

/** What is asked: whole buckets from `startMs`, the last one cut off at `toMs`; and what is needed before. */
export interface Range {
  readonly fromMs: number;
  readonly startMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
}

/**
 * The pieces of a range, in order of time and without an overlap. For each day and each block the coarsest tier that
 * answers as well as the samples would: its cells fit into the buckets, and hold all samples that there are. Where a
 * tier is all that is left, it is taken in any case.
 */
export function planPieces(place: Timeline, range: Range): Piece[] {
  const { windows, tiers } = place;
  const { tenMinutes } = tiers;
  const starts = [...windows.starts, ...tiers.list.flatMap((spans) => spans.starts)];
  const days = [...new Set(starts.map((startMs) => tenMinutes.startOf(startMs)))].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  for (const day of days) {
    if (day < range.toMs && day + tenMinutes.spanMs > range.fromMs)
      pieces.push(...planDay(place, day, range));
  }
  return pieces;
}

function planDay(place: Timeline, day: number, range: Range): Piece[] {
  const { windows, tiers } = place;
  const { minute, merged, tenMinutes } = tiers;
  const endMs = day + tenMinutes.spanMs;
  const file = tenMinutes.at(day);
  const isIn = (atMs: number): boolean => atMs >= day && atMs < endMs;
  const starts = [...windows.starts, ...merged.starts, ...minute.starts].filter(isIn);
  if (
    file &&
    (starts.length === 0 || (isFitting(range, endMs, tenMinutes.stepMs) && isDayFresh(place, day)))
  ) {
    return [{ kind: 'cells', endMs, file }];
  }
  const present = new Set(starts.map((startMs) => merged.startOf(startMs)));
  const pieces: Piece[] = [];
  for (let block = day; block < endMs; block += merged.spanMs) {
    if (block >= range.toMs || block + merged.spanMs <= range.fromMs) continue;
    if (present.has(block)) pieces.push(...planBlock(place, block, range));
    // Dropping the day's minutes was cut short: those that are gone are in the coarser cells.
    else if (file) pieces.push({ kind: 'cells', startMs: block, endMs: block + merged.spanMs, file });
  }
  return pieces;
}

function planBlock(place: Timeline, block: number, range: Range): Piece[] {
  const { windows, windowMs, tiers } = place;
  const { minute, merged } = tiers;
  const endMs = block + minute.spanMs;
  const file = minute.at(block);
  const parts = rawParts(place, block);
  if (
    file &&
    (parts.length === 0 || (isFitting(range, endMs, minute.stepMs) && isMinuteFresh(place, block)))
  ) {
    return [{ kind: 'cells', endMs, file }];
  }
  // What came after the merging may belong anywhere into what was merged.
  if (merged.at(block)) return [rawPiece(parts, block, endMs, range)];
  const starts = windows.starts.filter((at) => at >= block && at < endMs);
  return starts
    .filter((at) => at < range.toMs && at + windowMs > range.fromMs)
    .map((at) => rawPiece(windows.at(at), at, at + windowMs, range));
}

function rawPiece(parts: readonly Part[], startMs: number, endMs: number, range: Range): RawPiece {
  const [fromMs, toMs] = [Math.max(startMs, range.fromMs), Math.min(endMs, range.toMs)];
  return { kind: 'raw', fromMs, toMs, endMs, parts };
}

/**
 * How many pieces at the beginning will give the same buckets until there are other files: they end within the range,
 * and no point can be added to them.
 */
export function countSettled(pieces: readonly Piece[], toMs: number): number {
  const first = pieces.findIndex(
    (piece) =>
      piece.endMs > toMs || (piece.kind === 'raw' && piece.parts.some((part) => part instanceof LivePart)),
  );
  return first < 0 ? pieces.length : first;
}

/** The parts in memory of which the other pieces are, where each is one part; null where there is anything else. */
export function openParts(pieces: readonly Piece[]): LivePart[] | null {
  const parts = pieces.flatMap((piece) =>
    piece.kind === 'raw' && piece.parts.length === 1 ? piece.parts : [],
  );
  const live = parts.filter((part) => part instanceof LivePart);
  return live.length === pieces.length ? live : null;
}

/** Whether no cell of this width before `endMs` lies in two buckets, or half in the range. */
function isFitting({ bucketMs, toMs }: Range, endMs: number, stepMs: number): boolean {
  return bucketMs % stepMs === 0 && (toMs >= endMs || toMs % stepMs === 0);
}
