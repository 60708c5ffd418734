import type { Subscriber } from './broker.ts';
import type { Publication } from './publication.ts';

/** Messages given out before others get their turn: some ms, at 30 µs each (measured). */
const batch = 256;

/** What a queue tells of its messages, and asks for. */
export interface QueueEvents {
  delivered(): void;
  /** It is gone for good. */
  consumed(publication: Publication): void;
  /** Calls back soon, when others have had their turn. What it returns takes that back. */
  later(callback: () => void): () => void;
}

interface Returned {
  readonly publication: Publication;
  /** Who did not want it: whoever else can take it is asked first. */
  readonly from: Subscriber;
}

/**
 * One queue: each message goes to one of its consumers, in turn among those that have room, and stays until
 * it is consumed. Messages that come back go before those that were never given out, in their old order.
 */
export class Queue {
  readonly #events: QueueEvents;
  readonly #waiting = new Set<Publication>();
  readonly #returned: Returned[] = [];
  /** In the order of their turns. */
  readonly #consumers = new Set<Subscriber>();
  #isGiving = false;
  #cancelRest: (() => void) | undefined;
  #unanswered = 0;

  constructor(events: QueueEvents) {
    this.#events = events;
  }

  /** Whether nothing is left of it: no message, given out or not, and no consumer. */
  get isIdle(): boolean {
    return (
      this.#consumers.size === 0 && this.#waiting.size + this.#returned.length === 0 && this.#unanswered === 0
    );
  }

  add(publication: Publication): void {
    this.#waiting.add(publication);
    this.give();
  }

  join(consumer: Subscriber): void {
    this.#consumers.add(consumer);
    this.give();
  }

  /** Whether it was one of the consumers. */
  leave(consumer: Subscriber): boolean {
    const isFound = this.#consumers.delete(consumer);
    if (this.#consumers.size === 0) this.#stopRest();
    return isFound;
  }

  /** The messages have done their work. */
  settle(publications: readonly Publication[]): void {
    this.#unanswered -= publications.length;
    for (const each of publications) this.#events.consumed(each);
    this.give();
  }

  /** The messages come back, marked as redelivered. */
  takeBack(publications: readonly Publication[], from: Subscriber): void {
    this.#unanswered -= publications.length;
    for (const each of publications) this.#insert({ publication: each, from });
    this.give();
  }

  /**
   * Gives out what can be given out, a batch now and the rest later: a consumer may come to thousands of
   * messages. Called again from within, it leaves the rest to the call under way.
   */
  give(): void {
    if (this.#isGiving) return;
    this.#isGiving = true;
    try {
      let given = 0;
      while (given < batch && this.#giveNext()) given += 1;
      if (given === batch) this.#cancelRest ??= this.#events.later(() => this.#giveRest());
    } finally {
      this.#isGiving = false;
    }
  }

  #giveRest(): void {
    this.#cancelRest = undefined;
    this.give();
  }

  #stopRest(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
  }

  // A client may send thousands of NACKs at once, so what is there is not sorted again for each.
  #insert(returned: Returned): void {
    const { number } = returned.publication;
    let [low, high] = [0, this.#returned.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#returned[middle]?.publication.number ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    this.#returned.splice(low, 0, returned);
  }

  #giveNext(): boolean {
    const [returned] = this.#returned;
    const [first] = this.#waiting;
    const publication = returned?.publication ?? first;
    if (!publication) return false;
    const consumer = this.#choose(returned?.from);
    if (!consumer) return false;
    if (returned) this.#returned.shift();
    else this.#waiting.delete(publication);
    this.#consumers.delete(consumer);
    this.#consumers.add(consumer);
    if (consumer.isAcknowledging) this.#unanswered += 1;
    else this.#events.consumed(publication);
    this.#events.delivered();
    consumer.deliver(returned ? publication.again() : publication);
    return true;
  }

  #choose(last: Subscriber | undefined): Subscriber | undefined {
    for (const each of this.#consumers) if (each !== last && each.hasRoom()) return each;
    return last && this.#consumers.has(last) && last.hasRoom() ? last : undefined;
  }
}
