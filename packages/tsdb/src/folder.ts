import { basename, dirname, join } from 'node:path';
import { type Disk, readFully } from './disk.ts';
import { TsdbError } from './errors.ts';
import { Head } from './head.ts';
import { lockFolder } from './lock.ts';
import { Wal } from './log/wal.ts';
import { isFormat1, replayFormat1 } from './log/walFormat1.ts';
import { replayLog } from './log/walReplay.ts';
import { Maintenance } from './maintenance.ts';
import { type Meta, openMeta, readMeta } from './meta.ts';
import type { DatabaseEvent, DatabaseOptions } from './options.ts';
import { DamagedPart, LivePart, Windows } from './parts.ts';
import { openSegment } from './segment/segment.ts';
import { IndexReader } from './segment/segmentIndex.ts';
import { Catalog, type Series } from './series.ts';
import { freezeDisk } from './snapshot.ts';
import { loadTiers } from './tier/loadTiers.ts';
import { Tiers } from './tier/spans.ts';

/** An opened folder: everything that is known of it, and the lock on it. */
export interface Folder {
  readonly catalog: Catalog;
  readonly windows: Windows;
  readonly windowMs: number;
  readonly tiers: Tiers;
  readonly options: Required<DatabaseOptions>;
  readonly maintenance: Maintenance;
  /** A new, empty part of a window. */
  makeLive(startMs: number, number: number): LivePart;
  unlock(): void;
}

type Options = Required<DatabaseOptions>;
type LogDamaged = Extract<DatabaseEvent, { readonly type: 'log-damaged' }>;

interface FileName {
  readonly name: string;
  readonly startMs: number;
  readonly number: number;
  readonly kind: 'wal' | 'seg';
}

/** Locks the folder and loads it: indexes of segments first, then the logs. */
export function openFolder(options: Options): Folder {
  if (options.readOnly) return openFrozen(options);
  makeFolder(options);
  let unlock = (): void => {};
  try {
    unlock = lockFolder(options.folder, (pid) => options.onEvent({ type: 'lock-taken-over', pid }));
    return load(options, metaOf(options), unlock);
  } catch (error) {
    unlock();
    throw error instanceof TsdbError ? error : folderError(options, error);
  }
}

/** Loads the folder as it is now; whoever has it locked goes on. */
function openFrozen(options: Options): Folder {
  const meta = readMeta(options.disk, options.folder, options);
  const disk = freezeDisk(options.folder, options.disk);
  try {
    return load({ ...options, disk }, meta, () => {});
  } finally {
    disk.release();
  }
}

function makeFolder(options: Options): void {
  try {
    const made = options.disk.makeFolder(join(options.folder, 'raw'));
    for (const path of made) keepName(options, path);
  } catch (error) {
    throw folderError(options, error);
  }
}

/** A file is durable only when its name is, and those of the folders that it is in. */
function keepName({ disk, durability }: Options, path: string): void {
  if (durability === 'disk') disk.syncFolder(dirname(path));
}

/**
 * A process that was killed may have left names that are not durable yet, and opening removes what they stand for:
 * of a block that was merged into another folder, a power cut would then leave neither.
 */
function keepFound({ disk, durability, readOnly, folder }: Options, tiers: Tiers): void {
  if (durability !== 'disk' || readOnly) return;
  disk.syncFolder(folder);
  const found = new Set(disk.list(folder));
  for (const name of ['raw', ...tiers.list.map((spans) => spans.name)]) {
    if (found.has(name)) disk.syncFolder(join(folder, name));
  }
}

function folderError({ folder }: Options, cause: unknown): TsdbError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TsdbError('ERR_TSDB_FOLDER', `the data folder ${folder} cannot be used: ${why}`, { cause });
}

/** The lengths of the folder's windows and spans, which are fixed when it is made. */
function metaOf(options: Options): Meta {
  const meta = openMeta(options.disk, options.folder, options, (path) => keepName(options, path));
  const { windowMs } = meta;
  if (windowMs !== options.windowMs)
    options.onEvent({ type: 'window-kept', windowMs, askedMs: options.windowMs });
  return meta;
}

function load(options: Options, { windowMs, blockMs, dayMs }: Meta, unlock: () => void): Folder {
  const rawFolder = join(options.folder, 'raw');
  const catalog = new Catalog();
  const windows = new Windows();
  const tiers = new Tiers(blockMs, dayMs);
  const release = (series: Series): void => catalog.release(series);
  const makeLive = (startMs: number, number: number): LivePart =>
    new LivePart(
      new Head(startMs, number),
      new Wal(options.disk, join(rawFolder, `${startMs}-${number}.wal`)),
      release,
    );
  keepFound(options, tiers);
  const indexes = new IndexReader(catalog);
  loadTiers(options, tiers, catalog, indexes);
  const files = listFiles(options, rawFolder, tiers);
  for (const file of files) {
    if (file.kind === 'seg') loadSegment(options, rawFolder, file, catalog, indexes, windows);
  }
  for (const series of catalog.select({})) series.isLatestComplete = false;
  for (const file of files) if (file.kind === 'wal') loadLog(options, rawFolder, file, catalog, windows);
  const maintenance = new Maintenance({ options, catalog, windows, windowMs, tiers });
  return { options, catalog, windows, windowMs, tiers, maintenance, makeLive, unlock };
}

