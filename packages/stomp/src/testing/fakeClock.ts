import type { Clock } from '../clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on; its timers fall due on the way. */
export class FakeClock implements Clock {
  // In the order in which they were set, so that of two that fall due together the older one comes first.
  readonly #timers = new Set<Timer>();
  #ms: number;

  /** `startMs`: epoch ms at which it stands; default 1,000,000. */
  constructor(startMs = 1_000_000) {
    this.#ms = startMs;
  }

  now(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  setTimer(afterMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#ms + afterMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers are running: 0 once everything has been released. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Goes on by so many ms, calling what falls due on the way, in order. */
  advance(ms: number): void {
    const endMs = this.#ms + ms;
    for (let due = this.#next(endMs); due; due = this.#next(endMs)) {
      this.#timers.delete(due);
      this.#ms = Math.max(this.#ms, due.dueMs);
      due.callback();
    }
    this.#ms = endMs;
  }

  /** Goes on by so many ms in which nothing is called, as where a process is held up; `advance` calls it late. */
  block(ms: number): void {
    this.#ms += ms;
  }

  #next(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
}
