import type { Selection } from '@hostcast/tsdb';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { type FieldKinds, kindOf } from '../metrics/kinds.ts';
import { type Forwarding, type MetricStore, type StoreCondition, StoreError } from '../store/metricStore.ts';
import { fleetDestination, hostDestination } from './destinations.ts';
import { fleetSelections } from './fleet.ts';
import { type Moment, Picture } from './picture.ts';
import type { FleetSnapshot, HostSnapshot } from './snapshots.ts';
import { startTicker } from './ticker.ts';
import { type MatchesPattern, Watch } from './watch.ts';

export interface PublisherOptions {
  readonly store: MetricStore;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly matches: MatchesPattern;
  /** What fields are. Default: what they are taken for. */
  readonly kindOf?: FieldKinds['kindOf'];
  /** Sends a body (JSON) to all who subscribed to a destination, now and later. */
  readonly publish: (destination: string, body: string) => void;
  /** What was published there is no longer kept up to date. */
  readonly retract: (destination: string) => void;
  /** Told after each round of queries, also one that failed, how long it took, ms. */
  readonly onRound?: (tookMs: number) => void;
  /** Told after each tick. */
  readonly onTick?: (tick: TickTimes) => void;
}

/** How long a tick took. */
export interface TickTimes {
  /** The round of queries and the publishing, ms. */
  readonly tookMs: number;
  /** From the moment it was due to the moment its last snapshot was handed to the viewers' sockets, ms. */
  readonly ageMs: number;
}

/** How the ticks went since the start. */
export interface PublisherStats {
  /** Rounds of queries that were asked, whatever became of them. */
  rounds: number;
  /** Ticks left out because the round before was still under way. */
  skippedTicks: number;
  failedRounds: number;
}

/** A wall clock that moves this much against the monotonic one between two ticks was set (chosen). */
const noticedStepMs = 10_000;

/** Names that the store is not known to have cost a query all the same; this bounds what anybody can make of it. */
const maxWantedUnknown = 100;

/**
 * Asks the store once per tick for all that is watched and publishes one snapshot per destination. Never two
 * rounds of queries at once: a tick that finds the last one under way is skipped and counted. When the store
 * can't be asked, or takes nothing, the last known figures go out again, with `source` saying why.
 */
