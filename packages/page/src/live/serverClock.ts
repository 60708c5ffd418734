/** A message's send time by the server's clock and its arrival by ours, both epoch ms. */
export interface ClockReading {
  readonly serverMs: number;
  readonly localMs: number;
  /** Its arrival by a clock that nobody sets. */
  readonly monotonicMs: number;
  /** True for the retained message after SUBSCRIBE, which may be as old as a whole interval. */
  readonly retained: boolean;
  readonly intervalMs: number;
}

const kept = 12;
/** Of our clock against the one that nobody sets: more is a clock that was set, or a machine that has slept. */
const stepMs = 1_000;

/**
 * How far the server's clock is ahead of ours, in ms. A message that arrives at once tells the difference
 * exactly, a delayed one tells too little; so of the last readings the largest counts. A retained message
 * that may just be old says nothing against what was known before (at first: that both clocks agree), and is only
 * believed where it cannot be explained by its age, and only until the first fresh one. Readings from before our
 * clock was set are forgotten.
 */
export class ServerClock {
  readonly #offsets: number[] = [];
  #guessMs = 0;
  #aheadMs: number | undefined;

  observe(reading: ClockReading): void {
    const offsetMs = reading.serverMs - reading.localMs;
    this.#noteStep(reading.localMs - reading.monotonicMs);
    if (reading.retained) {
      this.#forget();
      const beyondMs = offsetMs - this.#guessMs;
      const isExplainedByAge = beyondMs <= 0 && beyondMs >= -(reading.intervalMs + 5_000);
      if (!isExplainedByAge) this.#guessMs = offsetMs;
      return;
    }
    this.#offsets.push(offsetMs);
    if (this.#offsets.length > kept) this.#offsets.shift();
  }

  /** The server's time at our time `localMs`. */
  serverMs(localMs: number): number {
    return localMs + (this.#offsets.length > 0 ? Math.max(...this.#offsets) : this.#guessMs);
  }

  #noteStep(aheadMs: number): void {
    if (this.#aheadMs !== undefined && Math.abs(aheadMs - this.#aheadMs) > stepMs) this.#forget();
    this.#aheadMs = aheadMs;
  }

  #forget(): void {
    this.#guessMs = this.serverMs(0);
    this.#offsets.length = 0;
  }
}
