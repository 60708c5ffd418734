import { join } from 'node:path';
import { type Disk, readFully } from './disk.ts';
import { TsdbError } from './errors.ts';
import { goodBytesOf } from './log/walReplay.ts';
import { readMeta } from './meta.ts';

/** A file of a store as it was when the snapshot was taken. */
export interface SnapshotFile {
  /** Below the folder, with `/`: `raw/1767354000000-0.seg`. */
  readonly name: string;
  /** About how many bytes it has; a log may have some more or less when it is read. */
  readonly roughBytes: number;
  /**
   * Its bytes, piece by piece; of a log the whole records that are in it now.
   * @throws Node's file system errors
   */
  content(): SnapshotContent;
}

export interface SnapshotContent {
  readonly bytes: number;
  readonly pieces: Iterable<Uint8Array>;
}

/** All files of a store, held open: what is sealed, merged or dropped meanwhile is still there for the holder. */
export interface Snapshot {
  /** `meta.json` first, then by name. */
  readonly files: readonly SnapshotFile[];
  /** Safe to call twice. */
  close(): void;
}

/** A file that is held open. */
interface Held {
  readonly fd: number;
  readonly inode: number;
}

const metaName = 'meta.json';
/** `raw`, `merged`, and tiers such as `1m`. */
const folderForm = /^(?:raw|merged|\d{1,6}[smhd])$/;
const fileForm = /\.(?:wal|seg)$/;
/** How time is cut does not matter to who copies whole files. */
const noSpans = { windowMs: 1, blockMs: 1, dayMs: 1 };
const pieceBytes = 1024 * 1024;
/** Each takes milliseconds: more are needed only where something makes files without end. */
const maxPasses = 1_000;

/**
 * Opens all files of a store that may be in use by another process, which is not disturbed: nothing is written and no
 * lock is taken. Everything that was durable before the call is in it; of what is written during the call, some.
 * @throws TsdbError `ERR_TSDB_FOLDER` where there is no store or it can't be read, `ERR_TSDB_FORMAT`
 */
export function openSnapshot(folder: string, disk: Disk): Snapshot {
  readMeta(disk, folder, noSpans);
  const held = holdFiles(folder, disk);
  const meta = disk.open(join(folder, metaName), 'read');
  held.set(metaName, { fd: meta, inode: disk.inode(meta) });
  const names = [...held.keys()].filter((name) => name !== metaName).sort();
  return {
    files: [metaName, ...names].map((name) => fileOf(disk, name, held.get(name)!.fd)),
    close() {
      closeAll(disk, held);
    },
  };
}

/** A disk on which a store's folder is as it was when this was called, and on which nothing can be written. */
export interface FrozenDisk extends Disk {
  /** Closes the files that nobody has opened. */
  release(): void;
}

/**
 * As `openSnapshot`, in the form in which the database itself can read it.
 * @throws TsdbError as `openSnapshot`
 */
export function freezeDisk(folder: string, disk: Disk): FrozenDisk {
  const held = holdFiles(folder, disk);
  const refuse = (): never => {
    throw new TsdbError('ERR_TSDB_READ_ONLY', `${folder} was opened for reading only`);
  };
  return {
    ...disk,
    open(path, mode) {
      if (mode !== 'read') return refuse();
      const name = nameBelow(folder, path);
      const file = held.get(name);
      if (!file) return disk.open(path, 'read');
      held.delete(name);
      return file.fd;
    },
    list: (path) => {
      const above = `${nameBelow(folder, path)}/`;
      return [...held.keys()]
        .filter((name) => name.startsWith(above))
        .map((name) => name.slice(above.length));
    },
    // Opening clears away what a crash left behind: that is for who may write.
    remove() {},
    write: refuse,
    truncate: refuse,
    rename: refuse,
    makeFolder: refuse,
    release: () => closeAll(disk, held),
  };
}

function nameBelow(folder: string, path: string): string {
  return path.slice(join(folder, '/').length).replaceAll('\\', '/');
}

/**
 * Data moves from file to file (a log becomes a segment, segments become one) always in this order: the new file is
 * whole, then the old one goes. So a pass over the folder that finds no new segment, and none gone before it could be
 * opened, has seen all that was there when it began. A log that is new was begun after that.
 */
function holdFiles(folder: string, disk: Disk): Map<string, Held> {
  const held = new Map<string, Held>();
  try {
    for (let pass = 0; pass < maxPasses; pass++) {
      const isSettled = holdNew(folder, disk, held, pass === 0);
      if (isSettled && pass > 0) return withoutSealedLogs(disk, held);
    }
    throw new Error('its files change faster than they can be opened');
  } catch (error) {
    closeAll(disk, held);
    throw folderError(folder, error);
  }
}

function holdNew(folder: string, disk: Disk, held: Map<string, Held>, isFirst: boolean): boolean {
  let isSettled = true;
  for (const name of listStore(folder, disk)) {
    const path = join(folder, name);
    const known = held.get(name);
    const isLog = name.endsWith('.wal');
    if (known && (isLog || ifThere(() => disk.inode(path)) === known.inode)) continue;
    const fd = ifThere(() => disk.open(path, 'read'));
    if (fd !== undefined) {
      if (known) disk.close(known.fd);
      held.set(name, { fd, inode: disk.inode(fd) });
    }
    if (isFirst || !isLog || fd === undefined) isSettled = false;
  }
  return isSettled;
}

function listStore(folder: string, disk: Disk): string[] {
  const folders = disk.list(folder).filter((name) => folderForm.test(name));
  // Coarser tiers last: what raw data becomes is there before the raw data goes.
  folders.sort((a, b) => Number(b === 'raw') - Number(a === 'raw'));
  return folders.flatMap((name) => {
    const files = ifThere(() => disk.list(join(folder, name))) ?? [];
    return files.filter((file) => fileForm.test(file)).map((file) => `${name}/${file}`);
  });
}

/** The segment has it all. */
function withoutSealedLogs(disk: Disk, held: Map<string, Held>): Map<string, Held> {
  for (const [name, { fd }] of held) {
    if (!name.endsWith('.wal') || !held.has(name.replace(/wal$/, 'seg'))) continue;
    disk.close(fd);
    held.delete(name);
  }
  return held;
}

function fileOf(disk: Disk, name: string, fd: number): SnapshotFile {
  const size = disk.size(fd);
  if (!name.endsWith('.wal')) {
    return { name, roughBytes: size, content: () => ({ bytes: size, pieces: piecesOf(disk, fd, size) }) };
  }
  return {
    name,
    roughBytes: size,
    content() {
      // Read at once: its end may be cut back and written anew at any time.
      const log = readFully(disk, fd, 0, disk.size(fd));
      const bytes = goodBytesOf(log);
      return { bytes, pieces: [log.subarray(0, bytes)] };
    },
  };
}

function* piecesOf(disk: Disk, fd: number, size: number): Generator<Uint8Array, void, void> {
  for (let position = 0; position < size; position += pieceBytes) {
    const length = Math.min(pieceBytes, size - position);
    const piece = readFully(disk, fd, position, length);
    if (piece.length < length) throw new Error('the file became shorter while it was read');
    yield piece;
  }
}

function closeAll(disk: Disk, held: Map<string, Held>): void {
  for (const { fd } of held.values()) disk.close(fd);
  held.clear();
}

function ifThere<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function folderError(folder: string, cause: unknown): TsdbError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = codeOf(cause) === 'EMFILE' ? ': raise the limit of open files (ulimit -n)' : '';
  return new TsdbError('ERR_TSDB_FOLDER', `the data folder ${folder} cannot be read: ${why}${remedy}`, {
    cause,
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
