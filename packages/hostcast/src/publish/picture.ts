import type { LatestTable } from '@hostcast/tsdb';
import type { FieldKinds } from '../metrics/kinds.ts';
import type { HostInfo } from '../store/metricStore.ts';
import { type FleetReadings, fleetRows, readFleet } from './fleet.ts';
import { type Freshness, HostStates } from './hostStates.ts';
import { toRecord } from './json.ts';
import { livePanels } from './panels.ts';
import {
  agreedTags,
  current,
  latestOf,
  newestMs,
  type Reading,
  readingsByHost,
  usualSpacingMs,
} from './readings.ts';
import { type FleetSnapshot, fleetColumns, type HostSnapshot } from './snapshots.ts';

/** A moment by both clocks. */
export interface Moment {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/**
 * What is known of the hosts: the figures that the store gave last, how fresh each host is, and whether the
 * store could be asked. Composes the snapshots; asks nobody itself.
 */
export class Picture {
  /** `live`, or why the store could not be asked the last time, or takes nothing. */
  source = 'live';
  /** False while the store takes no data: nobody knows then who is silent. */
  isTaking = true;
  readonly #intervalMs: number;
  readonly #kindOf: FieldKinds['kindOf'];
  readonly #states: HostStates;
  readonly #readings = new Map<string, readonly Reading[]>();
  /** Monotonic time at which the store answered last: while it doesn't, no host is known to be silent. */
  #askedAtMs = 0;
  #fleet: FleetReadings = new Map();
  #hosts: ReadonlySet<string> = new Set();
  /** Those that write through this process: what is known of them is known although the store can't be asked. */
  #recent: ReadonlySet<string> = new Set();

  constructor(intervalMs: number, kindOf: FieldKinds['kindOf']) {
    this.#intervalMs = intervalMs;
    this.#kindOf = kindOf;
    this.#states = new HostStates(intervalMs);
  }

  /** Every host that the store has. */
  get hosts(): ReadonlySet<string> {
    return this.#hosts;
  }

