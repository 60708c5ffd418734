import type { Clock } from '../clock.ts';
import type { CostView } from './sessionsBody.ts';

/** What was done and used so far; only ever grows. */
export interface Spent {
  readonly queries: number;
  readonly messages: number;
  readonly bytes: number;
  /** Of all cores, ms. */
  readonly cpuMs: number;
}

interface Sample extends Spent {
  readonly atMs: number;
}

const overMs = 60_000;
/** Below this a rate says nothing yet. */
const leastMs = 1_000;
const keptRounds = 100;

/**
 * What serving everybody costs. Looked at with each tick, without a timer of its own, so that a rate is there at once
 * for whoever begins to look.
 */
export class Cost {
  readonly #clock: Clock;
  readonly #spent: () => Spent;
  readonly #samples: Sample[] = [];
  readonly #rounds: number[] = [];

  constructor({ clock, spent }: { readonly clock: Clock; readonly spent: () => Spent }) {
    this.#clock = clock;
    this.#spent = spent;
    this.ticked();
  }

  /** To be called with each tick. */
  ticked(): void {
    const atMs = this.#clock.monotonicMs();
    this.#samples.push({ ...this.#spent(), atMs });
    // The first one is the newest that is a minute old.
    while (atMs - (this.#samples[1]?.atMs ?? atMs) >= overMs) this.#samples.shift();
  }

  /** A round of queries took so long, ms. */
  round(tookMs: number): void {
    this.#rounds.push(tookMs);
    if (this.#rounds.length > keptRounds) this.#rounds.shift();
  }

  /** How long the rounds took. */
  get rounds(): { readonly lastMs: number | null; readonly p95Ms: number | null } {
    const sorted = this.#rounds.toSorted((a, b) => a - b);
    const p95Ms = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
    return { lastMs: this.#rounds.at(-1) ?? null, p95Ms };
  }

  /** The rates of the last minute. */
  rates(): Omit<CostView, 'viewers' | 'rssBytes'> {
    const now = { ...this.#spent(), atMs: this.#clock.monotonicMs() };
    const before = this.#samples[0] ?? now;
    const seconds = Math.max(leastMs, now.atMs - before.atMs) / 1_000;
    const rate = (what: keyof Spent) => (now[what] - before[what]) / seconds;
    return {
      queriesPerSecond: rate('queries'),
      messagesPerSecond: rate('messages'),
      bytesPerSecond: rate('bytes'),
      cpuPercent: rate('cpuMs') / 10,
    };
  }
}
