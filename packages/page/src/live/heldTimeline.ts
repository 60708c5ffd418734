import type { HostHistory } from 'hostcast/snapshots';
import { type Sample, Timeline } from './timeline.ts';

/** Samples kept for the next time that history is fetched, or that it goes on: more than a request ever takes. */
const samplesKept = 360;

/** What it asks for: now by the server's clock, epoch ms, and how far apart samples come. */
interface Given {
  readonly rangeMs: number;
  readonly nowMs: () => number;
  readonly intervalMs: () => number;
}

/** A timeline of the newest range that may be held: it then stands still, and later goes on with all that came meanwhile. */
export class HeldTimeline {
  readonly timeline = new Timeline();
  /** How many samples came since it stands still. */
  missed = 0;
  /** Grows whenever the timeline changes. */
  changes = 0;
  readonly #given: Given;
  readonly #samples: Sample[] = [];
  /** Whether it shows samples, with the past before them or, while none is to be had, without. */
  #isShown = false;
  #hasPast = false;
  #heldMs: number | undefined;
  #isBehind = false;

  constructor(given: Given) {
    this.#given = given;
  }

  get isHeld(): boolean {
    return this.#heldMs !== undefined;
  }

  /** Takes a sample, if it is newer than the last one. */
  receive(sample: Sample): void {
    if (sample.timeMs <= (this.#samples.at(-1)?.timeMs ?? 0)) return;
    this.#samples.push(sample);
    if (this.#samples.length > samplesKept) this.#samples.shift();
    if (this.isHeld) this.missed += 1;
    else this.#append([sample]);
  }

  /** Puts the past in front of the samples. */
  load(history: HostHistory, toMs: number): void {
    this.timeline.load(history, this.#samples, { toMs, intervalMs: this.#given.intervalMs() });
    this.#isShown = true;
    this.#hasPast = true;
    this.changes += 1;
  }

  /** Shows the samples alone, since there is no past to be had now. */
  goWithout(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    this.#append(this.#samples);
  }

  /** Forgets the samples, where those that come are older. */
  forget(): void {
    this.#samples.length = 0;
  }

  hold(): void {
    this.#heldMs ??= this.#given.nowMs();
  }

  /** False while it stands still: the past is then to be fetched when it goes on. */
  wantsPast(): boolean {
    this.#isBehind = this.isHeld && this.#isShown;
    return !this.#isBehind;
  }

  /** Goes on; false where too much came meanwhile, so that the past has to be fetched again. */
  release(): boolean {
    const isWhole = !this.#isBehind && this.missed <= samplesKept;
    this.#heldMs = undefined;
    this.#isBehind = false;
    this.missed = 0;
    if (isWhole) this.#append(this.#samples);
    return isWhole;
  }

  /** Whether, standing still, it has all that there was in a stretch. */
  covers({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): boolean {
    if (this.#heldMs === undefined || !this.#hasPast) return false;
    // What was dropped beyond the range by the time that it stood still is a little more than when that was asked for.
    return fromMs >= this.#heldMs - 1.01 * this.#given.rangeMs && toMs <= this.#heldMs;
  }

  #append(samples: readonly Sample[]): void {
    if (!this.#isShown) return;
    this.changes += 1;
    for (const sample of samples) this.timeline.append(sample, this.#given.intervalMs());
    this.timeline.trim(this.#given.nowMs() - this.#given.rangeMs);
  }
}
