import { readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Claim, claimFile, dropClaim, inheritClaim, readClaim, releaseClaim } from './claimFile.ts';
import { TsdbError } from './errors.ts';

const lockMode = 0o640;

/** Whoever has the lock shows so often that it lives … */
const beatMs = 2_000;
/** … and one that cannot be asked is gone when it has not for so long. */
const silentMs = 15_000;
const lookMs = 50;

interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot and the boot's id, where /proc tells; else null. */
  readonly started: string | null;
  /** Where its pid means something: the boot's id and the namespace of pids, where /proc tells; else null. */
  readonly space: string | null;
}

/**
 * Makes this process the only one that has the folder open, by a file `LOCK` that names it. A lock whose
 * process is gone is taken over; `onTakeOver` is told its pid. Of a process of another container or machine the file's
 * time tells whether it lives: where that is of the last 15 s, it is waited for whether it changes. Returns what gives the
 * lock back.
 * @throws TsdbError `ERR_TSDB_LOCKED` naming pid and folder; what the file system throws
 */
export function lockFolder(folder: string, onTakeOver: (pid: number) => void): () => void {
  const path = join(folder, 'LOCK');
  const me: Owner = { pid: process.pid, started: startOf(process.pid), space: ownSpace() };
  const mine = JSON.stringify(me);
  for (let attempt = 0; attempt < 5; attempt++) {
    const claim = tryClaim(path, mine);
    if (claim.isMine) return hold(path, mine, me.space !== null);
    const held = readClaim(path);
    if (held === null && claim.hasNoRoom) throw claim.hasNoRoom;
    if (held === null) continue;
    const owner = parseOwner(held);
    const isElsewhere = owner !== null && owner.space !== null && owner.space !== me.space;
    if (owner && (isElsewhere ? isBeating(path, held, claim.madeMs) : isAlive(owner))) {
      throw locked(folder, owner.pid, isElsewhere);
    }
    if (claim.hasNoRoom === null) {
      dropClaim(path, held, lockMode);
      onTakeOver(owner?.pid ?? 0);
    } else if (inheritClaim(path, held, mine, lockMode)) {
      onTakeOver(owner?.pid ?? 0);
      return hold(path, mine, me.space !== null);
    }
  }
  throw locked(folder, 0);
}

/** What is wrong where a full disk has no room for a file. */
interface Tried extends Claim {
  readonly hasNoRoom: Error | null;
}

function tryClaim(path: string, mine: string): Tried {
  try {
    return { ...claimFile(path, mine, lockMode), hasNoRoom: null };
  } catch (error) {
    if (!(error instanceof Error) || !['ENOSPC', 'EDQUOT'].includes(String(codeOf(error)))) throw error;
    return { isMine: false, madeMs: Date.now(), hasNoRoom: error };
  }
}

function locked(folder: string, pid: number, isElsewhere = false): TsdbError {
  const own = pid === process.pid ? 'this process' : `process ${pid}`;
  const who = isElsewhere ? `process ${pid} of another container or machine` : own;
  return new TsdbError(
    'ERR_TSDB_LOCKED',
    `${folder} is in use by ${pid === 0 ? 'another process' : who}: stop it first, or choose another data folder`,
  );
}

/** Shows that we live, until the lock is given back or the thread ends. */
function hold(path: string, mine: string, hasSpace: boolean): () => void {
  const beats = hasSpace ? setInterval(() => beat(path, mine), beatMs) : undefined;
  beats?.unref();
  const release = (): void => {
    clearInterval(beats);
    process.off('exit', release);
    releaseClaim(path, mine);
  };
  process.on('exit', release);
  return release;
}

/** Written, not stamped: its time is then that of the file system's clock. One that somebody took over is theirs. */
function beat(path: string, mine: string): void {
  try {
    if (readClaim(path) === mine) writeFileSync(path, mine, { flag: 'r+' });
  } catch {
    // A disk that refuses this refuses the data as well, and that is told.
  }
}

/** Waits until the owner of a lock shows that it lives, or has not for so long that it does not. */
function isBeating(path: string, held: string, nowMs: number): boolean {
  const lastMs = timeOf(path);
  const looks = Math.min(silentMs, silentMs - (nowMs - lastMs)) / lookMs;
  for (let look = 0; look < looks; look++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookMs);
    if (readClaim(path) !== held) return false; // given back, or somebody was faster
    if (timeOf(path) !== lastMs) return true;
  }
  return false;
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function parseOwner(held: string): Owner | null {
  try {
    const owner: unknown = JSON.parse(held);
    if (typeof owner !== 'object' || owner === null || !('pid' in owner)) return null;
    if (typeof owner.pid !== 'number' || !Number.isSafeInteger(owner.pid) || owner.pid <= 0) return null;
    const started = 'started' in owner && typeof owner.started === 'string' ? owner.started : null;
    const space = 'space' in owner && typeof owner.space === 'string' ? owner.space : null;
    return { pid: owner.pid, started, space };
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
    // The name of the program, field 2, may hold spaces and brackets: count from its last bracket (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${bootId()}/${fields[19]}`;
  } catch {
    return null;
  }
}

function ownSpace(): string | null {
  try {
    return `${bootId()}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
