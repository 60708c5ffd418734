import { join } from 'node:path';
import type { LivePart } from './parts.ts';
import { dropOldest } from './retention.ts';
import { sealHead } from './seal.ts';
import { openSegment } from './segment/segment.ts';
import type { Steps, Workplace } from './tier/compact.ts';
import { Upkeep } from './tier/upkeep.ts';

/** A slice stops at the first step after this: some take milliseconds, and so does the garbage collector. */
const sliceMs = 5;
/** What failed is left alone for this long. */
const retryMs = 10_000;

/** Some work that is under way, and what to do when it is done or has failed. */
interface Job {
  readonly steps: Steps;
  /** The part that is being sealed, where it is that. */
  readonly part: LivePart | null;
  readonly fail: (error: Error) => void;
}

/** What is done beside reading and writing: sealing, merging, rolling up and dropping, a slice at a time. */
export class Maintenance {
  private readonly place: Workplace;
  private readonly upkeep: Upkeep;
  private job: Job | null = null;

  constructor(place: Workplace) {
    this.place = place;
    this.upkeep = new Upkeep(place);
  }

  /** Works for less than 10 ms; true where more is left to do at once. */
  slice(): boolean {
    const deadline = performance.now() + sliceMs;
    do {
      this.job ??= this.nextJob();
      if (!this.job) return false;
      this.step(this.job);
    } while (performance.now() < deadline);
    return true;
  }

  /** Seals a part whole; false where the disk refused. */
  sealNow(part: LivePart): boolean {
    if (this.job?.part !== part) {
      this.abandon();
      this.job = this.sealJob(part);
    }
    while (this.job?.part === part) this.step(this.job);
    return !this.place.windows.at(part.startMs).includes(part);
  }

  /** Gives up what is half done; what it was made from is still there. */
  abandon(): void {
    this.job?.steps.return([]);
    this.job = null;
  }

  private step(job: Job): void {
    try {
      const { done } = job.steps.next();
      if (done) this.job = null;
    } catch (error) {
      this.job = null;
      job.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private nextJob(): Job | null {
    const part = this.nextToSeal();
    if (part) return this.sealJob(part);
    return this.upkeep.next() ?? this.dropJob();
  }

  private sealJob(part: LivePart): Job {
    part.isFrozen = true;
    const { options } = this.place;
    const path = join(options.folder, 'raw', `${part.startMs}-${part.number}.seg`);
    return {
      part,
      steps: this.seal(part, path),
      fail: (error) => {
        part.sealAfterMs = options.now() + retryMs;
        options.onEvent({ type: 'seal-failed', file: path, error });
      },
    };
  }

  private *seal(part: LivePart, path: string): Steps {
    const { options, windows, catalog } = this.place;
    const startedMs = performance.now();
    const { bytes, index } = yield* sealHead(options.disk, part.head, path, options.clusterBy);
    windows.set(openSegment(options, path, part.startMs, part.number, catalog, index));
    this.upkeep.sealed(part.startMs);
    try {
      yield;
      yield* part.closing();
    } finally {
      part.close();
      options.disk.remove(part.wal.path);
    }
    options.onEvent({ type: 'sealed', file: path, bytes, tookMs: performance.now() - startedMs });
    return [path];
  }

  private dropJob(): Job | null {
    const steps = dropOldest(this.place);
    return steps && { steps, part: null, fail: () => {} };
  }

  /** The window that is over and at rest, that is too large, or that could not be sealed before. */
  private nextToSeal(): LivePart | null {
    const { options, windows, windowMs } = this.place;
    const nowMs = options.now();
    const live = [...windows.live()].filter(
      (part) => part.sealAfterMs <= nowMs && part.head.series.length > 0,
    );
    const isDue = (part: LivePart): boolean =>
      part.isFrozen ||
      part.fileBytes > options.maxLogBytes ||
      (part.startMs + windowMs <= nowMs && nowMs - part.head.lastWriteMs >= options.restMs);
    const due = live.find(isDue);
    if (due) return due;
    const memoryBytes = live.reduce((sum, part) => sum + part.head.memoryBytes, 0);
    if (memoryBytes <= options.maxHeadBytes) return null;
    return live.reduce((rested, part) => (part.head.lastWriteMs < rested.head.lastWriteMs ? part : rested));
  }
}
