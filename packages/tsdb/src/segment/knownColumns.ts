import { crc32 } from 'node:zlib';
import type { ChunkReader } from './chunk.ts';

/** A numeric column of a chunk. */
export interface KnownColumn {
  /** Bytes from the start of the chunk. */
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
  /** What is shorter than asking the disk is worth. */
  readonly bytes: Buffer | null;
}

/** What is known of a chunk: its times, and where its columns are; null for one that it doesn't have. */
export interface KnownChunk {
  readonly times: Float64Array;
  readonly columns: ReadonlyMap<string, KnownColumn | null>;
}

/** A few hundred bytes each. */
const maxChunks = 2048;
const maxKeptBytes = 64;

/**
 * Where the columns are that were asked for before, so that they can be read alone: a chunk's checksum is of all of
 * it, and most of it is other columns. Each column has a checksum of its own here, taken of bytes that were right.
 */
export class KnownColumns {
  private readonly chunks = new Map<
    number,
    { times: Float64Array; columns: Map<string, KnownColumn | null> }
  >();
  /** Most series of a segment have the same. */
  private commonTimes: Float64Array = new Float64Array(0);

  /** The chunk with that place, if all these columns of it are known. */
  find(place: number, names: Iterable<string>): KnownChunk | undefined {
    const chunk = this.chunks.get(place);
    if (!chunk) return undefined;
    for (const name of names) if (!chunk.columns.has(name)) return undefined;
    return chunk;
  }

  /** Takes in some columns of a chunk that is in `whole`; names of texts are passed over. */
  add(place: number, whole: Buffer, chunk: ChunkReader, names: Iterable<string>): void {
    if (this.chunks.size >= maxChunks) this.chunks.clear();
    const known = this.chunks.get(place) ?? { times: this.shared(chunk.times), columns: new Map() };
    this.chunks.set(place, known);
    for (const name of names) {
      if (!chunk.hasTexts(name)) known.columns.set(name, knownColumn(whole, chunk.bytesOfNumbers(name)));
    }
  }

  forget(place: number): void {
    this.chunks.delete(place);
  }

  private shared(times: Float64Array): Float64Array {
    const { commonTimes } = this;
    const isSame =
      times.length === commonTimes.length && times.every((time, row) => time === commonTimes[row]);
    if (!isSame) this.commonTimes = times;
    return this.commonTimes;
  }
}

function knownColumn(whole: Buffer, bytes: Buffer | undefined): KnownColumn | null {
  if (!bytes) return null;
  const { length, byteOffset } = bytes;
  const kept = length <= maxKeptBytes ? Buffer.from(bytes) : null;
  return { offset: byteOffset - whole.byteOffset, length, crc: crc32(bytes), bytes: kept };
}
