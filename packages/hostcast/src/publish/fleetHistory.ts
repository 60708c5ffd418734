import { createHash } from 'node:crypto';
import type { Tag } from '@hostcast/tsdb';
import type { Clock } from '../clock.ts';
import type { History, HistorySeries, MetricStore } from '../store/metricStore.ts';
import { StoreError } from '../store/metricStore.ts';
import { type FigureColumn, type FleetRule, fleetRules, joined, ruled, selectionOf } from './fleetRules.ts';
import { toRecord } from './json.ts';
import { tagOf } from './readings.ts';
import type { FleetHistory } from './snapshots.ts';

/** What is asked: columns of the fleet snapshot, in buckets that begin at multiples of `bucketMs`. */
export interface FleetQuestion {
  readonly columns: readonly FigureColumn[];
  /** A multiple of `bucketMs`, as is `toMs`, which is exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
}

/** An answer as it goes out. */
export interface FleetAnswer {
  readonly body: string;
  /** For ETag: the same for the same body. */
  readonly tag: string;
}

export interface FleetHistoriesOptions {
  readonly store: Pick<MetricStore, 'history'>;
  readonly clock: Clock;
  /** An answer is given again for so long. */
  readonly intervalMs: number;
}

/** A column of all hosts. */
interface Column {
  readonly times: readonly number[];
  readonly values: ReadonlyMap<string, readonly (number | null)[]>;
}

interface Kept<Value> {
  readonly answer: Promise<Value>;
  readonly askedMs: number;
  isDone: boolean;
}

/** Different questions that are answered at the same time, and that may wait. */
const maxUnderWay = 2;
const maxWaiting = 100;
/** Columns and bodies that are kept: a page asks for a few, all pages for the same. */
const maxKept = 32;

/**
 * History of the fleet, for as many viewers as there are: a column over a range is asked of the store once per tick,
 * whoever wants it, and the body that everybody gets who sees every host is made once.
 */
export class FleetHistories {
  readonly #options: FleetHistoriesOptions;
  readonly #columns = new Map<string, Kept<Column>>();
  readonly #bodies = new Map<string, Kept<FleetAnswer>>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(options: FleetHistoriesOptions) {
    this.#options = options;
  }

  /**
   * @param sees who of the hosts is shown; left out: all
   * @throws StoreError
   */
  answer(question: FleetQuestion, sees?: (host: string) => boolean): Promise<FleetAnswer> {
    if (sees !== undefined) return this.#compose(question, sees);
    const { columns, fromMs, toMs, bucketMs } = question;
    const key = [columns.join(), fromMs, toMs, bucketMs].join(' ');
    return this.#kept(this.#bodies, key, () => this.#compose(question, () => true));
  }

  async #compose(question: FleetQuestion, sees: (host: string) => boolean): Promise<FleetAnswer> {
    const { columns, bucketMs } = question;
    const found = await Promise.all(columns.map((column) => this.#column(column, question)));
    const hosts = new Map<string, [FigureColumn, readonly (number | null)[]][]>();
    columns.forEach((column, index) => {
      for (const [host, values] of found[index]!.values) {
        if (!sees(host)) continue;
        const own = hosts.get(host) ?? [];
        hosts.set(host, own);
        own.push([column, values]);
      }
    });
    const sorted = [...hosts].sort(([a], [b]) => (a < b ? -1 : 1));
    const body = JSON.stringify({
      bucketMs,
      times: found[0]?.times ?? [],
      hosts: toRecord(sorted.map(([host, own]) => [host, toRecord(own)])),
    } satisfies FleetHistory);
    return { body, tag: createHash('sha256').update(body).digest('base64url').slice(0, 22) };
  }

  #column(column: FigureColumn, { fromMs, toMs, bucketMs }: FleetQuestion): Promise<Column> {
    const rule = fleetRules[column];
    const key = [column, fromMs, toMs, bucketMs].join(' ');
    return this.#kept(this.#columns, key, () =>
      this.#inTurn(async () => {
        const selection = selectionOf(rule);
        return columnOf(rule, await this.#options.store.history({ selection, fromMs, toMs, bucketMs }));
      }),
    );
  }

  /** What is being asked, or was less than an interval ago; what failed is asked again. */
  #kept<Value>(all: Map<string, Kept<Value>>, key: string, ask: () => Promise<Value>): Promise<Value> {
    const { clock, intervalMs } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [old, { askedMs, isDone }] of all)
      if (isDone && nowMs - askedMs >= intervalMs) all.delete(old);
    const there = all.get(key);
    if (there !== undefined) return there.answer;
    const kept = { answer: ask(), askedMs: nowMs, isDone: false };
    all.set(key, kept);
    kept.answer.then(
      () => {
        kept.isDone = true;
      },
      () => {
        if (all.get(key) === kept) all.delete(key); // who asked is told by the promise itself
      },
    );
    const [oldest] = all.keys();
    if (all.size > maxKept && oldest !== undefined) all.delete(oldest);
    return kept.answer;
  }

  async #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#underWay >= maxUnderWay) {
      if (this.#waiting.length >= maxWaiting) {
        throw new StoreError('ERR_STORE_OVERLOADED', 'too many questions for history wait: ask again later');
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#underWay += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }
}

/** A column of the fleet from the history of its series; hosts without a figure are left out. */
function columnOf(rule: FleetRule, { times, series }: History): Column {
  const byHost = new Map<string, HistorySeries[]>();
  for (const one of series) {
    const host = hostOf(one.tags);
    if (host === undefined) continue;
    const own = byHost.get(host);
    if (own === undefined) byHost.set(host, [one]);
    else own.push(one);
  }
  const values = new Map<string, (number | null)[]>();
  for (const [host, own] of byHost) {
    const columns = ruled(rule, own).map((ofOne) =>
      ofOne.flatMap((one) => one.columns.get(rule.field) ?? []),
    );
    const row = times.map((_, bucket) =>
      joined(
        rule,
        columns.map((ofOne) => thereIn(ofOne, bucket)),
      ),
    );
    if (row.some((value) => value !== null)) values.set(host, row);
  }
  return { times, values };
}

function hostOf(tags: readonly Tag[]): string | undefined {
  return tagOf(tags, 'host');
}

function thereIn(columns: readonly Float64Array[], bucket: number): number[] {
  const there: number[] = [];
  for (const column of columns) {
    const value = column[bucket];
    if (value !== undefined && !Number.isNaN(value)) there.push(value);
  }
  return there;
}
