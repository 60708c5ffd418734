import type { Clock } from './clock.ts';
import type { MaybePromise } from './maybePromise.ts';

/**
 * How long the work for one client may keep the loop from the others, in ms. Chosen: a megabyte of small frames
 * is work for a tenth of a second.
 */
export const turnMs = 10;

/** Long work for one client, cut into turns: others are served in between. */
export class Turn {
  readonly #clock: Clock;
  #endMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endMs = clock.monotonicMs() + turnMs;
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() > this.#endMs;
  }

  /** Waits for something. That keeps nobody from the loop, so it is not part of the turn. */
  async wait(something: PromiseLike<unknown>): Promise<void> {
    const sinceMs = this.#clock.monotonicMs();
    await something;
    this.#endMs += this.#clock.monotonicMs() - sinceMs;
  }

  /** Resolves when others have had their turn; the next one has begun then. */
  rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(0, () => {
        this.#endMs = this.#clock.monotonicMs() + turnMs;
        resolve();
      });
    });
  }
}

/** Chosen: between two clients of one round of the loop lie some microseconds, others need more for their turn. */
export const pauseMs = 0.5;

/** Work for many clients at once, such as their going: it shares turns, and others are served in between. */
export class SharedTurns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #endMs = -Infinity;
  #lastMs = -Infinity;
  #cancelRest = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does all that waits, without a pause. */
  finish(): void {
    this.#cancelRest();
    for (const work of this.#waiting.splice(0)) this.#do(work);
  }

  /** Does something now or, in order, when its turn comes: then a promise of it. It must not throw. */
  take(work: () => void): MaybePromise<void> {
    if (this.#waiting.length === 0 && this.#isOurs()) {
      this.#do(work);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        work();
        resolve();
      });
      if (this.#waiting.length === 1) this.#rest();
    });
  }

  #isOurs(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastMs > pauseMs) this.#endMs = nowMs + turnMs;
    return nowMs <= this.#endMs;
  }

  #do(work: () => void): void {
    work();
    this.#lastMs = this.#clock.monotonicMs();
  }

  #rest(): void {
    this.#cancelRest = this.#clock.setTimer(0, () => {
      this.#endMs = this.#clock.monotonicMs() + turnMs;
      do {
        const work = this.#waiting[0];
        if (work) this.#do(work);
        this.#waiting.shift();
      } while (this.#waiting.length > 0 && this.#lastMs <= this.#endMs);
      if (this.#waiting.length > 0) this.#rest();
    });
  }
}
