import type { Part } from './parts.ts';
import type { LatestTable, Selection, SeriesSamples } from './point.ts';
import { recallLatest, type Stretch, stretchesBackwards } from './recall.ts';
import { lowerBound, type Rows, sliceRows } from './rows.ts';
import { readSamples } from './samples.ts';
import type { Catalog, Series } from './series.ts';
import { rawParts, type Timeline } from './tier/timeline.ts';

/** What a query reads from. */
export interface Source extends Timeline {
  readonly catalog: Catalog;
}

/** The newest two samples of every selected series, a table per measurement. */
export function readLatest(source: Source, selection: Selection): LatestTable[] {
  const fields = selection.fields ? new Set(selection.fields) : null;
  const byMeasurement = new Map<string, Series[]>();
  let stretches: readonly Stretch[] | null = null;
  for (const series of source.catalog.select(selection)) {
    if (!series.isLatestComplete) {
      stretches ??= stretchesBackwards(source);
      recallLatest(stretches, series);
    }
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
    const rows = readSamples(partsBetween(source, startMs, toMs), series, startMs, toMs, fields);
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

/** All parts with samples of a range, the later ones behind: blocks in order of time, what is merged first. */
function partsBetween(source: Source, fromMs: number, toMs: number): Part[] {
  const { windows, windowMs, tiers } = source;
  const starts = [
    ...tiers.merged.starts.filter((startMs) => startMs < toMs && startMs + tiers.merged.spanMs > fromMs),
    ...windows.starts.filter((startMs) => startMs < toMs && startMs + windowMs > fromMs),
  ];
  const blocks = [...new Set(starts.map((startMs) => tiers.merged.startOf(startMs)))].sort((a, b) => a - b);
  return blocks.flatMap((startMs) => rawParts(source, startMs));
}

function withOnePrevious(rows: Rows, fromMs: number): Rows {
  const first = lowerBound(rows.times, rows.times.length, fromMs);
  return first <= 1 ? rows : sliceRows(rows, first - 1, rows.times.length);
}
