import type { Point } from '@hostcast/tsdb';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { defaultLineLimits, type LineLimits } from '../lineProtocol/limits.ts';
import type { Precision } from '../lineProtocol/numbers.ts';
import { createLineParser, type LineError, type LineParser } from '../lineProtocol/parser.ts';
import type { Scope } from '../security/principal.ts';
import { type MetricStore, type RefusedPoints, StoreError } from '../store/metricStore.ts';
import { pointRules } from './pointRules.ts';

export interface IngestLimits extends LineLimits {
  /** Octets of one body, decompressed. Default 32 MiB (influxd: 25 MB). */
  readonly bodyBytes: number;
  /** Points handed to the store at once. Default 5,000. */
  readonly batchPoints: number;
}

const defaultLimits: IngestLimits = {
  ...defaultLineLimits,
  bodyBytes: 32 * 1024 * 1024,
  batchPoints: 5_000,
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
}

/** Takes in line protocol, whoever sends it: Telegraf or the collector. */
export interface Ingest {
  /**
   * Reads a body and stores its points; resolves when they are durable. Bad lines cost only themselves.
   * Points without a tag `host` are stored as well; they belong to no host of the fleet.
   * @throws StoreError from the store: part of the body may be stored, sending it again changes nothing
   * @throws BodyTooLargeError
   */
  write(body: Uint8Array | AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<WriteResult>;
  readonly stats: IngestStats;
  /** Monotonic time (`Clock`) at which a remote sender last reported that measurement for the local host. */
  lastRemoteMs(measurement: string): number | undefined;
}

/** A body exceeds its limit. */
export class BodyTooLargeError extends Error {
  readonly code = 'ERR_INGEST_BODY_TOO_LARGE';

  constructor(what: string, limitBytes: number) {
    super(`the ${what} body is larger than ${limitBytes} octets: send smaller batches (metric_batch_size)`);
    this.name = 'BodyTooLargeError';
  }
}

/** @see Ingest */
export function createIngest(options: IngestOptions): Ingest {
  return new StoringIngest(options);
}

/** Points with the lines they stood on. */
interface Batch {
  readonly points: readonly Point[];
  readonly lines: readonly number[];
}

/** How far the batches of one body are. */
interface Progress {
  readonly source: 'collector' | 'remote';
  written: number;
  /** The first refusal of a whole batch. */
  refusal: StoreError | undefined;
  /** Lines that the store refused, the first `errors` of them. */
  readonly refused: LineError[];
  refusedCount: number;
}

/** Bad lines are logged at most this often. */
const logEveryMs = 10_000;
/** Other names than the usual of one host that are kept track of. */
const largestRemote = 256;

class StoringIngest implements Ingest {
  readonly #options: IngestOptions;
  readonly #clock: Clock;
  readonly #limits: IngestLimits;
  readonly #remoteMs = new Map<string, number>();
  #stats: IngestStats = { bodies: 0, points: 0, badLines: 0, failedBodies: 0 };
  #loggedMs = Number.NEGATIVE_INFINITY;
  #unloggedLines = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  get stats(): IngestStats {
    return this.#stats;
  }

  lastRemoteMs(measurement: string): number | undefined {
    return this.#remoteMs.get(measurement);
  }

  async write(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    { precision = 'ns', source = 'remote', scope }: WriteOptions = {},
  ): Promise<WriteResult> {
    this.#count({ bodies: 1 });
    const refuses = pointRules(scope);
    const receivedMs = this.#clock.nowMs();
    const parser = createLineParser({ precision, receivedMs, limits: this.#limits, refuses });
    const progress: Progress = { source, written: 0, refusal: undefined, refused: [], refusedCount: 0 };
    try {
      await this.#store(body, parser, progress);
    } catch (error) {
      this.#count({ failedBodies: 1 });
      throw error;
    } finally {
      this.#report([...parser.errors, ...progress.refused], parser.errorCount + progress.refusedCount);
    }
    return {
      written: progress.written,
      errors: [...parser.errors, ...progress.refused],
      errorCount: parser.errorCount + progress.refusedCount,
    };
  }

  async #store(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    parser: LineParser,
    progress: Progress,
  ): Promise<void> {
    let bytes = 0;
    let waiting: Batch = { points: [], lines: [] };
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      bytes += chunk.length;
      if (bytes > this.#limits.bodyBytes) throw new BodyTooLargeError('decompressed', this.#limits.bodyBytes);
      parser.push(chunk);
      waiting = withParsed(waiting, parser);
      if (waiting.points.length < this.#limits.batchPoints) continue;
      await this.#storeBatch(waiting, progress);
      waiting = { points: [], lines: [] };
    }
    parser.end();
    await this.#storeBatch(withParsed(waiting, parser), progress);
    if (progress.refusal !== undefined) throw progress.refusal;
  }

  /** What the store refuses of one batch is told at the end, and costs the other batches nothing. */
  async #storeBatch({ points, lines }: Batch, progress: Progress): Promise<void> {
    if (points.length === 0) return;
    let stored = points.length;
    try {
      await this.#options.store.write(points);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'ERR_STORE_REFUSED')) throw error;
      if (error.refused === undefined) {
        progress.refusal ??= error;
        return;
      }
      stored -= error.refused.count;
      this.#noteRefused(error.refused, { points, lines }, progress);
    }
    progress.written += stored;
    this.#count({ points: stored });
    if (progress.source === 'remote' && this.#options.localHost !== undefined) this.#noteRemote(points);
  }

  #noteRefused({ first, count }: RefusedPoints, { points, lines }: Batch, progress: Progress): void {
    progress.refusedCount += count;
    for (const { index, reason } of first) {
      if (progress.refused.length >= this.#limits.errors) return;
      const start = points[index]?.measurement.slice(0, 64) ?? '';
      progress.refused.push({ line: lines[index] ?? 0, reason, start });
    }
  }

  #noteRemote(points: readonly Point[]): void {
    const now = this.#clock.monotonicMs();
    for (const { measurement, tags } of points) {
      if (!tags.some(([key, value]) => key === 'host' && value === this.#options.localHost)) continue;
      if (this.#remoteMs.size < largestRemote || this.#remoteMs.has(measurement)) {
        this.#remoteMs.set(measurement, now);
      }
    }
  }

  #report([first]: readonly LineError[], count: number): void {
    if (first === undefined) return;
    this.#count({ badLines: count });
    this.#unloggedLines += count;
    const now = this.#clock.monotonicMs();
    if (now - this.#loggedMs < logEveryMs) return;
    this.#options.log.warn({ lines: this.#unloggedLines, first }, 'lines of line protocol refused');
    this.#loggedMs = now;
    this.#unloggedLines = 0;
  }

  #count(more: Partial<IngestStats>): void {
    const { bodies, points, badLines, failedBodies } = this.#stats;
    this.#stats = {
      bodies: bodies + (more.bodies ?? 0),
      points: points + (more.points ?? 0),
      badLines: badLines + (more.badLines ?? 0),
      failedBodies: failedBodies + (more.failedBodies ?? 0),
    };
  }
}

function withParsed({ points, lines }: Batch, parser: LineParser): Batch {
  return { lines: lines.concat(parser.takeLines()), points: points.concat(parser.take()) };
}
