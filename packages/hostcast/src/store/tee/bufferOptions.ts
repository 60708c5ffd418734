import type { BufferFiles } from './files.ts';

/** How the buffer is opened. */
export interface DiskBufferOptions {
  /** Made where it is missing. One process at a time may have it open. */
  readonly folder: string;
  /** Octets of all files; what would exceed them is refused. */
  readonly limitBytes: number;
  /** A file that is longer is followed by a new one. Default 4 MiB. */
  readonly fileBytes?: number;
  readonly onEvent?: (event: BufferEvent) => void;
  /** Told how long the disk took to keep what waited together, ms. */
  readonly onCommit?: (tookMs: number) => void;
  readonly files?: BufferFiles;
  /** Wall clock, epoch ms. Default `Date.now`. */
  readonly now?: () => number;
}

/** What the buffer finds and does by itself. */
export type BufferEvent =
  | { readonly type: 'lock-taken-over'; readonly pid: number }
  /** A write that nobody was told of was cut off by a crash. */
  | {
      readonly type: 'tail-cut';
      readonly file: string;
      readonly offset: number;
      readonly droppedBytes: number;
    }
  | {
      readonly type: 'damaged';
      readonly file: string;
      readonly offset: number;
      readonly droppedBytes: number;
    }
  | { readonly type: 'unreadable'; readonly file: string; readonly error: Error }
  | { readonly type: 'write-failed'; readonly error: Error }
  | { readonly type: 'recovered' };

export interface BufferStats {
  /** On the disk, compressed. */
  readonly bytes: number;
  /** When the oldest lines that wait were taken, epoch ms; null where none wait. */
  readonly oldestMs: number | null;
  /** False after a failure, until a write succeeds, or nobody has tried for a minute. */
  readonly isWritable: boolean;
  /** Whether lines were refused for want of room, and there is no more of it since. */
  readonly isFull: boolean;
}
