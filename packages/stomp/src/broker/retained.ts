import type { Publication } from './broker.ts';

/** How much is kept at most. */
export interface RetainedLimits {
  readonly retainedMessages: number;
  readonly retainedBytes: number;
}

/** The newest message of each destination, within limits: the longest unchanged goes first. */
export class Retained {
  readonly #limits: RetainedLimits;
  readonly #newest = new Map<string, Publication>();
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

  get(destination: string): Publication | undefined {
    return this.#newest.get(destination);
  }

  all(): Publication[] {
    return [...this.#newest.values()];
  }

  set(publication: Publication): void {
    this.delete(publication.destination);
    this.#newest.set(publication.destination, publication);
    this.#bytes += publication.octets;
    publication.keep();
    for (const destination of this.#newest.keys()) {
      if (this.size <= this.#limits.retainedMessages && this.#bytes <= this.#limits.retainedBytes) return;
      this.delete(destination)?.letGo();
    }
  }

  /** Takes one out. Who holds it is not told: that is for the caller to decide. */
  delete(destination: string): Publication | undefined {
    const old = this.#newest.get(destination);
    if (!old) return undefined;
    this.#newest.delete(destination);
    this.#bytes -= old.octets;
    return old;
  }
}
