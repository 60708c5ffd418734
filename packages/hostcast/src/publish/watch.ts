import type { Clock } from '../clock.ts';
import { hostDestination, hostOfDestination } from './destinations.ts';

/** How long a destination goes on being asked for after its last viewer left. */
const lingerMs = 5 * 60_000;
/** Hosts that are subscribed to but unknown, of which so many are asked for in one round. */
const maxUnknown = 100;

/** Whether a destination is reached by a pattern; an exact destination is no pattern of itself. */
export type MatchesPattern = (pattern: string, destination: string) => boolean;

interface Viewers {
  count: number;
  /** Monotonic time at which the last one left; meaningless while there are any. */
  leftAtMs: number;
}

/**
 * Which hosts somebody looks at: those whose destination is subscribed to, by name or by pattern, and those
 * left less than 5 min ago. What viewers name costs a query only where there is such a host, or for a few.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #matches: MatchesPattern;
  readonly #byHost = new Map<string, Viewers>();
  readonly #byPattern = new Map<string, Viewers>();

  constructor(clock: Clock, matches: MatchesPattern) {
    this.#clock = clock;
    this.#matches = matches;
  }

  /**
   * A subscription began; returns the hosts that have to be asked for at once, because nobody watched them.
   * @param known the hosts that the store has
   */
  subscribed(destination: string, known: ReadonlySet<string>): string[] {
    const host = hostOfDestination(destination);
    if (host !== null) {
      const isNew = !this.#isWatched(host);
      enter(this.#byHost, host);
      return isNew ? [host] : [];
    }
    if (!destination.includes('*')) return [];
    const isNew = (one: string) => this.#reaches(destination, one) && !this.#isWatched(one);
    const found = this.#byPattern.has(destination) ? [] : [...known].filter(isNew);
    enter(this.#byPattern, destination);
    return found;
  }

  unsubscribed(destination: string, known: ReadonlySet<string>): void {
    const host = hostOfDestination(destination);
    const viewers = host === null ? this.#byPattern.get(destination) : this.#byHost.get(host);
    if (viewers === undefined) return;
    viewers.count -= 1;
    viewers.leftAtMs = this.#clock.monotonicMs();
    if (viewers.count === 0 && host !== null && !known.has(host)) this.#byHost.delete(host);
  }

  /** The hosts to ask for in this round. */
  hosts(known: ReadonlySet<string>): string[] {
    this.#forgetLeft();
    const hosts = new Set<string>();
    let unknown = 0;
    for (const host of this.#byHost.keys()) {
      if (!known.has(host)) unknown += 1;
      if (known.has(host) || unknown <= maxUnknown) hosts.add(host);
    }
    for (const pattern of this.#byPattern.keys()) {
      for (const host of known) if (this.#reaches(pattern, host)) hosts.add(host);
    }
    return [...hosts];
  }

  #isWatched(host: string): boolean {
    return (
      this.#byHost.has(host) || [...this.#byPattern.keys()].some((pattern) => this.#reaches(pattern, host))
    );
  }

  #reaches(pattern: string, host: string): boolean {
    return this.#matches(pattern, hostDestination(host));
  }

  #forgetLeft(): void {
    const oldestMs = this.#clock.monotonicMs() - lingerMs;
    for (const all of [this.#byHost, this.#byPattern]) {
      for (const [key, { count, leftAtMs }] of all) if (count === 0 && leftAtMs < oldestMs) all.delete(key);
    }
  }
}

function enter(all: Map<string, Viewers>, key: string): void {
  const viewers = all.get(key);
  if (viewers === undefined) all.set(key, { count: 1, leftAtMs: 0 });
  else viewers.count += 1;
}
