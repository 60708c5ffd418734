import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';

/*
 * A file that one process has, among all that want it: what locks are made of. Nobody ever reads half of one: it is
 * written aside and linked into place.
 */

/** How an attempt to have the file ended. */
export interface Claim {
  readonly isMine: boolean;
  /** When it was made, by the clock of the file system: epoch ms. */
  readonly madeMs: number;
}

/** Tries to make `path`, holding `content`; where it is there already, it stays. Throws what the file system throws. */
export function claimFile(path: string, content: string, mode: number): Claim {
  const aside = asideOf(path);
  try {
    writeFileSync(aside, content, { mode });
    return { isMine: link(aside, path, mode), madeMs: statSync(aside).mtimeMs };
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Removes a claim that was judged by its content and found dead. Two processes may judge the same one: renaming
 * tells which file one got, and where it is not the one that was judged, the other was faster, and its claim goes back.
 */
export function dropClaim(path: string, judged: string, mode: number): void {
  take(path, judged, mode, () => false);
}

/**
 * Makes such a claim ours, in the room that it has: for where the disk has none for another file. False where the other
 * process was faster.
 */
export function inheritClaim(path: string, judged: string, content: string, mode: number): boolean {
  return take(path, judged, mode, (taken) => {
    writeFileSync(taken, content, { flag: 'r+' });
    truncateSync(taken, Buffer.byteLength(content));
    return link(taken, path, mode);
  });
}

function take(path: string, judged: string, mode: number, use: (taken: string) => boolean): boolean {
  const taken = asideOf(path);
  // Nobody's place is empty for as long as one that lives there is looked at.
  if (readClaim(path) !== judged) return false;
  try {
    renameSync(path, taken);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    if (readClaim(taken) === judged) return use(taken);
    link(taken, path, mode);
    return false;
  } finally {
    rmSync(taken, { force: true });
  }
}

/** Gives a claim of ours back; one that somebody took over stays. */
export function releaseClaim(path: string, content: string): void {
  if (readClaim(path) === content) rmSync(path, { force: true });
}

/** What the file holds, null where there is none. */
export function readClaim(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function asideOf(path: string): string {
  return `${path}.${randomBytes(12).toString('hex')}`;
}

function link(aside: string, path: string, mode: number): boolean {
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // Some file systems have no hard links; an exclusive create is nearly as good.
    return create(path, readFileSync(aside, 'utf8'), mode);
  }
}

function create(path: string, content: string, mode: number): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
