import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { History, HistorySeries, MetricStore } from '../store/metricStore.ts';
import { type FleetRule, fleetRules, joinedColumns, ruled, selectionOf } from './fleetRules.ts';
import { toRecord } from './json.ts';
import { KeptAnswers } from './keptAnswers.ts';
import { pauses } from './pauses.ts';
import { tagOf } from './readings.ts';
import type { FigureColumn } from './snapshots.ts';
import { Turns } from './turns.ts';

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
  /** When an answer may be made. */
  readonly turns: Turns;
}

/** A column of all hosts. */
interface Column {
  readonly times: readonly number[];
  readonly values: ReadonlyMap<string, readonly (number | null)[]>;
}

/** Columns that are asked of the store at the same time. */
const columnsAtOnce = 2;
/** Octets of bodies that are kept: a page asks for a few, all pages for the same. */
const keptOctets = 64 * 1024 * 1024;
/** The same of columns: as many figures as the largest answer has. */
const keptFigures = 5_000_000;

/**
 * History of the fleet, for as many viewers as there are: a column over a range is asked of the store once per tick,
 * whoever wants it, and the body that everybody gets who sees every host is made once.
 */
export class FleetHistories {
  readonly #options: FleetHistoriesOptions;
  readonly #columns: KeptAnswers<Column>;
  readonly #bodies: KeptAnswers<FleetAnswer>;
  readonly #columnTurns = new Turns({ atOnce: columnsAtOnce });

  constructor(options: FleetHistoriesOptions) {
    this.#options = options;
    const { clock, intervalMs: keepMs } = options;
    this.#columns = new KeptAnswers({ clock, keepMs, weigh: figuresOf, mostWeight: keptFigures });
    this.#bodies = new KeptAnswers({
      ...{ clock, keepMs, weigh: ({ body }: FleetAnswer) => body.length + 1_000, mostWeight: keptOctets },
    });
  }

  /**
   * @param asker who asks, as `Turns` tells them apart
   * @param sees who of the hosts is shown; left out: all
   * @throws StoreError
   */
  answer(question: FleetQuestion, asker: string, sees?: (host: string) => boolean): Promise<FleetAnswer> {
    const { turns } = this.#options;
    if (sees !== undefined) return turns.run(asker, () => this.#compose(question, sees));
    const { columns, fromMs, toMs, bucketMs } = question;
    const key = [columns.join(), fromMs, toMs, bucketMs].join(' ');
    return this.#bodies.answer(key, () => turns.run(asker, () => this.#compose(question, () => true)));
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
    return this.#columns.answer(key, () =>
      this.#columnTurns.run('', async () => {
        const selection = selectionOf(rule);
        return columnOf(rule, await this.#options.store.history({ selection, fromMs, toMs, bucketMs }));
      }),
    );
  }
}

function figuresOf({ times, values }: Column): number {
  return 100 + times.length * values.size;
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
