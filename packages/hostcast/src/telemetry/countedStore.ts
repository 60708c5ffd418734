import { type MetricStore, StoreError, type StoreErrorCode } from '../store/metricStore.ts';
import type { QueryFailure } from './metrics.ts';

const kinds: Readonly<Record<StoreErrorCode, QueryFailure>> = {
  ERR_STORE_UNAVAILABLE: 'unavailable',
  ERR_STORE_OVERLOADED: 'overloaded',
  ERR_STORE_REFUSED: 'refused',
};

/** A store whose questions are counted, whoever asks them: all of them, and those that were not answered. */
export function countedStore(
  store: MetricStore,
  count: (kind: QueryFailure) => void,
): MetricStore & { readonly asked: () => number } {
  let asked = 0;
  const counted = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    asked += 1;
    try {
      return await answer;
    } catch (error) {
      count(error instanceof StoreError ? kinds[error.code] : 'other');
      throw error;
    }
  };
  return {
    asked: () => asked,
    write: (points, isMoreComing) => store.write(points, isMoreComing),
    latest: (selections) => counted(store.latest(selections)),
    history: (query) => counted(store.history(query)),
    hosts: () => counted(store.hosts()),
    ...(store.condition && { condition: () => store.condition!() }),
    ...(store.recent && { recent: (selections) => store.recent!(selections) }),
    ...(store.forwarding && { forwarding: () => store.forwarding!() }),
    close: () => store.close(),
  };
}
