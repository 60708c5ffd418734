import { longestStepMs, type SeriesSamples } from '@hostcast/tsdb';
import type { FieldKinds } from '../../metrics/kinds.ts';
import { type BucketRange, bucketRange, bucketSamples, bucketTimes } from '../buckets.ts';
import type { History, HistoryQuery, HistorySeries } from '../metricStore.ts';

import type { InfluxSeries } from './answer.ts';
import { unavailable } from './errors.ts';
import { bucketGauges, bucketRates, rawRows, type Source, type Statement } from './influxql.ts';
import { numberOf, readRows } from './rows.ts';
import { type InfluxMeasurement, readableFields, selected } from './schema.ts';

export interface InfluxHistoryOptions {
  readonly query: (statement: Statement) => Promise<readonly InfluxSeries[]>;
  readonly known: ReadonlyMap<string, InfluxMeasurement>;
  readonly intervalMs: number;
  readonly kindOf: FieldKinds['kindOf'];
  /** How many hosts a selection reads that names none. */
  readonly hosts: number;
}

/** Up to this long raw rows are read, which is exact and no slower there (measured with InfluxDB 1.6.7). */
const rawRangeMs = 2 * 3_600_000;
/** And up to this many of one field and series each: 2 h of 50 hosts at 10 s; a fleet beyond is left to InfluxDB. */
const mostRawRows = 36_000;

/**
 * History of what is selected: from raw rows where there are few, else in buckets that InfluxDB makes. The two
 * agree but in two things: in InfluxDB's buckets each step of a counter weighs the same however long it is, and a
 * step is a gap by the interval of the settings alone, whatever the series' own spacing is; booleans are left out
 * there.
 * @throws RangeError as `bucketRange`; StoreError
 */
export async function influxHistory(
  historyQuery: HistoryQuery,
  options: InfluxHistoryOptions,
): Promise<History> {
  const range = bucketRange(historyQuery);
  const measurements = selected(options.known, historyQuery.selection);
  const read = isFew(historyQuery, range, options) ? rawHistory : bucketedHistory;
  const histories = await Promise.allSettled(
    measurements.map((measurement) => read(measurement, historyQuery, range, options)),
  );
  const series: HistorySeries[] = [];
  for (const outcome of histories) {
    if (outcome.status === 'rejected') throw outcome.reason;
    series.push(...outcome.value);
  }
  return { times: bucketTimes(range), series };
}

/** Whether the raw rows of a selection are few enough to be read here. */
function isFew(
  { selection }: HistoryQuery,
  { startMs, toMs }: BucketRange,
  { intervalMs, hosts }: InfluxHistoryOptions,
): boolean {
  const namesHost = selection.tags?.some(([key]) => key === 'host') ?? false;
  const rows = ((toMs - startMs) / intervalMs) * (namesHost ? 1 : hosts);
  return toMs - startMs <= rawRangeMs && rows <= mostRawRows;
}

type Read = (
  measurement: InfluxMeasurement,
  historyQuery: HistoryQuery,
  range: BucketRange,
  options: InfluxHistoryOptions,
) => Promise<readonly HistorySeries[]>;

const rawHistory: Read = async (measurement, historyQuery, range, { query, intervalMs, kindOf }) => {
  const fields = readableFields(measurement, historyQuery.selection);
  if (fields.length === 0) return [];
  const fromMs = range.startMs - longestStepMs(intervalMs);
  const source = { ...sourceOf(measurement, historyQuery, range), fields, fromMs };
  const samples = samplesOf(await query(rawRows(source)), source);
  return bucketSamples(samples, historyQuery, { intervalMs, kind: kindOf }).series;
};

