/** Time and timers, so that tests can turn them. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** The same, possibly as of an earlier moment of this turn of the loop: for what is asked thousands of times in one. */
  recentMs?(): number;
  /**
   * Calls once after so many ms, never where that is Infinity; what it returns cancels. `holdsProcess`: the process does
   * not end before, though nothing else keeps it alive.
   */
  setTimer(afterMs: number, callback: () => void, holdsProcess?: boolean): () => void;
}

/** What is longer Node calls at once. */
const longestTimerMs = 2 ** 31 - 1;

let recentMs = 0;
let isStale = true;

function makeStale(): void {
  isStale = true;
}

/** The clock of the machine. */
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
  setTimer(afterMs, callback, holdsProcess = false) {
    if (afterMs > longestTimerMs) return setLongTimer(afterMs, callback, holdsProcess);
    const timer = setTimeout(callback, afterMs);
    if (!holdsProcess) timer.unref();
    return () => clearTimeout(timer);
  },
};

function setLongTimer(afterMs: number, callback: () => void, holdsProcess: boolean): () => void {
  const goOn = () => {
    cancel = systemClock.setTimer(afterMs - longestTimerMs, callback, holdsProcess);
  };
  let cancel = systemClock.setTimer(longestTimerMs, goOn, holdsProcess);
  return () => cancel();
}
