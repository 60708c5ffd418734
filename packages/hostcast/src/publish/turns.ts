import { StoreError } from '../store/metricStore.ts';

export interface TurnsOptions {
  /** How much may be worked on at the same time. Default 2. */
  readonly atOnce?: number;
  /** How many may wait in all. Default 2,000 … */
  readonly waiting?: number;
  /** … and of one asker. Default 500. */
  readonly waitingOfOne?: number;
}

/**
 * Lets few large questions be worked on at the same time, so that what they take of the memory is bounded whoever
 * asks. Askers that wait have their turns one after the other: who asks a thousand times delays nobody who asks once.
 */
export class Turns {
  readonly #limits: Required<TurnsOptions>;
  /** By asker; the next is the first one's first. */
  readonly #queues = new Map<string, (() => void)[]>();
  #underWay = 0;
  #waiting = 0;

  constructor({ atOnce = 2, waiting = 2_000, waitingOfOne = 500 }: TurnsOptions = {}) {
    this.#limits = { atOnce, waiting, waitingOfOne };
  }

  /** Works when it is the asker's turn. @throws StoreError `ERR_STORE_OVERLOADED` where too many wait */
  async run<Value>(asker: string, work: () => Promise<Value>): Promise<Value> {
    if (this.#underWay < this.#limits.atOnce) this.#underWay += 1;
    else await this.#wait(asker);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #wait(asker: string): Promise<void> {
    const { waiting, waitingOfOne } = this.#limits;
    const queue = this.#queues.get(asker) ?? [];
    if (this.#waiting >= waiting || queue.length >= waitingOfOne) {
      throw new StoreError('ERR_STORE_OVERLOADED', 'too many questions for history wait: ask again later');
    }
    this.#waiting += 1;
    this.#queues.set(asker, queue);
    return new Promise((resolve) => queue.push(resolve));
  }

  #next(): void {
    const [first] = this.#queues;
    if (first === undefined) {
      this.#underWay -= 1;
      return;
    }
    const [asker, queue] = first;
    this.#waiting -= 1;
    this.#queues.delete(asker);
    const start = queue.shift();
    if (queue.length > 0) this.#queues.set(asker, queue); // behind the others
    start?.();
  }
}
