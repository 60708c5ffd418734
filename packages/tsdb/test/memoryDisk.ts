import { dirname } from 'node:path';
import type { Disk } from '../src/disk.ts';

/** What a file system holds: what programs see, and what is on the medium. */
interface State {
  readonly names: Map<string, Inode>;
  readonly durableNames: Map<string, Inode>;
}

interface Inode {
  readonly number: number;
  content: Buffer;
  durable: Buffer;
}

/**
 * What a crash leaves. `killed`: all that was written. Of a power cut: `lost`: only what was synced, under names that
 * were synced; `reordered`: the same without the names that were removed since; `emptied`: all names, but only the bytes that were synced; `zeroed`: the same, with zeros in the place
 * of the others; `torn`: with half of the others; `unnamed`: all bytes, but only names that were synced.
 */
export type Crash = 'killed' | 'lost' | 'reordered' | 'emptied' | 'zeroed' | 'torn' | 'unnamed';

export const crashes: readonly Crash[] = [
  'killed',
  'lost',
  'reordered',
  'emptied',
  'zeroed',
  'torn',
  'unnamed',
];

/** A disk in memory that can be looked at before each operation that changes something. */
export interface MemoryDisk extends Disk {
  /** The disk that one would find after a crash at this moment. */
  after(crash: Crash): MemoryDisk;
  /** Told the name of each operation before it is done. */
  onChange: (operation: string) => void;
}

export function memoryDisk(state: State = { names: new Map(), durableNames: new Map() }): MemoryDisk {
  const { names, durableNames } = state;
  const open = new Map<number, Inode>();
  let nextFd = 1;
  const inodeOf = (fd: number): Inode => open.get(fd) ?? fail('EBADF', String(fd));
  const changing = (operation: string): void => disk.onChange(operation);

  const disk: MemoryDisk = {
    onChange: () => {},
    after: (crash) => memoryDisk(stateAfter(state, crash)),
    open(path, mode) {
      let inode = names.get(path);
      if (mode === 'create' && inode) fail('EEXIST', path);
      if (!inode) {
        if (mode === 'read') fail('ENOENT', path);
        changing(`create ${path}`);
        inode = { number: nextInode++, content: Buffer.alloc(0), durable: Buffer.alloc(0) };
        names.set(path, inode);
      }
      open.set(nextFd, inode);
      return nextFd++;
    },
    read: (fd, into, position) => {
      const { content } = inodeOf(fd);
      return content.copy(into, 0, position, position + into.length);
    },
    write(fd, bytes, position) {
      changing('write');
      const inode = inodeOf(fd);
      const content = Buffer.alloc(Math.max(inode.content.length, position + bytes.length));
      inode.content.copy(content);
      content.set(bytes, position);
      inode.content = content;
      return bytes.length;
    },
    sync(fd) {
      changing('sync');
      const inode = inodeOf(fd);
      inode.durable = inode.content;
    },
    truncate(fd, length) {
      const inode = inodeOf(fd);
      if (inode.content.length === length) return;
      changing('truncate');
      inode.content = Buffer.from(inode.content.subarray(0, length));
    },
    size: (fd) => inodeOf(fd).content.length,
    inode: (file) =>
      (typeof file === 'number' ? inodeOf(file) : (names.get(file) ?? fail('ENOENT', file))).number,
    close: (fd) => void open.delete(fd),
    rename(from, to) {
      changing(`rename to ${to}`);
      names.set(to, names.get(from) ?? fail('ENOENT', from));
      names.delete(from);
    },
    remove(path) {
      if (!names.has(path)) return;
      changing(`remove ${path}`);
      names.delete(path);
    },
    list: (folder) => {
      const inside = [...names.keys()].filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0]!))];
    },
    // Folders are there when something is in them: what a lost one costs is shown in failingDisk.test.ts.
    makeFolder: () => [],
    syncFolder(folder) {
      changing(`sync ${folder}`);
      for (const path of durableNames.keys()) if (dirname(path) === folder) durableNames.delete(path);
      for (const [path, inode] of names) if (dirname(path) === folder) durableNames.set(path, inode);
    },
  };
  return disk;
}

let nextInode = 1;

function stateAfter({ names, durableNames }: State, crash: Crash): State {
  const copies = new Map<Inode, Inode>();
  const copyOf = (inode: Inode): Inode => {
    const known = copies.get(inode);
    if (known) return known;
    // Killed only: what was not synced is not on the medium yet, and a later power cut may take it.
    const content = contentAfter(inode, crash);
    const copy = { ...inode, content, durable: crash === 'killed' ? inode.durable : content };
    copies.set(inode, copy);
    return copy;
  };
  const copied = (map: Map<string, Inode>): Map<string, Inode> =>
    new Map(Array.from(map, ([path, inode]) => [path, copyOf(inode)]));
  if (crash === 'killed') return { names: copied(names), durableNames: copied(durableNames) };
  const isNamed = crash === 'emptied' || crash === 'zeroed' || crash === 'torn';
  const left = new Map(isNamed ? names : durableNames);
  if (crash === 'reordered') for (const path of left.keys()) if (!names.has(path)) left.delete(path);
  return { names: copied(left), durableNames: copied(left) };
}

function contentAfter({ content, durable }: Inode, crash: Crash): Buffer {
  if (crash === 'killed' || crash === 'unnamed') return content;
  if (crash === 'lost' || crash === 'reordered' || crash === 'emptied') return durable;
  const unsynced = content.length - durable.length;
  if (unsynced <= 0) return durable;
  const half =
    crash === 'torn' ? content.subarray(durable.length, durable.length + (unsynced >> 1)) : Buffer.alloc(0);
  return Buffer.concat([durable, half, Buffer.alloc(unsynced - half.length)]);
}

function fail(code: string, what: string): never {
  throw Object.assign(new Error(`${code}: ${what}`), { code });
}
