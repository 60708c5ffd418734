import { crc32 } from 'node:zlib';
import { decodeChunk } from './chunk.ts';
import { type Disk, readFully } from './disk.ts';
import type { DatabaseOptions } from './options.ts';
import type { Part } from './parts.ts';
import type { Rows } from './rows.ts';
import { decodeHead, decodeIndex, headBytes, type SegmentHead, type SegmentIndex } from './segmentIndex.ts';
import { type Catalog, type Series, seriesKey } from './series.ts';

type Options = Pick<Required<DatabaseOptions>, 'disk' | 'onEvent'>;

/**
 * Opens a sealed part and makes its series known to the catalog.
 * @throws Error where head and index are damaged in both places
 */
export function openSegment(
  options: Options,
  path: string,
  startMs: number,
  number: number,
  catalog: Catalog,
): Segment {
  const fd = options.disk.open(path, 'read');
  try {
    return new Segment(options, path, fd, startMs, number, catalog);
  } catch (error) {
    options.disk.close(fd);
    throw error;
  }
}

/** An immutable file with a part of a window; what is kept in memory is a few numbers per series. */
export class Segment implements Part {
  readonly startMs: number;
  readonly number: number;
  readonly fileBytes: number;
  isFailing = false;
  private readonly options: Options;
  private readonly path: string;
  private readonly fd: number;
  private readonly catalog: Catalog;
  private readonly names: readonly string[];
  /** Ascending; the other arrays go with it. */
  private readonly ids: Int32Array;
  private readonly offsets: Float64Array;
  private readonly lengths: Uint32Array;
  private readonly crcs: Uint32Array;
  private readonly damaged = new Set<number>();

  constructor(options: Options, path: string, fd: number, startMs: number, number: number, catalog: Catalog) {
    this.options = options;
    this.path = path;
    this.fd = fd;
    this.startMs = startMs;
    this.number = number;
    this.catalog = catalog;
    this.fileBytes = options.disk.size(fd);
    const { names, entries } = readIndex(options.disk, fd, this.fileBytes, startMs);
    this.names = names;
    const known = entries.map((entry) => {
      const key = seriesKey(entry.measurement, entry.tags);
      const series = catalog.obtain(key, entry.measurement, entry.tags);
      series.references++;
      if (entry.newestMs > series.newestMs) series.newestMs = entry.newestMs;
      return { id: series.id, entry };
    });
    known.sort((a, b) => a.id - b.id);
    this.ids = Int32Array.from(known, ({ id }) => id);
    this.offsets = Float64Array.from(known, ({ entry }) => entry.offset);
    this.lengths = Uint32Array.from(known, ({ entry }) => entry.length);
    this.crcs = Uint32Array.from(known, ({ entry }) => entry.crc);
  }

  has(series: Series): boolean {
    return this.find(series.id) >= 0;
  }

  read(series: Series, fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows | null {
    const place = this.find(series.id);
    if (place < 0 || this.damaged.has(place)) return null;
    const bytes = this.readChunk(place);
    if (bytes === null) return null;
    try {
      if (crc32(bytes) !== this.crcs[place]) throw new RangeError('checksum differs');
      return decodeChunk(bytes, this.startMs, this.names, fields, fromMs, toMs);
    } catch {
      this.reportDamage(series, place);
      return null;
    }
  }

  close(): void {
    this.options.disk.close(this.fd);
    for (const id of this.ids) {
      const series = this.catalog.get(id);
      if (series) this.catalog.release(series);
    }
  }

  /** Null where the disk fails, which it may do for a while only. */
  private readChunk(place: number): Buffer | null {
    try {
      const bytes = readFully(this.options.disk, this.fd, this.offsets[place]!, this.lengths[place]!);
      this.isFailing = false;
      return bytes;
    } catch (failure) {
      const error = failure instanceof Error ? failure : new Error(String(failure));
      if (!this.isFailing) this.options.onEvent({ type: 'read-failed', file: this.path, error });
      this.isFailing = true;
      return null;
    }
  }

  private reportDamage(series: Series, place: number): void {
    this.damaged.add(place);
    this.options.onEvent({
      type: 'chunk-damaged',
      file: this.path,
      offset: this.offsets[place]!,
      measurement: series.measurement,
      tags: series.tags,
    });
  }

  private find(id: number): number {
    let low = 0;
    let high = this.ids.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.ids[middle]!;
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

function readIndex(disk: Disk, fd: number, fileBytes: number, startMs: number): SegmentIndex {
  const heads = [0, fileBytes - headBytes].map((at) =>
    at < 0 ? null : decodeHead(readFully(disk, fd, at, headBytes)),
  );
  const head = heads[0] ?? heads[1];
  if (!head) throw new Error('neither its first nor its last 32 bytes say where its index is');
  for (const copy of [0, 1]) {
    const bytes = readFully(disk, fd, head.indexOffset + copy * head.indexLength, head.indexLength);
    if (isIndex(bytes, head)) return decodeIndex(bytes, startMs);
  }
  throw new Error('both copies of its index are damaged');
}

function isIndex(bytes: Buffer, head: SegmentHead): boolean {
  return bytes.length === head.indexLength && crc32(bytes) === head.indexCrc;
}
