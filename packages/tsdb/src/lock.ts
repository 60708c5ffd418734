import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimFile, dropClaim, readClaim, releaseClaim } from './claimFile.ts';
import { TsdbError } from './errors.ts';

const lockMode = 0o640;

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
  for (let attempt = 0; attempt < 5; attempt++) {
    if (claimFile(path, mine, lockMode).isMine) return releaser(path, mine);
    const held = readClaim(path);
    if (held === null) continue;
    const owner = parseOwner(held);
    if (owner && isAlive(owner)) throw locked(folder, owner.pid);
    dropClaim(path, held, lockMode);
    onTakeOver(owner?.pid ?? 0);
  }
  throw locked(folder, 0);
}

function locked(folder: string, pid: number): TsdbError {
  const who = pid === 0 ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
  return new TsdbError(
    'ERR_TSDB_LOCKED',
    `${folder} is in use by ${who}: stop it first, or choose another data folder`,
  );
}

/** Gives the lock back when it is called, or else when the thread ends. */
function releaser(path: string, mine: string): () => void {
  const release = (): void => {
    process.off('exit', release);
    releaseClaim(path, mine);
  };
  process.on('exit', release);
  return release;
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
