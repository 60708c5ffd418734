import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { realDisk } from '@hostcast/tsdb';

/** An open file of the buffer; all calls throw Node's file system errors. */
export interface BufferFile {
  /** Writes all of it at that position. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Returns when the data is on the medium. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /** As many octets from `position` on as there are, at most `length`. */
  read(position: number, length: number): Promise<Buffer>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * What the buffer asks of a disk. Nothing of it waits on the main thread, which the viewers' ticks run on, however
 * slow the disk is. Injected so that tests can show a full or a failing one.
 */
export interface BufferFiles {
  /** With the folders above it, durably. */
  makeFolder(folder: string): void;
  list(folder: string): Promise<readonly string[]>;
  /** An existing file, or a new one that `isNew` says has to be made; its name is durable then. */
  open(path: string, isNew: boolean): Promise<BufferFile>;
  remove(path: string): Promise<void>;
}

const sectorOctets = 4_096;

/** The octets from `start` to `end`, each sector asked for by itself; zeros, which no record is made of, where it fails. */
export async function readSectors(file: BufferFile, start: number, end: number): Promise<Buffer> {
  const octets = Buffer.alloc(end - start);
  for (let at = start; at < end; ) {
    const next = Math.min(end, (Math.floor(at / sectorOctets) + 1) * sectorOctets);
    const sector = await file.read(at, next - at).catch(() => undefined);
    sector?.copy(octets, at - start);
    at = next;
  }
  return octets;
}

/** The real disk, through Node's thread pool. */
export const realFiles: BufferFiles = {
  makeFolder(folder) {
    for (const made of realDisk.makeFolder(folder)) realDisk.syncFolder(dirname(made));
  },
  list: (folder) => readdir(folder),
  async open(path, isNew) {
    const { O_RDWR, O_CREAT, O_EXCL } = constants;
    const handle = await open(path, isNew ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, 0o640);
    const file = new RealFile(handle);
    if (!isNew) return file;
    try {
      await syncFolder(dirname(path));
      return file;
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
  },
  remove: (path) => rm(path, { force: true }),
};

class RealFile implements BufferFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    // A write may be short (POSIX).
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      if (bytesWritten <= 0) throw new Error('the disk accepted no byte');
      done += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for syncing; its journal orders new names.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
