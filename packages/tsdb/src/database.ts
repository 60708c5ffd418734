import { Appender, type AppendResult } from './append.ts';
import type { Batch } from './batch.ts';
import { TsdbError } from './errors.ts';
import { type Folder, openFolder } from './folder.ts';
import { type DatabaseOptions, resolveOptions } from './options.ts';
import type { LatestTable, Point, Selection, SeriesSamples } from './point.ts';
import { readLatest, type Source, scanRange } from './query.ts';
import type { Series } from './series.ts';
import { type SeriesBuckets, scanBuckets } from './tier/bucketQuery.ts';
import type { BucketQuery } from './tier/bucketReader.ts';
import { SettledBuckets } from './tier/settledBuckets.ts';

/** A value of a tag that some series carry, and the time of their newest sample (epoch ms). */
export interface TagValue {
  readonly value: string;
  readonly newestMs: number;
}

export interface ReadOptions {
  /** Also the last row before the range, per series, where it is at most this far from it; default 0: none. */
  readonly previousWithinMs?: number;
  /** Series by measurement and tags, whatever order they came in; default false. */
  readonly isSorted?: boolean;
}

/** How much there is. */
export interface DatabaseStats {
  readonly series: number;
  /** Parts of windows that are in memory and in a log, and the bytes of the logs. */
  readonly liveParts: number;
  readonly logBytes: number;
  readonly segments: number;
  readonly segmentBytes: number;
  /** Rough bytes of the rows in memory. */
  readonly headBytes: number;
  /** False while the disk refuses data: appends throw. */
  readonly isWritable: boolean;
}

/** A folder of time series. All calls are synchronous: it belongs into a worker thread. */
export interface Database {
  /**
   * Takes points in; they can be read at once and are durable after the next `commit`. A point that is already
   * there is replaced field by field. What cannot be stored is refused point by point.
   * @throws TsdbError `ERR_TSDB_WRITE` while the disk refuses data, `ERR_TSDB_CLOSED`
   */
  append(points: readonly Point[]): AppendResult;
  /**
   * As `append`, points from the one encoder of another thread, all of whose batches come here in their order.
   * @throws also RangeError where one is missing
   */
  appendBatch(batch: Batch): AppendResult;
  /**
   * Returns when everything appended is durable.
   * @throws TsdbError `ERR_TSDB_WRITE`: nothing appended since the last commit may be acknowledged
   */
  commit(): void;
  /** The newest two samples of what is selected, one table per measurement. */
  latest(selection: Selection): LatestTable[];
  /** Samples in [fromMs, toMs), per series. */
  read(selection: Selection, fromMs: number, toMs: number, options?: ReadOptions): SeriesSamples[];
  /** As `read`, one series at a time: points may be appended while it is on its way. */
  scan(selection: Selection, fromMs: number, toMs: number, options?: ReadOptions): Iterable<SeriesSamples>;
  /**
   * Buckets of what is selected, one series at a time: from the coarsest tier that answers as the samples would,
   * from whatever is left where the samples are gone.
   */
  buckets(selection: Selection, query: BucketQuery): Iterable<SeriesBuckets>;
  /** The values of a tag among all series, for example every `host`. */
  tagValues(tag: string): TagValue[];
  /**
   * Seals what is over, drops what has expired, recovers from a failed disk: about 10 ms of it per call.
   * True where more is left; call it at least every few seconds.
   */
  maintain(): boolean;
  stats(): DatabaseStats;
  /** Commits, gives the folder free. Safe to call twice. */
  close(): void;
}

/**
 * Opens a folder, or makes it. What the logs hold is in memory when this returns.
 * @throws TsdbError `ERR_TSDB_LOCKED`, `ERR_TSDB_FORMAT`, `ERR_TSDB_FOLDER`; RangeError for bad options
 */
export function openDatabase(options: DatabaseOptions): Database {
  const resolved = resolveOptions(options);
  const folder = openFolder(resolved);
  const source: Source = folder;
  const appender = new Appender(folder, resolved);
  const { catalog, windows, maintenance } = folder;
  const settled = new SettledBuckets();
  let isOpen = true;

  const checkOpen = (): void => {
    if (!isOpen) throw new TsdbError('ERR_TSDB_CLOSED', `the database in ${resolved.folder} is closed`);
  };

  const checkWritable = (): void => {
    checkOpen();
    if (resolved.readOnly) {
      throw new TsdbError('ERR_TSDB_READ_ONLY', `${resolved.folder} was opened for reading only`);
    }
  };

  return {
    append(points) {
      checkWritable();
      return appender.append(points);
    },
    appendBatch(batch) {
      checkWritable();
      return appender.appendBatch(batch);
    },
    commit() {
      checkOpen();
      appender.commit();
    },
    latest(selection) {
      checkOpen();
      return readLatest(source, selection);
    },
    read(selection, fromMs, toMs, { previousWithinMs = 0, isSorted = false } = {}) {
      checkOpen();
      return [...scanRange(source, selection, fromMs, toMs, previousWithinMs, isSorted)];
    },
    scan(selection, fromMs, toMs, { previousWithinMs = 0, isSorted = false } = {}) {
      checkOpen();
      return scanRange(source, selection, fromMs, toMs, previousWithinMs, isSorted);
    },
    buckets(selection, query) {
      checkOpen();
      return scanBuckets(folder, selection, query, settled);
    },
    tagValues(tag) {
      checkOpen();
      return Array.from(catalog.tagValues(tag), ([value, series]) => ({ value, newestMs: newest(series) }));
    },
    maintain() {
      checkOpen();
      if (resolved.readOnly) return false;
      appender.recover();
      return maintenance.slice();
    },
    stats: () => statsOf(folder, appender.isWritable),
    close() {
      if (!isOpen) return;
      isOpen = false;
      try {
        appender.commit();
      } finally {
        maintenance.abandon();
        for (const part of [...windows.all(), ...folder.tiers.all()]) part.close();
        folder.unlock();
      }
    },
  };
}

function newest(series: ReadonlySet<Series>): number {
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const one of series) newestMs = Math.max(newestMs, one.newestMs);
  return newestMs;
}

function statsOf({ windows, tiers, catalog }: Folder, isWritable: boolean): DatabaseStats {
  const live = [...windows.live()];
  const logBytes = live.reduce((sum, part) => sum + part.fileBytes, 0);
  const all = [...windows.all(), ...tiers.all()];
  return {
    series: catalog.size,
    liveParts: live.length,
    logBytes,
    segments: all.length - live.length,
    segmentBytes: all.reduce((sum, part) => sum + part.fileBytes, 0) - logBytes,
    headBytes: live.reduce((sum, part) => sum + part.head.memoryBytes, 0),
    isWritable,
  };
}
