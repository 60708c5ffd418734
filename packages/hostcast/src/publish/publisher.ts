import type { Selection } from '@hostcast/tsdb';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { MetricStore } from '../store/metricStore.ts';
import { fleetDestination, hostDestination } from './destinations.ts';
import { type FleetReadings, fleetRows, fleetSelections, newestByHost, readFleet } from './fleet.ts';
import { HostStates } from './hostStates.ts';
import { toRecord } from './json.ts';
import { livePanels } from './panels.ts';
import { current, globalTags, newestMs, type Reading, readingsByHost } from './readings.ts';
import { type FleetSnapshot, fleetColumns, type HostSnapshot } from './snapshots.ts';
import { startTicker } from './ticker.ts';
import type { Watch } from './watch.ts';

export interface PublisherOptions {
  readonly store: MetricStore;
  readonly watch: Watch;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Sends a body (JSON) to all who subscribed to a destination. */
  readonly publish: (destination: string, body: string) => void;
}

/** How the ticks went since the start. */
export interface PublisherStats {
  /** Rounds of queries that were asked, whatever became of them. */
  rounds: number;
  /** Ticks left out because the round before was still under way. */
  skippedTicks: number;
  failedRounds: number;
  lastRoundMs: number;
}

/**
 * Asks the store once per tick for all that is watched and publishes one snapshot per destination. Never two
 * rounds of queries at once: a tick that finds the last one under way is skipped and counted. When the store
 * can't be asked, the last known figures go out again, with `source` saying why.
 */