export class Publisher {
  readonly stats: PublisherStats = { rounds: 0, skippedTicks: 0, failedRounds: 0 };
  readonly #options: PublisherOptions;
  readonly #picture: Picture;
  readonly #watch: Watch;
  /** What was published last, for the HTTP twins. */
  #fleet: FleetSnapshot | undefined;
  readonly #hosts = new Map<string, HostSnapshot>();
  /** Hosts to ask for in the next round off the tick. */
  #wanted = new Set<string>();
  #isTicking = false;
  /** The wall clock less the monotonic one, ms, as of the last tick. */
  #clockOffsetMs: number | undefined;
  /** Why the store takes nothing, where it does not. */
  #trouble: string | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopTicker: (() => void) | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#picture = new Picture(options.intervalMs, options.kindOf ?? kindOf);
    this.#watch = new Watch(options.clock, options.matches);
  }

  start(): void {
    const { intervalMs, clock } = this.#options;
    this.#stopTicker = startTicker({ intervalMs, clock, onTick: (lateMs) => void this.tick(lateMs) });
  }

  /** Stops ticking; resolves when a round under way has ended. */
  async close(): Promise<void> {
    this.#stopTicker?.();
    await this.#running;
  }

  /** The newest fleet snapshot, as it was published; asks where there was none yet. */
  async fleet(): Promise<FleetSnapshot> {
    if (this.#fleet === undefined) await (this.#isTicking ? this.#running : this.tick());
    return this.#fleet ?? this.#picture.fleetSnapshot(this.#now());
  }

  /**
   * The newest snapshot of a host: as it was published where somebody watches it, else asked for. Undefined
   * where the store has nothing of it; where it can't be asked, `source` says so.
   */
  async host(host: string): Promise<HostSnapshot | undefined> {
    const published = this.#hosts.get(host);
    if (published !== undefined) return published;
    await this.#ask([host]);
    return this.#picture.hostSnapshot(host, this.#now());
  }

  /** The global tags of a host, as the newest fleet snapshot has them; none where it has no such host. */
  async tagsOf(host: string): Promise<Readonly<Record<string, string>>> {
    return (await this.fleet()).rows.find((row) => row[0] === host)?.[16] ?? {};
  }

  /** A viewer subscribed. What nobody watched before is asked for at once and published, off the tick. */
  async subscribed(destination: string): Promise<void> {
    const hosts = this.#watch.subscribed(destination, this.#picture.hosts);
    if (hosts.length === 0) return;
    await this.#ask(hosts);
    for (const host of hosts) this.#publishHost(host);
  }

  unsubscribed(destination: string): void {
    this.#watch.unsubscribed(destination, this.#picture.hosts);
  }

  /** What was published of the fleet last; undefined before the first tick. */
  get newest(): FleetSnapshot | undefined {
    return this.#fleet;
  }

  /** The store could be asked the last time. */
  get isStoreAnswering(): boolean {
    const { source } = this.#picture;
    return source === 'live' || source === this.#trouble;
  }

  /** In words why the store takes no data, where that is so. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * One tick: one round for the fleet and all watched hosts, one message per destination.
   * @param lateMs how long ago it was due
   */
  async tick(lateMs = 0): Promise<void> {
    if (this.#isTicking) {
      this.stats.skippedTicks += 1;
      return;
    }
    this.#isTicking = true;
    const { clock, onTick } = this.#options;
    const askedMs = clock.monotonicMs();
    this.#noteClock();
    try {
      await this.#inTurn(async () => {
        const startedMs = clock.monotonicMs();
        await this.#publishAll();
        const endedMs = clock.monotonicMs();
        onTick?.({ tookMs: endedMs - startedMs, ageMs: endedMs - askedMs + lateMs });
      });
    } finally {
      this.#isTicking = false;
    }
  }

  async #publishAll(): Promise<void> {
    const watched = this.#watch.hosts(this.#picture.hosts);
    // What is in memory is not to wait for a store that may hang again.
    const isAhead = !this.isStoreAnswering && this.#takeRecent(watched, true);
    if (isAhead) this.#publishFigures(watched);
    await this.#round(watched, true);
    if (!isAhead || this.isStoreAnswering) this.#publishFigures(watched);
  }

  #publishFigures(watched: readonly string[]): void {
    const { publish, retract } = this.#options;
    const isWatched = new Set(watched);
    this.#fleet = this.#picture.fleetSnapshot(this.#now());
    publish(fleetDestination, JSON.stringify(this.#fleet));
    this.#picture.keepOnly(isWatched);
    for (const host of this.#hosts.keys()) {
      if (isWatched.has(host)) continue;
      this.#hosts.delete(host);
      retract(hostDestination(host));
    }
    for (const host of watched) this.#publishHost(host);
  }

  /** Rounds follow each other; what is wanted while one runs is joined into the next. */
  async #ask(hosts: readonly string[]): Promise<void> {
    for (const host of hosts) {
      if (this.#picture.hosts.has(host) || this.#wanted.size < maxWantedUnknown) this.#wanted.add(host);
    }
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
    const { store, clock, onRound } = this.#options;
    const startedMs = clock.monotonicMs();
    const selections = selectionsOf(hosts, withFleet);
    this.stats.rounds += 1;
    try {
      const [answers, listed, condition] = await Promise.all([
        store.latest(selections),
        withFleet ? store.hosts() : [],
        withFleet ? store.condition?.() : undefined,
      ]);
      const at = this.#now();
      if (withFleet) this.#noteTrouble(condition, store.forwarding?.());
      const ofHosts = withFleet ? answers.slice(fleetSelections.length) : answers;
      if (withFleet) this.#picture.takeFleet(answers.slice(0, fleetSelections.length), listed, at);
      hosts.forEach((host, i) => {
        this.#picture.takeHost(host, ofHosts[i] ?? [], at);
      });
      this.#noteSource(this.#trouble ?? 'live');
    } catch (error) {
      this.stats.failedRounds += 1;
      this.#noteTrouble(undefined, store.forwarding?.());
      this.#takeRecent(hosts, withFleet);
      const reason = error instanceof Error ? error.message : String(error);
      this.#noteSource(this.#trouble === undefined ? reason : `${reason}; ${this.#trouble}`, error);
    }
    onRound?.(clock.monotonicMs() - startedMs);
  }

  /** What came through this process is live although the store can't be asked. Whether any may have. */
  #takeRecent(hosts: readonly string[], withFleet: boolean): boolean {
    const recent = this.#options.store.recent?.(selectionsOf(hosts, withFleet));
    if (recent === undefined) return false;
    const at = this.#now();
    const fleetAnswers = withFleet ? recent.tables.slice(0, fleetSelections.length) : [];
    this.#picture.takeRecentFleet(fleetAnswers, recent.hosts, at);
    hosts.forEach((host, i) => {
      this.#picture.takeRecentHost(host, recent.tables[fleetAnswers.length + i] ?? [], at);
    });
    return true;
  }

  /** Ticks and states go by the monotonic clock; where data stands on the time axis by the wall clock. */
  #noteClock(): void {
    const { nowMs, monotonicMs } = this.#now();
    const offsetMs = nowMs - monotonicMs;
    const steppedMs = offsetMs - (this.#clockOffsetMs ?? offsetMs);
    this.#clockOffsetMs = offsetMs;
    if (Math.abs(steppedMs) < noticedStepMs) return;
    this.#options.log.warn({ steppedMs }, "this machine's clock was set, or it slept");
    this.#picture.forgetClocks();
  }

  /** A store that takes nothing has only old figures, and no host is to be called silent for that. */
  #noteTrouble(condition: StoreCondition | undefined, forwarding: Forwarding | undefined): void {
    const reason =
      condition?.isWritable === false
        ? (condition.trouble ?? 'its disk refuses data')
        : forwarding?.isTaking === false
          ? 'its buffer is full, or cannot be written'
          : undefined;
    this.#trouble = reason === undefined ? undefined : `the store takes no new data: ${reason}`;
    this.#picture.isTaking = reason === undefined;
  }

  /** Logged when it changes, not at every tick. */
  #noteSource(source: string, error?: unknown): void {
    if (source === this.#picture.source) return;
    this.#picture.source = source;
    const { log } = this.#options;
    if (source === 'live') log.info('the store answers again');
    else if (error === undefined) log.warn({ reason: source }, 'figures are not live');
    else if (error instanceof StoreError) log.error({ reason: source }, 'the store could not be asked');
    else log.error({ err: error }, 'the store could not be asked');
  }

  #publishHost(host: string): void {
    const snapshot = this.#picture.hostSnapshot(host, this.#now());
    if (snapshot === undefined) return;
    this.#hosts.set(host, snapshot);
    this.#options.publish(hostDestination(host), JSON.stringify(snapshot));
  }

  #now(): Moment {
    const { clock } = this.#options;
    return { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }
}

function selectionsOf(hosts: readonly string[], withFleet: boolean): readonly Selection[] {
  return [...(withFleet ? fleetSelections : []), ...hosts.map(hostSelection)];
}

function hostSelection(host: string): Selection {
  return { tags: [['host', host]] };
}
