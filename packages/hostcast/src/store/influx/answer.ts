import type { Tag } from '@hostcast/tsdb';
import { refused, unavailable, withoutSecrets } from './errors.ts';

/** What an answer is judged by. */
export interface AnswerRules {
  readonly place: string;
  /** What is left out of InfluxDB's reasons: some servers answer with what they were sent. */
  readonly secrets: readonly string[];
  readonly maxRows: number;
}

/** One series of an answer, as InfluxDB sends it: with GROUP BY it has tags, else none. */
export interface InfluxSeries {
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

interface Chunk {
  /** More chunks follow. */
  readonly isPartial: boolean;
  readonly series: readonly Part[];
}

/** A series, or as much of it as is in one chunk. */
interface Part extends InfluxSeries {
  readonly rows: unknown[][];
  /** The next chunk goes on with it. */
  readonly isPartial: boolean;
}

/**
 * The series in the answer to one statement: a JSON document or, chunked, one per line. What is not such an
 * answer, or not all of it, is an error and never an empty result. Chunks of one series become one series again,
 * also those of 3.0 to 3.6, which don't say that they are chunks.
 * @throws StoreError `ERR_STORE_REFUSED` with InfluxDB's reason; `ERR_STORE_UNAVAILABLE`
 */
export function parseAnswer(
  { text, contentType }: { readonly text: string; readonly contentType: string },
  { place, secrets, maxRows }: AnswerRules,
): readonly InfluxSeries[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw notUnderstood(place, 'it is empty');
  const whole: Part[] = [];
  let isPartial = false;
  let rows = 0;
  for (const line of lines) {
    const chunk = parseChunk(line, contentType, place, secrets);
    isPartial = chunk.isPartial;
    for (const part of chunk.series) {
      rows += part.rows.length;
      if (rows > maxRows) throw tooManyRows(place, maxRows);
      const last = whole.at(-1);
      if (last && isSameSeries(last, part)) {
        for (const row of part.rows) last.rows.push(row);
        whole[whole.length - 1] = { ...last, isPartial: part.isPartial };
      } else {
        whole.push(part);
      }
    }
  }
  if (isPartial || whole.at(-1)?.isPartial) {
    throw refused(`${place} gave only part of the rows: raise its max-row-limit or ask for less`);
  }
  return whole.map(({ name, tags, columns, rows }) => ({ name, tags, columns, rows }));
}

function tooManyRows(place: string, maxRows: number) {
  return refused(
    `${place} answered with more than ${maxRows.toLocaleString('en')} rows: ask for a shorter range or fewer series`,
  );
}

function isSameSeries(one: InfluxSeries, other: InfluxSeries): boolean {
  return one.name === other.name && JSON.stringify(one.tags) === JSON.stringify(other.tags);
}

function parseChunk(line: string, contentType: string, place: string, secrets: readonly string[]): Chunk {
  const document = parseJson(line, withoutSecrets(contentType, secrets), place);
  if ('error' in document)
    throw refused(`${place} refused the query`, withoutSecrets(String(document.error), secrets));
  const results = 'results' in document ? document.results : undefined;
  const result: unknown = Array.isArray(results) ? results[0] : undefined;
  if (typeof result !== 'object' || result === null) throw notUnderstood(place, 'it holds no result');
  if ('error' in result)
    throw refused(`${place} refused the query`, withoutSecrets(String(result.error), secrets));
  const series = 'series' in result ? result.series : [];
  if (!Array.isArray(series)) throw notUnderstood(place, 'its list of series is not a list');
  return {
    isPartial: 'partial' in result && result.partial === true,
    series: series.map((one: unknown) => parseSeries(one, place)),
  };
}

function parseJson(text: string, contentType: string, place: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    const kind = contentType.split(';')[0] || 'no content type';
    const why = kind.includes('json')
      ? 'the JSON is broken off or damaged'
      : `${kind}, not JSON: is it InfluxDB?`;
    throw unavailable(`${place} sent an answer that cannot be read (${why})`, error);
  }
  throw notUnderstood(place, 'it is not an object');
}

function parseSeries(series: unknown, place: string): Part {
  if (typeof series !== 'object' || series === null) throw notUnderstood(place, 'a series is not an object');
  const columns = 'columns' in series ? series.columns : undefined;
  const rows = 'values' in series ? series.values : [];
  if (!isListOf(columns, isString) || !isListOf(rows, isList)) {
    throw notUnderstood(place, 'a series has no columns or no rows');
  }
  return {
    name: 'name' in series && isString(series.name) ? series.name : '',
    tags: 'tags' in series ? parseTags(series.tags) : [],
    columns,
    rows,
    isPartial: 'partial' in series && series.partial === true,
  };
}

/** An empty value is how InfluxDB says that a series lacks a tag. */
function parseTags(tags: unknown): Tag[] {
  if (typeof tags !== 'object' || tags === null) return [];
  return Object.entries(tags)
    .filter((tag): tag is [string, string] => isString(tag[1]) && tag[1] !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function isListOf<Item>(value: unknown, is: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every((item) => is(item));
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function notUnderstood(place: string, why: string) {
  return unavailable(`${place} sent an answer that cannot be read (${why})`);
}
