import { join } from 'node:path';
import { lockFolder } from '@hostcast/tsdb';
import { closed, full, tooSlow, unwritable } from './bufferErrors.ts';
import type { BufferEvent, BufferStats, DiskBufferOptions } from './bufferOptions.ts';
import { type Append, recordsOf, takeCommit } from './bufferWriter.ts';
import { type BufferFile, type BufferFiles, readSectors, realFiles } from './files.ts';
import { type StoredRecord, scanRecords } from './records.ts';

/*
 * Lines that InfluxDB is still to get, in files that are only appended to: `<number>.hcb1`, the newest being
 * written. Writes that come while the disk is busy are made durable together. What InfluxDB has taken is gone with
 * its file; the newest file is emptied as soon as nothing waits, so that a restart sends next to nothing twice.
 */

/** Records that follow each other. */
export interface Waiting {
  readonly records: readonly StoredRecord[];
  readonly lines: number;
}

interface Segment {
  readonly number: number;
  readonly path: string;
  readonly file: BufferFile;
  /** Octets of good records. */
  end: number;
}

const defaultFileBytes = 4 * 1024 * 1024;
/** Octets of lines that are read together: InfluxDB 1.x refuses bodies over 25 MB. */
const longestRead = 8 * 1024 * 1024;
/** Who refuses writes is sent none, and would refuse for ever: a balancer goes by what is said here. */
const failureShownMs = 60_000;
/** Octets of lines that may wait in memory for the disk. */
const longestQueue = 64 * 1024 * 1024;

/**
 * Lines on the disk, in the order in which they came.
 * @see DiskBufferOptions
 */
export class DiskBuffer {
  readonly #options: DiskBufferOptions;
  readonly #files: BufferFiles;
  readonly #unlock: () => void;
  /** The oldest first; the last one is written to unless `#isSealed`. */
  readonly #segments: Segment[] = [];
  #nextNumber = 1;
  #isSealed = true;
  #waiting: Append[] = [];
  #waitingOctets = 0;
  #committing: Promise<void> | undefined;
  /** Read and not released, of the first segment. */
  #loaded: readonly StoredRecord[] = [];
  /** Octets of the first segment that are released. */
  #released = 0;
  #oldestMs: number | null = null;
  /** When a write failed last; undefined where the last one did not. */
  #failedMs: number | undefined;
  #isFull = false;
  #isClosed = false;
  #arrivals: (() => void)[] = [];
  /** Work on the files' list, one piece after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: DiskBufferOptions) {
    this.#options = options;
    this.#files = options.files ?? realFiles;
    this.#files.makeFolder(options.folder);
    this.#unlock = lockFolder(options.folder, (pid) => this.#tell({ type: 'lock-taken-over', pid }));
  }

  /**
   * Opens the folder with what waits in it.
   * @throws TsdbError `ERR_TSDB_LOCKED` where another process has it open; errors of the file system
   */
  static async open(options: DiskBufferOptions): Promise<DiskBuffer> {
    const buffer = new DiskBuffer(options);
    try {
      await buffer.#load();
      return buffer;
    } catch (error) {
      await buffer.#release();
      throw error;
    }
  }

  get stats(): BufferStats {
    return {
      bytes: this.#bytes,
      oldestMs: this.#oldestMs,
      isWritable: this.#failedMs === undefined || this.#now() - this.#failedMs > failureShownMs,
      isFull: this.#isFull,
    };
  }

