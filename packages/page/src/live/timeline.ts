import type { FieldUnit } from 'hostcast/metrics';
import type { HostHistory, PanelNotes, Panels } from 'hostcast/snapshots';

/** A value per point in time; null where there was no data. */
export type Values = (number | null)[];

/** Measurement, group (`''` where it has none) and field to its values. */
export type Columns = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Values>>>;

/** Measurement and field to the unit, of what the catalogue doesn't know. */
export type Units = ReadonlyMap<string, ReadonlyMap<string, FieldUnit>>;

/** One live snapshot's values, at the newest timestamp it holds. */
export interface Sample {
  readonly timeMs: number;
  readonly panels: Panels<number>;
  readonly units?: PanelNotes['units'];
}

type MutableColumns = Map<string, Map<string, Map<string, Values>>>;

/** Where a point of the joined axis comes from: a bucket of the history, or a live sample. */
export type JoinedPoint =
  | { readonly timeMs: number; readonly bucket: number }
  | { readonly timeMs: number; readonly sample: Sample };

/**
 * Joins history and live samples on one time axis. Live wins: a bucket that holds a live sample is left out.
 * Both lists are ascending in time, and so is the answer.
 */
export function joinPoints(
  bucketStarts: readonly number[],
  bucketMs: number,
  samples: readonly Sample[],
): JoinedPoint[] {
  const points: JoinedPoint[] = [];
  let next = 0;
  for (const [bucket, timeMs] of bucketStarts.entries()) {
    for (let sample = samples[next]; sample && sample.timeMs < timeMs; sample = samples[++next]) {
      points.push({ timeMs: sample.timeMs, sample });
    }
    const first = samples[next];
    if (!first || first.timeMs >= timeMs + bucketMs) points.push({ timeMs, bucket });
  }
  for (const sample of samples.slice(next)) points.push({ timeMs: sample.timeMs, sample });
  return points;
}

/**
 * The columns of one host over one range: history first, then live samples as they come. Where a bucket of
 * the history is wider than the live interval, samples are folded into the newest bucket as a mean; otherwise
 * each is a point of its own.
 *
 * Wherever two neighbours are further apart than expected, a point without values is put between them; which
 * of those are gaps is decided when a chart is drawn (see gaps.ts), because it depends on the series.
 */
export class Timeline {
  /** Epoch ms, ascending. */
  readonly times: number[] = [];
  /** Grows while live samples come: changes whenever a series is added. */
  shape = 0;
  /** As they were said last. */
  readonly units = new Map<string, Map<string, FieldUnit>>();
  readonly #byMeasurement: MutableColumns = new Map();
  #bucketMs = 0;
  /** End of the newest bucket of the history while nothing live stands after it. */
  #historyEndMs = 0;
  /** How many samples the newest bucket is the mean of. */
  #folded = 0;
  #newestMs = Number.NEGATIVE_INFINITY;

  get columns(): Columns {
    return this.#byMeasurement;
  }

  /** How far apart points are expected to be. */
  #spacingMs(intervalMs: number): number {
    return Math.max(intervalMs, this.#bucketMs);
  }

  /** Puts history in place of all that is there and joins the live samples that were received since `sinceMs`. */
  load(history: HostHistory, samples: readonly Sample[], asked: { toMs: number; intervalMs: number }): void {
    this.#clear();
    this.#bucketMs = history.bucketMs;
    this.#noteUnits(history.units);
    const folds = this.folds(asked.intervalMs);
    const buckets = readColumns(history.panels);
    const { first, end } = filledPart(history.times.length, buckets);
    const starts = history.times.slice(first, end);
    for (const point of joinPoints(starts, history.bucketMs, folds ? [] : samples)) {
      this.#separate(point.timeMs, asked.intervalMs);
      this.times.push(point.timeMs);
      if ('sample' in point) {
        this.#noteUnits(point.sample.units);
        this.#write(point.sample.panels);
      } else this.#writeBucket(buckets, first + point.bucket);
    }
    this.#settle(starts.at(-1), asked);
    if (folds) for (const sample of samples) this.append(sample, asked.intervalMs);
    else this.#newestMs = samples.at(-1)?.timeMs ?? this.#newestMs;
  }

