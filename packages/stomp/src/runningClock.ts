import type { Clock } from './clock.ts';
import { turnMs } from './turn.ts';
import { Deadline, Wheel } from './wheel.ts';

// Chosen: a quarter of the shortest time that anybody is likely to watch. So much of a stop may go unnoticed.
const tickMs = 250;

/** Where more deadlines wait than this, they are looked after in groups. */
export const crowd = 1_000;

/** How late a deadline of a crowd may be, ms. Chosen: 10,000 idle sessions have two or three in each ms. */
export const crowdLateMs = 16;

/**
 * Counts only the time in which this process could do anything: neither while it computes at a stretch nor
 * while it is stopped could it have read what others sent. While somebody waits to whom that matters it looks every
 * quarter of a second how late it is; what that finds is taken off.
 *
 * All that waits hangs on one wheel and one timer of the machine, which runs only while something does. Nothing
 * fires early; each fires in the millisecond in which it is due, in a crowd up to `crowdLateMs` later. What is due
 * together, as after a stop, is fired in turns.
 */
export class RunningClock implements Clock {
  readonly #clock: Clock;
  readonly #wheel: Wheel;
  // Of what is armed, that to which a stop matters.
  #running = 0;
  // Minus zero is no whole number to V8, which compiles anew what has met one where a fraction comes.
  #lastPlace = -0;
  #stoppedMs = -0;
  #tickDueMs = Infinity;
  #lookedMs = -Infinity;
  // When the timer is due.
  #wakeMs = Infinity;
  #cancelWake = () => {};
  #isFiring = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new Wheel(Math.floor(clock.monotonicMs()));
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#runningMs(this.#clock.monotonicMs());
  }

  /** In whole ms, for those who ask for each delivery: a fraction would be an object for each. */
  recentMs(): number {
    return Math.floor(this.#runningMs(this.#clock.recentMs?.() ?? this.#clock.monotonicMs()));
  }

  #runningMs(nowMs: number): number {
    return nowMs - this.#stoppedMs - Math.max(0, nowMs - this.#tickDueMs);
  }

  /** Whether so many wait that each should keep out of the others' way. */
  get isCrowded(): boolean {
    return this.#wheel.size > crowd;
  }

  /**
   * A place in the crowd, from 0 to 1, for one who is to keep out of the others' way: even, and next to whoever asked
   * before. Who came together lies together in memory, and has its turn together then: with 10,000 idle sessions,
   * measured in turn, that takes some fifth less of the processor than places by chance.
   */
  nextPlace(): number {
    this.#lastPlace = (this.#lastPlace + 1 / Math.max(1, this.#wheel.size)) % 1;
    return this.#lastPlace;
  }

  /**
   * Fires a deadline after so many ms, and not when it was armed for before. Not all of them need have been running
   * time: where that matters, ask `monotonicMs` and arm again. `isRunning`: whether it matters.
   */
  arm(deadline: Deadline, afterMs: number, isRunning = true): void {
    const nowMs = this.#clock.monotonicMs();
    this.#forget(deadline);
    if (this.#wheel.size === 0) this.#wheel.turn(Math.floor(nowMs));
    this.#wheel.arm(deadline, Math.ceil(nowMs + afterMs));
    deadline.isRunning = isRunning;
    if (isRunning) this.#running += 1;
    if (this.#isFiring) return;
    this.#startTicks(nowMs);
    if (Math.min(deadline.tick, this.#tickDueMs) < this.#wakeMs) this.#setWake(nowMs);
  }

  /** Nothing where it is not armed. */
  disarm(deadline: Deadline): void {
    if (!deadline.isArmed) return;
    this.#forget(deadline);
    if (!this.#isFiring) this.#rest();
  }

  setTimer(afterMs: number, callback: () => void): () => void {
    const timer = new Timer(this, afterMs, callback);
    this.arm(timer, afterMs);
    return () => this.disarm(timer);
  }

  #forget(deadline: Deadline): void {
    if (!deadline.isArmed) return;
    this.#wheel.disarm(deadline);
    if (deadline.isRunning) this.#running -= 1;
  }

  #startTicks(nowMs: number): void {
    if (this.#running > 0 && this.#tickDueMs === Infinity) this.#tickDueMs = nowMs + tickMs;
  }

  // What nobody waits for any more is not looked after.
  #rest(): void {
    if (this.#running === 0 && this.#tickDueMs !== Infinity) {
      this.#stoppedMs += Math.max(0, this.#clock.monotonicMs() - this.#tickDueMs);
      this.#tickDueMs = Infinity;
    }
    if (this.#wheel.size > 0) return;
    this.#wakeMs = Infinity;
    this.#cancelWake();
  }

  #setWake(nowMs: number): void {
    const { nextTick } = this.#wheel;
    const notBeforeMs = this.isCrowded && nextTick > nowMs ? this.#lookedMs + crowdLateMs : nowMs;
    const wakeMs = Math.min(Math.max(nextTick, notBeforeMs), this.#tickDueMs);
    if (wakeMs === this.#wakeMs) return;
    this.#cancelWake();
    this.#wakeMs = wakeMs;
    this.#cancelWake = this.#clock.setTimer(Math.max(0, wakeMs - nowMs), () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#wakeMs = Infinity;
    this.#lookedMs = nowMs;
    if (nowMs >= this.#tickDueMs) {
      this.#stoppedMs += nowMs - this.#tickDueMs;
      this.#tickDueMs = nowMs + tickMs;
    }
    this.#wheel.turn(Math.floor(nowMs));
    this.#isFiring = true;
    try {
      this.#fire(nowMs + turnMs);
    } finally {
      this.#isFiring = false;
      this.#goOn();
    }
  }

  #fire(endMs: number): void {
    for (let due = this.#wheel.take(); due; due = this.#wheel.take()) {
      if (due.isRunning) this.#running -= 1;
      due.fire();
      if (this.#clock.monotonicMs() > endMs) return;
    }
  }

  #goOn(): void {
    this.#rest();
    if (this.#wheel.size === 0) return;
    const nowMs = this.#clock.monotonicMs();
    this.#startTicks(nowMs);
    this.#setWake(nowMs);
  }
}

/** A deadline for those who have only a function. */
class Timer extends Deadline {
  readonly #clock: RunningClock;
  readonly #dueMs: number;
  readonly #callback: () => void;

  constructor(clock: RunningClock, afterMs: number, callback: () => void) {
    super();
    this.#clock = clock;
    this.#dueMs = clock.monotonicMs() + afterMs;
    this.#callback = callback;
  }

  fire(): void {
    const restMs = this.#dueMs - this.#clock.monotonicMs();
    // Timers count whole milliseconds.
    if (restMs >= 1) this.#clock.arm(this, restMs);
    else this.#callback();
  }
}
