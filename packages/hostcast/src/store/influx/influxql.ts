import type { Tag } from '@hostcast/tsdb';
import type { HistoryQuery } from '../metricStore.ts';

/*
 * The only place where InfluxQL is put together. Every name and every value goes through `quoteName` or
 * `quoteValue`; only what InfluxDB 1.x, 2.x and 3.x share is used; every SELECT has both time bounds.
 */

/** What a statement reads: resolved against what the database has, so that nothing in it is ambiguous. */
export interface Source {
  readonly measurement: string;
  readonly fields: readonly string[];
  readonly tagKeys: readonly string[];
  /** Names that are a tag's and a field's. */
  readonly ambiguous: ReadonlySet<string>;
  /** A series is read when it has every tag of one of these; a list without tags reads all. */
  readonly anyOf: readonly (readonly Tag[])[];
  /** Epoch ms. */
  readonly fromMs: number;
  /** Epoch ms, exclusive. */
  readonly toMs: number;
}

/**
 * A statement in pieces: texts as they are sent, and values, which are bound where the server binds them and
 * quoted where not.
 */
export type Statement = readonly (string | { readonly value: string })[];

/** As one text, the values quoted. */
export function quotedStatement(statement: Statement): string {
  return statement.map((piece) => (typeof piece === 'string' ? piece : quoteValue(piece.value))).join('');
}

/** As a text with `$p0`, `$p1` … for the values, and the values by name. */
export function boundStatement(statement: Statement): {
  readonly text: string;
  readonly values: ReadonlyMap<string, string>;
} {
  const values = new Map<string, string>();
  const names = new Map<string, string>();
  const text = statement.map((piece) => {
    if (typeof piece === 'string') return piece;
    const name = names.get(piece.value) ?? `p${names.size}`;
    names.set(piece.value, name);
    values.set(name, piece.value);
    return `$${name}`;
  });
  return { text: text.join(''), values };
}

/**
 * Whether InfluxQL can express a text at all: its scanner ends at NUL and reads a carriage return as a line end,
 * for which there is no escape.
 */
export function canQuote(text: string): boolean {
  return !text.includes('\0') && !text.includes('\r');
}

/**
 * An identifier: `"name"`.
 * @throws RangeError where `canQuote` is false
 */
export function quoteName(name: string): string {
  return `"${escaped(name).replaceAll('"', '\\"')}"`;
}

/**
 * A string literal: `'value'`.
 * @throws RangeError where `canQuote` is false
 */
export function quoteValue(value: string): string {
  return `'${escaped(value).replaceAll("'", "\\'")}'`;
}

function escaped(text: string): string {
  if (!canQuote(text)) throw new RangeError('InfluxQL cannot express a NUL or a carriage return');
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** Raw rows: columns time, the fields, then the tag keys. Without GROUP BY: several times cheaper there. */
export function rawRows(source: Source): Statement {
  const columns = [
    ...source.fields.map((field) => fieldName(source, field)),
    ...source.tagKeys.map((key) => tagName(source, key)),
  ];
  return [`SELECT ${columns.join(', ')} FROM ${quoteName(source.measurement)} WHERE `, ...condition(source)];
}

/** A statistic of each field per bucket, one series per set of tags: columns time, then the fields. */
export function bucketGauges(
  source: Source,
  bucketMs: number,
  statistic: NonNullable<HistoryQuery['statistic']> = 'mean',
): Statement {
  const columns = source.fields.map((field) => `${statistic}(${fieldName(source, field)})`).join(', ');
  return [
    `SELECT ${columns} FROM ${quoteName(source.measurement)} WHERE `,
    ...condition(source),
    ` GROUP BY time(${bucketMs}ms), * fill(none)`,
  ];
}

/** How the steps of a counter are taken. */
export interface RateSteps {
  /** Read before the range, for the first step. */
  readonly lookBackMs: number;
  /** A longer step is a gap, and counts nothing. */
  readonly longestMs: number;
}

/**
 * As `bucketGauges`, of the increase per second between neighbouring samples. The derivative is taken of raw
 * samples in a sub-query: taken of buckets it would be wrong for every width that is not the interval's. A reset is
 * no step, by `non_negative_derivative`, nor is a gap, by `elapsed`. The answer has buckets for the look-back too,
 * because the outer bounds hold for the sub-query as well.
 */
export function bucketRates(
  source: Source,
  bucketMs: number,
  { lookBackMs, longestMs }: RateSteps,
): Statement {
  const steps = source.fields.flatMap((field, index) => [
    `non_negative_derivative(${fieldName(source, field)}, 1s) AS r${index}`,
    `elapsed(${fieldName(source, field)}, 1ms) AS e${index}`,
  ]);
  const means = source.fields.map((_, index) => `mean(r${index})`);
  const isStep = source.fields.map((_, index) => `e${index} <= ${Math.trunc(longestMs)}`);
  const earlier = { ...source, fromMs: source.fromMs - lookBackMs };
  return [
    `SELECT ${means.join(', ')} FROM (SELECT ${steps.join(', ')} FROM ${quoteName(source.measurement)} WHERE `,
    ...condition(earlier),
    ` GROUP BY *) WHERE (${isStep.join(' OR ')}) AND ${timeRange(earlier)} GROUP BY time(${bucketMs}ms), * fill(none)`,
  ];
}

/** The values of a tag: of all series (1.x, 2.x), or of some measurements in a range, as 3.x wants to be asked. */
export function tagValues(
  key: string,
  within?: { readonly measurements: readonly string[]; readonly fromMs: number; readonly toMs: number },
): Statement {
  if (!within) return [`SHOW TAG VALUES WITH KEY = ${quoteName(key)}`];
  const names = within.measurements.map(quoteName).join(', ');
  return [`SHOW TAG VALUES FROM ${names} WITH KEY = ${quoteName(key)} WHERE ${timeRange(within)}`];
}

function condition(source: Source): Statement {
  const isAll = source.anyOf.length === 0 || source.anyOf.some((tags) => tags.length === 0);
  if (isAll) return [timeRange(source)];
  const choices = source.anyOf.map((tags) =>
    joined(
      tags.map(([key, value]) => [`${tagName(source, key)} = `, { value }]),
      ' AND ',
    ),
  );
  return ['(', ...joined(choices, ' OR '), `) AND ${timeRange(source)}`];
}

function joined(parts: readonly Statement[], between: string): Statement {
  return parts.flatMap((part, index) => (index === 0 ? part : [between, ...part]));
}

function timeRange({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string {
  return `time >= ${Math.trunc(fromMs)}ms AND time < ${Math.trunc(toMs)}ms`;
}

// A cast only where a tag and a field share a name: 1.x and 2.x would take the field; 3.x has no such thing.

function tagName({ ambiguous }: Source, key: string): string {
  return ambiguous.has(key) ? `${quoteName(key)}::tag` : quoteName(key);
}

function fieldName({ ambiguous }: Source, field: string): string {
  return ambiguous.has(field) ? `${quoteName(field)}::field` : quoteName(field);
}
