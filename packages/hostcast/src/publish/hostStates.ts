import { aheadMs, lowerMedian } from './readings.ts';
import type { HostState } from './snapshots.ts';

/** What is known of a host's freshness. */
export interface Freshness {
  readonly state: HostState;
  /** Newest timestamp received, epoch ms; null before the first. */
  readonly seenMs: number | null;
  /** The host's clock minus ours in ms; 0 within what flushing explains, null where nothing advanced yet. */
  readonly skewMs: number | null;
}

interface Track {
  newestMs: number;
  /** Monotonic time at which the newest timestamp last advanced. */
  advancedAtMs: number;
  /** How far apart its samples were, the last times. */
  spacings: number[];
  /** The last ages (our wall clock minus the host's timestamp) at the moments of advance. */
  ages: number[];
}

const graceMs = 5_000;
const goneAfterMs = 5 * 60_000;
const remembered = 5;
/** Telegraf flushes every 10 s: a timestamp may be that much older than its arrival with no clock at fault. */
const flushMs = 10_000;
/** So many readings in a row have to say that a clock is behind. */
const sureReadings = 3;

/**
 * Judges hosts by the server's monotonic time since their newest timestamp last advanced, so that neither a
 * host's clock nor ours can make old data look live. *Expected* is the larger of the tick interval and the
 * spacing that the host has shown: delayed over 2x expected + 5 s, stale over 3x + 5 s, gone over 5 min.
 */
export class HostStates {
  readonly #intervalMs: number;
  readonly #tracks = new Map<string, Track>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /**
   * Tells what the store has of a host now.
   * @param seen its newest timestamp, and how far apart its samples are (0: not known)
   */
  observe(
    host: string,
    seen: { readonly newestMs: number; readonly spacingMs: number },
    at: { readonly nowMs: number; readonly monotonicMs: number },
  ): void {
    const { newestMs, spacingMs } = seen;
    let track = this.#tracks.get(host);
    if (track === undefined) {
      // What was there before we looked is as old as it says; its clock can't be checked yet.
      const ageMs = Math.max(0, at.nowMs - newestMs);
      track = { newestMs, advancedAtMs: at.monotonicMs - ageMs, spacings: [], ages: [] };
      this.#tracks.set(host, track);
    } else if (newestMs > track.newestMs) {
      remember(track.ages, at.nowMs - newestMs);
      track.newestMs = newestMs;
      track.advancedAtMs = at.monotonicMs;
    } else if (newestMs < track.newestMs && isAhead(track.newestMs, at) && !isAhead(newestMs, at)) {
      // Its clock was set right: what it said before says nothing of what is to come.
      const ageMs = Math.max(0, at.nowMs - newestMs);
      Object.assign(track, { newestMs, advancedAtMs: at.monotonicMs - ageMs, ages: [] });
    } else {
      return;
    }
    // A longer one ended a silence: it is no sign that the next one may be as long.
    if (spacingMs > 0 && spacingMs < goneAfterMs) remember(track.spacings, spacingMs);
  }

  of(host: string, monotonicMs: number): Freshness {
    const track = this.#tracks.get(host);
    if (track === undefined) return { state: 'gone', seenMs: null, skewMs: null };
    const expectedMs = this.expectedMs(host);
    const silentMs = monotonicMs - track.advancedAtMs;
    return {
      state: judge(silentMs, expectedMs),
      seenMs: track.newestMs,
      skewMs: skew(track.ages, expectedMs),
    };
  }

  /** How far apart a host's samples are expected, ms. */
  expectedMs(host: string): number {
    return Math.max(this.#intervalMs, lowerMedian(this.#tracks.get(host)?.spacings ?? []));
  }

  /** Forgets how far the hosts' clocks are off ours. */
  forgetClocks(): void {
    for (const { ages } of this.#tracks.values()) ages.length = 0;
  }

  /** Forgets hosts that are no longer listed. */
  keepOnly(hosts: ReadonlySet<string>): void {
    for (const host of this.#tracks.keys()) if (!hosts.has(host)) this.#tracks.delete(host);
  }
}

function judge(silentMs: number, expectedMs: number): HostState {
  if (silentMs > goneAfterMs) return 'gone';
  if (silentMs > 3 * expectedMs + graceMs) return 'stale';
  if (silentMs > 2 * expectedMs + graceMs) return 'delayed';
  return 'live';
}

/**
 * The smallest age seen is the clock's error plus at least nothing: only beyond a flush is it an error. What is old may
 * just have come late, and one that catches up gets younger: a clock that is behind says the same again and again.
 */
function skew(ages: readonly number[], expectedMs: number): number | null {
  if (ages.length === 0) return null;
  const youngestMs = Math.min(...ages);
  const explainedMs = expectedMs + flushMs + graceMs;
  if (youngestMs >= -1_000 && youngestMs <= explainedMs) return 0;
  const isSteady = ages.length >= sureReadings && Math.max(...ages) - youngestMs <= explainedMs;
  if (youngestMs > 0 && !isSteady) return null;
  return -youngestMs;
}

function isAhead(timeMs: number, { nowMs }: { readonly nowMs: number }): boolean {
  return timeMs > nowMs + aheadMs;
}

function remember(values: number[], value: number): void {
  values.push(value);
  if (values.length > remembered) values.shift();
}
