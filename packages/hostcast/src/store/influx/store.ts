import type { LatestTable, Point, Selection } from '@hostcast/tsdb';
import { encodePoints } from '../../lineProtocol/encoder.ts';
import { type FieldKinds, fieldKinds, type KindOverrides } from '../../metrics/kinds.ts';
import type { History, HistoryQuery, HostInfo, MetricStore } from '../metricStore.ts';
import { SeriesCensus } from '../seriesCensus.ts';
import { defaultSeriesLimits, type SeriesLimits } from '../seriesLimits.ts';
import type { InfluxSeries } from './answer.ts';
import { createInfluxClient, type InfluxClient } from './client.ts';
import { hostNames, hostsStatement } from './databases.ts';
import { unavailable } from './errors.ts';
import { influxHistory } from './history.ts';
import { type Statement, tagValues } from './influxql.ts';
import { InfluxLatest } from './latest.ts';
import { InfluxSchema } from './schema.ts';
import type { InfluxCredentials, InfluxGeneration } from './version.ts';

/** Where InfluxDB is and how it is asked. */
export interface InfluxStoreOptions extends InfluxCredentials {
  /** For example `http://127.0.0.1:8086`; without user and password. */
  readonly url: string;
  readonly database: string;
  /** The database's own default unless given. */
  readonly retentionPolicy?: string;
  /** How often `latest` is asked, and about how often hosts report. */
  readonly intervalMs: number;
  /** One request may take this long; one of a round at most an interval. */
  readonly timeoutMs: number;
  /** Points of series beyond are refused. Default: those of the settings. */
  readonly limits?: SeriesLimits;
  /** What fields are, whatever they would be taken for. Default: nothing is said. */
  readonly kinds?: KindOverrides;
  /** What it is, where its `/ping` doesn't tell or tells something else. */
  readonly generation?: InfluxGeneration;
  /** Wall clock, epoch ms. Default `Date.now`. */
  readonly now?: () => number;
}

/** What the store did so far: a round is one call of `latest`. */
export interface InfluxStats {
  readonly rounds: number;
  /** Statements of the last round; finding out what measurements there are is not among them. */
  readonly statementsInRound: number;
  /** Statements of any kind. */
  readonly statements: number;
}

/** A `MetricStore` over InfluxDB, which also counts what it asks. */
export interface InfluxStore extends MetricStore {
  readonly stats: InfluxStats;
  /** Told of points that were written past this store: what is new in them is looked for at the next question. */
  noteWritten(points: readonly Point[]): void;
}

const hostsFreshMs = 60_000;
/** 3.x looks through the data for them: less often. */
const hostsFreshThreeMs = 300_000;
/** Of a tick: several hostcasts before one InfluxDB don't all try at the same moment whether it is back. */
const retryJitterShare = 0.05;
/** Lines in one write request: InfluxDB 1.x refuses bodies over 25 MB. */
const linesPerWrite = 5_000;

/**
 * A store over InfluxDB's `/query` and `/write`. Asks nothing yet: a database that is down at first is found when
 * it comes up.
 * @throws TypeError for a URL that is not one, or holds a password
 */
export async function openInfluxStore(options: InfluxStoreOptions): Promise<InfluxStore> {
  return new Store(options);
}

class Store implements InfluxStore {
  readonly #options: InfluxStoreOptions;
  readonly #nowMs: () => number;
  readonly #client: InfluxClient;
  readonly #schema: InfluxSchema;
  readonly #latest: InfluxLatest;
  readonly #census: SeriesCensus;
  readonly #kindOf: FieldKinds['kindOf'];
  #hosts: KnownHosts | undefined;
  #rounds = 0;
  #statements = 0;
  #isClosed = false;

