import type { Publication, Subscriber } from './broker.ts';

/** What is told of a queue's messages. */
export interface QueueEvents {
  delivered(): void;
  /** It is gone for good. */
  consumed(publication: Publication): void;
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
    return this.#consumers.delete(consumer);
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
    for (const each of publications) this.#returned.push({ publication: each.again(), from });
    this.#returned.sort((a, b) => a.publication.number - b.publication.number);
    this.give();
  }

  /** Gives out what can be given out. Called again from within, it leaves the rest to the call under way. */
  give(): void {
    if (this.#isGiving) return;
    this.#isGiving = true;
    try {
      while (this.#giveNext());
    } finally {
      this.#isGiving = false;
    }
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
    consumer.deliver(publication);
    return true;
  }

  #choose(last: Subscriber | undefined): Subscriber | undefined {
    for (const each of this.#consumers) if (each !== last && each.hasRoom()) return each;
    return last && this.#consumers.has(last) && last.hasRoom() ? last : undefined;
  }
}