  /** Adds a live sample, if it is newer than the last one. */
  append(sample: Sample, intervalMs: number): void {
    if (sample.timeMs <= this.#newestMs) return;
    this.#newestMs = sample.timeMs;
    this.#noteUnits(sample.units);
    const newest = this.times.at(-1);
    if (this.folds(intervalMs)) {
      this.#fold(sample, newest, intervalMs);
      return;
    }
    if (newest !== undefined && sample.timeMs < this.#historyEndMs) {
      if (sample.timeMs < newest) return;
      this.times[this.times.length - 1] = sample.timeMs;
    } else {
      this.#separate(sample.timeMs, intervalMs);
      this.times.push(sample.timeMs);
    }
    this.#historyEndMs = 0;
    this.#write(sample.panels);
  }

  /** Drops what lies before `fromMs`, but the last point before it, from which a line comes in. */
  trim(fromMs: number): void {
    let count = 0;
    while ((this.times[count + 1] ?? Number.POSITIVE_INFINITY) <= fromMs) count += 1;
    if (count === 0) return;
    this.times.splice(0, count);
    for (const { values } of eachColumn(this.#byMeasurement)) values.splice(0, count);
  }

  /** Whether its buckets are wider than the interval in which samples come, which are then folded into them. */
  folds(intervalMs: number): boolean {
    return this.#bucketMs > intervalMs;
  }

  #clear(): void {
    this.times.length = 0;
    this.#byMeasurement.clear();
    this.#historyEndMs = 0;
    this.#folded = 0;
    this.#newestMs = Number.NEGATIVE_INFINITY;
    this.shape += 1;
  }

  #noteUnits(units: PanelNotes['units']): void {
    for (const [measurement, fields] of Object.entries(units ?? {})) {
      const known = this.units.get(measurement) ?? new Map<string, FieldUnit>();
      for (const [field, unit] of Object.entries(fields)) known.set(field, unit);
      this.units.set(measurement, known);
    }
  }

  #settle(newestBucket: number | undefined, asked: { toMs: number; intervalMs: number }): void {
    if (newestBucket === undefined || newestBucket !== this.times.at(-1)) return;
    this.#historyEndMs = newestBucket + this.#bucketMs;
    this.#folded = Math.max(1, Math.round((asked.toMs - newestBucket) / asked.intervalMs));
  }

  #fold(sample: Sample, newest: number | undefined, intervalMs: number): void {
    const start = Math.floor(sample.timeMs / this.#bucketMs) * this.#bucketMs;
    if (newest !== undefined && start < newest) return;
    if (start !== newest) {
      this.#separate(start, intervalMs);
      this.times.push(start);
      this.#folded = 0;
    }
    this.#write(sample.panels, this.#folded);
    this.#folded += 1;
  }

  /** A point without values where the next one comes later than expected. */
  #separate(nextMs: number, intervalMs: number): void {
    const newest = this.times.at(-1);
    const spacingMs = this.#spacingMs(intervalMs);
    if (newest === undefined || nextMs - newest <= 1.5 * spacingMs) return;
    this.times.push(Math.min(newest + spacingMs, (newest + nextMs) / 2));
    this.#pad();
  }

  #writeBucket(buckets: readonly Leaf<readonly (number | null)[]>[], bucket: number): void {
    for (const { measurement, group, field, value } of buckets) {
      this.#column(measurement, group, field)[this.times.length - 1] = value[bucket] ?? null;
    }
    this.#pad();
  }

  /** Writes the newest point; with `folded` > 0 as the mean with what is there. */
  #write(panels: Panels<number>, folded = 0): void {
    const at = this.times.length - 1;
    for (const { measurement, group, field, value } of readColumns(panels)) {
      const values = this.#column(measurement, group, field);
      const before = values[at] ?? null;
      values[at] = before === null || folded === 0 ? value : (before * folded + value) / (folded + 1);
    }
    this.#pad();
  }

  #column(measurement: string, group: string, field: string): Values {
    const groups = this.#byMeasurement.get(measurement) ?? new Map<string, Map<string, Values>>();
    this.#byMeasurement.set(measurement, groups);
    const fields = groups.get(group) ?? new Map<string, Values>();
    groups.set(group, fields);
    let values = fields.get(field);
    if (!values) {
      values = new Array<number | null>(this.times.length).fill(null);
      fields.set(field, values);
      this.shape += 1;
    }
    return values;
  }

  /** Null in every column that has no value at the newest point. */
  #pad(): void {
    for (const { values } of eachColumn(this.#byMeasurement)) {
      while (values.length < this.times.length) values.push(null);
    }
  }
}

function* eachColumn(columns: MutableColumns): Generator<{ values: Values }> {
  for (const groups of columns.values()) {
    for (const fields of groups.values()) {
      for (const values of fields.values()) yield { values };
    }
  }
}

interface Leaf<Value> {
  readonly measurement: string;
  readonly group: string;
  readonly field: string;
  readonly value: Value;
}

/** The nested panels of a snapshot or a history as a flat list. */
function readColumns<Value extends number | readonly (number | null)[]>(
  panels: Panels<Value>,
): Leaf<Value>[] {
  const leaves: Leaf<Value>[] = [];
  for (const [measurement, entries] of Object.entries(panels)) {
    for (const [key, entry] of Object.entries(entries)) {
      if (isValue(entry)) leaves.push({ measurement, group: '', field: key, value: entry });
      else {
        for (const [field, value] of Object.entries(entry)) {
          leaves.push({ measurement, group: key, field, value });
        }
      }
    }
  }
  return leaves;
}

function isValue<Value>(entry: Value | { readonly [field: string]: Value }): entry is Value {
  return typeof entry === 'number' || Array.isArray(entry);
}

/** The buckets from the first that holds a value to the last, `end` exclusive. */
function filledPart(
  length: number,
  buckets: readonly Leaf<readonly (number | null)[]>[],
): { first: number; end: number } {
  const isFilled = (at: number): boolean => buckets.some(({ value }) => (value[at] ?? null) !== null);
  let first = 0;
  while (first < length && !isFilled(first)) first += 1;
  let end = length;
  while (end > first && !isFilled(end - 1)) end -= 1;
  return { first, end };
}
