/** Chosen: a delivery takes some microseconds, an encoding of its own included, a look at the clock a tenth of one. */
const visitsAtOnce = 32;

const nothing = new Set<never>().values();

/** Visits the values of many sets, in turns: each value that is still there when its set's turn has come, once. */
export class FanOut<T> {
  readonly #sets: Iterator<ReadonlySet<T> | undefined, void>;
  readonly #visit: (value: T) => void;
  #values: Iterator<T, unknown> & Iterable<T> = nothing;

  constructor(sets: Iterator<ReadonlySet<T> | undefined, void>, visit: (value: T) => void) {
    this.#sets = sets;
    this.#visit = visit;
  }

  /** Goes on until all are visited, which it answers by true, or the turn is over. */
  goOn(isTurnOver: () => boolean): boolean {
    const visit = this.#visit;
    let visits = 0;
    for (;;) {
      // A set's iterator goes on where a loop over it was left.
      for (const value of this.#values) {
        visit(value);
        visits += 1;
        if (visits % visitsAtOnce === 0 && isTurnOver()) return false;
      }
      const next = this.#sets.next();
      if (next.done) return true;
      if (next.value) this.#values = next.value.values();
      else if (isTurnOver()) return false;
    }
  }
}
