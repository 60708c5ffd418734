import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsdbError } from './errors.ts';

interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot and the boot's id, where /proc tells; else null. */
  readonly started: string | null;
}

/**
 * Makes this process the only one that has the folder open, by a file `LOCK` that names it. A lock whose
 * process is gone is taken over; `onTakeOver` is told its pid. Returns what gives the lock back.
 * @throws TsdbError `ERR_TSDB_LOCKED` naming pid and folder
 */
export function lockFolder(folder: string, onTakeOver: (pid: number) => void): () => void {
  const path = join(folder, 'LOCK');
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Owner);
  // Written aside and linked into place, so that nobody ever reads half a lock.
  const aside = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(aside, mine, { mode: 0o640 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (tryLink(aside, path)) return releaser(path, mine);
      const held = readLock(path);
      if (held === null) continue;
      const owner = parseOwner(held);
      if (owner && isAlive(owner)) throw locked(folder, owner.pid);
      removeStale(path, held);
      onTakeOver(owner?.pid ?? 0);
    }
    throw locked(folder, 0);
  } finally {
    rmSync(aside, { force: true });
  }
}

function locked(folder: string, pid: number): TsdbError {
  const who = pid === 0 ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
  return new TsdbError(
    'ERR_TSDB_LOCKED',
    `${folder} is in use by ${who}: stop it first, or choose another data folder`,
  );
}

function tryLink(aside: string, path: string): boolean {
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // Some file systems have no hard links; an exclusive create is nearly as good.
    return tryCreate(path, readFileSync(aside, 'utf8'));
  }
}

function tryCreate(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o640 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Two processes may find the same stale lock. Renaming tells which file one got: where it is not the one that
 * was judged, the other was faster, and its lock goes back.
 */
function removeStale(path: string, held: string): void {
  const taken = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, taken);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (readLock(taken) !== held) tryLink(taken, path);
  rmSync(taken, { force: true });
}

/** Gives the lock back when it is called, or else when the thread ends. */
function releaser(path: string, mine: string): () => void {
  const release = (): void => {
    process.off('exit', release);
    if (readLock(path) === mine) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}

function readLock(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parseOwner(held: string): Owner | null {
  try {
    const owner: unknown = JSON.parse(held);
    if (typeof owner !== 'object' || owner === null || !('pid' in owner)) return null;
    if (typeof owner.pid !== 'number' || !Number.isSafeInteger(owner.pid) || owner.pid <= 0) return null;
    const started = 'started' in owner && typeof owner.started === 'string' ? owner.started : null;
    return { pid: owner.pid, started };
  } catch {
    return null;
  }
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const started = startOf(owner.pid);
  return started === null || owner.started === null || started === owner.started;
}

/** The pid of a dead process may belong to another one now; its start does not. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name of the program, field 2, may hold spaces and brackets: count from its last bracket (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot}/${fields[19]}`;
  } catch {
    return null;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
