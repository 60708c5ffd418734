import type { Tag } from '@hostcast/tsdb';

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
export function rawRows(source: Source): string {
  const columns = [
    ...source.fields.map((field) => fieldName(source, field)),
    ...source.tagKeys.map((key) => tagName(source, key)),
  ];
  return `SELECT ${columns.join(', ')} FROM ${quoteName(source.measurement)} WHERE ${condition(source)}`;
}

/** The mean of each field per bucket, one series per set of tags: columns time, then the fields. */
export function bucketMeans(source: Source, bucketMs: number): string {
  const means = source.fields.map((field) => `mean(${fieldName(source, field)})`).join(', ');
  return (
    `SELECT ${means} FROM ${quoteName(source.measurement)} WHERE ${condition(source)} ` +
    `GROUP BY time(${bucketMs}ms), * fill(none)`
  );
}

/**
 * As `bucketMeans`, of the increase per second between neighbouring samples. The derivative is taken of raw
 * samples in a sub-query: taken of buckets it would be wrong for every width that is not the interval's.
 * `lookBackMs` before the range is read for the first step; the answer has buckets for that time too, because the
 * outer bounds hold for the sub-query as well.
 */
export function bucketRates(source: Source, bucketMs: number, lookBackMs: number): string {
  const names = source.fields.map((_, index) => `r${index}`);
  const rates = source.fields.map(
    (field, index) => `non_negative_derivative(${fieldName(source, field)}, 1s) AS ${names[index]}`,
  );
  const earlier = { ...source, fromMs: source.fromMs - lookBackMs };
  return (
    `SELECT ${names.map((name) => `mean(${name})`).join(', ')} FROM (SELECT ${rates.join(', ')} ` +
    `FROM ${quoteName(source.measurement)} WHERE ${condition(earlier)} GROUP BY *) ` +
    `WHERE ${timeRange(earlier)} GROUP BY time(${bucketMs}ms), * fill(none)`
  );
}

function condition(source: Source): string {
  const choices = source.anyOf.map((tags) =>
    tags.map(([key, value]) => `${tagName(source, key)} = ${quoteValue(value)}`).join(' AND '),
  );
  if (choices.length === 0 || choices.includes('')) return timeRange(source);
  return `(${choices.join(' OR ')}) AND ${timeRange(source)}`;
}

function timeRange({ fromMs, toMs }: Source): string {
  return `time >= ${Math.trunc(fromMs)}ms AND time < ${Math.trunc(toMs)}ms`;
}

// A cast only where a tag and a field share a name: 1.x and 2.x would take the field; 3.x has no such thing.

function tagName({ ambiguous }: Source, key: string): string {
  return ambiguous.has(key) ? `${quoteName(key)}::tag` : quoteName(key);
}

function fieldName({ ambiguous }: Source, field: string): string {
  return ambiguous.has(field) ? `${quoteName(field)}::field` : quoteName(field);
}
