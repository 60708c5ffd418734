import type { BucketStatistic, GaugeGrid } from './grid.ts';

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
}

/** Narrower buckets, and odd ones, are not kept: they are as many as the samples, or not asked for again (chosen). */
const narrowestMs = 60_000;
/** 8 MiB: a field of 5,000 hosts in 90 buckets (chosen). */
const maxNumbers = 1024 * 1024;

/**
 * The buckets of gauges in files that change no more. Pages ask for the same range again and again, only its end
 * moves on: what was worked out once for all but the newest samples is gone on with. All of it is dropped as soon as
 * there is another file, or one less: every 20 minutes or so.
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
  restore(seriesId: number, startMs: number, grids: readonly GaugeGrid[]): boolean {
    const kept = this.bySeries.get(seriesId);
    if (!kept || kept.startMs > startMs) return false;
    const { numbers, buckets } = kept;
    const skipped = (startMs - kept.startMs) / this.bucketMs;
    grids.forEach((grid, field) => {
      grid.restore(numbers, 2 * field * buckets, buckets, skipped);
    });
    return true;
  }

  /** Keeps what the grids have by now, where there is room. */
  keep(seriesId: number, startMs: number, grids: readonly GaugeGrid[]): void {
    const buckets = Math.ceil((this.endMs - startMs) / this.bucketMs);
    const length = 2 * grids.length * buckets;
    const before = this.bySeries.get(seriesId)?.numbers.length ?? 0;
    if (!this.reserve(length - before)) return;
    const numbers = new Float64Array(length);
    grids.forEach((grid, field) => {
      grid.save(numbers, 2 * field * buckets, buckets);
    });
    this.bySeries.set(seriesId, { startMs, buckets, numbers });
  }
}
