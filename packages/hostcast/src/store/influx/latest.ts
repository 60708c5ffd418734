import type { LatestTable, Selection, Tag } from '@hostcast/tsdb';
import type { InfluxSeries } from './answer.ts';
import { rawRows, type Statement } from './influxql.ts';
import { readRows } from './rows.ts';
import { type InfluxMeasurement, type InfluxSchema, readableFields, selected } from './schema.ts';

/*
 * What is newest, in one round of statements. A statement reads the raw rows of a short while, of all selections
 * that want the same fields of a measurement together; the rows are merged into the newest and the previous value
 * of each cell, which are kept from round to round, so that later rounds read little and a host that reports more
 * slowly than we ask keeps its previous value.
 */

export interface InfluxLatestOptions {
  readonly query: (statement: Statement) => Promise<readonly InfluxSeries[]>;
  readonly schema: InfluxSchema;
  readonly intervalMs: number;
  readonly nowMs: () => number;
}

/** A selection is read from this many intervals, and at least this long, when it was not read before. */
const firstIntervals = 6;
const shortestFirstMs = 90_000;
/** What comes this much later than its timestamp is still seen live: Telegraf's flush, jitter, slow networks. */
const latenessMs = 30_000;
/** Of a series that was not seen yet, in the rounds between two that look back as far as that: Telegraf's flush. */
const usualLatenessMs = 10_000;
const wideEveryMs = 60_000;
/** Where more selections want the same they are not named one by one: a scan costs less, and a parser has an end. */
const mostNamed = 200;
/** Clocks of hosts may be ahead by this much. */
const aheadMs = 3_600_000;
/** What nobody asked for, or no host sent, for this long is forgotten. */
const keepMs = 600_000;

/** The newest and previous samples of what is watched, kept from round to round. */
export class InfluxLatest {
  readonly #options: InfluxLatestOptions;
  readonly #firstMs: number;
  readonly #groups = new Map<string, Group>();
  /** Statements sent by the last round. */
  statements = 0;

  constructor(options: InfluxLatestOptions) {
    this.#options = options;
    this.#firstMs = Math.max(shortestFirstMs, firstIntervals * options.intervalMs);
  }

  /**
   * One round: one statement per measurement and list of fields that is asked for, all at the same time.
   * @throws StoreError of the first statement that failed; what the others brought is kept
   */
  async round(selections: readonly Selection[]): Promise<LatestTable[][]> {
    const known = await this.#options.schema.measurements(selections);
    const nowMs = this.#options.nowMs();
    const parts = selections.map((selection) => this.#partsOf(selection, known));
    const asked = new Set(parts.flat().map(({ group }) => group));
    this.statements = asked.size;
    const outcomes = await Promise.allSettled([...asked].map((group) => this.#refresh(group, nowMs)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    const answers = parts.map((ofSelection) =>
      ofSelection.map(({ group, tags }) => group.table(tags)).filter(({ series }) => series.length > 0),
    );
    this.#forget(nowMs);
    return answers;
  }

  #partsOf(selection: Selection, known: ReadonlyMap<string, InfluxMeasurement>): Part[] {
    const parts: Part[] = [];
    for (const measurement of selected(known, selection)) {
      const fields = readableFields(measurement, selection);
      if (fields.length === 0) continue;
      const group = this.#groupOf(measurement, fields);
      group.want(selection.tags ?? []);
      parts.push({ group, tags: selection.tags ?? [] });
    }
    return parts;
  }

  /** The tag keys are part of the name: when they change, series are other series. */
  #groupOf(measurement: InfluxMeasurement, fields: readonly string[]): Group {
    const key = JSON.stringify([measurement.name, measurement.tagKeys, fields]);
    let group = this.#groups.get(key);
    if (!group) {
      group = new Group(measurement, fields);
      this.#groups.set(key, group);
    }
    return group;
  }

  async #refresh(group: Group, nowMs: number): Promise<void> {
    const wanted = group.takeWanted();
    const isWide = wanted.some(({ wideMs }) => nowMs - wideMs >= wideEveryMs || wideMs > nowMs);
    const readMs = Math.min(nowMs, ...wanted.map((scope) => scope.readMs));
    const sinceMs = isWide ? readMs - latenessMs : this.#sinceMs(group, readMs);
    const statement = rawRows({
      measurement: group.measurement.name,
      fields: group.fields,
      tagKeys: group.measurement.tagKeys,
      ambiguous: group.measurement.ambiguous,
      anyOf: wanted.length > mostNamed ? [] : wanted.map(({ tags }) => tags),
      fromMs: Math.max(nowMs - this.#firstMs, sinceMs),
      toMs: nowMs + aheadMs,
    });
    group.merge(await this.#options.query(statement));
    for (const scope of wanted) {
      scope.readMs = nowMs;
      if (isWide) scope.wideMs = nowMs;
    }
  }

  /**
   * From when on a group is read that was read at `readMs`: one interval before the oldest of the newest samples of
   * the series that are alive, for each host has its own delay and is read on from where it was, with one sample that
   * comes out of order; and as far back as series that are new usually need. What needs more is found by the wide
   * rounds in between.
   */
  #sinceMs(group: Group, readMs: number): number {
    const { intervalMs } = this.#options;
    const usualMs = readMs - Math.max(intervalMs, usualLatenessMs);
    const oldestMs = group.oldestNewestMs(readMs - intervalMs - latenessMs);
    return Math.max(readMs - latenessMs, Math.min(oldestMs - intervalMs, usualMs));
  }

