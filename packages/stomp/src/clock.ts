/** Time and timers, so that tests can turn them. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** Calls once after so many ms; what it returns cancels. */
  setTimer(afterMs: number, callback: () => void): () => void;
}

/** The clock of the machine. Its timers keep no process alive: the sockets they watch do. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(afterMs, callback) {
    const timer = setTimeout(callback, afterMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
