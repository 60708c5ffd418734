import { DamagedPart, LivePart } from '../parts.ts';
import { compactBlock, rollUpDay, type Steps, type Workplace } from './compact.ts';
import { rawParts } from './timeline.ts';

/** What failed is left alone for this long. */
const retryMs = 60_000;

interface Task {
  readonly steps: Steps;
  readonly part: null;
  readonly fail: (error: Error) => void;
}

/** Finds out which blocks and days have to be merged and rolled up; all of it can be told from the files. */
export class Upkeep {
  private readonly place: Workplace;
  /** Blocks and days are left alone until then: after something late was sealed, or after a failure. */
  private readonly restingUntilMs = new Map<number, number>();
  private readonly failedUntilMs = new Map<number, number>();

  constructor(place: Workplace) {
    this.place = place;
  }

  /** A window was sealed: what else is late for its block may follow it. */
  sealed(startMs: number): void {
    const { tiers, options } = this.place;
    this.restingUntilMs.set(tiers.merged.startOf(startMs), options.now() + options.restMs);
  }

  next(): Task | null {
    const { windows, tiers } = this.place;
    const blocks = new Set([
      ...windows.starts.map((startMs) => tiers.merged.startOf(startMs)),
      ...tiers.merged.starts,
    ]);
    for (const startMs of blocks) {
      if (this.isBlockDue(startMs)) return this.task(startMs, compactBlock(this.place, startMs));
    }
    const days = new Set(tiers.minute.starts.map((startMs) => tiers.tenMinutes.startOf(startMs)));
    for (const startMs of days) {
      if (this.isDayDue(startMs)) return this.task(-startMs, rollUpDay(this.place, startMs));
    }
    return null;
  }

  /** `id`: the start of a block, or that of a day below zero. */
  private task(id: number, steps: Steps): Task {
    const { options } = this.place;
    return {
      part: null,
      steps: this.told(steps),
      fail: (error) => {
        this.failedUntilMs.set(id, options.now() + retryMs);
        options.onEvent({ type: 'compact-failed', startMs: Math.abs(id), error });
      },
    };
  }

  private *told(steps: Steps): Steps {
    const startedMs = performance.now();
    const files = yield* steps;
    this.place.options.onEvent({ type: 'compacted', files, tookMs: performance.now() - startedMs });
    return files;
  }

  private isBlockDue(startMs: number): boolean {
    const { tiers } = this.place;
    const { minute, merged } = tiers;
    if (!this.isOver(startMs, startMs, merged.spanMs)) return false;
    const parts = rawParts(this.place, startMs);
    if (parts.length === 0 || parts.some((part) => part instanceof LivePart)) return false;
    const number = Math.max(...parts.map((part) => part.number));
    const isDamaged = merged.isDamaged(startMs) || parts.some((part) => part instanceof DamagedPart);
    // Cells that were made when more could be read are not made worse.
    if (isDamaged) return minute.claimed(startMs) < 0 && parts.some((part) => !(part instanceof DamagedPart));
    return (minute.at(startMs)?.number ?? -1) < number || parts.length > 1 || parts[0] !== merged.at(startMs);
  }

  private isDayDue(startMs: number): boolean {
    const { tiers, windows } = this.place;
    const { minute, tenMinutes } = tiers;
    if (!this.isOver(startMs, -startMs, tenMinutes.spanMs)) return false;
    const endMs = startMs + tenMinutes.spanMs;
    const isIn = (atMs: number): boolean => atMs >= startMs && atMs < endMs;
    if (windows.starts.some(isIn)) return false;
    const blocks = minute.starts.filter(isIn);
    if (tiers.merged.starts.some((block) => isIn(block) && minute.at(block) === undefined)) return false;
    const number = Math.max(...blocks.map((block) => minute.at(block)?.number ?? -1));
    return (tenMinutes.at(startMs)?.number ?? -1) < number && !tenMinutes.isDamaged(startMs);
  }

  private isOver(startMs: number, id: number, spanMs: number): boolean {
    const { now, restMs } = this.place.options;
    const nowMs = now();
    const waitsUntilMs = Math.max(
      startMs + spanMs + restMs,
      this.restingUntilMs.get(id) ?? 0,
      this.failedUntilMs.get(id) ?? 0,
    );
    return nowMs >= waitsUntilMs;
  }
}