const bucketedHistory: Read = async (measurement, historyQuery, range, { query, intervalMs, kindOf }) => {
  const numbers = readableFields(measurement, historyQuery.selection, (kind) => kind === 'number');
  const counters = numbers.filter((field) => kindOf(measurement.name, field) === 'counter');
  const gauges = numbers.filter((field) => kindOf(measurement.name, field) === 'gauge');
  const source = sourceOf(measurement, historyQuery, range);
  const steps = { lookBackMs: longestStepMs(intervalMs), longestMs: longestStepMs(intervalMs) };
  const ask = async (fields: readonly string[], statement: (source: Source) => Statement) =>
    fields.length === 0 ? [] : seriesOf(await query(statement({ ...source, fields })), fields, range);
  const [means, rates] = await Promise.all([
    ask(gauges, (gaugeSource) => bucketGauges(gaugeSource, range.bucketMs, historyQuery.statistic)),
    ask(counters, (counterSource) => bucketRates(counterSource, range.bucketMs, steps)),
  ]);
  return joined(measurement.name, means, rates);
};

function sourceOf(
  { name, tagKeys, ambiguous }: InfluxMeasurement,
  { selection }: HistoryQuery,
  { startMs, toMs }: BucketRange,
): Source {
  return {
    measurement: name,
    fields: [],
    tagKeys,
    ambiguous,
    anyOf: [selection.tags ?? []],
    fromMs: startMs,
    toMs,
  };
}

/** Raw rows, which are ordered by time, as one list of samples per series. */
function samplesOf(answer: readonly InfluxSeries[], source: Source): SeriesSamples[] {
  const rowsOf = new Map<string, { tags: SeriesSamples['tags']; times: number[]; values: number[][] }>();
  readRows(answer, source, (timeMs, row) => {
    const key = row.seriesKey();
    let rows = rowsOf.get(key);
    if (!rows) {
      rows = { tags: row.tags(), times: [], values: source.fields.map(() => []) };
      rowsOf.set(key, rows);
    }
    rows.times.push(timeMs);
    for (let field = 0; field < source.fields.length; field += 1) {
      rows.values[field]!.push(row.valueAt(field));
    }
  });
  return [...rowsOf.values()].map(({ tags, times, values }) => ({
    measurement: source.measurement,
    tags,
    times: Float64Array.from(times),
    columns: new Map(source.fields.map((field, index) => [field, Float64Array.from(values[index]!)])),
    texts: new Map(),
  }));
}

/** The answer of `bucketGauges` or `bucketRates` as columns over all buckets; fields without a value left out. */
function seriesOf(
  answer: readonly InfluxSeries[],
  fields: readonly string[],
  { startMs, bucketMs, count }: BucketRange,
): Omit<HistorySeries, 'measurement'>[] {
  return answer.map(({ tags, columns, rows }) => {
    if (columns.length !== fields.length + 1) {
      throw unavailable('InfluxDB answered with other columns than it was asked for');
    }
    const values = fields.map(() => new Float64Array(count).fill(Number.NaN));
    for (const row of rows) {
      const bucket = (numberOf(row[0]) - startMs) / bucketMs;
      if (!Number.isInteger(bucket) || bucket < 0 || bucket >= count) continue;
      values.forEach((column, index) => {
        column[bucket] = numberOf(row[index + 1]);
      });
    }
    const filled = fields.map((field, index) => [field, values[index]!] as const);
    return { tags, columns: new Map(filled.filter(([, column]) => !column.every(Number.isNaN))) };
  });
}

/** Gauges and counters of the same series, side by side. */
function joined(
  measurement: string,
  means: readonly Omit<HistorySeries, 'measurement'>[],
  rates: readonly Omit<HistorySeries, 'measurement'>[],
): HistorySeries[] {
  const series = new Map<string, HistorySeries>();
  for (const { tags, columns } of [...means, ...rates]) {
    if (columns.size === 0) continue;
    const key = JSON.stringify(tags);
    const before = series.get(key)?.columns ?? [];
    series.set(key, { measurement, tags, columns: new Map([...before, ...columns]) });
  }
  return [...series.values()];
}
