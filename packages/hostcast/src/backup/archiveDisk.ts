import { readSync } from 'node:fs';
import { join } from 'node:path';
import { type Disk, realDisk } from '@hostcast/tsdb';
import type { ArchiveEntry } from './archive.ts';

/**
 * A disk that shows what is in a backup as files below `folder`, without unpacking it; nothing can be written.
 * @param fd of the backup, which has to stay open
 */
export function archiveDisk(folder: string, fd: number, files: readonly ArchiveEntry[]): Disk {
  const byPath = new Map(files.map((file) => [join(folder, file.name), file]));
  const opened = new Map<number, ArchiveEntry>();
  let next = 1;
  const fileAt = (path: string): ArchiveEntry => {
    const file = byPath.get(path);
    if (!file) throw Object.assign(new Error(`ENOENT: not in the backup: ${path}`), { code: 'ENOENT' });
    return file;
  };
  const refuse = (): never => {
    throw new TypeError('a backup is not written to');
  };
  return {
    ...realDisk,
    open(path, mode) {
      if (mode !== 'read') return refuse();
      opened.set(next, fileAt(path));
      return next++;
    },
    read(id, into, position) {
      const { offset, bytes } = opened.get(id)!;
      const length = Math.min(into.length, bytes - position);
      return length <= 0 ? 0 : readSync(fd, into, 0, length, offset + position);
    },
    size: (id) => opened.get(id)!.bytes,
    inode: (file) => (typeof file === 'number' ? opened.get(file)! : fileAt(file)).offset,
    close: (id) => void opened.delete(id),
    list(path) {
      const above = path === folder ? '' : `${path.slice(join(folder, '/').length)}/`;
      const below = files
        .filter(({ name }) => name.startsWith(above))
        .map(({ name }) => name.slice(above.length));
      return [...new Set(below.map((name) => name.split('/')[0]!))];
    },
    write: refuse,
    truncate: refuse,
    sync: refuse,
    rename: refuse,
    remove: refuse,
    makeFolder: refuse,
    syncFolder: refuse,
  };
}
