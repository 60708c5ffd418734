import type { Field, LatestTable, Point, Tag } from '@hostcast/tsdb';
import type { History, MetricStore } from '../../src/store/metricStore.ts';

/** What each test of the contract gets: a fresh store and the time. */
export interface StoreContext {
  readonly store: MetricStore;
  /** Epoch ms, a multiple of 10 s. */
  readonly now: number;
  /** The time so many seconds before `now`. */
  readonly ago: (seconds: number) => number;
}

/** Points of one counter, 10 s apart from `startMs` on. */
export function counterPoints(values: readonly number[], startMs: number): Point[] {
  return values.map((value, index) =>
    point('net', { host: 'a' }, { bytes_recv: value }, startMs + index * 10_000),
  );
}

/** Whole numbers become integers, others floats. */
export function point(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, number | boolean | string>>,
  timeMs: number,
): Point {
  return typedPoint(
    measurement,
    tags,
    Object.entries(fields).map(([name, value]) => ({ name, type: typeOf(value), value })),
    timeMs,
  );
}

export function typedPoint(
  measurement: string,
  tags: Readonly<Record<string, string>>,
  fields: readonly Field[],
  timeMs: number,
): Point {
  return { measurement, tags: sortedTags(tags), fields, timeMs };
}

function typeOf(value: number | boolean | string): Field['type'] {
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

function sortedTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
}

export interface Cell {
  readonly time: number;
  readonly value: number;
  readonly previousTime: number;
  readonly previousValue: number;
}

/** One cell, or undefined where the tables have no value for it. */
export function cellOf(
  tables: readonly LatestTable[],
  measurement: string,
  tags: Readonly<Record<string, string>>,
  field: string,
): Cell | undefined {
  const table = tables.find((candidate) => candidate.measurement === measurement);
  if (!table) return undefined;
  const row = table.series.findIndex((series) => tagText(series) === tagText(sortedTags(tags)));
  const column = table.fields.indexOf(field);
  if (row < 0 || column < 0) return undefined;
  const at = row * table.fields.length + column;
  return {
    time: table.times[at]!,
    value: table.values[at]!,
    previousTime: table.previousTimes[at]!,
    previousValue: table.previousValues[at]!,
  };
}

/** Every cell that has a value, as `measurement tags field value`, sorted. */
export function cells(tables: readonly LatestTable[]): string[] {
  return tables
    .flatMap(({ measurement, fields, series, values }) =>
      series.flatMap((tags, row) =>
        fields.map((field, column) => ({
          text: `${measurement} ${tagText(tags)} ${field}`,
          value: values[row * fields.length + column]!,
        })),
      ),
    )
    .filter(({ value }) => !Number.isNaN(value))
    .map(({ text, value }) => `${text} ${value}`)
    .sort();
}

/** How many series of a measurement have a value. */
export function rowsOf(tables: readonly LatestTable[], measurement: string): number {
  return tables
    .filter((table) => table.measurement === measurement)
    .reduce((rows, table) => rows + table.series.length, 0);
}

export function columnOf(
  history: History,
  measurement: string,
  tags: Readonly<Record<string, string>>,
  field: string,
): number[] | undefined {
  const series = history.series.find(
    (candidate) =>
      candidate.measurement === measurement && tagText(candidate.tags) === tagText(sortedTags(tags)),
  );
  const column = series?.columns.get(field);
  return column && [...column];
}

/** The value of every column in the first bucket, as `measurement tags field value`, sorted. */
export function firstValues(history: History): string[] {
  return history.series
    .flatMap(({ measurement, tags, columns }) =>
      [...columns].map(([field, values]) => `${measurement} ${tagText(tags)} ${field} ${values[0]}`),
    )
    .sort();
}

function tagText(tags: readonly Tag[]): string {
  return tags.map(([key, value]) => `${key}=${value}`).join(',');
}
