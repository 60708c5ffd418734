import type { LatestTable, Point, Selection, SeriesSamples, Tag } from '@hostcast/tsdb';
import type { HostInfo } from '../metricStore.ts';

/** What is kept at most; the defaults are for 1,000 hosts. */
export interface RecentLimits {
  /** Rows older than this are dropped, but for the newest two of a series. Default 15 min. */
  readonly keepMs: number;
  /** A series that sends nothing for this long is forgotten. Default 15 min. */
  readonly silentMs: number;
  /** Values of all series, 8 octets each. Where there are more, all series keep fewer rows. Default 8,000,000. */
  readonly values: number;
  /** Fields of a series. Default 1,024. */
  readonly fields: number;
}

const defaults: RecentLimits = { keepMs: 900_000, silentMs: 900_000, values: 8_000_000, fields: 1_024 };
/** What a counter's rate, and the newest value itself, need. */
const fewestRows = 2;
const mostRows = 4_096;
const sweepEveryMs = 10_000;
/** A host's clock is wrong where its samples are stamped further ahead than this … */
export const clockErrorMs = 60_000;
/** … and what is further ahead than this is no sample of now: InfluxDB is not asked for it either. */
const mostAheadMs = 3_600_000;

/** Rows of one series by time; a column has a value, or NaN, per row. */
interface Rows {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  readonly times: number[];
  readonly columns: Map<string, number[]>;
  /** Monotonic ms. */
  seenMs: number;
}

/**
 * The last minutes of what came through this process, numbers only: what is live although InfluxDB can't be asked,
 * and the end of a history that still waits for InfluxDB.
 */
