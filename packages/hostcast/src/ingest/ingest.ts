import type { Point } from '@hostcast/tsdb';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { defaultLineLimits, type LineLimits } from '../lineProtocol/limits.ts';
import type { Precision } from '../lineProtocol/numbers.ts';
import { createLineParser, type LineError } from '../lineProtocol/parser.ts';
import type { Scope } from '../security/principal.ts';
import type { MetricStore } from '../store/metricStore.ts';
import { type Body, BodyWriter } from './bodyWriter.ts';
import { hostOf, pointRules } from './pointRules.ts';
import { type Sender, SenderLog } from './senderLog.ts';
import { type WaitingLimits, WaitingRoom } from './waitingRoom.ts';

export interface IngestLimits extends LineLimits, WaitingLimits {
  /** Octets of one body, decompressed. Default 32 MiB (influxd: 25 MB). */
  readonly bodyBytes: number;
  /** Points handed to the store at once: encoding them is one piece of work. Default 1,000, as of Telegraf's. */
  readonly batchPoints: number;
}

const defaultLimits: IngestLimits = {
  ...defaultLineLimits,
  bodyBytes: 32 * 1024 * 1024,
  batchPoints: 1_000,
  waitingPoints: 100_000,
  waitingBytes: 32 * 1024 * 1024,
};

export interface IngestOptions {
  readonly store: MetricStore;
  readonly log: Logger;
  readonly clock?: Clock;
  /** This machine's value of the tag `host`: of it alone `lastRemoteMs` keeps track. */
  readonly localHost?: string;
  readonly limits?: Partial<IngestLimits>;
}

export interface WriteOptions {
  /** Unit of the timestamps. Default `ns`. */
  readonly precision?: Precision;
  /** Where the lines come from. Default `remote`. */
  readonly source?: 'collector' | 'remote';
  /** Hosts that the writer may write for. Default: every host, and points without one. */
  readonly scope?: Scope | undefined;
  /** Whom the log names where something is wrong. */
  readonly sender?: Sender | undefined;
}

/** What became of a body: all that could be read, and was taken, is durable. */
export interface WriteResult {
  readonly written: number;
  /** Lines that can't be read, may not be written or are above a limit: at first 100, then 100 of the store's. */
  readonly errors: readonly LineError[];
  /** All such lines. */
  readonly errorCount: number;
}

/** Counted since the start. */
export interface IngestStats {
  readonly bodies: number;
  readonly points: number;
  readonly badLines: number;
  /** Bodies that were not stored as a whole: too large, cut short, or the store failed. */
  readonly failedBodies: number;
  /** Those of the points that are of no host, because they have no such tag. */
  readonly pointsWithoutHost: number;
}

/** Takes in line protocol, whoever sends it: Telegraf or the collector. */
export interface Ingest {
  /**
   * Reads a body and stores its points; resolves when they are durable. Bad lines cost only themselves.
   * Points without a tag `host` are stored as well, as InfluxDB does; they belong to no host of the fleet, and the
   * log says who sends them.
   * @throws StoreError from the store, and `ERR_STORE_OVERLOADED` where too much waits for it: part of the body may
   * be stored, sending it again changes nothing
   * @throws BodyTooLargeError
   */
  write(body: Body, options?: WriteOptions): Promise<WriteResult>;
  readonly stats: IngestStats;
  /** Monotonic time (`Clock`) at which a remote sender last reported that measurement for the local host. */
  lastRemoteMs(measurement: string): number | undefined;
}

/** @see Ingest */
export function createIngest(options: IngestOptions): Ingest {
  return new StoringIngest(options);
}

/** A sender of bad lines is logged at most this often. */
const logEveryMs = 10_000;
/** One of points without a tag `host`, which is a matter of its configuration. */
const hostlessEveryMs = 60 * 60_000;
/** Other names than the usual of one host that are kept track of. */
const largestRemote = 256;

class StoringIngest implements Ingest {
  readonly #options: IngestOptions;
  readonly #clock: Clock;
  readonly #limits: IngestLimits;
  readonly #room: WaitingRoom;
  readonly #badLines: SenderLog;
  readonly #hostless: SenderLog;
  readonly #remoteMs = new Map<string, number>();
  #stats: IngestStats = { bodies: 0, points: 0, badLines: 0, failedBodies: 0, pointsWithoutHost: 0 };

  constructor(options: IngestOptions) {
    const { log, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#room = new WaitingRoom(this.#limits);
    const refused = 'lines of line protocol refused';
    this.#badLines = new SenderLog({ log, clock, message: refused, everyMs: logEveryMs });
    const hostless =
      'points without a tag host are stored, and of no host of the page: does their Telegraf say omit_hostname?';
    this.#hostless = new SenderLog({ log, clock, message: hostless, everyMs: hostlessEveryMs });
  }

  get stats(): IngestStats {
    return this.#stats;
  }

  lastRemoteMs(measurement: string): number | undefined {
    return this.#remoteMs.get(measurement);
  }

  async write(body: Body, options: WriteOptions = {}): Promise<WriteResult> {
    const { precision = 'ns', scope, sender } = options;
    this.#count({ bodies: 1 });
    const { bodyBytes, batchPoints, errors } = this.#limits;
    const parser = createLineParser({
      precision,
      receivedMs: this.#clock.nowMs(),
      limits: this.#limits,
      refuses: pointRules(scope),
    });
    const writer = new BodyWriter({
      store: this.#options.store,
      parser,
      room: this.#room,
      bodyBytes,
      batchPoints,
      errors,
      stored: (points, stored) => this.#noteStored(points, stored, options),
    });
    const result = () => ({
      written: writer.written,
      errors: [...parser.errors, ...writer.refused],
      errorCount: parser.errorCount + writer.refusedCount,
    });
    try {
      await writer.write(body);
    } catch (error) {
      this.#count({ failedBodies: 1 });
      throw error;
    } finally {
      this.#report(result(), sender);
    }
    return result();
  }

  #noteStored(points: readonly Point[], stored: number, { source = 'remote', sender }: WriteOptions): void {
    let hostless: Point | undefined;
    let pointsWithoutHost = 0;
    const now = this.#clock.monotonicMs();
    for (const point of points) {
      const host = hostOf(point);
      if (host === undefined) {
        hostless ??= point;
        pointsWithoutHost += 1;
      } else if (source === 'remote' && host === this.#options.localHost) {
        this.#noteRemote(point.measurement, now);
      }
    }
    this.#count({ points: stored, pointsWithoutHost });
    if (hostless !== undefined) {
      this.#hostless.note(sender, pointsWithoutHost, { measurement: hostless.measurement.slice(0, 64) });
    }
  }

  #noteRemote(measurement: string, now: number): void {
    if (this.#remoteMs.size < largestRemote || this.#remoteMs.has(measurement)) {
      this.#remoteMs.set(measurement, now);
    }
  }

  #report({ errors: [first], errorCount }: WriteResult, sender: Sender | undefined): void {
    if (first === undefined) return;
    this.#count({ badLines: errorCount });
    this.#badLines.note(sender, errorCount, { first });
  }

  #count(more: Partial<IngestStats>): void {
    const { bodies, points, badLines, failedBodies, pointsWithoutHost } = this.#stats;
    this.#stats = {
      bodies: bodies + (more.bodies ?? 0),
      points: points + (more.points ?? 0),
      badLines: badLines + (more.badLines ?? 0),
      failedBodies: failedBodies + (more.failedBodies ?? 0),
      pointsWithoutHost: pointsWithoutHost + (more.pointsWithoutHost ?? 0),
    };
  }
}
