import { crc32 } from 'node:zlib';
import { decodeNumbers } from '../codec/numbers.ts';
import { type Disk, readFully, readInto } from '../disk.ts';
import type { DatabaseOptions } from '../options.ts';
import type { Part } from '../parts.ts';
import { lowerBound, type Rows } from '../rows.ts';
import type { Catalog, Series } from '../series.ts';
import { ChunkReader } from './chunk.ts';
import { type KnownChunk, KnownColumns } from './knownColumns.ts';
import { placesOf } from './places.ts';
import { decodeHead, headBytes, IndexReader, type Placed, type SegmentHead } from './segmentIndex.ts';

type Options = Pick<Required<DatabaseOptions>, 'disk' | 'onEvent'>;

/** Makes something of a chunk. */
type DecodeChunk<Result> = (bytes: Buffer, startMs: number, names: readonly string[]) => Result;

/** Numeric columns by their names: a value per time, NaN where there is none. */
export interface NumberColumns {
  readonly times: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Chunks are read into the same memory one after the other: a buffer each would keep the garbage collector busy. */
let spare = Buffer.allocUnsafe(64 * 1024);
/** Larger ones are not kept. */
const maxSpareBytes = 1024 * 1024;

/**
 * Opens a sealed part. `index`: its index, by who has just written it, or who reads it.
 * @throws Error where head and index are damaged in both places
 */
export function openSegment(
  options: Options,
  path: string,
  startMs: number,
  number: number,
  catalog: Catalog,
  index: Placed | IndexReader,
): Segment {
  const fd = options.disk.open(path, 'read');
  try {
    const placed = index instanceof IndexReader ? readIndex(options.disk, fd, startMs, index) : index;
    return new Segment(options, path, fd, startMs, number, catalog, placed);
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
  readonly path: string;
  private readonly fd: number;
  private readonly catalog: Catalog;
  private readonly names: readonly string[];
  /** Ascending; the other arrays go with it. */
  private readonly ids: Int32Array;
  private readonly offsets: Float64Array;
  private readonly lengths: Uint32Array;
  private readonly crcs: Uint32Array;
  private readonly damaged = new Set<number>();
  private readonly known = new KnownColumns();
  private isOpen = true;
  /** So many series it has let go of. */
  private released = 0;

  constructor(
    options: Options,
    path: string,
    fd: number,
    startMs: number,
    number: number,
    catalog: Catalog,
    { names, chunks, places = wholeOf(placesOf(chunks)) }: Placed,
  ) {
    this.options = options;
    this.path = path;
    this.fd = fd;
    this.startMs = startMs;
    this.number = number;
    this.catalog = catalog;
    this.fileBytes = options.disk.size(fd);
    this.names = names;
    for (const { series, newestMs } of chunks) {
      series.references++;
      if (newestMs > series.newestMs) series.newestMs = newestMs;
    }
    this.ids = places.ids;
    this.offsets = places.offsets;
    this.lengths = places.lengths;
    this.crcs = places.crcs;
  }

  has(series: Series): boolean {
    return this.find(series.id) >= 0;
  }

  /** The series that it has samples of. */
  *series(): Iterable<Series> {
    for (const id of this.ids) {
      const series = this.catalog.get(id);
      if (series) yield series;
    }
  }

  read(series: Series, fromMs: number, toMs: number, fields: ReadonlySet<string> | null): Rows | null {
    const place = this.find(series.id);
    const known = fields && this.known.find(place, fields);
    if (known) return this.readKnownRows(series, place, known, fromMs, toMs, fields);
    return this.decode(series, (bytes, ...names) => {
      const chunk = new ChunkReader(bytes, ...names);
      if (fields) this.known.add(place, bytes, chunk, fields);
      return chunk.rows(fromMs, toMs, fields);
    });
  }

  /**
   * Some numeric columns of the chunk of a series, or of a part of it, which `open` finds: always the same part.
   * `columns` has those that it has. Null as for `decode`.
   */
  numbers(series: Series, names: readonly string[], open: DecodeChunk<ChunkReader>): NumberColumns | null {
    const place = this.find(series.id);
    const known = this.known.find(place, names);
    if (known) {
      const columns = this.readKnown(series, place, known, names);
      return columns && { times: known.times, columns };
    }
    return this.decode(series, (bytes, ...rest) => {
      const chunk = open(bytes, ...rest);
      this.known.add(place, bytes, chunk, names);
      const columns = new Map<string, Float64Array>();
      for (const name of names) {
        const values = chunk.numbers(name);
        if (values) columns.set(name, values);
      }
      return { times: chunk.times, columns };
    });
  }

  /**
   * What `read` makes of the chunk of a series, the bytes of which are gone with the next call of any segment.
   * Null where it has none of the series, or they are damaged, or cannot be read now.
   */
  decode<Result>(series: Series, read: DecodeChunk<Result>): Result | null {
    return this.decodeInto(spareBuffer, series, read);
  }

  /** The same with bytes that stay: for what is read column by column while other chunks are. */
  decodeKept<Result>(series: Series, read: DecodeChunk<Result>): Result | null {
    return this.decodeInto(Buffer.allocUnsafe, series, read);
  }

  private decodeInto<Result>(
    newBuffer: (length: number) => Buffer,
    series: Series,
    read: DecodeChunk<Result>,
  ): Result | null {
    const place = this.find(series.id);
    if (place < 0 || this.damaged.has(place)) return null;
    const bytes = this.readBytes(this.offsets[place]!, newBuffer(this.lengths[place]!));
    if (bytes === null) return null;
    try {
      if (crc32(bytes) !== this.crcs[place]) throw new RangeError('checksum differs');
      return read(bytes, this.startMs, this.names);
    } catch {
      this.reportDamage(series, place);
      return null;
    }
  }

  close(): void {
    wholeOf(this.closing());
  }

  *closing(): Generator<void, void, void> {
    if (this.isOpen) this.options.disk.close(this.fd);
    this.isOpen = false;
    while (this.released < this.ids.length) {
      const series = this.catalog.get(this.ids[this.released++]!);
      if (series) this.catalog.release(series);
      if (this.released % stepLength === 0) yield;
    }
  }

  private readKnownRows(
    series: Series,
    place: number,
    known: KnownChunk,
    fromMs: number,
    toMs: number,
    fields: ReadonlySet<string>,
  ): Rows | null {
    const { times } = known;
    const first = lowerBound(times, times.length, fromMs);
    const end = lowerBound(times, times.length, toMs);
    const columns = first === end ? new Map() : this.readKnown(series, place, known, fields);
    if (!columns) return null;
    const numbers = new Map<string, Float64Array>();
    for (const [name, values] of columns) numbers.set(name, values.subarray(first, end));
    return { times: times.subarray(first, end), numbers, texts: new Map() };
  }

  /** Reads columns alone. Null where one is damaged, or cannot be read now. */
  private readKnown(
    series: Series,
    place: number,
    { times, columns }: KnownChunk,
    names: Iterable<string>,
  ): Map<string, Float64Array> | null {
    const numbers = new Map<string, Float64Array>();
    for (const name of names) {
      const column = columns.get(name);
      if (!column) continue;
      const offset = this.offsets[place]! + column.offset;
      const bytes = column.bytes ?? this.readBytes(offset, spareBuffer(column.length));
      if (bytes === null) return null;
      if (crc32(bytes) !== column.crc) {
        this.reportDamage(series, place);
        return null;
      }
      numbers.set(name, decodeNumbers(bytes, times.length));
    }
    return numbers;
  }

  /** Null where the disk fails, which it may do for a while only. */
  private readBytes(offset: number, into: Buffer): Buffer | null {
    try {
      const bytes = readInto(this.options.disk, this.fd, offset, into);
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
    this.known.forget(place);
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

function spareBuffer(length: number): Buffer {
  if (length > maxSpareBytes) return Buffer.allocUnsafe(length);
  if (length > spare.length) spare = Buffer.allocUnsafe(Math.min(maxSpareBytes, 2 * length));
  return spare.subarray(0, length);
}

/** So many series are let go of in one step. */
const stepLength = 2048;

function wholeOf<Result>(steps: Generator<void, Result, void>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function readIndex(disk: Disk, fd: number, startMs: number, reader: IndexReader): Placed {
  const fileBytes = disk.size(fd);
  const heads = [0, fileBytes - headBytes].map((at) =>
    at < 0 ? null : decodeHead(readFully(disk, fd, at, headBytes)),
  );
  const head = heads[0] ?? heads[1];
  if (!head) throw new Error('neither its first nor its last 32 bytes say where its index is');
  for (const copy of [0, 1]) {
    const bytes = readFully(disk, fd, head.indexOffset + copy * head.indexLength, head.indexLength);
    if (isIndex(bytes, head)) return reader.read(bytes, startMs);
  }
  throw new Error('both copies of its index are damaged');
}

function isIndex(bytes: Buffer, head: SegmentHead): boolean {
  return bytes.length === head.indexLength && crc32(bytes) === head.indexCrc;
}
