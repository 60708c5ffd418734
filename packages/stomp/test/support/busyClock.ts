import { systemClock } from '@hostcast/stomp';
import { FakeClock } from '@hostcast/stomp/testing';

/** A machine on which every look at the clock finds another millisecond gone. */
export function busyClock(): typeof systemClock {
  let ms = 0;
  return { ...systemClock, monotonicMs: () => (ms += 1) };
}

/** A clock that is told when timers fall due, on such a machine. */
export class BusyFakeClock extends FakeClock {
  /** How often it was looked at. */
  looks = 0;
  /** What waits for its next turn. */
  readonly resting = new Set<() => void>();

  readonly #stepMs: number;

  /** `stepMs`: what each look at it takes. */
  constructor(stepMs = 1) {
    super();
    this.#stepMs = stepMs;
  }

  override monotonicMs(): number {
    this.looks += 1;
    this.block(this.#stepMs);
    return super.monotonicMs();
  }

  override setTimer(afterMs: number, callback: () => void): () => void {
    if (afterMs > 0) return super.setTimer(afterMs, callback);
    this.resting.add(callback);
    return () => void this.resting.delete(callback);
  }

  /** Lets all that rests have its next turn. */
  nextTurn(): void {
    for (const callback of [...this.resting]) if (this.resting.delete(callback)) callback();
  }
}
