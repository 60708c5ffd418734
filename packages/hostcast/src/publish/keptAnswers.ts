import type { Clock } from '../clock.ts';

export interface KeptAnswersOptions<Value> {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** An answer is given again for so long. */
  readonly keepMs: number;
  readonly weigh: (answer: Value) => number;
  /** What is kept weighs no more than this in all: the oldest go first. */
  readonly mostWeight: number;
}

interface Kept<Value> {
  readonly answer: Promise<Value>;
  readonly askedMs: number;
  /** Undefined while it is being made. */
  weight: number | undefined;
}

/** Answers that are being made, or were a moment ago, for all who ask the same; what failed is asked again. */
export class KeptAnswers<Value> {
  readonly #options: KeptAnswersOptions<Value>;
  readonly #kept = new Map<string, Kept<Value>>();

  constructor(options: KeptAnswersOptions<Value>) {
    this.#options = options;
  }

  answer(key: string, make: () => Promise<Value>): Promise<Value> {
    const { clock, keepMs, weigh } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [old, { askedMs, weight }] of this.#kept)
      if (weight !== undefined && nowMs - askedMs >= keepMs) this.#kept.delete(old);
    const there = this.#kept.get(key);
    if (there !== undefined) return there.answer;
    const kept: Kept<Value> = { answer: make(), askedMs: nowMs, weight: undefined };
    this.#kept.set(key, kept);
    kept.answer.then(
      (answer) => {
        kept.weight = weigh(answer);
        this.#makeRoom();
      },
      () => this.#kept.delete(key), // who asked is told by the promise itself
    );
    return kept.answer;
  }

  #makeRoom(): void {
    let weight = 0;
    for (const kept of this.#kept.values()) weight += kept.weight ?? 0;
    for (const [key, kept] of this.#kept) {
      if (weight <= this.#options.mostWeight) return;
      if (kept.weight === undefined) continue;
      this.#kept.delete(key);
      weight -= kept.weight;
    }
  }
}
