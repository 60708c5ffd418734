import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AccountsError } from './accountsError.ts';

/** What is done under a lock takes milliseconds: after this time its process has died or hangs. */
const staleMs = 5_000;

const waitMs = 10_000;
const retryMs = 15;

/** A lock that is held. */
export interface FileLock {
  /** False where it was held for so long that another process took it over. */
  isHeld(): boolean;
  release(): void;
}

/**
 * Waits until no other process holds the lock file at `path`, and holds it. One left behind by a process that
 * died is taken over once it is 5 s old.
 * @throws AccountsError `ERR_ACCOUNTS_LOCKED` after 10 s; what the file system throws
 */
export async function lockFile(path: string): Promise<FileLock> {
  const id = randomBytes(12).toString('hex');
  const giveUpMs = performance.now() + waitMs;
  while (!tryLock(path, id)) {
    if (performance.now() > giveUpMs) {
      throw new AccountsError(
        'ERR_ACCOUNTS_LOCKED',
        `another process has been holding ${path} for ${waitMs / 1_000} s: try again`,
      );
    }
    await delay(retryMs);
  }
  return {
    isHeld: () => readIfThere(path) === id,
    release: () => {
      if (readIfThere(path) === id) rmSync(path, { force: true });
    },
  };
}

/** Written aside and linked into place, so that nobody ever reads half a lock. */
function tryLock(path: string, id: string): boolean {
  const aside = `${path}.${id}`;
  writeFileSync(aside, id, { mode: 0o600 });
  try {
    if (tryLink(aside, path)) return true;
    removeStale(path, aside);
    return false;
  } finally {
    rmSync(aside, { force: true });
  }
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

function tryCreate(path: string, id: string): boolean {
  try {
    writeFileSync(path, id, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * The age is told by the clock of the file system: its times of two files. Two processes may find the same
 * stale lock: renaming tells which file one got, and one that was not judged goes back.
 */
function removeStale(path: string, aside: string): void {
  const held = readIfThere(path);
  const takenMs = mtimeMs(path);
  const nowMs = mtimeMs(aside);
  if (held === undefined || takenMs === undefined || nowMs === undefined || nowMs - takenMs < staleMs) return;
  const taken = `${aside}.stale`;
  try {
    renameSync(path, taken);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(taken) !== held) tryLink(taken, path);
  rmSync(taken, { force: true });
}

function mtimeMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