  constructor(options: InfluxStoreOptions) {
    this.#options = options;
    this.#nowMs = options.now ?? Date.now;
    this.#kindOf = fieldKinds(options.kinds).kindOf;
    this.#client = createInfluxClient({
      ...options,
      retryJitterMs: Math.min(500, options.intervalMs * retryJitterShare),
    });
    this.#census = new SeriesCensus(options.limits ?? defaultSeriesLimits, this.#nowMs());
    const query = (statement: Statement): Promise<readonly InfluxSeries[]> => this.#inRound(statement);
    this.#schema = new InfluxSchema(query, this.#nowMs);
    this.#latest = new InfluxLatest({
      query,
      schema: this.#schema,
      intervalMs: options.intervalMs,
      nowMs: this.#nowMs,
    });
  }

  get stats(): InfluxStats {
    return {
      rounds: this.#rounds,
      statementsInRound: this.#latest.statements,
      statements: this.#statements,
    };
  }

  async write(points: readonly Point[]): Promise<void> {
    this.#mustBeOpen();
    const { taken, refusal } = this.#census.sift(points, this.#nowMs());
    await this.#writeAll(taken);
    if (refusal !== undefined) throw refusal;
  }

  async #writeAll(points: readonly Point[]): Promise<void> {
    const { database, retentionPolicy } = this.#options;
    for (let start = 0; start < points.length; start += linesPerWrite) {
      const batch = points.slice(start, start + linesPerWrite);
      const lines = encodePoints(batch);
      if (lines !== '') await this.#client.write(lines, { database, retentionPolicy });
      this.noteWritten(batch);
    }
  }

  noteWritten(points: readonly Point[]): void {
    this.#schema.noteWritten(points);
    this.#noteHosts(points);
  }

  async latest(selections: readonly Selection[]): Promise<readonly (readonly LatestTable[])[]> {
    this.#mustBeOpen();
    if (selections.length === 0) return [];
    this.#rounds += 1;
    return this.#latest.round(selections);
  }

  async history(historyQuery: HistoryQuery): Promise<History> {
    this.#mustBeOpen();
    const known = await this.#schema.measurements([historyQuery.selection]);
    const query = (statement: Statement): Promise<readonly InfluxSeries[]> => this.#query(statement);
    return influxHistory(historyQuery, {
      query,
      known,
      intervalMs: this.#options.intervalMs,
      kindOf: this.#kindOf,
      hosts: this.#hosts?.names.size ?? 1,
    });
  }

  async hosts(): Promise<readonly HostInfo[]> {
    this.#mustBeOpen();
    const nowMs = this.#nowMs();
    const ageMs = this.#hosts && Math.abs(nowMs - this.#hosts.loadedMs);
    if (this.#hosts === undefined || ageMs === undefined || ageMs >= this.#hosts.freshMs) {
      this.#hosts = await this.#loadHosts(nowMs);
    }
    return [...this.#hosts.names].map((host) => ({ host, newestMs: null }));
  }

  async #loadHosts(nowMs: number): Promise<KnownHosts> {
    const { intervalMs } = this.#options;
    const { generation } = await this.#client.version(intervalMs);
    if (generation !== 3) {
      const names = hostNames(await this.#inRound(tagValues('host')));
      return { names, loadedMs: nowMs, freshMs: hostsFreshMs };
    }
    const known = await this.#schema.measurements([]);
    const statement = hostsStatement(known, nowMs);
    const found = statement === undefined ? [] : hostNames(await this.#inRound(statement));
    // It sees a span of time only: who was seen before is not forgotten.
    const names = new Set([...(this.#hosts?.names ?? []), ...found]);
    return { names, loadedMs: nowMs, freshMs: names.size === 0 ? hostsFreshMs : hostsFreshThreeMs };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#client.close();
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw unavailable('The store is closed');
  }

  /** A statement that a tick waits for: it must not outlast the tick. */
  #inRound(statement: Statement): Promise<readonly InfluxSeries[]> {
    return this.#query(statement, this.#options.intervalMs);
  }

  #query(
    statement: Statement,
    timeoutMs: number = this.#options.timeoutMs,
  ): Promise<readonly InfluxSeries[]> {
    this.#statements += 1;
    const { database, retentionPolicy } = this.#options;
    return this.#client.query(statement, { database, retentionPolicy, timeoutMs });
  }

  #noteHosts(points: readonly Point[]): void {
    for (const { tags } of points) {
      const host = tags.find(([key]) => key === 'host')?.[1];
      if (host !== undefined) this.#hosts?.names.add(host);
    }
  }
}

interface KnownHosts {
  readonly names: Set<string>;
  readonly loadedMs: number;
  /** How long they are not asked for again. */
  readonly freshMs: number;
}
