import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Disk, writeFully } from '../disk.ts';
import type { Series } from '../series.ts';
import { placesOf } from './places.ts';
import {
  encodeHead,
  encodeIndex,
  headBytes,
  type Placed,
  type PlacedChunk,
  type Places,
} from './segmentIndex.ts';

/** Chunks are written together up to this many bytes. */
const writeBytes = 256 * 1024;
/** What a disk is made to write at once: with all of a large file everything else would wait for a second. */
const syncBytes = 1024 * 1024;

/** Writes the chunks of a segment into a file beside its place, and puts it there when it is whole. */
export class SegmentWriter {
  readonly path: string;
  private readonly disk: Disk;
  private readonly startMs: number;
  private readonly names = new Map<string, number>();
  private readonly chunks: PlacedChunk[] = [];
  private places: Places | undefined;
  private readonly temporary: string;
  private fd: number | null;
  private offset = headBytes;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private unsyncedBytes = 0;

  /** @throws what the disk throws */
  constructor(disk: Disk, path: string, startMs: number) {
    this.disk = disk;
    this.path = path;
    this.startMs = startMs;
    this.temporary = `${path}.tmp`;
    this.fd = disk.open(this.temporary, 'create');
  }

  /** The number of a name in this segment. */
  readonly nameIndex = (name: string): number => {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    this.names.set(name, this.names.size);
    return this.names.size - 1;
  };

  /** Series must come in the order in which they shall lie. */
  add(series: Series, chunk: Buffer, newestMs: number): void {
    const { length } = chunk;
    this.chunks.push({ series, offset: this.offset, length, crc: crc32(chunk), newestMs });
    this.offset += chunk.length;
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.waitingBytes > writeBytes) this.flush();
  }

  /** Step by step: the rest, the index, the sync. The file stays under its temporary name. Returns its bytes. */
  *finish(): Generator<void, number, void> {
    this.flush();
    yield;
    const fd = this.openFd();
    const index = yield* encodeIndex(this.names.keys(), this.chunks, this.startMs);
    yield;
    const outer = encodeHead({
      indexOffset: this.offset,
      indexLength: index.length,
      indexCrc: crc32(index),
    });
    yield;
    writeFully(this.disk, fd, Buffer.concat([index, index, outer]), this.offset);
    writeFully(this.disk, fd, outer, 0);
    yield;
    this.disk.sync(fd);
    yield;
    this.places = yield* placesOf(this.chunks);
    yield;
    return this.offset + 2 * index.length + headBytes;
  }

  /** Puts the finished file in its place, durably. Returns its index. */
  publish(): Placed {
    this.close();
    this.disk.rename(this.temporary, this.path);
    this.disk.syncFolder(dirname(this.path));
    return { names: [...this.names.keys()], chunks: this.chunks, places: this.places };
  }

  /** Leaves nothing behind. */
  abandon(): void {
    if (this.fd === null) return;
    this.close();
    this.disk.remove(this.temporary);
  }

  private close(): void {
    const fd = this.openFd();
    this.fd = null;
    this.disk.close(fd);
  }

  private openFd(): number {
    if (this.fd === null) throw new Error(`${this.temporary} is closed`);
    return this.fd;
  }

  private flush(): void {
    if (this.waitingBytes === 0) return;
    const bytes = Buffer.concat(this.waiting);
    writeFully(this.disk, this.openFd(), bytes, this.offset - this.waitingBytes);
    this.unsyncedBytes += this.waitingBytes;
    this.waiting = [];
    this.waitingBytes = 0;
    if (this.unsyncedBytes < syncBytes) return;
    this.disk.sync(this.openFd());
    this.unsyncedBytes = 0;
  }
}
