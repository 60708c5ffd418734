import { Worker } from 'node:worker_threads';
import {
  type Batch,
  BatchEncoder,
  type DatabaseEvent,
  type LatestTable,
  type Point,
  type Selection,
} from '@hostcast/tsdb';
import { type KindOverrides, noOverrides } from '../metrics/kinds.ts';
import { unpackHistory, unpackLatest } from './embeddedAnswers.ts';
import type {
  Retention,
  WorkerAnswer,
  WorkerError,
  WorkerOptions,
  WorkerReply,
  WorkerRequest,
} from './embeddedMessages.ts';
import {
  type History,
  type HistoryQuery,
  type HostInfo,
  type MetricStore,
  type StoreCondition,
  StoreError,
} from './metricStore.ts';
import { defaultSeriesLimits, type SeriesLimits } from './seriesLimits.ts';
import { TagLists } from './tagNumbers.ts';

/** How the embedded store is opened; `folder` alone is enough. */
export interface EmbeddedStoreOptions {
  /** Made where it is missing. One process at a time may have it open. */
  readonly folder: string;
  /** What an acknowledged write survives: `disk` a power cut, `process` a killed process. Default `disk`. */
  readonly durability?: 'disk' | 'process';
  /** How long samples, and what is made of them, are kept. */
  readonly retention?: Retention;
  /** How many decimals are kept of percentages. Default: all. */
  readonly percentDecimals?: number;
  /** About how often hosts report: ms, default 10 s. */
  readonly intervalMs?: number;
  /** Points of series beyond are refused. Default: those of the settings. */
  readonly limits?: SeriesLimits;
  /** What fields are, whatever they would be taken for. Default: nothing is said. */
  readonly kinds?: KindOverrides;
  /** Writes that wait for the disk may hold this many points together, default 1,000,000 … */
  readonly maxWaitingPoints?: number;
  /** … and take this many bytes, default 64 MiB. */
  readonly maxWaitingBytes?: number;
  /**
   * How long a write waits for more that its sender has at hand, so that the disk is bothered once: ms, default 10,
   * about what it takes to read a batch of 1,000 points on a busy machine.
   */
  readonly patienceMs?: number;
  /** Told what the store does by itself: sealing, dropping, damage found, trouble with the disk. */
  readonly onEvent?: (event: DatabaseEvent) => void;
  /** Told how long the disk took to make the writes durable that waited together, ms. */
  readonly onCommit?: (tookMs: number) => void;
  /** Told once when the worker dies; the store answers nothing any more. */
  readonly onFailure?: (error: StoreError) => void;
}

/**
 * Workers load no TypeScript on Node 20: where this file runs from its source (tests), the worker is the built
 * one (`npm run build` first), and without this process's flags, which would lead it to sources again.
 */
const isSource = import.meta.url.endsWith('.ts');
const workerUrl = new URL(
  isSource ? '../../dist/store/embeddedWorker.js' : './embeddedWorker.js',
  import.meta.url,
);

