import { DamagedPart } from '../parts.ts';
import { Segment } from '../segment/segment.ts';

/**
 * The files of one folder by the start of the span that each covers: merged raw data, or a tier. A file of a
 * higher number holds all that those of lower numbers hold.
 */
export class Spans {
  /** Name of the folder. */
  readonly name: string;
  readonly spanMs: number;
  /** Width of a cell; 0 where the samples are as they were. */
  readonly stepMs: number;
  private readonly byStart = new Map<number, (Segment | DamagedPart)[]>();
  private readonly claims = new Map<number, number>();
  private sorted: readonly number[] | null = null;
  /** Another number after each change. */
  version = 0;

  constructor(name: string, spanMs: number, stepMs: number) {
    this.name = name;
    this.spanMs = spanMs;
    this.stepMs = stepMs;
  }

  /** Starts of spans with a file, ascending. */
  get starts(): readonly number[] {
    this.sorted ??= [...this.byStart.keys()].sort((a, b) => a - b);
    return this.sorted;
  }

  startOf(timeMs: number): number {
    return Math.floor(timeMs / this.spanMs) * this.spanMs;
  }

  /** The file that holds the span; undefined where there is none that can be read. */
  at(startMs: number): Segment | undefined {
    return this.byStart.get(startMs)?.findLast((file) => file instanceof Segment);
  }

  isDamaged(startMs: number): boolean {
    return this.byStart.get(startMs)?.at(-1) instanceof DamagedPart;
  }

  /** Parts of raw windows in the span with this number or a lower one are in it, or will soon be; -1: none. */
  claimed(startMs: number): number {
    return Math.max(this.claims.get(startMs) ?? -1, this.byStart.get(startMs)?.at(-1)?.number ?? -1);
  }

  /** What comes from now on gets a higher number. */
  claim(startMs: number, number: number): void {
    this.claims.set(startMs, Math.max(number, this.claimed(startMs)));
  }

  *all(): Iterable<Segment | DamagedPart> {
    for (const files of this.byStart.values()) yield* files;
  }

  /** Takes a file in; returns those that it stands for from now on. */
  set(file: Segment | DamagedPart): Segment[] {
    const files = this.byStart.get(file.startMs) ?? [];
    const superseded = file instanceof Segment ? files.filter((other) => other instanceof Segment) : [];
    const kept = files.filter((other) => other instanceof DamagedPart || file instanceof DamagedPart);
    this.byStart.set(
      file.startMs,
      [...kept, file].sort((a, b) => a.number - b.number),
    );
    this.sorted = null;
    this.version++;
    return superseded;
  }

  /** Takes all files of a span out; they are the caller's to close. */
  remove(startMs: number): (Segment | DamagedPart)[] {
    const files = this.byStart.get(startMs) ?? [];
    this.byStart.delete(startMs);
    this.claims.delete(startMs);
    this.sorted = null;
    this.version++;
    return files;
  }
}

/** The folders beside `raw`, and the spans of time that their files cover. */
export class Tiers {
  /** Samples as they were, the parts of a block's windows in one file. */
  readonly merged: Spans;
  readonly minute: Spans;
  readonly tenMinutes: Spans;

  constructor(blockMs: number, dayMs: number) {
    this.merged = new Spans('merged', blockMs, 0);
    this.minute = new Spans('1m', blockMs, 60_000);
    this.tenMinutes = new Spans('10m', dayMs, 600_000);
  }

  get list(): readonly Spans[] {
    return [this.merged, this.minute, this.tenMinutes];
  }

  *all(): Iterable<Segment | DamagedPart> {
    for (const spans of this.list) yield* spans.all();
  }

  /** New parts at this time need a higher number; -1: any will do. */
  claimed(timeMs: number): number {
    return Math.max(...this.list.map((spans) => spans.claimed(spans.startOf(timeMs))));
  }
}
