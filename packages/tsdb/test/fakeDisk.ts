import { type Disk, realDisk } from '../src/disk.ts';

/** A disk that is real until a test says otherwise. */
export interface FakeDisk extends Disk {
  /** Bytes that still fit on it; a write that does not fit is cut short, and the next one fails. */
  freeBytes: number;
  /** Operations that fail with EIO. */
  broken: Set<'sync' | 'truncate' | 'rename' | 'open' | 'read'>;
  /** Bytes a single write takes at most. */
  writeBytes: number;
  /** Bytes of every file that are on bad sectors. */
  unreadable: { readonly from: number; readonly to: number } | null;
  /** Folders made durable, in order. */
  syncedFolders: string[];
}

export function fakeDisk(): FakeDisk {
  const check = (operation: 'sync' | 'truncate' | 'rename' | 'open' | 'read'): void => {
    if (disk.broken.has(operation))
      throw Object.assign(new Error(`EIO: i/o error, ${operation}`), { code: 'EIO' });
  };
  const disk: FakeDisk = {
    ...realDisk,
    freeBytes: Number.POSITIVE_INFINITY,
    broken: new Set(),
    writeBytes: Number.POSITIVE_INFINITY,
    unreadable: null,
    syncedFolders: [],
    open: (path, mode) => {
      check('open');
      return realDisk.open(path, mode);
    },
    read: (fd, into, position) => {
      check('read');
      const bad = disk.unreadable;
      if (bad && position < bad.to && position + into.length > bad.from)
        throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      return realDisk.read(fd, into, position);
    },
    write: (fd, bytes, position) => {
      const length = Math.min(bytes.length, disk.freeBytes, disk.writeBytes);
      if (length === 0)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      disk.freeBytes -= length;
      return realDisk.write(fd, bytes.subarray(0, length), position);
    },
    sync: (fd) => {
      check('sync');
      realDisk.sync(fd);
    },
    truncate: (fd, length) => {
      check('truncate');
      realDisk.truncate(fd, length);
    },
    rename: (from, to) => {
      check('rename');
      realDisk.rename(from, to);
    },
    syncFolder: (folder) => {
      check('sync');
      disk.syncedFolders.push(folder);
      realDisk.syncFolder(folder);
    },
  };
  return disk;
}
