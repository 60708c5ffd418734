import { type Disk, realDisk } from './disk.ts';
import type { Tag } from './point.ts';

/** What the database tells while it works; nothing of it is an error of the caller. */
export type DatabaseEvent =
  /**
   * A log is damaged or cut short: so many bytes of it were dropped, the first at that offset, and with them
   * `lostPoints` points elsewhere in it that differ from what was dropped. With `isTail` it is what follows the
   * last good record, as a crash leaves it.
   */
  | {
      readonly type: 'log-damaged';
      readonly file: string;
      readonly offset: number;
      readonly droppedBytes: number;
      readonly lostPoints: number;
      readonly isTail: boolean;
    }
  /** The samples of one series in one segment are not what was written. Told once per chunk. */
  | {
      readonly type: 'chunk-damaged';
      readonly file: string;
      readonly offset: number;
      readonly measurement: string;
      readonly tags: readonly Tag[];
    }
  /** The disk did not read a segment: its samples are missing from answers, and it is asked again each time. Told
   * once until it reads again. */
  | { readonly type: 'read-failed'; readonly file: string; readonly error: Error }
  /** A whole segment cannot be read; the file is left as it is. */
  | { readonly type: 'segment-damaged'; readonly file: string; readonly reason: string }
  /** Data cannot be written: appends are refused until `recovered`. */
  | { readonly type: 'write-failed'; readonly error: Error }
  | { readonly type: 'recovered' }
  /** A window became a segment. */
  | { readonly type: 'sealed'; readonly file: string; readonly bytes: number; readonly tookMs: number }
  /** A window could not be sealed; its log is kept, and it is tried again. */
  | { readonly type: 'seal-failed'; readonly file: string; readonly error: Error }
  /** What was sealed was merged, or rolled up: the files that came of it. */
  | { readonly type: 'compacted'; readonly files: readonly string[]; readonly tookMs: number }
  /** That could not be done; nothing is lost by it, and it is tried again. */
  | { readonly type: 'compact-failed'; readonly startMs: number; readonly error: Error }
  /** A segment or log was older than the retention, or there was no more room for it, and is gone. */
  | { readonly type: 'expired'; readonly file: string }
  /** It is no longer used, but the disk would not remove it. */
  | { readonly type: 'remove-failed'; readonly file: string; readonly error: Error }
  /** The lock of a process that is no longer there was taken over. */
  | { readonly type: 'lock-taken-over'; readonly pid: number }
  /** The folder was made with another window than the options ask for, and keeps it. */
  | { readonly type: 'window-kept'; readonly windowMs: number; readonly askedMs: number };

/** What tiers keep of a numeric field: mean, least and largest; its increase and the time it was seen; or all. */
export type RollupKind = 'gauge' | 'counter' | 'both';

