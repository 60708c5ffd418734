/** The five types of InfluxDB's line protocol. `integer` and `unsigned` share one numeric column with `float`. */
export type FieldType = 'float' | 'integer' | 'unsigned' | 'boolean' | 'string';

/** One measured value, for example `{ name: 'usage_idle', type: 'float', value: 97.5 }`. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** number for float, integer and unsigned (exact up to 2^53), boolean for boolean, string for string. */
  readonly value: number | boolean | string;
}

/** A tag's key and value. */
export type Tag = readonly [key: string, value: string];

/** What one line of line protocol says: one or more fields of one series at one time. */
export interface Point {
  readonly measurement: string;
  /** Sorted by key (plain code-unit order), no key twice, no empty value. */
  readonly tags: readonly Tag[];
  /** At least one. */
  readonly fields: readonly Field[];
  /** Epoch milliseconds, an integer. */
  readonly timeMs: number;
}

/** Which series and fields a question is about. Everything left out means "all". */
export interface Selection {
  readonly measurement?: string;
  /** Series that have every one of these tags. */
  readonly tags?: readonly Tag[];
  readonly fields?: readonly string[];
}

/**
 * The newest samples of one measurement, columnar so that it crosses a thread boundary without being copied.
 * Row r is a series, column f a field: cell `[r * fields.length + f]` of each array. Numbers and booleans (as
 * 0 and 1) only; times are epoch ms. A value that is not known is NaN, and so is its time.
 */
export interface LatestTable {
  readonly measurement: string;
  readonly fields: readonly string[];
  readonly series: readonly (readonly Tag[])[];
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** The sample before the newest one: what a counter's rate is computed from. */
  readonly previousTimes: Float64Array;
  readonly previousValues: Float64Array;
}

/** The samples of one series in a time range, ordered by time, one row per distinct timestamp. */
export interface SeriesSamples {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  /** Epoch ms. */
  readonly times: Float64Array;
  /** Numeric fields (booleans as 0 and 1) by name; NaN where a row has no value. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** String fields by name; null where a row has no value. */
  readonly texts: ReadonlyMap<string, readonly (string | null)[]>;
}
