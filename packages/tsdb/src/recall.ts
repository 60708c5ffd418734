import type { Part } from './parts.ts';
import { readSamples } from './samples.ts';
import type { Segment } from './segment/segment.ts';
import type { Column, Series } from './series.ts';
import { SummaryReader } from './tier/summary.ts';
import { rawParts, type Timeline } from './tier/timeline.ts';

/** A stretch of time, and what is left of its samples: parts, or a tier's file. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly parts: readonly Part[];
  readonly cells: Segment | undefined;
}

/** All that there is, from the newest stretch of time on. */
export function stretchesBackwards(source: Timeline): Stretch[] {
  const { windows, windowMs, tiers } = source;
  const { merged, minute, tenMinutes } = tiers;
  const isMerged = (startMs: number): boolean => merged.at(merged.startOf(startMs)) !== undefined;
  const isRawGone = (startMs: number): boolean => rawParts(source, startMs).length === 0;
  const stretch = (startMs: number, spanMs: number, parts: readonly Part[], cells?: Segment): Stretch => ({
    startMs,
    endMs: startMs + spanMs,
    parts,
    cells,
  });
  const open = windows.starts.filter((at) => !isMerged(at));
  const minutes = minute.starts.filter(isRawGone);
  const finer = new Set(
    [...windows.starts, ...merged.starts, ...minute.starts].map((at) => tenMinutes.startOf(at)),
  );
  const stretches = [
    ...open.map((at) => stretch(at, windowMs, windows.at(at))),
    ...merged.starts.map((at) => stretch(at, merged.spanMs, rawParts(source, at))),
    ...minutes.map((at) => stretch(at, minute.spanMs, [], minute.at(at))),
    ...tenMinutes.starts
      .filter((at) => !finer.has(at))
      .map((at) => stretch(at, tenMinutes.spanMs, [], tenMinutes.at(at))),
  ];
  return stretches.sort((a, b) => b.startMs - a.startMs);
}

/** A field that is rarer than this many of its series' stretches is not looked for further back after opening. */
const maxRecalled = 16;

/**
 * After opening: reads a series' newest samples back, stretch by stretch, until every column met so far has two.
 * A field that a series no longer has is forgotten by that.
 */
export function recallLatest(stretches: readonly Stretch[], series: Series): void {
  series.isLatestComplete = true;
  let seen = 0;
  for (const stretch of stretches) {
    if (!recallStretch(stretch, series)) continue;
    // What lies in older stretches is older than these.
    const isComplete = series.columns.every(
      (column) => column.isText || series.latestTime(column, 1) >= stretch.startMs,
    );
    if (isComplete || ++seen === maxRecalled) return;
  }
}

/** Whether it has anything of the series. */
function recallStretch({ startMs, endMs, parts, cells }: Stretch, series: Series): boolean {
  const own = parts.filter((part) => part.has(series));
  if (cells?.has(series)) return recallEdges(cells, series);
  if (own.length === 0) return false;
  const rows = readSamples(own, series, startMs, endMs, null);
  if (own.some((part) => part.isFailing)) series.isLatestComplete = false;
  if (!rows) return false;
  for (const [name, values] of rows.numbers) {
    recallColumn(series, series.column(name, false), rows.times, values);
  }
  return true;
}

/** A tier keeps the last samples of each span as they were. */
function recallEdges(cells: Segment, series: Series): boolean {
  const summary = cells.decode(series, (...chunk) => new SummaryReader(...chunk));
  if (cells.isFailing) series.isLatestComplete = false;
  if (!summary) return false;
  for (const field of summary.fields()) {
    recallColumn(series, series.column(field, false), summary.edgeTimes, summary.edge(field)!);
  }
  return true;
}

function recallColumn(series: Series, column: Column, times: Float64Array, values: Float64Array): void {
  let found = 0;
  for (let row = times.length - 1; row >= 0 && found < 2; row--) {
    if (Number.isNaN(values[row])) continue;
    series.recall(column, times[row]!, values[row]!);
    found++;
  }
}
