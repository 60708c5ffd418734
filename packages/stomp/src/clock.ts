/** Time and timers, so that tests can turn them. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** The same, possibly as of an earlier moment of this turn of the loop: for what is asked thousands of times in one. */
  recentMs?(): number;
  /** Calls once after so many ms; what it returns cancels. */
  setTimer(afterMs: number, callback: () => void): () => void;
}

let recentMs = 0;
let isStale = true;

function makeStale(): void {
  isStale = true;
}

/** The clock of the machine. Its timers keep no process alive: the sockets they watch do. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  recentMs() {
    if (isStale) {
      recentMs = performance.now();
      isStale = false;
      setImmediate(makeStale);
    }
    return recentMs;
  },
  setTimer(afterMs, callback) {
    const timer = setTimeout(callback, afterMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
