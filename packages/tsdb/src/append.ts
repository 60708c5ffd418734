import { checkNames, checkSample, checkSeries, type Refusal } from './checkPoint.ts';
import { TsdbError } from './errors.ts';
import type { Folder } from './folder.ts';
import type { DatabaseOptions } from './options.ts';
import type { LivePart } from './parts.ts';
import type { Point } from './point.ts';
import { type Series, seriesKey } from './series.ts';
import { isClosed } from './tier/timeline.ts';
import { appendPoint, beginRecord, endRecord, maxRecordBytes } from './walRecords.ts';

/** What became of a batch: `refused` names the points that were not stored, the others were. */
export interface AppendResult {
  readonly accepted: number;
  readonly refused: readonly Refusal[];
}

/** More than this is not held back for a commit, so that memory stays bounded. */
const maxPendingBytes = 16 * 1024 * 1024;

/** A host's clock is wrong where its samples are stamped further ahead than this. */
const clockErrorMs = 60_000;

/** The write path: points into heads and logs, logs to the disk. */
export class Appender {
  private readonly folder: Folder;
  private readonly options: Required<DatabaseOptions>;
  private failure: Error | null = null;
  /** Records of the batch that is being written: where each part's begins. */
  private readonly records = new Map<LivePart, number>();

  constructor(folder: Folder, options: Required<DatabaseOptions>) {
    this.folder = folder;
    this.options = options;
  }

  get isWritable(): boolean {
    return this.failure === null;
  }

  append(points: readonly Point[]): AppendResult {
    if (this.failure) {
      throw new TsdbError('ERR_TSDB_WRITE', `${this.options.folder} takes no data: ${this.failure.message}`, {
        cause: this.failure,
      });
    }
    const nowMs = this.options.now();
    const oldestMs = nowMs - this.options.retentionMs;
    const newestMs = nowMs + this.options.maxAheadMs;
    const refused: Refusal[] = [];
    points.forEach((point, index) => {
      const problem = checkSample(point, oldestMs, newestMs) ?? this.take(point, nowMs);
      if (problem) refused.push({ index, ...problem });
    });
    this.endRecords();
    return { accepted: points.length - refused.length, refused };
  }

  commit(): void {
    const failure = this.flush();
    if (!failure) return;
    if (!this.failure) this.options.onEvent({ type: 'write-failed', error: failure });
    this.failure = failure;
    throw failure;
  }

  /** After a failure: tries again to make durable what is in memory. */
  recover(): void {
    if (!this.failure) return;
    for (const part of this.folder.windows.live()) {
      if (part.wal.state === 'lost' && !this.folder.maintenance.sealNow(part)) return;
    }
    const failure = this.flush();
    if (failure) {
      this.failure = failure;
      return;
    }
    this.failure = null;
    this.options.onEvent({ type: 'recovered' });
  }

