import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { History, HistorySeries, MetricStore } from '../store/metricStore.ts';
import { StoreError } from '../store/metricStore.ts';
import { type FleetRule, fleetRules, joinedColumns, ruled, selectionOf } from './fleetRules.ts';
import { toRecord } from './json.ts';
import { tagOf } from './readings.ts';
import type { FigureColumn } from './snapshots.ts';

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
    const names = [...new Set(found.flatMap(({ values }) => [...values.keys()]))].filter(sees).sort();
    const texts: string[] = [];
    const pause = pauses();
    for (const name of names) {
      const own = columns.flatMap((column, index) => {
        const values = found[index]?.values.get(name);
        return values === undefined ? [] : [[column, values] as const];
      });
      texts.push(`${JSON.stringify(name)}:${JSON.stringify(toRecord(own))}`);
      await pause();
    }
    const times = JSON.stringify(found[0]?.times ?? []);
    const body = `{"bucketMs":${bucketMs},"times":${times},"hosts":{${texts.join()}}}`;
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

/** Work longer than this lets others have their turn. */
const sliceMs = 3;

/** A function to be called between steps of long work: it waits for a turn of the event loop when it is time to. */
function pauses(): () => Promise<void> | undefined {
  let startedMs = performance.now();
  return () => {
    if (performance.now() - startedMs < sliceMs) return undefined;
    return nextTurn().then(() => {
      startedMs = performance.now();
    });
  };
}

/** A column of the fleet from the history of its series; hosts without a figure are left out. */
async function columnOf(rule: FleetRule, { times, series }: History): Promise<Column> {
  const byHost = new Map<string, HistorySeries[]>();
  for (const one of series) {
    const host = tagOf(one.tags, 'host');
    if (host === undefined) continue;
    const own = byHost.get(host);
    if (own === undefined) byHost.set(host, [one]);
    else own.push(one);
  }
  const values = new Map<string, (number | null)[]>();
  const pause = pauses();
  for (const [host, own] of byHost) {
    const columns = ruled(rule, own).map((ofOne) =>
      ofOne.flatMap((one) => one.columns.get(rule.field) ?? []),
    );
    const row = joinedColumns(rule, columns, times.length);
    if (row !== undefined) values.set(host, row);
    await pause();
  }
  return { times, values };
}
