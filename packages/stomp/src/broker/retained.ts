import type { Replay } from './broker.ts';
import { isPattern } from './destination.ts';
import { compilePattern } from './pattern.ts';
import type { Publication } from './publication.ts';
import { type Loss, RetainedReplay } from './replays.ts';

/** How much is kept at most. */
export interface RetainedLimits {
  readonly retainedMessages: number;
  readonly retainedBytes: number;
}

/** The newest message of each destination, within limits: the longest unchanged goes first. */
export class Retained {
  readonly #limits: RetainedLimits;
  readonly #newest = new Map<string, Publication>();
  /** Those under way, which may need what goes. */
  readonly #replays = new Set<RetainedReplay>();
  #bytes = 0;

  constructor(limits: RetainedLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#newest.size;
  }

  /** Octets of everything kept, headers included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is kept of one destination, or of all that a pattern reaches, up to a number; oldest first. */
  matching(destination: string, upTo: number): Replay | undefined {
    const isOne = !isPattern(destination);
    // Thousands may come at once to where nothing is kept.
    if (isOne ? !this.#newest.has(destination) : this.#newest.size === 0) return undefined;
    const replay: RetainedReplay = new RetainedReplay(
      { isMatch: compilePattern(destination), isOne, upTo },
      {
        all: () => (isOne ? this.#only(destination) : this.#newest.values()),
        get: (found) => this.#newest.get(found),
        ended: () => this.#replays.delete(replay),
      },
    );
    if (replay.isEmpty) return undefined;
    this.#replays.add(replay);
    return replay;
  }

  /** Keeps one instead of the one before; one that is larger than all may be is not kept, and others stay. */
  set(publication: Publication): void {
    const old = this.#delete(publication.destination);
    if (old) this.#tell(old, 'replaced');
    if (publication.octets > this.#limits.retainedBytes) return;
    this.#newest.set(publication.destination, publication);
    this.#bytes += publication.octets;
    publication.keep();
    for (const oldest of this.#newest.values()) {
      if (this.size <= this.#limits.retainedMessages && this.#bytes <= this.#limits.retainedBytes) return;
      this.#delete(oldest.destination);
      this.#tell(oldest, 'out of room');
      oldest.letGo();
    }
  }

  /** Takes one out that is no longer so. Who holds it is not told: that is for the caller to decide. */
  retract(destination: string): Publication | undefined {
    const old = this.#delete(destination);
    if (old) this.#tell(old, 'retracted');
    return old;
  }

  #only(destination: string): Publication[] {
    const publication = this.#newest.get(destination);
    return publication ? [publication] : [];
  }

  #tell(lost: Publication, why: Loss): void {
    for (const replay of this.#replays) replay.lost(lost, why);
  }

  #delete(destination: string): Publication | undefined {
    const old = this.#newest.get(destination);
    if (!old) return undefined;
    this.#newest.delete(destination);
    this.#bytes -= old.octets;
    return old;
  }
}
