import type { Clock } from './clock.ts';

// Chosen: a quarter of the shortest time that anybody is likely to watch. So much of a stop may go unnoticed.
const tickMs = 250;

/**
 * Counts only the time in which this process could do anything: neither while it computes at a stretch nor
 * while it is stopped could it have read what others sent. While timers run it looks every quarter of a second
 * how late it is; what that finds is taken off, from the timers that run as well.
 */
export class RunningClock implements Clock {
  readonly #clock: Clock;
  #timers = 0;
  #stoppedMs = 0;
  #tickDueMs = Infinity;
  #cancelTick = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    // One look: every delivery asks.
    const nowMs = this.#clock.monotonicMs();
    return nowMs - this.#stoppedMs - Math.max(0, nowMs - this.#tickDueMs);
  }

  setTimer(afterMs: number, callback: () => void): () => void {
    const dueMs = this.monotonicMs() + afterMs;
    let isOver = false;
    const finish = () => {
      if (isOver) return;
      isOver = true;
      this.#timers -= 1;
      if (this.#timers === 0) this.#stopTicks();
    };
    const check = () => {
      const restMs = dueMs - this.monotonicMs();
      // Timers count whole milliseconds.
      if (restMs >= 1) {
        cancel = this.#clock.setTimer(restMs, check);
        return;
      }
      finish();
      callback();
    };
    this.#timers += 1;
    if (this.#timers === 1) this.#startTick();
    let cancel = this.#clock.setTimer(afterMs, check);
    return () => {
      cancel();
      finish();
    };
  }

  #lateMs(): number {
    return Math.max(0, this.#clock.monotonicMs() - this.#tickDueMs);
  }

  #startTick(): void {
    this.#tickDueMs = this.#clock.monotonicMs() + tickMs;
    this.#cancelTick = this.#clock.setTimer(tickMs, () => {
      this.#stoppedMs += this.#lateMs();
      this.#startTick();
    });
  }

  #stopTicks(): void {
    this.#stoppedMs += this.#lateMs();
    this.#tickDueMs = Infinity;
    this.#cancelTick();
  }
}
