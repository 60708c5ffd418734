import * as fs from 'node:fs';
import { dirname } from 'node:path';

/**
 * What the database asks of a disk; all calls are synchronous and throw Node's file system errors. Injected so
 * that tests can show a full or a failing disk.
 */
export interface Disk {
  /** `read` an existing file, `append` to one (readable too, made where it is missing), `create` a new one. */
  open(path: string, mode: 'read' | 'append' | 'create'): number;
  /** Bytes read into `into`, from `position` on; fewer than asked for at the end of the file. */
  read(fd: number, into: Uint8Array, position: number): number;
  /** Bytes written, which may be fewer than given. */
  write(fd: number, bytes: Uint8Array, position: number): number;
  /** Returns when the file's data is on the medium. */
  sync(fd: number): void;
  truncate(fd: number, length: number): void;
  size(fd: number): number;
  /** What tells a file from another one that takes its name. */
  inode(file: number | string): number;
  close(fd: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  list(folder: string): string[];
  /** With the folders above it; returns those that it made, the uppermost first. */
  makeFolder(folder: string): readonly string[];
  /** Makes renames and new files of a folder durable. */
  syncFolder(folder: string): void;
}

const flags = { read: 'r', append: fs.constants.O_RDWR | fs.constants.O_CREAT, create: 'wx+' } as const;

/** The real disk. */
export const realDisk: Disk = {
  open: (path, mode) => fs.openSync(path, flags[mode], 0o640),
  read: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  write: (fd, bytes, position) => fs.writeSync(fd, bytes, 0, bytes.length, position),
  sync: (fd) => fs.fdatasyncSync(fd),
  truncate: (fd, length) => fs.ftruncateSync(fd, length),
  size: (fd) => fs.fstatSync(fd).size,
  inode: (file) => (typeof file === 'number' ? fs.fstatSync(file) : fs.statSync(file)).ino,
  close: (fd) => fs.closeSync(fd),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path, { force: true }),
  list: (folder) => fs.readdirSync(folder),
  makeFolder,
  syncFolder,
};

/** Step by step, because Node 20's recursive mkdir never returns below /proc. */
function makeFolder(folder: string): readonly string[] {
  if (fs.existsSync(folder)) return [];
  const above = makeFolder(dirname(folder));
  try {
    fs.mkdirSync(folder, { mode: 0o750 });
  } catch (error) {
    // Another process, which wants the same folder, was faster.
    if (fs.existsSync(folder)) return above;
    throw error;
  }
  return [...above, folder];
}

/** Writes all of `bytes`; a write may be short (POSIX, and Node's writeSync too). */
export function writeFully(disk: Disk, fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const written = disk.write(fd, bytes.subarray(done), position + done);
    if (written <= 0) throw new Error('the disk accepted no byte');
    done += written;
  }
}

/** Reads `length` bytes, or as many as there are. */
export function readFully(disk: Disk, fd: number, position: number, length: number): Buffer {
  return readInto(disk, fd, position, Buffer.allocUnsafe(length));
}

/** Fills a buffer; returns the part of it that was filled, if there are not so many bytes. */
export function readInto(disk: Disk, fd: number, position: number, into: Buffer): Buffer {
  let done = 0;
  while (done < into.length) {
    const got = disk.read(fd, done === 0 ? into : into.subarray(done), position + done);
    if (got === 0) return into.subarray(0, done);
    done += got;
  }
  return into;
}

function syncFolder(folder: string): void {
  // Windows cannot open a folder for syncing; its journal orders the rename.
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
