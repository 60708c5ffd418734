import type { LatestTable } from '@hostcast/tsdb';
import type { FieldKinds } from '../metrics/kinds.ts';
import type { HostInfo } from '../store/metricStore.ts';
import { type FleetReadings, fleetRows, readFleet } from './fleet.ts';
import { HostStates } from './hostStates.ts';
import { toRecord } from './json.ts';
import { livePanels } from './panels.ts';
import { agreedTags, current, newestMs, type Reading, readingsByHost, usualSpacingMs } from './readings.ts';
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
  /** `live`, or why the store could not be asked the last time. */
  source = 'live';
  readonly #intervalMs: number;
  readonly #kindOf: FieldKinds['kindOf'];
  readonly #states: HostStates;
  readonly #readings = new Map<string, readonly Reading[]>();
  /** Monotonic time at which the store answered last: while it doesn't, no host is known to be silent. */
  #askedAtMs = 0;
  #fleet: FleetReadings = new Map();
  #hosts: ReadonlySet<string> = new Set();

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
      // It may send only what the fleet doesn't ask for.
      if (seenMs !== null && seenMs <= at.nowMs)
        this.#states.observe(host, { newestMs: seenMs, spacingMs: 0 }, at);
    }
    this.#hosts = hosts;
    this.#askedAtMs = at.monotonicMs;
    this.#states.keepOnly(new Set([...hosts, ...this.#readings.keys()]));
  }

  /** Takes the store's answer to everything of one host. */
  takeHost(host: string, tables: readonly LatestTable[], at: Moment): void {
    const readings = readingsByHost(tables, (name) => this.#states.expectedMs(name), this.#kindOf).get(host);
    if (readings === undefined) return;
    this.#readings.set(host, readings);
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
      rows: fleetRows(this.#hosts, this.#fleet, this.#states, this.#judgedAt(monotonicMs)),
    };
  }

  /** Undefined where the store has nothing of the host; while it can't be asked, nobody knows. */
  hostSnapshot(host: string, { nowMs, monotonicMs }: Moment): HostSnapshot | undefined {
    const readings = this.#readings.get(host);
    if (readings === undefined && this.source === 'live') return undefined;
    const freshness = this.#states.of(host, this.#judgedAt(monotonicMs));
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

  #judgedAt(monotonicMs: number): number {
    return this.source === 'live' ? monotonicMs : this.#askedAtMs;
  }

  #observe(host: string, readings: readonly Reading[], at: Moment): void {
    const timeMs = newestMs(readings, at.nowMs);
    if (timeMs === null) return;
    this.#states.observe(host, { newestMs: timeMs, spacingMs: usualSpacingMs(readings) }, at);
  }
}
