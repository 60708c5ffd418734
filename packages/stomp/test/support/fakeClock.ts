/** A clock that stands still until it is told to go on. */
export class FakeClock {
  #ms = 1_000_000;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  setTimer(afterMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#ms + afterMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Goes on by so many ms, calling what falls due on the way, in order. */
  advance(ms: number): void {
    const endMs = this.#ms + ms;
    for (;;) {
      const due = this.#timers.filter((each) => each.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((each) => each !== due);
      this.#ms = Math.max(this.#ms, due.dueMs);
      due.callback();
    }
    this.#ms = endMs;
  }
}
