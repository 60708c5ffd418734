import type { Clock } from '../../src/clock.ts';

/** A clock that stands still until it is told to move; timers fire in order, their promises settle between. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 1_000;
  readonly #timers = new Set<{ dueMs: number; callback: () => void }>();

  constructor(nowMs = Date.UTC(2026, 10, 22, 12, 0, 3)) {
    this.#wallMs = nowMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#monotonicMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Somebody sets the wall clock; the monotonic clock goes on. */
  step(deltaMs: number): void {
    this.#wallMs += deltaMs;
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#timers.delete(next);
      this.#moveTo(next.dueMs);
      next.callback();
      await settle();
    }
    this.#moveTo(endMs);
    await settle();
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += Math.max(0, monotonicMs - this.#monotonicMs);
    this.#monotonicMs = Math.max(monotonicMs, this.#monotonicMs);
  }
}

/** Lets every promise that can go on without a timer or I/O go on. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
