import type { Clock } from '../clock.ts';
import { hostOfDestination } from './destinations.ts';

/** How long a host goes on being asked for after its last viewer left. */
const lingerMs = 5 * 60_000;

/**
 * Which hosts somebody looks at: those subscribed to, and those left less than 5 min ago. A pattern that
 * covers host destinations watches all hosts.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #coversHosts: (destination: string) => boolean;
  readonly #viewers = new Map<string, number>();
  readonly #leftAtMs = new Map<string, number>();
  #patternViewers = 0;

  /** `coversHosts` tells a pattern that matches host destinations, such as `/topic/hosts.*`. */
  constructor(clock: Clock, coversHosts: (destination: string) => boolean) {
    this.#clock = clock;
    this.#coversHosts = coversHosts;
  }

  /** A subscription began; returns the host that has to be asked for at once, or null. */
  subscribed(destination: string): string | null {
    if (this.#coversHosts(destination)) {
      this.#patternViewers += 1;
      return null;
    }
    const host = hostOfDestination(destination);
    if (host === null) return null;
    const isNew = !this.#viewers.has(host) && !this.#leftAtMs.has(host);
    this.#viewers.set(host, (this.#viewers.get(host) ?? 0) + 1);
    this.#leftAtMs.delete(host);
    return isNew ? host : null;
  }

  unsubscribed(destination: string): void {
    if (this.#coversHosts(destination)) {
      this.#patternViewers -= 1;
      return;
    }
    const host = hostOfDestination(destination);
    const viewers = host === null ? undefined : this.#viewers.get(host);
    if (host === null || viewers === undefined) return;
    if (viewers > 1) {
      this.#viewers.set(host, viewers - 1);
    } else {
      this.#viewers.delete(host);
      this.#leftAtMs.set(host, this.#clock.monotonicMs());
    }
  }

  /** The hosts to ask for in this tick, of those that are known or subscribed to by name. */
  hosts(known: Iterable<string>): string[] {
    const nowMs = this.#clock.monotonicMs();
    for (const [host, leftMs] of this.#leftAtMs) if (nowMs - leftMs > lingerMs) this.#leftAtMs.delete(host);
    const watched = new Set([...this.#viewers.keys(), ...this.#leftAtMs.keys()]);
    if (this.#patternViewers > 0) for (const host of known) watched.add(host);
    return [...watched];
  }

  has(host: string): boolean {
    return this.#patternViewers > 0 || this.#viewers.has(host) || this.#leftAtMs.has(host);
  }
}