/** The files of the folder in order of time; what a crash left half written or not yet removed is removed. */
function listFiles({ disk }: Options, rawFolder: string, { merged }: Tiers): FileName[] {
  const files: FileName[] = [];
  for (const name of disk.list(rawFolder)) {
    if (name.endsWith('.tmp')) disk.remove(join(rawFolder, name));
    const match = /^(\d{1,16})-(\d{1,9})\.(wal|seg)$/.exec(name);
    if (!match) continue;
    const kind = match[3] === 'wal' ? 'wal' : 'seg';
    const file: FileName = { name, startMs: Number(match[1]), number: Number(match[2]), kind };
    const whole = merged.at(merged.startOf(file.startMs));
    if (whole && file.number <= whole.number) disk.remove(join(rawFolder, name));
    else files.push(file);
  }
  return files.sort((a, b) => a.startMs - b.startMs || a.number - b.number);
}

function loadSegment(
  options: Options,
  rawFolder: string,
  file: FileName,
  catalog: Catalog,
  indexes: IndexReader,
  windows: Windows,
): void {
  const path = join(rawFolder, file.name);
  try {
    windows.set(openSegment(options, path, file.startMs, file.number, catalog, indexes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.onEvent({ type: 'segment-damaged', file: path, reason });
    windows.set(new DamagedPart(file.startMs, file.number));
  }
}

function loadLog(
  options: Options,
  rawFolder: string,
  file: FileName,
  catalog: Catalog,
  windows: Windows,
): void {
  const { disk, onEvent } = options;
  const path = join(rawFolder, file.name);
  const other = windows.at(file.startMs).find((part) => part.number === file.number);
  if (other && !(other instanceof DamagedPart)) {
    // The crash came between the segment's renaming and the log's removal: the segment has it all.
    disk.remove(path);
    return;
  }
  const bytes = readFile(options, path);
  const head = new Head(file.startMs, file.number);
  const { goodEnd, lost, isWritable } = replay(bytes, head, catalog);
  if (lost) onEvent({ type: 'log-damaged', file: path, ...lost });
  head.lastWriteMs = options.now();
  const part = new LivePart(head, new Wal(disk, path, goodEnd), (series) => catalog.release(series));
  part.isFrozen = !isWritable;
  windows.set(part);
}

/** What a log gave: where its good records end, what of it was lost, and whether it may be gone on with. */
interface ReadLog {
  readonly goodEnd: number;
  readonly lost: Pick<LogDamaged, 'offset' | 'droppedBytes' | 'lostPoints' | 'isTail'> | null;
  readonly isWritable: boolean;
}

function replay(bytes: Buffer, head: Head, catalog: Catalog): ReadLog {
  if (isFormat1(bytes)) {
    const goodEnd = replayFormat1(bytes, head, catalog);
    const droppedBytes = bytes.length - goodEnd;
    const lost = droppedBytes > 0 ? { offset: goodEnd, droppedBytes, lostPoints: 0, isTail: true } : null;
    return { goodEnd, lost, isWritable: false };
  }
  const { goodEnd, damaged, lostPoints } = replayLog(bytes, head, catalog);
  const tailBytes = bytes.length - goodEnd;
  const droppedBytes = damaged.reduce((sum, range) => sum + range.bytes, tailBytes);
  const offset = damaged[0]?.offset ?? goodEnd;
  const lost = droppedBytes > 0 ? { offset, droppedBytes, lostPoints, isTail: damaged.length === 0 } : null;
  // Behind damage nobody knows which layouts were defined.
  return { goodEnd, lost, isWritable: damaged.length === 0 };
}

const sectorBytes = 4_096;

/** The bytes of a log; zeros where the disk does not give them, so that the records around are read. */
function readFile({ disk }: Options, path: string): Buffer {
  const fd = disk.open(path, 'read');
  try {
    const length = disk.size(fd);
    try {
      return readFully(disk, fd, 0, length);
    } catch {
      return readSectors(disk, fd, length);
    }
  } catch (cause) {
    throw new TsdbError('ERR_TSDB_FOLDER', `the log ${basename(path)} cannot be read`, { cause });
  } finally {
    disk.close(fd);
  }
}

function readSectors(disk: Disk, fd: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += sectorBytes) {
    try {
      readFully(disk, fd, at, Math.min(sectorBytes, length - at)).copy(bytes, at);
    } catch {
      // Left as zeros: no record is made of those.
    }
  }
  return bytes;
}
