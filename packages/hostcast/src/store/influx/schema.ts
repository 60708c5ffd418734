import type { Point, Selection } from '@hostcast/tsdb';
import type { InfluxSeries } from './answer.ts';
import { canQuote, type Statement } from './influxql.ts';

/** A measurement as the database has it; names that InfluxQL cannot express are left out. */
export interface InfluxMeasurement {
  readonly name: string;
  /** Numeric and boolean fields are what is read; texts are known only so that they aren't taken for new. */
  readonly fields: ReadonlyMap<string, 'number' | 'boolean' | 'text'>;
  /** Sorted in code-unit order. */
  readonly tagKeys: readonly string[];
  /** Names that are a tag's and a field's. */
  readonly ambiguous: ReadonlySet<string>;
}

const freshMs = 60_000;
/** The same while something is asked for that isn't there, such as `net` on a Telegraf without that input. */
const freshWhileMissingMs = 20_000;

/** What measurements, fields and tags the database has: two statements, asked again each minute. */
export class InfluxSchema {
  readonly #query: (statement: Statement) => Promise<readonly InfluxSeries[]>;
  readonly #nowMs: () => number;
  #known: ReadonlyMap<string, InfluxMeasurement> = new Map();
  #loadedMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  /** Counts what was written by us and is not in `#known`. */
  #news = 0;
  #newsLoaded = 0;

  constructor(query: (statement: Statement) => Promise<readonly InfluxSeries[]>, nowMs: () => number) {
    this.#query = query;
    this.#nowMs = nowMs;
  }

  /**
   * The measurements, of which `wanted` will be read.
   * @throws StoreError when the database cannot be asked
   */
  async measurements(wanted: readonly Selection[]): Promise<ReadonlyMap<string, InfluxMeasurement>> {
    const isMissing = wanted.some(
      ({ measurement }) => measurement !== undefined && !this.#known.has(measurement),
    );
    const ageMs = this.#nowMs() - this.#loadedMs;
    const isFresh =
      ageMs >= 0 &&
      ageMs < (isMissing || this.#known.size === 0 ? freshWhileMissingMs : freshMs) &&
      this.#news === this.#newsLoaded;
    if (!isFresh) {
      this.#loading ??= this.#load().finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
    }
    return this.#known;
  }

  /** Points that were written: what is new in them is looked for at the next question. */
  noteWritten(points: readonly Point[]): void {
    for (const point of points) {
      const known = this.#known.get(point.measurement);
      const isKnown =
        known !== undefined &&
        point.tags.every(([key]) => known.tagKeys.includes(key)) &&
        point.fields.every(({ name }) => known.fields.has(name));
      if (isKnown) continue;
      this.#news += 1;
      return;
    }
  }

  async #load(): Promise<void> {
    const news = this.#news;
    const [fields, tags] = await Promise.all([
      this.#query(['SHOW FIELD KEYS']),
      this.#query(['SHOW TAG KEYS']),
    ]);
    this.#known = join(fields, tags);
    this.#loadedMs = this.#nowMs();
    this.#newsLoaded = news;
  }
}

function join(
  fieldSeries: readonly InfluxSeries[],
  tagSeries: readonly InfluxSeries[],
): Map<string, InfluxMeasurement> {
  const tagKeysOf = new Map(
    tagSeries.map(({ name, rows }) => [name, quotable(rows.map(([key]) => key)).sort()]),
  );
  const known = new Map<string, InfluxMeasurement>();
  for (const { name, rows } of fieldSeries) {
    if (!canQuote(name)) continue;
    const fields = new Map<string, 'number' | 'boolean' | 'text'>();
    for (const [field, type] of rows) {
      if (typeof field !== 'string' || !canQuote(field)) continue;
      // A field whose type differs between shards is listed once per type: one that has numbers is a number.
      const kind = kindOfType(type);
      if (kind === 'number' || !fields.has(field)) fields.set(field, kind);
    }
    const tagKeys = tagKeysOf.get(name) ?? [];
    known.set(name, { name, fields, tagKeys, ambiguous: new Set(tagKeys.filter((key) => fields.has(key))) });
  }
  return known;
}

function quotable(names: readonly unknown[]): string[] {
  return names.filter((name): name is string => typeof name === 'string' && canQuote(name));
}

function kindOfType(type: unknown): 'number' | 'boolean' | 'text' {
  if (type === 'boolean') return 'boolean';
  return type === 'string' ? 'text' : 'number';
}

/** The fields of a measurement that a selection reads: those it names, or all, without texts. */
export function readableFields(
  { fields }: InfluxMeasurement,
  selection: Selection,
  isReadable: (kind: 'number' | 'boolean' | 'text') => boolean = (kind) => kind !== 'text',
): string[] {
  const names = selection.fields ? [...new Set(selection.fields)] : [...fields.keys()];
  return names.filter((name) => {
    const kind = fields.get(name);
    return kind !== undefined && isReadable(kind);
  });
}

/**
 * The measurements that a selection reads: none where it names one that isn't there, or a tag that the
 * measurement lacks or InfluxQL cannot express.
 */
export function selected(
  known: ReadonlyMap<string, InfluxMeasurement>,
  { measurement, tags = [] }: Selection,
): InfluxMeasurement[] {
  const named = measurement === undefined ? undefined : known.get(measurement);
  const candidates = measurement === undefined ? [...known.values()] : named ? [named] : [];
  return candidates.filter(({ tagKeys }) =>
    tags.every(([key, value]) => tagKeys.includes(key) && canQuote(value)),
  );
}
