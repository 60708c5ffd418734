import type { Subscriber } from './broker.ts';
import type { Publication } from './publication.ts';

/** Chosen: a delivery takes some microseconds, an encoding of its own included, a look at the clock a tenth of one. */
const visitsAtOnce = 32;

/** Sets of subscribers, one after the other; undefined in between, where others may have their turn. */
export type SubscriberSets = Iterator<ReadonlySet<Subscriber> | undefined, void>;

/**
 * Gives a message to the subscribers of some sets, in turns: to each that is still there when its set's turn has come,
 * once. One that comes meanwhile came after the message.
 */
export class FanOut {
  readonly #publication: Publication;
  readonly #sets: SubscriberSets | undefined;
  #values: IterableIterator<Subscriber> | undefined;
  #count = 0;
  #visits = 0;

  constructor(publication: Publication, sets: ReadonlySet<Subscriber> | SubscriberSets | undefined) {
    this.#publication = publication;
    if (sets && 'size' in sets) this.#values = sets.values();
    else this.#sets = sets;
  }

  /** Goes on until all are visited, which it answers by true, or the turn is over. */
  goOn(isTurnOver: () => boolean): boolean {
    for (;;) {
      if (this.#values && !this.#visit(this.#values, isTurnOver)) return false;
      const next = this.#sets?.next();
      if (!next || next.done) return true;
      this.#values = next.value?.values();
      if (!next.value && isTurnOver()) return false;
    }
  }

  /** How many got it since this was asked. */
  takeCount(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  // A set's iterator goes on where a loop over it was left.
  #visit(values: Iterable<Subscriber>, isTurnOver: () => boolean): boolean {
    const publication = this.#publication;
    const { number } = publication;
    for (const subscriber of values) {
      if ((subscriber.since ?? 0) < number && !subscriber.hasEnded) {
        this.#count += 1;
        subscriber.deliver(publication);
      }
      this.#visits += 1;
      if (this.#visits % visitsAtOnce === 0 && isTurnOver()) return false;
    }
    return true;
  }
}
