import type { LivePart } from '../parts.ts';
import type { Series } from '../series.ts';
import type { BucketStatistic, GaugeGrid, Grid } from './grid.ts';

/** What is asked of gauges, and how far the answer cannot change while the files are the same. */
export interface SettledQuery {
  readonly fields: readonly string[];
  readonly statistic: BucketStatistic;
  readonly bucketMs: number;
  /** Start of the first bucket, a multiple of `bucketMs`. */
  readonly startMs: number;
  /** End of the last file that changes no more and ends within the range. */
  readonly endMs: number;
}

/** What was kept of a series. */
interface Kept {
  readonly startMs: number;
  readonly buckets: number;
  /** Per field two numbers for each bucket, as a grid saves them. */
  readonly numbers: Float64Array;
  /** What was gone on with, in memory. */
  open: Open | null;
}

/** What the samples in memory came to, with what was settled before in the same bucket. */
interface Open {
  /** Of each part that may still be written, the rows of the series, and how often they were changed. */
  readonly heads: readonly { readonly length: number; readonly edits: number }[];
  /** The range ended there; rows of the last part before `untilMs` are in it. */
  readonly toMs: number;
  readonly untilMs: number;
  readonly buckets: number;
  readonly numbers: Float64Array;
}

/** Narrower buckets, and odd ones, are not kept: they are as many as the samples, or not asked for again (chosen). */
const narrowestMs = 60_000;
/** 8 MiB: a field of 5,000 hosts in 90 buckets (chosen). */
const maxNumbers = 1024 * 1024;

/**
 * The buckets of gauges in files that change no more. Pages ask for the same range again and again, only its end
 * moves on: what was worked out once for all but the newest samples is gone on with, and so are the newest ones as long
 * as later ones follow them. All of it is dropped as soon as there is another file, or one less: every 20 minutes or so.
 */
export class SettledBuckets {
  private version = Number.NaN;
  private size = 0;
  /** The one that was asked for last is behind. */
  private readonly answers = new Map<string, SettledAnswer>();

  /** What is kept for a question; null where it isn't worth it. `version` is that of the files. */
  answer(version: number, query: SettledQuery): SettledAnswer | null {
    if (version !== this.version) this.clear(version);
    const { fields, statistic, bucketMs, startMs, endMs } = query;
    if (bucketMs % narrowestMs !== 0 || endMs <= startMs) return null;
    const key = JSON.stringify([bucketMs, endMs, statistic, ...fields]);
    const known = this.answers.get(key);
    const answer = known ?? new SettledAnswer(bucketMs, endMs, (length) => this.reserve(key, length));
    this.answers.delete(key);
    this.answers.set(key, answer);
    return answer;
  }

  /** False where there is no room even without the answers that were not asked for as long. */
  private reserve(key: string, length: number): boolean {
    const answer = this.answers.get(key);
    for (const [other, { size }] of this.answers) {
      if (other === key || this.size + length <= maxNumbers) break;
      this.size -= size;
      this.answers.delete(other);
    }
    if (!answer || this.size + length > maxNumbers) return false;
    answer.size += length;
    this.size += length;
    return true;
  }

  private clear(version: number): void {
    this.version = version;
    this.size = 0;
    this.answers.clear();
  }
}

/** What is kept for one question, by series. */
export class SettledAnswer {
  size = 0;
  private readonly bucketMs: number;
  private readonly endMs: number;
  /** Asks for room for so many numbers more. */
  private readonly reserve: (length: number) => boolean;
  private readonly bySeries = new Map<number, Kept>();

  constructor(bucketMs: number, endMs: number, reserve: (length: number) => boolean) {
    this.bucketMs = bucketMs;
    this.endMs = endMs;
    this.reserve = reserve;
  }

  /** Hands each field's grid what was kept of it; false where nothing was, or not from so early on. */
  restore(series: Series, { startMs }: Grid, grids: readonly GaugeGrid[]): boolean {
    const kept = this.bySeries.get(series.id);
    if (!kept || kept.startMs > startMs) return false;
    const { numbers, buckets } = kept;
    const skipped = (startMs - kept.startMs) / this.bucketMs;
    for (let field = 0; field < grids.length; field++) {
      grids[field]!.restore(numbers, 2 * field * buckets, buckets, skipped, 0);
    }
    return true;
  }

  /** Keeps what the grids have by now, where there is room. */
  keep(series: Series, { startMs }: Grid, grids: readonly GaugeGrid[]): void {
    const buckets = Math.ceil((this.endMs - startMs) / this.bucketMs);
    const known = this.bySeries.get(series.id);
    const length = 2 * grids.length * buckets;
    if (!this.reserve(length - (known?.numbers.length ?? 0) - (known?.open?.numbers.length ?? 0))) return;
    this.bySeries.set(series.id, { startMs, buckets, numbers: saved(grids, 0, buckets), open: null });
  }

  /**
   * What was kept of rows in memory, after `restore`: the time from which on rows of the last part are missing. Null
   * where nothing was, or a row has changed since.
   */
  restoreOpen(
    series: Series,
    grid: Grid,
    grids: readonly GaugeGrid[],
    parts: readonly LivePart[],
  ): number | null {
    const open = this.bySeries.get(series.id)?.open;
    const first = this.firstOpen(grid);
    if (!open || open.untilMs > grid.endMs || open.heads.length !== parts.length) return null;
    let isAll = open.toMs === grid.endMs;
    for (let place = 0; place < parts.length; place++) {
      const { length, edits } = headOf(parts[place]!, series);
      const before = open.heads[place]!;
      if (edits !== before.edits || (length !== before.length && place < parts.length - 1)) return null;
      isAll &&= length === before.length;
    }
    for (let field = 0; field < grids.length; field++) {
      grids[field]!.restore(open.numbers, 2 * field * open.buckets, open.buckets, 0, first);
    }
    return isAll ? grid.endMs : open.untilMs;
  }

  /** Keeps what the grids have after rows before `untilMs`, where the settled buckets are kept and there is room. */
  keepOpen(
    series: Series,
    grid: Grid,
    grids: readonly GaugeGrid[],
    parts: readonly LivePart[],
    untilMs: number,
  ): void {
    const kept = this.bySeries.get(series.id);
    const first = this.firstOpen(grid);
    const buckets = grid.count - first;
    const length = 2 * grids.length * buckets;
    if (!kept || !this.reserve(length - (kept.open?.numbers.length ?? 0))) return;
    const heads = parts.map((part) => headOf(part, series));
    kept.open = { heads, toMs: grid.endMs, untilMs, buckets, numbers: saved(grids, first, buckets) };
  }

  /** The bucket in which the files end. */
  private firstOpen({ startMs }: Grid): number {
    return Math.floor((this.endMs - startMs) / this.bucketMs);
  }
}

function headOf(part: LivePart, series: Series): { length: number; edits: number } {
  const rows = part.head.find(series);
  return { length: rows?.length ?? 0, edits: rows?.edits ?? 0 };
}

function saved(grids: readonly GaugeGrid[], from: number, buckets: number): Float64Array {
  const numbers = new Float64Array(2 * grids.length * buckets);
  for (let field = 0; field < grids.length; field++) {
    grids[field]!.save(numbers, 2 * field * buckets, from, buckets);
  }
  return numbers;
}