  /** Whether lines wait, as far as is known without reading. */
  get isEmpty(): boolean {
    const first = this.#segments[0];
    return first === undefined || (this.#segments.length === 1 && this.#released >= first.end);
  }

  /**
   * Takes lines; resolves when they are on the medium.
   * @param text line protocol, each line ended
   * @throws StoreError `ERR_STORE_OVERLOADED` where it is full, `ERR_STORE_UNAVAILABLE` where the disk refuses
   */
  append(text: string, lines: number): Promise<void> {
    if (this.#isClosed) return Promise.reject(closed());
    const octets = Buffer.byteLength(text);
    if (this.#waitingOctets + octets > longestQueue && this.#waitingOctets > 0) {
      return Promise.reject(tooSlow());
    }
    const held = this.#bytes + this.#waitingOctets;
    // Before it is compressed nobody knows how much it will be; what comes first is taken in any case.
    this.#isFull = held > 0 && held + octets > this.#options.limitBytes;
    if (this.#isFull) return Promise.reject(full(this.#options.limitBytes));
    this.#waitingOctets += octets;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, lines, octets, resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  /** The oldest lines that wait, at most so many and 8 MiB, at least one record; undefined where none wait. */
  async read(mostLines: number): Promise<Waiting | undefined> {
    if (this.#loaded.length === 0) await this.#inTurn(() => this.#fill());
    const records: StoredRecord[] = [];
    let lines = 0;
    let octets = 0;
    for (const record of this.#loaded) {
      lines += record.lines;
      octets += record.octets;
      if (records.length > 0 && (lines > mostLines || octets > longestRead)) break;
      records.push(record);
    }
    return records.length === 0 ? undefined : { records, lines: sumOf(records) };
  }

  /** Forgets what `read` gave last. */
  release({ records }: Waiting): Promise<void> {
    return this.#inTurn(async () => {
      this.#loaded = this.#loaded.slice(records.length);
      this.#released = records.at(-1)!.end;
      await this.#dropReleased();
      this.#oldestMs = this.#loaded[0]?.takenMs ?? (this.isEmpty ? null : this.#oldestMs);
    });
  }

  /** Resolves when there is something to read, or the buffer is closed. */
  async arrived(): Promise<void> {
    if (!this.isEmpty || this.#isClosed) return;
    await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }

  /** Resolves when all that was taken is on the medium; what waits stays for the next time. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wake();
    await this.#committing;
    await this.#inTurn(() => this.#dropReleased());
    await this.#release();
  }

  get #bytes(): number {
    return this.#segments.reduce((sum, { end }) => sum + end, 0);
  }

  async #load(): Promise<void> {
    const { folder } = this.#options;
    const names = (await this.#files.list(folder)).filter((name) => /^\d{10}\.hcb1$/.test(name)).sort();
    for (const name of names) {
      const path = join(folder, name);
      const file = await this.#files.open(path, false);
      const number = Number(name.slice(0, 10));
      const segment = { number, path, file, end: await file.size() };
      this.#segments.push(segment);
      this.#nextNumber = number + 1;
    }
    const last = this.#segments.at(-1);
    if (last !== undefined) await this.#cutTail(last);
    await this.#dropReleased();
    await this.read(1);
  }

  /** What a crash left half written behind the last good record. */
  async #cutTail(segment: Segment): Promise<void> {
    const bytes = await segment.file.read(0, segment.end).catch(() => undefined);
    if (bytes === undefined) return; // what can be read of it is, and the rest told, when it is its turn
    const { damage } = scanRecords(bytes);
    const tail = damage.at(-1);
    if (tail === undefined || tail.end !== segment.end) return;
    await segment.file.truncate(tail.start);
    segment.end = tail.start;
    const droppedBytes = tail.end - tail.start;
    this.#tell({ type: 'tail-cut', file: segment.path, offset: tail.start, droppedBytes });
  }

  async #commitAll(): Promise<void> {
    // Whoever comes in the same turn shares the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const appends = takeCommit(this.#waiting);
      await this.#commit(appends);
      for (const { octets } of appends) this.#waitingOctets -= octets;
    }
    this.#committing = undefined;
  }

  async #commit(appends: readonly Append[]): Promise<void> {
    const takenMs = this.#now();
    try {
      const bytes = await recordsOf(appends, takenMs);
      await this.#inTurn(() => this.#write(bytes));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (this.#failedMs === undefined) this.#tell({ type: 'write-failed', error: failure });
      this.#failedMs = this.#now();
      for (const { reject } of appends) reject(unwritable(failure));
      return;
    }
    if (this.#failedMs !== undefined) this.#tell({ type: 'recovered' });
    this.#failedMs = undefined;
    this.#oldestMs ??= takenMs;
    for (const { resolve } of appends) resolve();
    this.#wake();
  }

  /** A write that fails is undone. After a failed sync nobody knows what the file holds behind its good end. */
  async #write(bytes: Buffer): Promise<void> {
    const startedMs = performance.now();
    const segment = await this.#writable();
    try {
      await segment.file.write(bytes, segment.end);
    } catch (error) {
      await segment.file.truncate(segment.end).catch(() => this.#seal(segment));
      throw error;
    }
    try {
      await segment.file.sync();
    } catch (error) {
      await segment.file.truncate(segment.end).catch(() => {}); // nobody was told that these lines were taken
      await this.#seal(segment);
      throw error;
    }
    segment.end += bytes.length;
    this.#options.onCommit?.(performance.now() - startedMs);
  }

  /** What comes goes into another file. */
  async #seal(segment: Segment): Promise<void> {
    this.#isSealed = true;
    if (segment.end > 0) return;
    this.#segments.pop();
    await segment.file.close();
    await this.#files.remove(segment.path);
  }

  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1);
    const { folder, fileBytes = defaultFileBytes } = this.#options;
    if (last !== undefined && !this.#isSealed && last.end < fileBytes) return last;
    const number = this.#nextNumber;
    // Not to be used again, whatever comes of it: a name that could not be made durable may be there all the same.
    this.#nextNumber += 1;
    const path = join(folder, `${String(number).padStart(10, '0')}.hcb1`);
    const segment = { number, path, file: await this.#files.open(path, true), end: 0 };
    this.#segments.push(segment);
    this.#isSealed = false;
    return segment;
  }

  /** Reads the oldest file as far as it is written, from the first record that is not released on. */
  async #fill(): Promise<void> {
    for (;;) {
      await this.#dropReleased();
      const first = this.#segments[0];
      if (first === undefined || this.#released >= first.end) return;
      const { records, damage } = await this.#scan(first);
      for (const { start, end } of damage)
        this.#tell({ type: 'damaged', file: first.path, offset: start, droppedBytes: end - start });
      this.#loaded = records;
      if (records.length > 0) {
        this.#oldestMs = records[0]!.takenMs;
        return;
      }
      this.#released = first.end;
    }
  }

  async #scan(segment: Segment): Promise<ReturnType<typeof scanRecords>> {
    const start = this.#released;
    try {
      return scanRecords(await segment.file.read(start, segment.end - start), start);
    } catch (error) {
      // A medium that can't be read to its end must not hold back what comes behind.
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#tell({ type: 'unreadable', file: segment.path, error: failure });
      return scanRecords(await readSectors(segment.file, start, segment.end), start);
    }
  }

  async #dropReleased(): Promise<void> {
    for (let first = this.#segments[0]; first !== undefined; first = this.#segments[0]) {
      if (this.#released < first.end || this.#loaded.length > 0) return;
      this.#isFull = false;
      if (this.#segments.length === 1 && !this.#isSealed && !this.#isClosed) {
        await this.#empty(first);
        return;
      }
      this.#segments.shift();
      this.#released = 0;
      if (this.#segments.length === 0) this.#isSealed = true;
      await first.file.close();
      await this.#files.remove(first.path);
    }
  }

  /** The same file goes on from its start. Where that is lost in a crash, what it held is sent again. */
  async #empty(segment: Segment): Promise<void> {
    if (segment.end === 0) return;
    await segment.file.truncate(0);
    segment.end = 0;
    this.#released = 0;
  }

  async #release(): Promise<void> {
    for (const { file } of this.#segments) await file.close();
    this.#segments.length = 0;
    this.#unlock();
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // whoever asked for it is told
    return done;
  }

  #wake(): void {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    for (const resolve of arrivals) resolve();
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #tell(event: BufferEvent): void {
    this.#options.onEvent?.(event);
  }
}

function sumOf(records: readonly StoredRecord[]): number {
  return records.reduce((sum, { lines }) => sum + lines, 0);
}
