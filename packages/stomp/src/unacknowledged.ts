/** What is known by the broker's number of it. */
export interface Numbered {
  readonly number: number;
}

/**
 * What one subscription has been sent and its client has not answered yet, in the order of sending.
 * The only record of it: queues take back from here what was lost, a window counts here what is under way.
 */
export class Unacknowledged<T extends Numbered> {
  readonly #waiting = new Map<number, T>();
  readonly #isCumulative: boolean;
  #highest = 0;

  /** `isCumulative`: an answer counts for all that were sent before as well (`ack:client`). */
  constructor(isCumulative: boolean) {
    this.#isCumulative = isCumulative;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether an answer of that number would be in order. */
  knows(number: number): boolean {
    return this.#waiting.has(number) || (this.#isCumulative && number <= this.#highest);
  }

  /** Records one; to be called before it is sent, because the answer may come at once. */
  add(publication: T): void {
    this.#waiting.set(publication.number, publication);
    this.#highest = Math.max(this.#highest, publication.number);
  }

  /**
   * Takes out what an ACK or NACK of that number answers, oldest first. Empty where a cumulative answer has
   * covered it already; undefined where no such message waits.
   */
  settle(number: number): readonly T[] | undefined {
    const named = this.#waiting.get(number);
    if (!named) return this.knows(number) ? [] : undefined;
    const settled: T[] = [];
    for (const each of this.#isCumulative ? this.#waiting.values() : [named]) {
      settled.push(each);
      this.#waiting.delete(each.number);
      if (each === named) break;
    }
    return settled;
  }

  /** Takes out one that never reached the client; false where it is not there any more. */
  forget({ number }: Numbered): boolean {
    return this.#waiting.delete(number);
  }

  /** Takes out everything, oldest first. */
  takeAll(): readonly T[] {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    return all;
  }
}
