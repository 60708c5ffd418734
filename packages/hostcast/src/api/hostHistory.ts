import type { FastifyRequest } from 'fastify';
import type { FieldKinds } from '../metrics/kinds.ts';
import { historyPanels } from '../publish/panels.ts';
import { pauses } from '../publish/pauses.ts';
import type { HostHistory } from '../publish/snapshots.ts';
import type { Turns } from '../publish/turns.ts';
import type { History, HistoryQuery, MetricStore } from '../store/metricStore.ts';

/** Figures in one answer: about 30 MB of JSON. */
export const maxFigures = 5_000_000;

export interface HostHistoriesOptions {
  readonly store: Pick<MetricStore, 'history'>;
  readonly kindOf: FieldKinds['kindOf'];
  /** When an answer may be made. */
  readonly turns: Turns;
  /** Figures in one answer. Default 5,000,000. */
  readonly mostShown?: number;
  /** Figures that are read for one, of which a page shows a part. Default 25,000,000: 200 MB. */
  readonly mostRead?: number;
}

/** More was asked for than is given; the message says what to do. */
export class TooManyFigures extends Error {}

/** History of single hosts, where equal questions that are under way together are one. */
export class HostHistories {
  readonly #options: HostHistoriesOptions;
  readonly #underWay = new Map<string, Promise<string>>();

  constructor(options: HostHistoriesOptions) {
    this.#options = options;
  }

  /**
   * The answer as JSON.
   * @throws StoreError, TooManyFigures
   */
  answer(host: string, range: Omit<HistoryQuery, 'selection'>, asker: string): Promise<string> {
    const query: HistoryQuery = { selection: { tags: [['host', host]] }, ...range };
    const key = JSON.stringify(query);
    const there = this.#underWay.get(key);
    if (there !== undefined) return there;
    const { store, kindOf, turns, mostShown = maxFigures, mostRead = 5 * maxFigures } = this.#options;
    const made = turns
      .run(asker, async () => {
        const found = await store.history(query);
        const { times } = found;
        check(columnsOf(found) * times.length, mostRead);
        const { panels, ...notes } = await historyPanels(found, kindOf);
        check(shownOf(panels) * times.length, mostShown);
        return await written({ host, bucketMs: range.bucketMs, times, ...notes }, panels);
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, made);
    return made;
  }
}

/** How `Turns` tells askers apart: by login or token, and where there is none by address. */
export function askerOf({ principal, ip }: Pick<FastifyRequest, 'principal' | 'ip'>): string {
  return principal?.login ?? ip;
}

function columnsOf({ series }: History): number {
  let columns = 0;
  for (const one of series) columns += one.columns.size;
  return columns;
}

function shownOf(panels: HostHistory['panels']): number {
  const entries = Object.values(panels).flatMap((panel) => Object.values(panel));
  return entries.reduce<number>(
    (sum, entry) => sum + (Array.isArray(entry) ? 1 : Object.keys(entry).length),
    0,
  );
}

function check(figures: number, most: number): void {
  if (figures <= most) return;
  throw new TooManyFigures(
    `${figures} figures were asked for, at most ${most} are given: ask for fewer points`,
  );
}

/** JSON of it all, panel by panel, so that others have their turns meanwhile. */
async function written(head: Omit<HostHistory, 'panels'>, panels: HostHistory['panels']): Promise<string> {
  const texts: string[] = [];
  const pause = pauses();
  for (const [measurement, panel] of Object.entries(panels)) {
    texts.push(`${JSON.stringify(measurement)}:${JSON.stringify(panel)}`);
    await pause();
  }
  return `${JSON.stringify(head).slice(0, -1)},"panels":{${texts.join()}}}`;
}
