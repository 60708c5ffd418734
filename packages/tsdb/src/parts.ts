import type { Head } from './head.ts';
import type { Wal } from './log/wal.ts';
import type { Rows } from './rows.ts';
import type { Series } from './series.ts';

/**
 * A window is kept in parts: the first is what came in time, further ones what came after that was sealed.
 * Where parts hold the same time and field, the one with the higher number was written later and wins.
 */
export interface Part {
  /** Start of the window, epoch ms. */
  readonly startMs: number;
  readonly number: number;
  readonly fileBytes: number;
  /** The disk failed at the last read: what it gave is not all, and the same read may give more later. */
  readonly isFailing: boolean;
  has(series: Series): boolean;
  /** Rows in [fromMs, toMs), perhaps as views; null where the part has none of the series. */
  read(series: Series, fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows | null;
  /** Lets go of the file and of the series; of what `closing` has left of it. */
  close(): void;
  /** The same step by step. */
  closing(): Generator<void, void, void>;
}

/** A part that is in memory and in a log: the newest of a window takes new points unless it is frozen. */
export class LivePart implements Part {
  readonly startMs: number;
  readonly number: number;
  readonly head: Head;
  readonly wal: Wal;
  readonly isFailing = false;
  isFrozen = false;
  /** Not sealed again before this, after it failed. */
  sealAfterMs = Number.NEGATIVE_INFINITY;
  private readonly release: (series: Series) => void;
  /** So many series it has let go of. */
  private released = 0;

  constructor(head: Head, wal: Wal, release: (series: Series) => void) {
    this.startMs = head.startMs;
    this.number = head.part;
    this.head = head;
    this.wal = wal;
    this.release = release;
  }

  get fileBytes(): number {
    return this.wal.fileBytes + this.wal.pending.length;
  }

  has(series: Series): boolean {
    return this.head.find(series) !== undefined;
  }

  read(series: Series, fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows | null {
    return this.head.find(series)?.read(fromMs, toMs, fields) ?? null;
  }

  close(): void {
    for (const steps = this.closing(); !steps.next().done; );
  }

  *closing(): Generator<void, void, void> {
    if (this.released === 0) this.wal.close();
    const { series } = this.head;
    while (this.released < series.length) {
      this.release(series[this.released++]!.series);
      if (this.released % 2048 === 0) yield;
    }
  }
}

/** All parts of all windows. */
export class Windows {
  private readonly byStart = new Map<number, Part[]>();
  private sorted: number[] = [];
  /** Another number after each change. */
  version = 0;

  /** Starts of the windows that have a part, ascending. */
  get starts(): readonly number[] {
    if (this.sorted.length !== this.byStart.size)
      this.sorted = [...this.byStart.keys()].sort((a, b) => a - b);
    return this.sorted;
  }

  /** Parts of a window, by number. */
  at(startMs: number): readonly Part[] {
    return this.byStart.get(startMs) ?? [];
  }

  *all(): Iterable<Part> {
    for (const parts of this.byStart.values()) yield* parts;
  }

  *live(): Iterable<LivePart> {
    for (const part of this.all()) if (part instanceof LivePart) yield part;
  }

  /** Puts a part in its place; one of the same number is replaced. */
  set(part: Part): void {
    const others = this.at(part.startMs).filter((other) => other.number !== part.number);
    this.byStart.set(
      part.startMs,
      [...others, part].sort((a, b) => a.number - b.number),
    );
    this.sorted = [];
    this.version++;
  }

  remove(part: Part): void {
    const left = this.at(part.startMs).filter((other) => other !== part);
    if (left.length === 0) this.byStart.delete(part.startMs);
    else this.byStart.set(part.startMs, left);
    this.sorted = [];
    this.version++;
  }

  /** The part of a window that takes new points, where there is one. */
  writable(startMs: number): LivePart | undefined {
    const newest = this.at(startMs).at(-1);
    return newest instanceof LivePart && !newest.isFrozen ? newest : undefined;
  }
}

/** Stands for a segment that cannot be read, so that its number is not used again. */
export class DamagedPart implements Part {
  readonly startMs: number;
  readonly number: number;
  readonly fileBytes = 0;
  readonly isFailing = false;

  constructor(startMs: number, number: number) {
    this.startMs = startMs;
    this.number = number;
  }

  has(): boolean {
    return false;
  }

  read(): null {
    return null;
  }

  close(): void {}

  *closing(): Generator<void, void, void> {}
}
