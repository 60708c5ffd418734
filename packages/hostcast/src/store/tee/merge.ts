import type { LatestTable, Tag } from '@hostcast/tsdb';
import { mergeCell } from '../influx/latest.ts';
import type { History, HistorySeries } from '../metricStore.ts';
import { keyOf } from './recent.ts';

/**
 * The newest and the previous samples of two answers to one selection: of each cell the newest two of all that are
 * known, so that a series that both have is one, and a counter's rate spans what lies between its last two samples.
 * Where `others` have a series with nothing later than `latestMs`, what `some` have that is later is left out: the
 * host's clock was ahead then, and was set right.
 */
export function mergeTables(
  some: readonly LatestTable[],
  others: readonly LatestTable[],
  latestMs = Number.POSITIVE_INFINITY,
): LatestTable[] {
  const merged = new Map(some.map((table) => [table.measurement, table]));
  for (const table of others) {
    const known = merged.get(table.measurement);
    merged.set(table.measurement, known === undefined ? table : joined(known, table, latestMs));
  }
  return [...merged.values()];
}

/** Per series and field: time, value, previous time, previous value. */
function joined(one: LatestTable, other: LatestTable, latestMs: number): LatestTable {
  const fields = [...new Set([...one.fields, ...other.fields])];
  const width = fields.length * 4;
  const series = new Map<string, { readonly tags: readonly Tag[]; readonly cells: Float64Array }>();
  const setRight = seriesNotLaterThan(latestMs, other);
  for (const table of [one, other]) {
    const places = table.fields.map((field) => fields.indexOf(field) * 4);
    table.series.forEach((tags, row) => {
      const key = keyOf('', tags);
      let entry = series.get(key);
      if (entry === undefined) {
        entry = { tags, cells: new Float64Array(width).fill(Number.NaN) };
        series.set(key, entry);
      }
      const mostMs = setRight.has(key) ? latestMs : Number.POSITIVE_INFINITY;
      for (const [column, place] of places.entries()) {
        takeCell({ cells: entry.cells, place }, table, row * table.fields.length + column, mostMs);
      }
    });
  }
  const all = [...series.values()];
  const part = (index: number): Float64Array =>
    Float64Array.from({ length: all.length * fields.length }, (_, cell) => {
      const row = Math.floor(cell / fields.length);
      return all[row]!.cells[(cell % fields.length) * 4 + index]!;
    });
  return {
    measurement: one.measurement,
    fields,
    series: all.map(({ tags }) => tags),
    times: part(0),
    values: part(1),
    previousTimes: part(2),
    previousValues: part(3),
  };
}

function seriesNotLaterThan(latestMs: number, { series, fields, times }: LatestTable): ReadonlySet<string> {
  if (latestMs === Number.POSITIVE_INFINITY) return new Set();
  const width = fields.length;
  const isLater = (row: number) => times.subarray(row * width, (row + 1) * width).some((ms) => ms > latestMs);
  return new Set(series.filter((_, row) => !isLater(row)).map((tags) => keyOf('', tags)));
}

interface Place {
  readonly cells: Float64Array;
  readonly place: number;
}

function takeCell({ cells, place }: Place, table: LatestTable, cell: number, mostMs: number): void {
  const previousMs = table.previousTimes[cell]!;
  const newestMs = table.times[cell]!;
  if (previousMs <= mostMs) mergeCell(cells, place, previousMs, table.previousValues[cell]!);
  if (newestMs <= mostMs) mergeCell(cells, place, newestMs, table.values[cell]!);
}

/** Where a series' memory begins, and what it makes of the buckets. */
export interface Remembered extends HistorySeries {
  readonly oldestMs: number;
}

/**
 * A history with what is not in the database yet: memory's word where the database has none, and from `sinceMs` on
 * (the oldest that waits) also where it has a part of a bucket that memory has as a whole.
 */
export function withRemembered(
  history: History,
  remembered: readonly Remembered[],
  sinceMs: number,
): History {
  const series = new Map(history.series.map((one) => [keyOf(one.measurement, one.tags), one]));
  for (const { oldestMs, ...memory } of remembered) {
    const key = keyOf(memory.measurement, memory.tags);
    const stored = series.get(key);
    if (stored === undefined) {
      series.set(key, memory);
      continue;
    }
    const columns = new Map(stored.columns);
    const wholeFromMs = Math.max(oldestMs, sinceMs);
    for (const [field, values] of memory.columns) {
      const known = columns.get(field);
      columns.set(field, known === undefined ? values : filled(known, values, history.times, wholeFromMs));
    }
    series.set(key, { ...stored, columns });
  }
  return { ...history, series: [...series.values()] };
}

function filled(
  known: Float64Array,
  memory: Float64Array,
  times: readonly number[],
  wholeFromMs: number,
): Float64Array {
  return known.map((value, bucket) => {
    const own = memory[bucket]!;
    return Number.isNaN(own) || (times[bucket]! < wholeFromMs && !Number.isNaN(value)) ? value : own;
  });
}
