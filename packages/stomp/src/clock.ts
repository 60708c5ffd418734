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

// Epoch time moves under a running timer: a clock is set, a machine sleeps. (Above 24.8 days a timer would
// moreover fire at once.)
const longestTimerMs = 60_000;

/**
 * Calls once at a moment of epoch time, however far away; at once where it has passed or is no number. Where
 * the clock is set in between, at most a minute late. What it returns cancels.
 */
export function callAt(clock: Clock, atMs: number, callback: () => void): () => void {
  let cancel = () => {};
  const wait = () => {
    const restMs = atMs - clock.now();
    if (!(restMs > 0)) callback();
    else cancel = clock.setTimer(Math.min(restMs, longestTimerMs), wait);
  };
  wait();
  return () => cancel();
}