  /** Takes the store's answers to `fleetSelections`, and its list of hosts. */
  takeFleet(answers: readonly (readonly LatestTable[])[], listed: readonly HostInfo[], at: Moment): void {
    this.#fleet = readFleet(answers, (host) => this.#states.expectedMs(host), this.#kindOf);
    const hosts = new Set(this.#fleet.keys());
    for (const [host, readings] of this.#fleet) this.#observe(host, readings, at);
    for (const { host, newestMs: seenMs } of listed) {
      hosts.add(host);
      if (seenMs !== null && this.#mayHaveSent(host, seenMs, at.nowMs))
        this.#states.observe(host, { newestMs: seenMs, spacingMs: 0 }, at);
    }
    this.#hosts = hosts;
    if (this.isTaking) this.#askedAtMs = at.monotonicMs;
    this.#states.keepOnly(new Set([...hosts, ...this.#readings.keys()]));
  }

  /** Takes the store's answer to everything of one host. */
  takeHost(host: string, tables: readonly LatestTable[], at: Moment): void {
    const readings = readingsByHost(tables, (name) => this.#states.expectedMs(name), this.#kindOf).get(host);
    if (readings === undefined) return;
    this.#readings.set(host, readings);
    this.#observe(host, readings, at);
  }

  /**
   * Takes what this process has in memory, in place of the store's answers: the figures of the hosts that write
   * through it. Nothing is known anew of the others.
   */
  takeRecentFleet(
    answers: readonly (readonly LatestTable[])[],
    listed: readonly HostInfo[],
    at: Moment,
  ): void {
    this.takeRecentHosts(listed, at);
    const fleet = new Map(this.#fleet);
    const recent = readFleet(answers, (host) => this.#states.expectedMs(host), this.#kindOf);
    for (const [host, readings] of recent) {
      fleet.set(host, withNewer(fleet.get(host) ?? [], readings));
      this.#observe(host, readings, at);
    }
    this.#fleet = fleet;
  }

  /** Takes who writes through this process, while the store can't be asked. */
  takeRecentHosts(listed: readonly HostInfo[], at: Moment): void {
    this.#recent = new Set(listed.map(({ host }) => host));
    this.#hosts = new Set([...this.#hosts, ...this.#recent]);
    for (const { host, newestMs: seenMs } of listed) {
      if (seenMs !== null && this.#mayHaveSent(host, seenMs, at.nowMs))
        this.#states.observe(host, { newestMs: seenMs, spacingMs: 0 }, at);
    }
  }

  /** The same of one host's figures. */
  takeRecentHost(host: string, tables: readonly LatestTable[], at: Moment): void {
    const readings = readingsByHost(tables, (name) => this.#states.expectedMs(name), this.#kindOf).get(host);
    if (readings === undefined) return;
    this.#readings.set(host, withNewer(this.#readings.get(host) ?? [], readings));
    this.#observe(host, readings, at);
  }

  /** Drops the figures of all hosts but these. */
  keepOnly(watched: ReadonlySet<string>): void {
    for (const host of this.#readings.keys()) if (!watched.has(host)) this.#readings.delete(host);
  }

  fleetSnapshot({ nowMs, monotonicMs }: Moment): FleetSnapshot {
    return {
      time: nowMs,
      intervalMs: this.#intervalMs,
      source: this.source,
      columns: fleetColumns,
      rows: fleetRows(this.#hosts, this.#fleet, {
        freshnessOf: (host) => this.#freshnessOf(host, monotonicMs),
        expectedMs: (host) => this.#states.expectedMs(host),
      }),
    };
  }

  /** Undefined where the store has nothing of the host; while it can't be asked, nobody knows. */
  hostSnapshot(host: string, { nowMs, monotonicMs }: Moment): HostSnapshot | undefined {
    const readings = this.#readings.get(host);
    if (readings === undefined && this.source === 'live') return undefined;
    const freshness = this.#freshnessOf(host, monotonicMs);
    const kept = current(readings ?? [], freshness.seenMs ?? 0, this.#states.expectedMs(host));
    return {
      time: nowMs,
      intervalMs: this.#intervalMs,
      source: this.source,
      host,
      ...freshness,
      tags: toRecord(agreedTags(kept)),
      ...livePanels(kept, this.#kindOf),
    };
  }

  /** It may send only what the fleet doesn't ask for. */
  #mayHaveSent(host: string, seenMs: number, nowMs: number): boolean {
    const readings = this.#fleet.get(host) ?? [];
    const hostMs = newestMs(readings, nowMs);
    return hostMs === null || seenMs <= latestOf(hostMs, nowMs);
  }

  /** Somebody set this machine's clock: what it said of the hosts' clocks is no longer so. */
  forgetClocks(): void {
    this.#states.forgetClocks();
  }

  /**
   * While the store can't be asked, nobody is known to be silent but those that write through this process. Where
   * there are such, the others must not look as fresh as they are: they go stale, and no further.
   */
  #freshnessOf(host: string, monotonicMs: number): Freshness {
    const freshness = this.#states.of(host, monotonicMs);
    if (this.source === 'live' || (this.isTaking && this.#recent.has(host))) return freshness;
    const asked = this.#states.of(host, this.#askedAtMs);
    if (this.#recent.size === 0 || asked.state === 'gone') return asked;
    return freshness.state === 'gone' ? { ...freshness, state: 'stale' } : freshness;
  }

  #observe(host: string, readings: readonly Reading[], at: Moment): void {
    const timeMs = newestMs(readings, at.nowMs);
    if (timeMs === null) return;
    this.#states.observe(host, { newestMs: timeMs, spacingMs: usualSpacingMs(readings) }, at);
  }
}

/** One reading per series: the new one where there is one. */
function withNewer(known: readonly Reading[], newer: readonly Reading[]): readonly Reading[] {
  const keyOf = ({ measurement, tags }: Reading): string => JSON.stringify([measurement, tags]);
  const replaced = new Set(newer.map(keyOf));
  return [...known.filter((reading) => !replaced.has(keyOf(reading))), ...newer];
}
