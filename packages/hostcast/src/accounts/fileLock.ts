import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { claimFile, dropClaim, readClaim, releaseClaim } from '@hostcast/tsdb';
import { AccountsError } from './accountsError.ts';

/** What is done under a lock takes milliseconds: after this time its process has died or hangs. */
const staleMs = 5_000;

const waitMs = 10_000;
const retryMs = 15;
const lockMode = 0o600;

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
    isHeld: () => readClaim(path) === id,
    release: () => releaseClaim(path, id),
  };
}

/** The age of another's lock is told by the clock of the file system: its times of two files. */
function tryLock(path: string, id: string): boolean {
  const { isMine, madeMs } = claimFile(path, id, lockMode);
  if (isMine) return true;
  const held = readClaim(path);
  const takenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (held !== null && takenMs !== undefined && madeMs - takenMs >= staleMs) dropClaim(path, held, lockMode);
  return false;
}
