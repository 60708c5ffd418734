import type { LatestTable, Point, Selection } from '@hostcast/tsdb';
import { type Clock, systemClock } from '../../clock.ts';
import { encodePoints } from '../../lineProtocol/encoder.ts';
import { type FieldKinds, fieldKinds, type KindOverrides } from '../../metrics/kinds.ts';
import { bucketSamples } from '../buckets.ts';
import type { InfluxStore } from '../influx/store.ts';
import {
  type Forwarding,
  type History,
  type HistoryQuery,
  type HostInfo,
  type MetricStore,
  type Recently,
  StoreError,
} from '../metricStore.ts';
import { SeriesCensus } from '../seriesCensus.ts';
import { defaultSeriesLimits, type SeriesLimits } from '../seriesLimits.ts';
import { DiskBuffer } from './buffer.ts';
import type { BufferEvent } from './bufferOptions.ts';
import type { BufferFiles } from './files.ts';
import { type ForwardEvent, Forwarder, type Outlet } from './forwarder.ts';
import { mergeTables, withRemembered } from './merge.ts';
import { clockErrorMs, keyOf, Recent, type RecentLimits } from './recent.ts';

export interface TeeStoreOptions {
  /** Answers the questions. */
  readonly influx: InfluxStore;
  /** Takes the lines. */
  readonly outlet: Outlet;
  /** Where lines wait for InfluxDB; made where it is missing. */
  readonly folder: string;
  readonly limitBytes: number;
  /** About how often hosts report, ms. */
  readonly intervalMs: number;
  readonly limits?: SeriesLimits;
  /** Which fields are counters, where the configuration says otherwise than the catalogue. */
  readonly kinds?: KindOverrides;
  readonly recent?: Partial<RecentLimits>;
  readonly onEvent?: (event: BufferEvent | ForwardEvent) => void;
  /** Told how long the disk took each time, ms. */
  readonly onCommit?: (tookMs: number) => void;
  readonly files?: BufferFiles;
  readonly clock?: Clock;
}

/** Lines that are made durable together, which is also one request to InfluxDB. */
const linesPerAppend = 5_000;
/** Telegraf flushes every 10 s, and waits longer after a failure: lines are older than the moment they came. */
const latenessMs = 60_000;

/**
 * A store before an InfluxDB: what is written is durable in a buffer on the disk, in memory for who looks, and sent
 * on as fast as InfluxDB takes it. Questions are answered by InfluxDB, and by memory where it is ahead.
 * @throws TsdbError `ERR_TSDB_LOCKED` where another process has the folder open; errors of the file system
 */
export async function openTeeStore(options: TeeStoreOptions): Promise<MetricStore> {
  const { folder, limitBytes, files, onEvent, onCommit, clock = systemClock } = options;
  const buffer = await DiskBuffer.open({
    folder,
    limitBytes,
    now: () => clock.nowMs(),
    ...(files && { files }),
    ...(onEvent && { onEvent }),
    ...(onCommit && { onCommit }),
  });
  return new TeeStore(options, buffer, clock);
}

class TeeStore implements MetricStore {
  readonly #options: TeeStoreOptions;
  readonly #influx: InfluxStore;
  readonly #buffer: DiskBuffer;
  readonly #clock: Clock;
  readonly #forwarder: Forwarder;
  readonly #census: SeriesCensus;
  readonly #recent: Recent;
  readonly #kindOf: FieldKinds['kindOf'];
  #closing: Promise<void> | undefined;

  constructor(options: TeeStoreOptions, buffer: DiskBuffer, clock: Clock) {
    const { influx, outlet, limits = defaultSeriesLimits, recent, onEvent } = options;
    this.#options = options;
    this.#influx = influx;
    this.#buffer = buffer;
    this.#clock = clock;
    this.#census = new SeriesCensus(limits, clock.nowMs());
    this.#recent = new Recent(recent);
    this.#kindOf = fieldKinds(options.kinds).kindOf;
    this.#forwarder = new Forwarder({ buffer, outlet, clock, ...(onEvent && { onEvent }) });
  }

  async write(points: readonly Point[]): Promise<void> {
    if (this.#closing) throw new StoreError('ERR_STORE_UNAVAILABLE', 'The store is closed');
    const { taken, refusal } = this.#census.sift(points, this.#clock.nowMs());
    const batches: Promise<void>[] = [];
    for (let start = 0; start < taken.length; start += linesPerAppend) {
      batches.push(this.#append(taken.slice(start, start + linesPerAppend)));
    }
    const failed = (await Promise.allSettled(batches)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    if (refusal !== undefined) throw refusal;
  }

  async #append(points: readonly Point[]): Promise<void> {
    // A point that line protocol can't express becomes no line.
    const lines = points.map((point) => encodePoints([point])).filter((line) => line !== '');
    if (lines.length === 0) return;
    await this.#buffer.append(lines.join(''), lines.length);
    this.#recent.note(points, { nowMs: this.#clock.nowMs(), monotonicMs: this.#clock.monotonicMs() });
    this.#influx.noteWritten(points);
  }

  async latest(selections: readonly Selection[]): Promise<readonly (readonly LatestTable[])[]> {
    const answers = await this.#influx.latest(selections);
    const latestMs = this.#clock.nowMs() + clockErrorMs;
    return selections.map((selection, index) =>
      mergeTables(answers[index] ?? [], this.#recent.tables(selection), latestMs),
    );
  }

  async history(query: HistoryQuery): Promise<History> {
    const { oldestMs: waitedMs } = this.#buffer.stats;
    const history = await this.#influx.history(query);
    const oldestMs = waitedMs ?? this.#buffer.stats.oldestMs;
    return oldestMs === null ? history : this.#withRecent(history, query, oldestMs - latenessMs);
  }

  #withRecent(history: History, query: HistoryQuery, sinceMs: number): History {
    const samples = this.#recent.samples(query.selection);
    const beginnings = new Map(
      samples.map(({ measurement, tags, times }) => [keyOf(measurement, tags), times[0] ?? Number.NaN]),
    );
    const { intervalMs } = this.#options;
    const remembered = bucketSamples(samples, query, { intervalMs, kind: this.#kindOf }).series.map(
      (series) => ({
        ...series,
        oldestMs: beginnings.get(keyOf(series.measurement, series.tags)) ?? Number.NaN,
      }),
    );
    return withRemembered(history, remembered, sinceMs);
  }

  async hosts(): Promise<readonly HostInfo[]> {
    const known = new Map((await this.#influx.hosts()).map((info) => [info.host, info]));
    for (const info of this.#recent.hosts()) known.set(info.host, info);
    return [...known.values()];
  }

  recent(selections: readonly Selection[]): Recently {
    return {
      tables: selections.map((selection) => this.#recent.tables(selection)),
      hosts: this.#recent.hosts(),
    };
  }

  forwarding(): Forwarding {
    const { bytes, oldestMs, isFull, isWritable } = this.#buffer.stats;
    const { outage, forwardedLines, droppedLines, retries, lastSuccessMs } = this.#forwarder.stats;
    return {
      bufferBytes: bytes,
      oldestAgeMs: oldestMs === null ? 0 : Math.max(0, this.#clock.nowMs() - oldestMs),
      forwardedLines,
      droppedLines,
      retries,
      lastSuccessMs,
      isFlowing: outage === undefined,
      isTaking: !isFull && isWritable,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#forwarder.close();
    await this.#buffer.close();
    await this.#influx.close();
  }
}