  private flush(): Error | null {
    const isSynced = this.options.durability === 'disk';
    let failure: Error | null = null;
    for (const { wal } of this.folder.windows.live()) {
      try {
        wal.flush(isSynced);
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
    }
    return failure;
  }

  private take(point: Point, nowMs: number): Omit<Refusal, 'index'> | null {
    const { catalog, windows, windowMs } = this.folder;
    const key = seriesKey(point.measurement, point.tags);
    let series = catalog.find(key);
    let columns = series?.layoutOf(point.fields);
    if (!series || !columns) {
      const problem = series ? this.checkColumns(series, point) : this.checkNew(point);
      if (problem) return problem;
      series ??= catalog.obtain(key, point.measurement, point.tags);
      columns = series.columnsOf(point.fields);
    }
    const startMs = Math.floor(point.timeMs / windowMs) * windowMs;
    const part = windows.writable(startMs) ?? this.beginPart(startMs);
    if (!part) return { reason: 'too-old', message: `time ${point.timeMs} is older than what is kept` };
    part.head.lastWriteMs = nowMs;
    const latestMs = nowMs + clockErrorMs;
    if (series.newestMs > latestMs && point.timeMs <= latestMs) series.forgetLater(latestMs);
    appendPoint(this.recordOf(part, point.timeMs), part.head, series, point, columns);
    return null;
  }

  /** Null where the window's samples were dropped already, and only what was made of them is left. */
  private beginPart(startMs: number): LivePart | null {
    const { windows, tiers, makeLive } = this.folder;
    if (isClosed(this.folder, startMs)) return null;
    const newest = windows.at(startMs).at(-1)?.number ?? -1;
    const part = makeLive(startMs, Math.max(newest, tiers.claimed(startMs)) + 1);
    windows.set(part);
    return part;
  }

  private recordOf(part: LivePart, timeMs: number): LivePart['wal']['pending'] {
    const { pending, fileBytes } = part.wal;
    const start = this.records.get(part);
    if (start === undefined) {
      this.records.set(part, beginRecord(pending, part.head, timeMs));
    } else if (pending.length - start > maxRecordBytes) {
      endRecord(pending, start, fileBytes + start);
      this.records.set(part, beginRecord(pending, part.head, timeMs));
    }
    return pending;
  }

  private endRecords(): void {
    let pendingBytes = 0;
    for (const [part, start] of this.records) {
      endRecord(part.wal.pending, start, part.wal.fileBytes + start);
      pendingBytes += part.wal.pending.length;
    }
    this.records.clear();
    if (pendingBytes > maxPendingBytes) this.commit();
  }

  private checkNew(point: Point): Omit<Refusal, 'index'> | null {
    const { maxColumns } = this.options;
    const problem = this.checkCounts(point);
    if (problem) return problem;
    if (point.fields.length > maxColumns) return tooManyColumns(point, maxColumns);
    const names = point.fields.map((field) => field.name);
    return (
      checkSeries(point.measurement, point.tags) ??
      this.checkNewNames([point.measurement, ...point.tags.flat()], names)
    );
  }

  /** How many series there are, in all and with the same value of the tag `clusterBy`. */
  private checkCounts({ tags }: Point): Omit<Refusal, 'index'> | null {
    const { clusterBy, maxSeries } = this.options;
    const { catalog } = this.folder;
    const value = tags.find(([name]) => name === clusterBy)?.[1];
    const problem = value === undefined ? null : this.checkCluster(value);
    if (problem || catalog.size < maxSeries) return problem;
    return { reason: 'too-many-series', message: `there are maxSeries ${maxSeries} series already` };
  }

  private checkCluster(value: string): Omit<Refusal, 'index'> | null {
    const { clusterBy, maxSeriesPerCluster, maxClusters } = this.options;
    const clusters = this.folder.catalog.tagValues(clusterBy);
    const known = clusters.get(value)?.size ?? 0;
    if (known === 0 && clusters.size >= maxClusters) {
      const message = `there are maxClusters ${maxClusters} values of ${clusterBy} already`;
      return { reason: 'too-many-clusters', message };
    }
    if (known < maxSeriesPerCluster) return null;
    const message = `there are maxSeriesPerCluster ${maxSeriesPerCluster} series of this ${clusterBy} already`;
    return { reason: 'too-many-in-cluster', message };
  }

  private checkColumns(series: Series, point: Point): Omit<Refusal, 'index'> | null {
    const added = point.fields.filter((field) => !series.find(field.name, field.type === 'string'));
    if (added.length === 0) return null;
    const { maxColumns } = this.options;
    if (series.columns.length + added.length > maxColumns) return tooManyColumns(point, maxColumns);
    return this.checkNewNames(
      [],
      added.map((field) => field.name),
    );
  }

  private checkNewNames(
    seriesNames: readonly string[],
    fieldNames: readonly string[],
  ): Omit<Refusal, 'index'> | null {
    const { maxNameCharacters } = this.options;
    const characters = [...seriesNames, ...fieldNames].reduce((sum, name) => sum + name.length, 0);
    if (this.folder.catalog.nameCharacters + characters <= maxNameCharacters) return checkNames(fieldNames);
    return { reason: 'too-many-names', message: `names take maxNameCharacters ${maxNameCharacters} already` };
  }
}

function tooManyColumns(point: Point, maxColumns: number): Omit<Refusal, 'index'> {
  return {
    reason: 'too-many-columns',
    message: `series of ${point.measurement} would have more than maxColumns ${maxColumns} columns`,
  };
}
