import type { LatestTable, Point, Selection } from '@hostcast/tsdb';
import {
  type History,
  type HistoryQuery,
  type HostInfo,
  type MetricStore,
  type StoreCondition,
  StoreError,
} from './metricStore.ts';

/** Most stores are open by then: nobody has to see one that is not. */
const patienceMs = 500;

/**
 * The store, or, where it takes longer than half a second to open, one in its place that answers
 * `ERR_STORE_UNAVAILABLE` until then.
 * @throws what the opening throws in that time; later only `opening` does
 */
export async function whileOpening(
  opening: Promise<MetricStore>,
  { waitMs = patienceMs } = {},
): Promise<MetricStore> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitMs);
  });
  try {
    return (await Promise.race([opening, patience])) ?? new OpeningStore(opening);
  } finally {
    clearTimeout(timer);
  }
}

class OpeningStore implements MetricStore {
  readonly #opened: Promise<void>;
  #store: MetricStore | undefined;

  constructor(opening: Promise<MetricStore>) {
    this.#opened = opening.then(
      (store) => {
        this.#store = store;
      },
      () => undefined, // whoever opens it is told
    );
  }

  async write(points: readonly Point[], isMoreComing?: boolean): Promise<void> {
    return this.#mustBeOpen().write(points, isMoreComing);
  }

  async latest(selections: readonly Selection[]): Promise<readonly (readonly LatestTable[])[]> {
    return this.#mustBeOpen().latest(selections);
  }

  async history(query: HistoryQuery): Promise<History> {
    return this.#mustBeOpen().history(query);
  }

  async hosts(): Promise<readonly HostInfo[]> {
    return this.#mustBeOpen().hosts();
  }

  async condition(): Promise<StoreCondition> {
    const store = this.#mustBeOpen();
    if (store.condition === undefined) throw unavailable('the store does not tell its condition');
    return store.condition();
  }

  async close(): Promise<void> {
    await this.#opened;
    await this.#store?.close();
  }

  #mustBeOpen(): MetricStore {
    if (this.#store === undefined) throw unavailable('hostcast is starting: its store is still being opened');
    return this.#store;
  }
}

function unavailable(message: string): StoreError {
  return new StoreError('ERR_STORE_UNAVAILABLE', message);
}
