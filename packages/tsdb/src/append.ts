import { type Batch, BatchEncoder, type Shape } from './batch.ts';
import { checkNames, checkSeries, checkTime, type Problem, type Refusal } from './checkPoint.ts';
import { TsdbError } from './errors.ts';
import type { Folder } from './folder.ts';
import { appendStaged, beginRecord, endRecord, maxRecordBytes } from './log/walRecords.ts';
import type { DatabaseOptions } from './options.ts';
import type { LivePart } from './parts.ts';
import type { Point, Tag } from './point.ts';
import { Series, seriesKey } from './series.ts';
import { type Target, Targets } from './target.ts';
import { isClosed } from './tier/timeline.ts';

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
  private readonly ownEncoder = new BatchEncoder();
  private readonly ownTargets = new Targets();
  private readonly senderTargets = new Targets();

  constructor(folder: Folder, options: Required<DatabaseOptions>) {
    this.folder = folder;
    this.options = options;
  }

  get isWritable(): boolean {
    return this.failure === null;
  }

  append(points: readonly Point[]): AppendResult {
    return this.appendBatch(this.ownEncoder.encode(points), this.ownTargets);
  }

  appendBatch(batch: Batch, targets = this.senderTargets): AppendResult {
    targets.learn(batch);
    if (this.failure) {
      throw new TsdbError('ERR_TSDB_WRITE', `${this.options.folder} takes no data: ${this.failure.message}`, {
        cause: this.failure,
      });
    }
    const refused = this.takeAll(batch, targets);
    this.endRecords();
    return { accepted: batch.points - refused.length, refused };
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

  private takeAll(batch: Batch, targets: Targets): Refusal[] {
    const nowMs = this.options.now();
    const oldestMs = nowMs - this.options.retentionMs;
    const newestMs = nowMs + this.options.maxAheadMs;
    const refused: Refusal[] = [];
    let [at, textAt, refusedAt] = [0, 0, 0];
    for (let index = 0; index < batch.points; index++) {
      const number = batch.numbers[at]!;
      if (number < 0) {
        refused.push(batch.refused[refusedAt++]!);
        at++;
        continue;
      }
      const target = targets.at(number);
      const timeMs = batch.numbers[at + 1]!;
      const problem =
        checkTime(timeMs, oldestMs, newestMs) ?? this.take(batch, target, timeMs, nowMs, at + 2, textAt);
      if (problem) refused.push({ index, ...problem });
      at += 2 + target.fields;
      textAt += target.textFields.length;
    }
    return refused;
  }

  /** Stores one point, whose values begin at `at` and its texts at `textAt` of the batch's. */
  private take(
    batch: Batch,
    target: Target,
    timeMs: number,
    nowMs: number,
    at: number,
    textAt: number,
  ): Problem | null {
    const { windows, windowMs } = this.folder;
    let series = target.liveSeries;
    if (!series) {
      const found = this.seriesOf(target);
      if (!(found instanceof Series)) return found;
      series = found;
    }
    const startMs = Math.floor(timeMs / windowMs) * windowMs;
    const part = windows.writable(startMs) ?? this.beginPart(startMs);
    if (!part)
      return {
        reason: 'too-old',
        message: `time ${new Date(timeMs).toISOString()} is older than what is kept`,
      };
    const { head } = part;
    head.lastWriteMs = nowMs;
    const latestMs = nowMs + clockErrorMs;
    if (series.newestMs > latestMs && timeMs <= latestMs) series.forgetLater(latestMs);
    const rows = head.find(series) ?? head.define(series);
    const into = this.recordOf(part, timeMs);
    target.stage(head, rows, batch, at, textAt);
    appendStaged(into, head, rows, timeMs);
    return null;
  }

  /** Finds the series and columns of a shape, or makes them where the limits let it. */
  private seriesOf(target: Target): Series | Problem {
    const { catalog } = this.folder;
    const { measurement, tags } = target.shape;
    const key = seriesKey(measurement, tags);
    const known = catalog.find(key);
    const problem = known ? this.checkColumns(known, target.shape) : this.checkNew(target.shape);
    if (problem) return problem;
    const series = known ?? catalog.obtain(key, measurement, tags);
    target.use(series, this.options.decimals);
    return series;
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

  private checkNew(shape: Shape): Problem | null {
    const { maxColumns } = this.options;
    const { measurement, tags, fields } = shape;
    const problem = this.checkCounts(tags);
    if (problem) return problem;
    if (fields.names.length > maxColumns) return tooManyColumns(measurement, maxColumns);
    return checkSeries(measurement, tags) ?? this.checkNewNames([measurement, ...tags.flat()], fields.names);
  }

  /** How many series there are, in all and with the same value of the tag `clusterBy`. */
  private checkCounts(tags: readonly Tag[]): Problem | null {
    const { clusterBy, maxSeries } = this.options;
    const { catalog } = this.folder;
    const value = tags.find(([name]) => name === clusterBy)?.[1];
    const problem = value === undefined ? null : this.checkCluster(value);
    if (problem || catalog.size < maxSeries) return problem;
    return { reason: 'too-many-series', message: `there are maxSeries ${maxSeries} series already` };
  }

  private checkCluster(value: string): Problem | null {
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

  private checkColumns(series: Series, { measurement, fields }: Shape): Problem | null {
    const added = fields.names.filter((name, index) => !series.find(name, fields.isText[index]!));
    if (added.length === 0) return null;
    const { maxColumns } = this.options;
    if (series.columns.length + added.length > maxColumns) return tooManyColumns(measurement, maxColumns);
    return this.checkNewNames([], added);
  }

  private checkNewNames(seriesNames: readonly string[], fieldNames: readonly string[]): Problem | null {
    const { maxNameCharacters } = this.options;
    const characters = [...seriesNames, ...fieldNames].reduce((sum, name) => sum + name.length, 0);
    if (this.folder.catalog.nameCharacters + characters <= maxNameCharacters) return checkNames(fieldNames);
    return { reason: 'too-many-names', message: `names take maxNameCharacters ${maxNameCharacters} already` };
  }
}

function tooManyColumns(measurement: string, maxColumns: number): Problem {
  return {
    reason: 'too-many-columns',
    message: `series of ${measurement} would have more than maxColumns ${maxColumns} columns`,
  };
}
