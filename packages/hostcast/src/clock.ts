import { performance } from 'node:perf_hooks';

/** Time as an argument, so that tests can move it. */
export interface Clock {
  /** Wall clock, epoch ms; may jump. */
  nowMs(): number;
  /** Milliseconds since some moment; never jumps, never goes back. */
  monotonicMs(): number;
  /** Calls back once after a delay of at most 24 days; returns the way to cancel. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