export class Recent {
  readonly #limits: RecentLimits;
  readonly #all = new Map<string, Rows>();
  readonly #ofMeasurement = new Map<string, Set<Rows>>();
  readonly #ofHost = new Map<string, Set<Rows>>();
  #values = 0;
  /** Rows that each series may keep now. */
  #rowLimit = mostRows;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(limits: Partial<RecentLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
  }

  /** Values that are kept now. */
  get size(): number {
    return this.#values;
  }

  /** @param at by the wall clock, and by a clock that never jumps */
  note(points: readonly Point[], at: { readonly nowMs: number; readonly monotonicMs: number }): void {
    for (const point of points) {
      if (point.timeMs > at.nowMs + mostAheadMs) continue;
      const rows = this.#rowsOf(point);
      rows.seenMs = at.monotonicMs;
      if (point.timeMs <= at.nowMs + clockErrorMs) this.#dropLater(rows, at.nowMs + clockErrorMs);
      this.#values += insert(rows, point, this.#limits.fields);
      const slack = 1.25 * this.#limits.keepMs;
      if (rows.times.length > this.#rowLimit * 1.25 || rows.times[0]! < at.nowMs - slack)
        this.#trim(rows, at.nowMs);
    }
    if (at.monotonicMs - this.#sweptMs >= sweepEveryMs || this.#values > this.#limits.values) this.#sweep(at);
  }

  /** The newest samples of what is selected, one table per measurement. */
  tables(selection: Selection): LatestTable[] {
    const byMeasurement = new Map<string, Rows[]>();
    for (const rows of this.#select(selection)) {
      const same = byMeasurement.get(rows.measurement);
      if (same === undefined) byMeasurement.set(rows.measurement, [rows]);
      else same.push(rows);
    }
    return [...byMeasurement.values()]
      .map((rows) => tableOf(rows, selection.fields))
      .filter(({ fields }) => fields.length > 0);
  }

  /** Every row of what is selected. */
  samples(selection: Selection): SeriesSamples[] {
    return this.#select(selection).map(({ measurement, tags, times, columns }) => ({
      measurement,
      tags,
      times: Float64Array.from(times),
      columns: new Map(
        [...columns]
          .filter(([field]) => selection.fields?.includes(field) ?? true)
          .map(([field, values]) => [field, Float64Array.from(values)]),
      ),
      texts: new Map(),
    }));
  }

  hosts(): HostInfo[] {
    return [...this.#ofHost].map(([host, all]) => {
      let newestMs = Number.NEGATIVE_INFINITY;
      for (const { times } of all) newestMs = Math.max(newestMs, times.at(-1)!);
      return { host, newestMs };
    });
  }

  #rowsOf({ measurement, tags }: Point): Rows {
    const key = keyOf(measurement, tags);
    let rows = this.#all.get(key);
    if (rows !== undefined) return rows;
    rows = { measurement, tags, times: [], columns: new Map(), seenMs: 0 };
    this.#all.set(key, rows);
    addTo(this.#ofMeasurement, measurement, rows);
    const host = hostOf(tags);
    if (host !== undefined) addTo(this.#ofHost, host, rows);
    return rows;
  }

  #select({ measurement, tags = [] }: Selection): Rows[] {
    const host = hostOf(tags);
    const candidates =
      host !== undefined
        ? this.#ofHost.get(host)
        : measurement !== undefined
          ? this.#ofMeasurement.get(measurement)
          : this.#all.values();
    return [...(candidates ?? [])].filter(
      (rows) =>
        (measurement === undefined || rows.measurement === measurement) &&
        tags.every(([key, value]) => rows.tags.some((tag) => tag[0] === key && tag[1] === value)),
    );
  }

  #sweep({ nowMs, monotonicMs }: { readonly nowMs: number; readonly monotonicMs: number }): void {
    this.#sweptMs = monotonicMs;
    const { silentMs, values } = this.#limits;
    for (const [key, rows] of this.#all) {
      if (monotonicMs - rows.seenMs > silentMs) this.#forget(key, rows);
      else this.#trim(rows, nowMs);
    }
    if (this.#values < values / 2) this.#rowLimit = Math.min(mostRows, this.#rowLimit * 2);
    while (this.#values > values && this.#rowLimit > fewestRows) {
      const longest = Math.max(...[...this.#all.values()].map(({ times }) => times.length));
      this.#rowLimit = Math.max(fewestRows, Math.min(this.#rowLimit, longest) >> 1);
      for (const rows of this.#all.values()) this.#trim(rows, nowMs);
    }
  }

  #trim({ times, columns }: Rows, nowMs: number): void {
    const oldestMs = nowMs - this.#limits.keepMs;
    let drop = Math.max(0, times.length - this.#rowLimit);
    while (drop < times.length - fewestRows && times[drop]! < oldestMs) drop += 1;
    if (drop === 0) return;
    times.splice(0, drop);
    for (const values of columns.values()) values.splice(0, drop);
    this.#values -= drop * columns.size;
  }

  /** That host's clock was ahead, and was set right. */
  #dropLater({ times, columns }: Rows, thanMs: number): void {
    let length = times.length;
    while (length > 0 && times[length - 1]! > thanMs) length -= 1;
    this.#values -= (times.length - length) * columns.size;
    times.splice(length);
    for (const values of columns.values()) values.splice(length);
  }

  #forget(key: string, rows: Rows): void {
    this.#all.delete(key);
    removeFrom(this.#ofMeasurement, rows.measurement, rows);
    const host = hostOf(rows.tags);
    if (host !== undefined) removeFrom(this.#ofHost, host, rows);
    this.#values -= rows.times.length * rows.columns.size;
  }
}

/** Puts a point where its time belongs; returns by how many values the series grew. */
function insert(rows: Rows, { timeMs, fields }: Point, mostFields: number): number {
  const { times, columns } = rows;
  const before = times.length * columns.size;
  let at = times.length;
  while (at > 0 && times[at - 1]! > timeMs) at -= 1;
  const isKnown = at > 0 && times[at - 1] === timeMs;
  if (isKnown) at -= 1;
  else {
    times.splice(at, 0, timeMs);
    for (const values of columns.values()) values.splice(at, 0, Number.NaN);
  }
  for (const { name, value } of fields) {
    if (typeof value === 'string') continue;
    let values = columns.get(name);
    if (values === undefined) {
      if (columns.size >= mostFields) continue;
      values = new Array<number>(times.length).fill(Number.NaN);
      columns.set(name, values);
    }
    values[at] = Number(value);
  }
  return times.length * columns.size - before;
}

function tableOf(all: readonly Rows[], wanted: readonly string[] | undefined): LatestTable {
  const names = new Set<string>();
  for (const { columns } of all) for (const name of columns.keys()) names.add(name);
  const fields = wanted === undefined ? [...names] : wanted.filter((name) => names.has(name));
  const cells = (): Float64Array => new Float64Array(all.length * fields.length).fill(Number.NaN);
  const table = { times: cells(), values: cells(), previousTimes: cells(), previousValues: cells() };
  all.forEach(({ times, columns }, row) => {
    fields.forEach((field, column) => {
      const values = columns.get(field) ?? [];
      const cell = row * fields.length + column;
      const newest = lastKnown(values, values.length - 1);
      const previous = lastKnown(values, newest - 1);
      if (newest < 0) return;
      table.times[cell] = times[newest]!;
      table.values[cell] = values[newest]!;
      if (previous < 0) return;
      table.previousTimes[cell] = times[previous]!;
      table.previousValues[cell] = values[previous]!;
    });
  });
  return { measurement: all[0]!.measurement, fields, series: all.map(({ tags }) => tags), ...table };
}

function lastKnown(values: readonly number[], from: number): number {
  let at = from;
  while (at >= 0 && Number.isNaN(values[at]!)) at -= 1;
  return at;
}

/** One text per series. */
export function keyOf(measurement: string, tags: readonly Tag[]): string {
  // With lengths: any character may be in a name.
  let key = measurement;
  for (const [name, value] of tags) key += `,${name.length}:${name}${value.length}:${value}`;
  return `${measurement.length}:${key}`;
}

function hostOf(tags: readonly Tag[]): string | undefined {
  return tags.find(([key]) => key === 'host')?.[1];
}

function addTo(index: Map<string, Set<Rows>>, key: string, rows: Rows): void {
  const set = index.get(key);
  if (set === undefined) index.set(key, new Set([rows]));
  else set.add(rows);
}

function removeFrom(index: Map<string, Set<Rows>>, key: string, rows: Rows): void {
  const set = index.get(key);
  set?.delete(rows);
  if (set?.size === 0) index.delete(key);
}
