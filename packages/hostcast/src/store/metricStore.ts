import type { BucketStatistic, LatestTable, Point, Selection, Tag } from '@hostcast/tsdb';

/**
 * Where measurements are kept. Two implementations stand behind it (embedded, InfluxDB); one contract suite
 * (test/store/storeContract.ts) runs against both.
 */
export interface MetricStore {
  /**
   * Stores points; resolves when they are durable, so that the caller may acknowledge them. Writing the same
   * points again changes nothing.
   * @param isMoreComing the writer has more at hand: these may wait for it, some milliseconds, to be made durable with it
   * @throws StoreError `ERR_STORE_OVERLOADED`, `ERR_STORE_UNAVAILABLE`, `ERR_STORE_REFUSED`
   */
  write(points: readonly Point[], isMoreComing?: boolean): Promise<void>;

  /**
   * The newest samples of all that is asked for, in ONE round: answer i holds the tables of selection i, one
   * per measurement. Series that have been silent may be left out once they are older than the store's
   * look-back; text fields are left out always.
   */
  latest(selections: readonly Selection[]): Promise<readonly (readonly LatestTable[])[]>;

  /** Bucketed history of what is selected; see `History`. */
  history(query: HistoryQuery): Promise<History>;

  /** Every host (value of the tag `host`) that has data, also the silent ones. */
  hosts(): Promise<readonly HostInfo[]>;

  /** How much there is; left out where the store can't tell. */
  condition?(): Promise<StoreCondition>;

  /**
   * The newest samples that this process has in memory, of hosts that write through it: what is known while
   * `latest` fails. Left out where nothing is kept.
   */
  recent?(selections: readonly Selection[]): Recently;

  /** How far what was acknowledged is on its way to a database behind; left out where there is none. */
  forwarding?(): Forwarding;

  /** Releases everything; safe to call twice. What was acknowledged stays. */
  close(): Promise<void>;
}

export interface StoreCondition {
  readonly series: number;
  /** False while the disk refuses data: writes are refused, what is there can be read. */
  readonly isWritable: boolean;
  /** Why it is not, in a few words: `its disk is full`. */
  readonly trouble?: string;
}

/** @see MetricStore.recent */
export interface Recently {
  /** As the answers of `latest`. */
  readonly tables: readonly (readonly LatestTable[])[];
  /** Every host that wrote through this process in the last minutes. */
  readonly hosts: readonly HostInfo[];
}

/** @see MetricStore.forwarding */
export interface Forwarding {
  /** Octets on the disk that wait, compressed. */
  readonly bufferBytes: number;
  /** How long the oldest of them waits, ms; 0 where nothing does. */
  readonly oldestAgeMs: number;
  readonly forwardedLines: number;
  /** Lines that the database said it can never take. */
  readonly droppedLines: number;
  /** Attempts that had to be made again. */
  readonly retries: number;
  /** When the database took lines last, epoch ms; null where it did not yet. */
  readonly lastSuccessMs: number | null;
  /** Whether the database took what it was sent last. */
  readonly isFlowing: boolean;
  /** Whether writes are taken: false while the buffer is full, or its disk refuses. */
  readonly isTaking: boolean;
}

export interface HostInfo {
  readonly host: string;
  /** Epoch ms of its newest sample where the store knows it cheaply, else null. */
  readonly newestMs: number | null;
}

export interface HistoryQuery {
  readonly selection: Selection;
  /** Epoch ms; the first bucket starts at the multiple of `bucketMs` at or before it. */
  readonly fromMs: number;
  /** Epoch ms, exclusive. */
  readonly toMs: number;
  /** Width of a bucket, aligned to the epoch. At most 10,000 buckets may be asked for. */
  readonly bucketMs: number;
  /** What is shown of gauges; default `mean`. Counters are per second whatever it says. */
  readonly statistic?: BucketStatistic;
}

/** Buckets of equal width and, for each series and numeric field, a value per bucket. */
export interface History {
  /** Starts of the buckets, epoch ms. */
  readonly times: readonly number[];
  readonly series: readonly HistorySeries[];
}

export interface HistorySeries {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  /**
   * Per field one value per bucket: of a gauge its mean, or the statistic that was asked for; a counter's increase per second of the time it was seen,
   * resets allowed for, counting from the sample before the bucket. NaN where there was no data.
   */
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Points of one write that were not stored. */
export interface RefusedPoints {
  readonly count: number;
  /** The first 100: their places in what was written, and why. */
  readonly first: readonly { readonly index: number; readonly reason: string }[];
}

const refusedShown = 100;

/** @see RefusedPoints */
export function refusedPoints(
  all: readonly { readonly index: number; readonly reason: string }[],
): RefusedPoints {
  return { count: all.length, first: all.slice(0, refusedShown) };
}

export type StoreErrorCode = 'ERR_STORE_OVERLOADED' | 'ERR_STORE_UNAVAILABLE' | 'ERR_STORE_REFUSED';

/** A store could not do what was asked; `message` says what, where and what to do, and holds no secret. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** With `ERR_STORE_REFUSED`, where the store tells points apart: what it refused. All others are durable. */
  readonly refused: RefusedPoints | undefined;

  constructor(
    code: StoreErrorCode,
    message: string,
    { refused, ...options }: ErrorOptions & { readonly refused?: RefusedPoints | undefined } = {},
  ) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
    this.refused = refused;
  }
}
