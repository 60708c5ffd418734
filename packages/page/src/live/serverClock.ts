/** A message's send time by the server's clock and its arrival by ours, both epoch ms. */
export interface ClockReading {
  readonly serverMs: number;
  readonly localMs: number;
  /** True for the retained message after SUBSCRIBE, which may be as old as a whole interval. */
  readonly retained: boolean;
  readonly intervalMs: number;
}

const kept = 12;

/**
 * How far the server's clock is ahead of ours, in ms. A message that arrives at once tells the difference
 * exactly, a delayed one tells too little; so of the last readings the largest counts. A retained message
 * that may just be old says nothing against our own clock, and is only believed where it cannot be explained
 * by its age, and only until the first fresh one.
 */
export class ServerClock {
  private readonly offsets: number[] = [];
  private guessMs = 0;

  observe(reading: ClockReading): void {
    const offsetMs = reading.serverMs - reading.localMs;
    if (reading.retained) {
      const isExplainedByAge = offsetMs <= 0 && offsetMs >= -(reading.intervalMs + 5_000);
      this.guessMs = isExplainedByAge ? 0 : offsetMs;
      return;
    }
    this.offsets.push(offsetMs);
    if (this.offsets.length > kept) this.offsets.shift();
  }

  /** The server's time at our time `localMs`. */
  serverMs(localMs: number): number {
    return localMs + (this.offsets.length > 0 ? Math.max(...this.offsets) : this.guessMs);
  }
}