  #forget(nowMs: number): void {
    for (const [key, group] of this.#groups) {
      group.forget(nowMs - keepMs, nowMs - keepMs - this.#firstMs);
      if (group.isUnused) this.#groups.delete(key);
    }
  }
}

/** What one selection reads of one measurement. */
interface Part {
  readonly group: Group;
  readonly tags: readonly Tag[];
}

/** The tags of a selection, and when they were last read. */
interface Scope {
  readonly tags: readonly Tag[];
  readMs: number;
  /** When it was last read as far back as anything may be late. */
  wideMs: number;
}

interface Series {
  readonly tags: readonly Tag[];
  newestMs: number;
  /** Per field: time, value, previous time, previous value. */
  readonly cells: Float64Array;
}

/** The same fields of a measurement, for all selections that want them. */
class Group {
  readonly measurement: InfluxMeasurement;
  readonly fields: readonly string[];
  readonly #series = new Map<string, Series>();
  readonly #scopes = new Map<string, Scope>();
  #wanted = new Set<Scope>();
  /** By tag key and value, made when first asked for after a merge. */
  #index = new Map<string, Map<string, Series[]>>();

  constructor(measurement: InfluxMeasurement, fields: readonly string[]) {
    this.measurement = measurement;
    this.fields = fields;
  }

  get isUnused(): boolean {
    return this.#scopes.size === 0;
  }

  want(tags: readonly Tag[]): void {
    const key = JSON.stringify(tags);
    let scope = this.#scopes.get(key);
    if (!scope) {
      scope = { tags, readMs: Number.NEGATIVE_INFINITY, wideMs: Number.NEGATIVE_INFINITY };
      this.#scopes.set(key, scope);
    }
    this.#wanted.add(scope);
  }

  takeWanted(): Scope[] {
    const wanted = [...this.#wanted];
    this.#wanted = new Set();
    return wanted;
  }

  /** Of the series whose newest sample is as new as that, the oldest of those samples; epoch ms. */
  oldestNewestMs(aliveMs: number): number {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { newestMs } of this.#series.values()) {
      if (newestMs >= aliveMs) oldestMs = Math.min(oldestMs, newestMs);
    }
    return oldestMs;
  }

  merge(answer: readonly InfluxSeries[]): void {
    this.#index = new Map();
    const source = { fields: this.fields, tagKeys: this.measurement.tagKeys };
    readRows(answer, source, (timeMs, row) => {
      const key = row.seriesKey();
      let series = this.#series.get(key);
      if (!series) {
        const cells = new Float64Array(this.fields.length * 4).fill(Number.NaN);
        series = { tags: row.tags(), newestMs: timeMs, cells };
        this.#series.set(key, series);
      }
      series.newestMs = Math.max(series.newestMs, timeMs);
      for (let field = 0; field < this.fields.length; field += 1) {
        const value = row.valueAt(field);
        if (!Number.isNaN(value)) mergeCell(series.cells, field * 4, timeMs, value);
      }
    });
  }

  table(tags: readonly Tag[]): LatestTable {
    const series = this.#seriesWith(tags);
    const width = this.fields.length;
    const column = (part: number): Float64Array => {
      const cells = new Float64Array(series.length * width);
      series.forEach((one, row) => {
        for (let field = 0; field < width; field += 1)
          cells[row * width + field] = one.cells[field * 4 + part]!;
      });
      return cells;
    };
    return {
      measurement: this.measurement.name,
      fields: this.fields,
      series: series.map((one) => one.tags),
      times: column(0),
      values: column(1),
      previousTimes: column(2),
      previousValues: column(3),
    };
  }

  forget(unreadSinceMs: number, silentSinceMs: number): void {
    for (const [key, { readMs }] of this.#scopes) if (readMs < unreadSinceMs) this.#scopes.delete(key);
    for (const [key, { newestMs }] of this.#series) if (newestMs < silentSinceMs) this.#series.delete(key);
  }

  #seriesWith(tags: readonly Tag[]): readonly Series[] {
    const [first, ...rest] = tags;
    if (!first) return [...this.#series.values()];
    let values = this.#index.get(first[0]);
    if (!values) {
      values = indexBy(first[0], this.#series.values());
      this.#index.set(first[0], values);
    }
    return (values.get(first[1]) ?? []).filter((series) =>
      rest.every(([key, value]) => series.tags.some((tag) => tag[0] === key && tag[1] === value)),
    );
  }
}

function indexBy(key: string, all: Iterable<Series>): Map<string, Series[]> {
  const index = new Map<string, Series[]>();
  for (const series of all) {
    const value = series.tags.find((tag) => tag[0] === key)?.[1];
    if (value === undefined) continue;
    const same = index.get(value);
    if (same) same.push(series);
    else index.set(value, [series]);
  }
  return index;
}

/** Rows come again in the next round, and late ones out of order; the cell ends up the same in any order. */
export function mergeCell(cells: Float64Array, at: number, timeMs: number, value: number): void {
  const newestMs = cells[at]!;
  const previousMs = cells[at + 2]!;
  if (timeMs === newestMs) {
    cells[at + 1] = value;
  } else if (Number.isNaN(newestMs) || timeMs > newestMs) {
    cells[at + 2] = newestMs;
    cells[at + 3] = cells[at + 1]!;
    cells[at] = timeMs;
    cells[at + 1] = value;
  } else if (Number.isNaN(previousMs) || timeMs >= previousMs) {
    cells[at + 2] = timeMs;
    cells[at + 3] = value;
  }
}
