import type { Part, Windows } from './parts.ts';
import type { LatestTable, Selection, SeriesSamples } from './point.ts';
import { dropEmpty, joinRows, lowerBound, type Rows, sliceRows } from './rows.ts';
import type { Catalog, Column, Series } from './series.ts';

/** What a query reads from. */
export interface Source {
  readonly catalog: Catalog;
  readonly windows: Windows;
  readonly windowMs: number;
}

/** The newest two samples of every selected series, a table per measurement. */
export function readLatest(source: Source, selection: Selection): LatestTable[] {
  const fields = selection.fields ? new Set(selection.fields) : null;
  const byMeasurement = new Map<string, Series[]>();
  for (const series of source.catalog.select(selection)) {
    if (!series.isLatestComplete) recallLatest(source, series);
    const list = byMeasurement.get(series.measurement);
    if (list) list.push(series);
    else byMeasurement.set(series.measurement, [series]);
  }
  const tables = Array.from(byMeasurement, ([measurement, list]) => latestTable(measurement, list, fields));
  return tables.filter((table) => table.fields.length > 0);
}

/**
 * Rows of every selected series in [fromMs, toMs), each with at least one value. With `previousWithinMs` the
 * last row before `fromMs` comes first where there is one that near: a rate needs it. The caller may take its
 * time between two series: which files there are is asked anew for each.
 */
export function* scanRange(
  source: Source,
  selection: Selection,
  fromMs: number,
  toMs: number,
  previousWithinMs: number,
  isSorted = false,
): Generator<SeriesSamples, void, void> {
  const fields = selection.fields ? new Set(selection.fields) : null;
  const startMs = fromMs - previousWithinMs;
  const selected = source.catalog.select(selection);
  if (isSorted) selected.sort(bySeriesName);
  for (const series of selected) {
    const rows = readParts(partsBetween(source, startMs, toMs), series, startMs, toMs, fields);
    if (!rows) continue;
    const { times, numbers, texts } = withOnePrevious(rows, fromMs);
    yield { measurement: series.measurement, tags: series.tags, times, columns: numbers, texts };
  }
}

function bySeriesName(a: Series, b: Series): number {
  if (a.measurement !== b.measurement) return a.measurement < b.measurement ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

function latestTable(
  measurement: string,
  list: readonly Series[],
  fields: ReadonlySet<string> | null,
): LatestTable {
  const names = new Map<string, number>();
  for (const series of list) {
    for (const { name, isText } of series.columns) {
      if (!isText && (!fields || fields.has(name)) && !names.has(name)) names.set(name, names.size);
    }
  }
  const cells = () => new Float64Array(list.length * names.size).fill(Number.NaN);
  const table = { times: cells(), values: cells(), previousTimes: cells(), previousValues: cells() };
  list.forEach((series, row) => {
    for (const column of series.columns) {
      const place = column.isText ? undefined : names.get(column.name);
      if (place === undefined) continue;
      const cell = row * names.size + place;
      table.times[cell] = series.latestTime(column, 0);
      table.values[cell] = series.latestValue(column, 0);
      table.previousTimes[cell] = series.latestTime(column, 1);
      table.previousValues[cell] = series.latestValue(column, 1);
    }
  });
  return { measurement, fields: [...names.keys()], series: list.map((series) => series.tags), ...table };
}

/** A field that is rarer than this many of its series' windows is not looked for further back after opening. */
const maxRecallWindows = 16;

/**
 * After opening: reads a series' newest samples back, window by window, until every column met so far has two.
 * A field that a series no longer has is forgotten by that.
 */
function recallLatest({ windows, windowMs }: Source, series: Series): void {
  series.isLatestComplete = true;
  let seen = 0;
  for (const startMs of windows.starts.toReversed()) {
    const parts = windows.at(startMs).filter((part) => part.has(series));
    const rows = readParts(parts, series, startMs, startMs + windowMs, null);
    if (parts.some((part) => part.isFailing)) series.isLatestComplete = false;
    if (!rows) continue;
    for (const [name, values] of rows.numbers) {
      recallColumn(series, series.column(name, false), rows.times, values);
    }
    // What lies in older windows is older than these.
    const isComplete = series.columns.every(
      (column) => column.isText || series.latestTime(column, 1) >= startMs,
    );
    if (isComplete || ++seen === maxRecallWindows) return;
  }
}

function recallColumn(series: Series, column: Column, times: Float64Array, values: Float64Array): void {
  let found = 0;
  for (let row = times.length - 1; row >= 0 && found < 2; row--) {
    if (Number.isNaN(values[row])) continue;
    series.recall(column, times[row]!, values[row]!);
    found++;
  }
}

function partsBetween({ windows, windowMs }: Source, fromMs: number, toMs: number): Part[] {
  return windows.starts
    .filter((startMs) => startMs < toMs && startMs + windowMs > fromMs)
    .flatMap((startMs) => windows.at(startMs));
}

function readParts(
  parts: readonly Part[],
  series: Series,
  fromMs: number,
  toMs: number,
  fields: ReadonlySet<string> | null,
): Rows | null {
  const pieces: Rows[] = [];
  for (const part of parts) {
    const rows = part.read(series, fromMs, toMs, fields);
    if (rows && rows.times.length > 0) pieces.push(rows);
  }
  if (pieces.length === 0) return null;
  const rows = dropEmpty(joinRows(pieces));
  return rows.times.length === 0 ? null : rows;
}

function withOnePrevious(rows: Rows, fromMs: number): Rows {
  const first = lowerBound(rows.times, rows.times.length, fromMs);
  return first <= 1 ? rows : sliceRows(rows, first - 1, rows.times.length);
}
