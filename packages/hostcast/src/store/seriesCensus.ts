import type { Point, Tag } from '@hostcast/tsdb';
import { type RefusedPoints, refusedPoints, StoreError } from './metricStore.ts';
import { type SeriesLimits, tooManyHosts, tooManySeries, tooManySeriesOfHost } from './seriesLimits.ts';

/** A series that was silent for as long, at most twice as long, is counted no more. */
const forgottenAfterMs = 24 * 60 * 60_000;

/** Hashes of the series of one host. */
interface Seen {
  /** Seen since the last turn of the day … */
  today: Set<number>;
  /** … and before it, and not since. */
  yesterday: Set<number>;
}

/** Points by whether they are within the limits. */
export interface Sifted {
  readonly taken: readonly Point[];
  readonly refusal: StoreError | undefined;
}

/**
 * Counts the series that pass, for a database that doesn't: those of the last day since this process started.
 * A number per series is kept, so that the limits bound its memory.
 */
export class SeriesCensus {
  readonly #limits: SeriesLimits;
  readonly #hosts = new Map<string, Seen>();
  /** Series of no host. */
  readonly #others: Seen = { today: new Set(), yesterday: new Set() };
  #count = 0;
  #turnedMs: number;

  constructor(limits: SeriesLimits, nowMs: number) {
    this.#limits = limits;
    this.#turnedMs = nowMs;
  }

  /** The points that may be stored, and what to throw when they are where others may not. */
  sift(points: readonly Point[], nowMs: number): Sifted {
    const refusals: { readonly index: number; readonly reason: string }[] = [];
    const taken = points.filter((point, index) => {
      const reason = this.refusalOf(point, nowMs);
      if (reason !== undefined) refusals.push({ index, reason });
      return reason === undefined;
    });
    return { taken, refusal: refusals.length === 0 ? undefined : tooMany(refusedPoints(refusals)) };
  }

  /** Counts the series of a point; the limit that it is above, in words, or undefined where it may be stored. */
  refusalOf({ measurement, tags }: Point, nowMs: number): string | undefined {
    if (Math.abs(nowMs - this.#turnedMs) >= forgottenAfterMs) this.#turn(nowMs);
    const host = tags.find(([key]) => key === 'host')?.[1];
    const seen = host === undefined ? this.#others : this.#hosts.get(host);
    const hash = hashOf(measurement, tags);
    if (seen?.today.has(hash)) return undefined;
    if (!seen?.yesterday.delete(hash)) {
      const refusal = this.#refusalOfNew(host, seen);
      if (refusal !== undefined) return refusal;
      this.#count += 1;
    }
    if (seen !== undefined) seen.today.add(hash);
    else if (host !== undefined) this.#hosts.set(host, { today: new Set([hash]), yesterday: new Set() });
    return undefined;
  }

  #refusalOfNew(host: string | undefined, seen: Seen | undefined): string | undefined {
    const { series, seriesPerHost, hosts } = this.#limits;
    if (host !== undefined && seen === undefined && this.#hosts.size >= hosts)
      return tooManyHosts(this.#limits);
    if (host !== undefined && seen !== undefined && seen.today.size + seen.yesterday.size >= seriesPerHost) {
      return tooManySeriesOfHost(this.#limits);
    }
    return this.#count >= series ? tooManySeries(this.#limits) : undefined;
  }

  #turn(nowMs: number): void {
    for (const [host, seen] of this.#hosts) {
      this.#turnOf(seen);
      if (seen.yesterday.size === 0) this.#hosts.delete(host);
    }
    this.#turnOf(this.#others);
    this.#turnedMs = nowMs;
  }

  #turnOf(seen: Seen): void {
    this.#count -= seen.yesterday.size;
    seen.yesterday = seen.today;
    seen.today = new Set();
  }
}

function tooMany(refused: RefusedPoints): StoreError {
  const message = `${refused.count} points were refused and the others stored; the first: ${refused.first[0]?.reason}`;
  return new StoreError('ERR_STORE_REFUSED', message, { refused });
}

/** 53 bits: FNV-1a over code units, twice. Two series of the same hash count as one. */
function hashOf(measurement: string, tags: readonly Tag[]): number {
  let low = hashText(0x811c9dc5, 0x01000193, measurement);
  let high = hashText(0x01000193, 0x85ebca6b, measurement);
  for (const [key, value] of tags) {
    low = hashText(hashText(low, 0x01000193, key), 0x01000193, value);
    high = hashText(hashText(high, 0x85ebca6b, key), 0x85ebca6b, value);
  }
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

function hashText(seed: number, prime: number, text: string): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), prime);
  return Math.imul(hash ^ 0x1_0000, prime); // a unit that no text has, between texts
}