export class Publisher {
  readonly stats: PublisherStats = { rounds: 0, skippedTicks: 0, failedRounds: 0, lastRoundMs: 0 };
  readonly #options: PublisherOptions;
  readonly #states: HostStates;
  readonly #hostReadings = new Map<string, readonly Reading[]>();
  readonly #hostSnapshots = new Map<string, HostSnapshot>();
  #fleetReadings: FleetReadings = new Map();
  #fleet: FleetSnapshot | undefined;
  #source = 'live';
  #knownHosts: ReadonlySet<string> = new Set();
  #wanted = new Set<string>();
  #ticking = false;
  #running: Promise<void> = Promise.resolve();
  #stopTicker: (() => void) | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#states = new HostStates(options.intervalMs);
  }

  start(): void {
    const { intervalMs, clock } = this.#options;
    this.#stopTicker = startTicker({ intervalMs, clock, onTick: () => void this.tick() });
  }

  /** Stops ticking; resolves when a round under way has ended. */
  async close(): Promise<void> {
    this.#stopTicker?.();
    await this.#running;
  }

  /** `live`, or why the store could not be asked the last time. */
  get source(): string {
    return this.#source;
  }

  /** The newest fleet snapshot; asks for it where there is none yet. */
  async fleet(): Promise<FleetSnapshot> {
    if (this.#fleet === undefined) await (this.#ticking ? this.#running : this.tick());
    return this.#fleet ?? this.#composeFleet();
  }

  /** The newest snapshot of a host; asks for it where nobody watches it; undefined where no data was ever seen. */
  async host(host: string): Promise<HostSnapshot | undefined> {
    if (!(this.#options.watch.has(host) && this.#hostSnapshots.has(host))) await this.#ask([host]);
    const snapshot = this.#hostSnapshots.get(host);
    if (!this.#options.watch.has(host)) this.#forget(host);
    return snapshot;
  }

  /** Somebody subscribed to a host that was not watched: asks at once and publishes, off the tick. */
  async firstSubscribe(host: string): Promise<void> {
    await this.#ask([host]);
    this.#publishHost(host);
  }

  /** One tick: one round for the fleet and all watched hosts, one message per destination. */
  async tick(): Promise<void> {
    if (this.#ticking) {
      this.stats.skippedTicks += 1;
      return;
    }
    this.#ticking = true;
    try {
      await this.#inTurn(async () => {
        const watched = this.#options.watch.hosts(this.#knownHosts);
        await this.#round(watched, true);
        this.#fleet = this.#composeFleet();
        this.#options.publish(fleetDestination, JSON.stringify(this.#fleet));
        for (const host of this.#hostReadings.keys()) if (!this.#options.watch.has(host)) this.#forget(host);
        for (const host of watched) this.#publishHost(host);
      });
    } finally {
      this.#ticking = false;
    }
  }

  /** Rounds follow each other; what is wanted while one runs is joined into the next. */
  async #ask(hosts: readonly string[]): Promise<void> {
    for (const host of hosts) this.#wanted.add(host);
    await this.#inTurn(async () => {
      const wanted = [...this.#wanted];
      this.#wanted = new Set();
      if (wanted.length > 0) await this.#round(wanted, false);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(work).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'a tick failed'); // the next one is not to suffer for it
    });
    return this.#running;
  }

  async #round(hosts: readonly string[], withFleet: boolean): Promise<void> {
    const { store, clock, log } = this.#options;
    const startedMs = clock.monotonicMs();
    this.stats.rounds += 1;
    const expectedMs = (host: string) => this.#states.expectedMs(host);
    try {
      const selections = [...(withFleet ? fleetSelections : []), ...hosts.map(hostSelection)];
      const [answers, listed] = await Promise.all([store.latest(selections), withFleet ? store.hosts() : []]);
      if (withFleet) {
        this.#fleetReadings = readFleet(answers.slice(0, fleetSelections.length), expectedMs);
        this.#observeFleet(listed);
      }
      const hostAnswers = answers.slice(withFleet ? fleetSelections.length : 0);
      hosts.forEach((host, i) => {
        this.#observeHost(host, readingsByHost(hostAnswers[i] ?? [], expectedMs).get(host) ?? []);
      });
      if (this.#source !== 'live') log.info('the store answers again');
      this.#source = 'live';
    } catch (error) {
      this.stats.failedRounds += 1;
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#source !== reason) log.error({ err: error }, 'the store could not be asked');
      this.#source = reason;
    }
    this.stats.lastRoundMs = clock.monotonicMs() - startedMs;
    for (const host of hosts) this.#composeHost(host);
  }

  #observeFleet(listed: readonly { host: string; newestMs: number | null }[]): void {
    const newest = newestByHost(this.#fleetReadings);
    const known = new Set(newest.keys());
    for (const { host, newestMs: seenMs } of listed) {
      known.add(host);
      if (seenMs !== null) newest.set(host, Math.max(seenMs, newest.get(host) ?? seenMs));
    }
    for (const [host, timeMs] of newest) this.#observe(host, timeMs);
    this.#knownHosts = known;
    this.#states.keepOnly(new Set([...known, ...this.#hostReadings.keys()]));
  }

  #observeHost(host: string, readings: readonly Reading[]): void {
    if (readings.length === 0) return;
    this.#hostReadings.set(host, readings);
    const timeMs = newestMs(readings);
    if (timeMs !== null) this.#observe(host, timeMs);
  }

  #observe(host: string, timeMs: number): void {
    const { clock } = this.#options;
    this.#states.observe(host, timeMs, clock.nowMs(), clock.monotonicMs());
  }

  #composeFleet(): FleetSnapshot {
    const { clock, intervalMs } = this.#options;
    const rows = fleetRows(this.#knownHosts, this.#fleetReadings, this.#states, clock.monotonicMs());
    return { time: clock.nowMs(), intervalMs, source: this.#source, columns: fleetColumns, rows };
  }

  #composeHost(host: string): void {
    const readings = this.#hostReadings.get(host);
    if (readings === undefined) return;
    const { clock, intervalMs } = this.#options;
    const kept = current(readings, 3 * this.#states.expectedMs(host));
    this.#hostSnapshots.set(host, {
      time: clock.nowMs(),
      intervalMs,
      source: this.#source,
      host,
      ...this.#states.of(host, clock.monotonicMs()),
      tags: toRecord(globalTags(kept)),
      panels: livePanels(kept),
    });
  }

  #publishHost(host: string): void {
    const snapshot = this.#hostSnapshots.get(host);
    if (snapshot !== undefined) this.#options.publish(hostDestination(host), JSON.stringify(snapshot));
  }

  #forget(host: string): void {
    this.#hostReadings.delete(host);
    this.#hostSnapshots.delete(host);
  }
}

function hostSelection(host: string): Selection {
  return { tags: [['host', host]] };
}
