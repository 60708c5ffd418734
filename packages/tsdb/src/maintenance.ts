import { join } from 'node:path';
import type { DatabaseOptions } from './options.ts';
import { LivePart, type Part, type Windows } from './parts.ts';
import { sealHead } from './seal.ts';
import { openSegment } from './segment.ts';
import type { Catalog } from './series.ts';

/** A slice stops at the first step after this. */
const sliceMs = 8;
/** A window that could not be sealed is left alone for this long. */
const retryMs = 10_000;

interface Context {
  readonly options: Required<DatabaseOptions>;
  readonly rawFolder: string;
  readonly catalog: Catalog;
  readonly windows: Windows;
  readonly windowMs: number;
}

interface Sealing {
  readonly part: LivePart;
  readonly path: string;
  readonly steps: Generator<void, number, void>;
  readonly startedMs: number;
}

/** What is done beside reading and writing: sealing windows and dropping old ones, a slice at a time. */
export class Maintenance {
  private readonly context: Context;
  private sealing: Sealing | null = null;

  constructor(context: Context) {
    this.context = context;
  }

  /** Works for about 10 ms; true where more is left to do at once. */
  slice(): boolean {
    this.dropExpired();
    const deadline = performance.now() + sliceMs;
    this.sealing ??= this.beginNext();
    while (this.sealing && performance.now() < deadline) this.step(this.sealing);
    return this.sealing !== null;
  }

  /** Seals a part whole; false where the disk refused. */
  sealNow(part: LivePart): boolean {
    if (this.sealing?.part !== part) {
      this.abandon();
      this.sealing = this.begin(part);
    }
    while (this.sealing?.part === part) this.step(this.sealing);
    return !this.context.windows.at(part.startMs).includes(part);
  }

  /** Gives up what is half sealed; its log has it all. */
  abandon(): void {
    this.sealing?.steps.return(0);
    this.sealing = null;
  }

  private beginNext(): Sealing | null {
    const part = this.nextToSeal();
    return part ? this.begin(part) : null;
  }

  private begin(part: LivePart): Sealing {
    part.isFrozen = true;
    const { options, rawFolder } = this.context;
    const path = join(rawFolder, `${part.startMs}-${part.number}.seg`);
    const steps = sealHead(options.disk, part.head, path, options.clusterBy);
    return { part, path, steps, startedMs: performance.now() };
  }

  private step(sealing: Sealing): void {
    try {
      const { done, value } = sealing.steps.next();
      if (!done) return;
      this.sealing = null;
      this.replace(sealing, value);
    } catch (error) {
      this.sealing = null;
      sealing.part.sealAfterMs = this.context.options.now() + retryMs;
      const failure = error instanceof Error ? error : new Error(String(error));
      this.context.options.onEvent({ type: 'seal-failed', file: sealing.path, error: failure });
    }
  }

  private replace({ part, path, startedMs }: Sealing, bytes: number): void {
    const { options, windows, catalog } = this.context;
    windows.set(openSegment(options, path, part.startMs, part.number, catalog));
    part.close();
    options.disk.remove(part.wal.path);
    options.onEvent({ type: 'sealed', file: path, bytes, tookMs: performance.now() - startedMs });
  }

  /** The window that is over and at rest, that is too large, or that could not be sealed before. */
  private nextToSeal(): LivePart | null {
    const { options, windows, windowMs } = this.context;
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

  /** Counted from the newest window, so that a clock that is set forward by mistake deletes nothing. */
  private dropExpired(): void {
    const { options, windows, windowMs } = this.context;
    const newestMs = (windows.starts.at(-1) ?? 0) + windowMs;
    const cutoffMs = Math.min(options.now(), newestMs) - options.retentionMs;
    for (const startMs of windows.starts) {
      if (startMs + windowMs > cutoffMs) return;
      for (const part of windows.at(startMs)) this.drop(part);
    }
  }

  private drop(part: Part): void {
    const { options, windows, rawFolder } = this.context;
    if (this.sealing?.part === part) this.abandon();
    const kind = part instanceof LivePart ? 'wal' : 'seg';
    const file = join(rawFolder, `${part.startMs}-${part.number}.${kind}`);
    windows.remove(part);
    try {
      part.close();
      options.disk.remove(file);
      options.onEvent({ type: 'expired', file });
    } catch (error) {
      // Found and dropped again after the next opening.
      const failure = error instanceof Error ? error : new Error(String(error));
      options.onEvent({ type: 'remove-failed', file, error: failure });
    }
  }
}
