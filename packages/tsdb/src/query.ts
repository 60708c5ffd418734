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
  const tables = Array.from(byMeasurement, ([measurement, list]) =>
    latestTable(measurement, list, selection.fields),
  );
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
  wanted: readonly string[] | undefined,
): LatestTable {
  const fields = wanted ? fieldsAmong(list, wanted) : allFields(list);
  const cells = list.length * fields.length;
  // All in one piece of memory, which crosses a thread boundary as one.
  const numbers = new Float64Array(4 * cells).fill(Number.NaN);
  const tables = [0, 1, 2, 3].map((index) => numbers.subarray(index * cells, (index + 1) * cells));
  const [times, values, previousTimes, previousValues] = tables;
  const table = {
    times: times!,
    values: values!,
    previousTimes: previousTimes!,
    previousValues: previousValues!,
  };
  const places = new Array<number>(fields.length).fill(0);
  for (let row = 0, cell = 0; row < list.length; row++) {
    const series = list[row]!;
    for (let field = 0; field < fields.length; field++, cell++) {
      const place = placeOf(series, fields[field]!, places[field]!);
      if (place < 0) continue;
      places[field] = place;
      series.copyLatest(place, table, cell);
    }
  }
  return { measurement, fields, series: list.map((series) => series.tags), ...table };
}

/** Where a series has a numeric column, which is mostly where the series before it has it; -1 where it has none. */
function placeOf(series: Series, field: string, usual: number): number {
  const column = series.columns[usual];
  if (column && column.name === field && !column.isText) return usual;
  return series.find(field, false)?.index ?? -1;
}

/** Those of some fields that are numbers in one of the series at least. */
function fieldsAmong(list: readonly Series[], wanted: readonly string[]): string[] {
  return [...new Set(wanted)].filter((field) => list.some((series) => series.find(field, false)));
}

/** In the order in which they come up. */
function allFields(list: readonly Series[]): string[] {
  const names = new Set<string>();
  for (const { columns } of list) for (const { name, isText } of columns) if (!isText) names.add(name);
  return [...names];
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
