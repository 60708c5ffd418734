import type { Clock } from '../clock.ts';
import type { MaybePromise } from '../maybePromise.ts';
import { pauseMs, turnMs } from '../turn.ts';

/** Goes on with some work until it is done, which it answers by true, or its turn is over. */
export type Work = (isTurnOver: () => boolean) => boolean;

interface Entry {
  readonly work: Work;
  state: 'waiting' | 'done' | 'failed';
  error: unknown;
  settle: (() => void) | undefined;
}

/**
 * Work that is done one after the other, in order, cut into turns that all of it shares: others have theirs in between.
 * What fits in one turn is done at once, and the clock is not looked at unless the work asks for it.
 */
export class Line {
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #entries: Entry[] = [];
  #isWorking = false;
  #isHurried = false;
  // Undefined until somebody looks at the clock.
  #endMs: number | undefined;
  #lastMs = -Infinity;
  #cancelRest: (() => void) | undefined;

  /** `report` is told of what work threw that nobody waits for. */
  constructor(clock: Clock, report: (error: unknown) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * Does some work when all that came before is done. Undefined where it is done at once, or comes from within other
   * work and follows that; else a promise. Throws or rejects with what the work throws. `isPatient`: it is one of many
   * that may come in one round of the loop, and waits where those before it have used up their turn.
   */
  add(work: Work, isPatient = false): MaybePromise<void> {
    const entry: Entry = { work, state: 'waiting', error: undefined, settle: undefined };
    this.#entries.push(entry);
    if (this.#isWorking) return undefined;
    if (this.#entries.length === 1 && !this.#mayBegin(isPatient)) this.#rest();
    else if (this.#entries.length === 1) {
      entry.settle = toldBelow;
      this.#takeTurn();
      if (entry.state === 'failed') throw entry.error;
      if (entry.state === 'done') return undefined;
    }
    return new Promise((resolve, reject) => {
      entry.settle = () => (entry.state === 'failed' ? reject(entry.error) : resolve());
    });
  }

  /** Does all that waits, without a pause; a promise where it comes from within the work. */
  finish(): MaybePromise<void> {
    this.#isHurried = true;
    // The work under way goes on when its caller is done with this.
    if (this.#isWorking) return Promise.resolve();
    this.#takeTurn();
    return undefined;
  }

  #mayBegin(isPatient: boolean): boolean {
    const sinceMs = this.#lastMs;
    if (isPatient) this.#lastMs = this.#clock.monotonicMs();
    const passedMs = this.#lastMs - sinceMs;
    if (!isPatient || this.#endMs === undefined || passedMs > pauseMs) {
      this.#endMs = undefined;
      return true;
    }
    // What was done besides is no part of the turn.
    this.#endMs += passedMs;
    return this.#lastMs <= this.#endMs;
  }

  #rest(): void {
    this.#cancelRest = this.#clock.setTimer(0, () => {
      this.#mayBegin(false);
      this.#takeTurn();
    });
  }

  #takeTurn(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#isWorking = true;
    for (let first = this.#entries[0]; first; first = this.#entries[0]) {
      this.#goOn(first);
      if (first.state === 'waiting') break;
      this.#entries.shift();
      if (this.#entries.length > 0 && this.#isTurnOver()) break;
    }
    this.#isWorking = false;
    this.#isHurried = false;
    if (this.#entries.length > 0) this.#rest();
  }

  #goOn(entry: Entry): void {
    try {
      if (entry.work(this.#isTurnOver)) entry.state = 'done';
    } catch (error) {
      entry.state = 'failed';
      entry.error = error;
      if (!entry.settle) this.#report(error);
    }
    if (entry.state !== 'waiting') entry.settle?.();
  }

  readonly #isTurnOver = () => {
    if (this.#isHurried) return false;
    this.#lastMs = this.#clock.monotonicMs();
    this.#endMs ??= this.#lastMs + turnMs;
    return this.#lastMs > this.#endMs;
  };
}

// Whoever waits for it is told by `add`. One for all: a closure would keep each entry from the young generation's collector.
function toldBelow(): void {}