/**
 * Opens the store in a data folder; the files are the worker's, this thread only encodes and waits.
 * @throws StoreError `ERR_STORE_UNAVAILABLE` where the folder is in use, of a newer version or not usable; its
 * message says what to do
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<MetricStore> {
  const workerData: WorkerOptions = {
    folder: options.folder,
    durability: options.durability ?? 'disk',
    retention: options.retention ?? {},
    percentDecimals: options.percentDecimals,
    intervalMs: options.intervalMs ?? 10_000,
    limits: options.limits ?? defaultSeriesLimits,
    kinds: options.kinds ?? noOverrides,
    patienceMs: options.patienceMs ?? 10,
  };
  const flags = isSource ? { execArgv: [] } : {};
  const store = new EmbeddedStore(new Worker(workerUrl, { workerData, name: 'store', ...flags }), options);
  await store.opened;
  return store;
}

interface Waiting {
  readonly resolve: (answer: WorkerAnswer | null) => void;
  readonly reject: (error: Error) => void;
  readonly points: number;
  readonly bytes: number;
}

class EmbeddedStore implements MetricStore {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #options: EmbeddedStoreOptions;
  readonly #encoder = new BatchEncoder();
  readonly #tags = new TagLists();
  /** Requests without an answer, by id; 0 is the opening. */
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #waitingPoints = 0;
  #waitingBytes = 0;
  /** Why nothing is taken any more. */
  #ended: StoreError | null = null;
  #closing: Promise<void> | null = null;

  constructor(worker: Worker, options: EmbeddedStoreOptions) {
    this.#worker = worker;
    this.#options = options;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.opened = new Promise((resolve, reject) => {
      this.#waiting.set(0, { resolve: () => resolve(), reject, points: 0, bytes: 0 });
    });
    worker.on('message', (reply: WorkerReply) => this.#receive(reply));
    worker.on('error', (error) => this.#fail(`The store's thread failed: ${error.message}`, error));
    worker.on('messageerror', (error) =>
      this.#fail(`The store's thread sent nonsense: ${error.message}`, error),
    );
    worker.on('exit', (code) => this.#fail(`The store's thread ended with code ${code}`));
  }

  async write(points: readonly Point[], isMoreComing = false): Promise<void> {
    this.#mustBeOpen();
    if (points.length === 0) return;
    const { maxWaitingPoints = 1_000_000, maxWaitingBytes = 64 * 1024 * 1024 } = this.#options;
    if (this.#waitingPoints + points.length > maxWaitingPoints || this.#waitingBytes >= maxWaitingBytes) {
      const amount = `${this.#waitingPoints} points (${this.#waitingBytes} bytes)`;
      throw new StoreError('ERR_STORE_OVERLOADED', `${amount} wait for the disk already: send again later`);
    }
    const batch = this.#encoder.encode(points);
    await this.#ask((id) => ({ id, kind: 'write', batch, isMoreComing }), nothing, points.length, batch);
  }

  async latest(selections: readonly Selection[]): Promise<readonly (readonly LatestTable[])[]> {
    this.#mustBeOpen();
    return this.#ask(
      (id) => ({ id, kind: 'latest', selections }),
      (answer) => (answer?.kind === 'latest' ? unpackLatest(answer.answers, this.#tags) : unexpected(answer)),
    );
  }

  async history(query: HistoryQuery): Promise<History> {
    this.#mustBeOpen();
    return this.#ask(
      (id) => ({ id, kind: 'history', query }),
      (answer) =>
        answer?.kind === 'history' ? unpackHistory(answer.history, this.#tags) : unexpected(answer),
    );
  }

  async hosts(): Promise<readonly HostInfo[]> {
    this.#mustBeOpen();
    return this.#ask(
      (id) => ({ id, kind: 'hosts' }),
      (answer) => (answer?.kind === 'hosts' ? answer.hosts : unexpected(answer)),
    );
  }

  async condition(): Promise<StoreCondition> {
    this.#mustBeOpen();
    return this.#ask(
      (id) => ({ id, kind: 'condition' }),
      (answer) => (answer?.kind === 'condition' ? answer.condition : unexpected(answer)),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended) return this.#exited;
    const closed = this.#ask((id) => ({ id, kind: 'close' }), nothing);
    this.#ended = new StoreError('ERR_STORE_UNAVAILABLE', 'The store is closed');
    try {
      await closed;
    } finally {
      await this.#exited;
    }
  }

  #mustBeOpen(): void {
    if (this.#ended) throw this.#ended;
  }

  /** `read` is called as the answer comes, before what the thread says next: what it tells of tags is in order. */
  #ask<Answer>(
    makeRequest: (id: number) => WorkerRequest,
    read: (answer: WorkerAnswer | null) => Answer,
    points = 0,
    batch?: Batch,
  ): Promise<Answer> {
    const id = this.#nextId++;
    const bytes = batch?.bytes ?? 0;
    this.#waitingPoints += points;
    this.#waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      const take = (answer: WorkerAnswer | null): void => {
        try {
          resolve(read(answer));
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.set(id, { resolve: take, reject, points, bytes });
      this.#worker.postMessage(makeRequest(id), batch ? [batch.numbers.buffer] : []);
    });
  }

  #receive(reply: WorkerReply): void {
    switch (reply.kind) {
      case 'opened':
        this.#take(0)?.resolve(null);
        return;
      case 'failed':
        this.#fail(reply.message);
        return;
      case 'event':
        this.#options.onEvent?.(reply.event);
        return;
      case 'committed':
        this.#options.onCommit?.(reply.tookMs);
        return;
      case 'written':
        for (const id of reply.ids) this.#take(id)?.resolve(null);
        return;
      case 'error':
        for (const id of reply.ids) this.#take(id)?.reject(errorOf(reply.error));
        return;
      default:
        this.#take(reply.id)?.resolve(reply);
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (!waiting) return undefined;
    this.#waiting.delete(id);
    this.#waitingPoints -= waiting.points;
    this.#waitingBytes -= waiting.bytes;
    return waiting;
  }

  /** The thread is gone, or of no use: everyone who waits is told, and so is everyone who comes. */
  #fail(message: string, cause?: Error): void {
    const error = new StoreError('ERR_STORE_UNAVAILABLE', message, { cause });
    const isNews = this.#ended === null && !this.#waiting.has(0);
    this.#ended ??= error;
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error);
    if (isNews) this.#options.onFailure?.(error);
  }
}

function errorOf({ code, message, refused }: WorkerError): Error {
  return code === 'RANGE' ? new RangeError(message) : new StoreError(code, message, { refused });
}

function nothing(): void {}

function unexpected(answer: WorkerAnswer | null): never {
  throw new TypeError(`the store's thread answered another question: ${answer?.kind ?? 'written'}`);
}