/** How a database is opened; `folder` alone is enough. */
export interface DatabaseOptions {
  /** Made where it is missing; its parent must exist or be creatable. */
  readonly folder: string;
  /** Samples are sealed together by windows of this length: ms, default 20 min, 1 s to 1 day. */
  readonly windowMs?: number;
  /** The windows of a block are merged into one file: ms, default 4 h, a multiple of the window and of 10 min. */
  readonly blockMs?: number;
  /** What one file of ten-minute cells covers: ms, default 24 h, a multiple of the block. */
  readonly dayMs?: number;
  /** Samples older than this are dropped: ms, default 2 days, at least one window. */
  readonly retentionMs?: number;
  /** The same of their cells of a minute: ms, default 14 days, at least `retentionMs`. */
  readonly minuteRetentionMs?: number;
  /** The same of their cells of ten minutes: ms, default 90 days, at least `minuteRetentionMs`. */
  readonly tenMinuteRetentionMs?: number;
  /** Beyond this the oldest is dropped, samples first, then minutes, then ten minutes: bytes, default no limit. */
  readonly maxBytes?: number;
  /** What the cells keep of a numeric field: default `both`. Asked again whenever cells are made. */
  readonly rollupKind?: (measurement: string, field: string) => RollupKind;
  /**
   * How many decimals are kept of a field's numbers, 0 to 15; undefined: all. Asked once for each list of fields of a series.
   * Default: all of all.
   */
  readonly decimals?: (measurement: string, field: string) => number | undefined;
  /** About how often series have samples, where there are too few to tell: ms, default 10 s. */
  readonly intervalMs?: number;
  /** A window is sealed when it is over and has rested this long: ms, default a quarter of the window. */
  readonly restMs?: number;
  /**
   * What a commit survives: `disk` a power cut (fdatasync), `process` a killed process only. Default `disk`.
   */
  readonly durability?: 'disk' | 'process';
  /** Points may be this far ahead of `now`: ms, default 1 h. */
  readonly maxAheadMs?: number;
  /** Points of further series are refused: default 1,000,000. */
  readonly maxSeries?: number;
  /** The same among the series with one value of the tag `clusterBy`: default as `maxSeries`. */
  readonly maxSeriesPerCluster?: number;
  /** Points of series with further values of the tag `clusterBy` are refused: default as `maxSeries`. */
  readonly maxClusters?: number;
  /** Names of measurements, tags and fields that are new are refused beyond: characters, default 512 Mi. */
  readonly maxNameCharacters?: number;
  /** Points that would give a series more columns are refused: default 1,024. */
  readonly maxColumns?: number;
  /** A window whose log grows beyond this is sealed at once: bytes, default 128 MiB. */
  readonly maxLogBytes?: number;
  /** Beyond this the window that has rested longest is sealed at once: bytes of rows, default 512 MiB. */
  readonly maxHeadBytes?: number;
  /** Series with the same value of this tag lie next to each other in segments, for example `host`. */
  readonly clusterBy?: string;
  /**
   * Reads the folder as it is at this moment, also while another process writes to it: takes no lock, writes nothing,
   * follows no later change. Appending throws, `maintain` does nothing. Default false.
   */
  readonly readOnly?: boolean;
  /** Wall clock, epoch ms. */
  readonly now?: () => number;
  readonly onEvent?: (event: DatabaseEvent) => void;
  readonly disk?: Disk;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Fills in the defaults. @throws RangeError naming the option, its value and what is allowed. */
export function resolveOptions(options: DatabaseOptions): Required<DatabaseOptions> {
  const windowMs = options.windowMs ?? 20 * minute;
  const maxSeries = options.maxSeries ?? 1_000_000;
  const resolved = {
    folder: options.folder,
    windowMs: inRange('windowMs', windowMs, 1_000, 24 * 60 * minute),
    ...resolveSpans(options, windowMs),
    ...resolveRetention(options, windowMs),
    rollupKind: options.rollupKind ?? (() => 'both' as const),
    decimals: options.decimals ?? (() => undefined),
    intervalMs: inRange('intervalMs', options.intervalMs ?? 10_000, 0),
    restMs: inRange('restMs', options.restMs ?? Math.ceil(windowMs / 4), 0),
    durability: options.durability ?? 'disk',
    maxAheadMs: inRange('maxAheadMs', options.maxAheadMs ?? 60 * minute, 0),
    maxSeries: inRange('maxSeries', maxSeries, 1),
    maxSeriesPerCluster: inRange('maxSeriesPerCluster', options.maxSeriesPerCluster ?? maxSeries, 1),
    maxClusters: inRange('maxClusters', options.maxClusters ?? maxSeries, 1),
    maxNameCharacters: inRange('maxNameCharacters', options.maxNameCharacters ?? 512 * 1024 * 1024, 1),
    maxColumns: inRange('maxColumns', options.maxColumns ?? 1_024, 1, 65_536),
    maxLogBytes: inRange('maxLogBytes', options.maxLogBytes ?? 128 * 1024 * 1024, 1),
    maxHeadBytes: inRange('maxHeadBytes', options.maxHeadBytes ?? 512 * 1024 * 1024, 1),
    clusterBy: options.clusterBy ?? '',
    readOnly: options.readOnly ?? false,
    now: options.now ?? Date.now,
    onEvent: options.onEvent ?? (() => {}),
    disk: options.disk ?? realDisk,
  };
  if (resolved.folder === '') throw new RangeError('folder must name a folder');
  return resolved;
}

function resolveSpans(options: DatabaseOptions, windowMs: number): { blockMs: number; dayMs: number } {
  const blockMs = inRange('blockMs', options.blockMs ?? Math.max(4 * hour, windowMs), windowMs);
  const dayMs = inRange('dayMs', options.dayMs ?? Math.max(day, blockMs), blockMs);
  for (const [name, ms, unit] of [
    ['blockMs', blockMs, windowMs],
    ['blockMs', blockMs, 10 * minute],
    ['dayMs', dayMs, blockMs],
  ] as const) {
    if (ms % unit !== 0) throw new RangeError(`${name} is ${ms}: it must be a multiple of ${unit}`);
  }
  return { blockMs, dayMs };
}

/** What is not given is no shorter than what is. */
function resolveRetention(options: DatabaseOptions, windowMs: number) {
  const retentionMs = inRange('retentionMs', options.retentionMs ?? 2 * day, windowMs);
  const minuteRetentionMs = options.minuteRetentionMs ?? Math.max(14 * day, retentionMs);
  const tenMinuteRetentionMs = options.tenMinuteRetentionMs ?? Math.max(90 * day, minuteRetentionMs);
  return {
    retentionMs,
    minuteRetentionMs: inRange('minuteRetentionMs', minuteRetentionMs, retentionMs),
    tenMinuteRetentionMs: inRange('tenMinuteRetentionMs', tenMinuteRetentionMs, minuteRetentionMs),
    maxBytes: inRange('maxBytes', options.maxBytes ?? Number.MAX_SAFE_INTEGER, 1),
  };
}

function inRange(name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is ${value}: it must be a whole number from ${min} to ${max}`);
}
