import type { Clock } from './clock.ts';

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
