import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { lockFolder, realDisk } from '@hostcast/tsdb';
import { accountsFileName } from '../accounts/accountsFile.ts';
import { UserError } from '../config/userError.ts';
import { type Archive, damaged, type OnProgress } from './archive.ts';
import { type FileTaker, readArchive } from './readArchive.ts';
import { asUserError, type StoreSummary, summarize } from './storeSummary.ts';

export interface RestoreOptions {
  readonly dataFolder: string;
  /** What is in the folder is moved aside. */
  readonly force: boolean;
  readonly nowMs: number;
  /** What is in the store, where that was found out before; else it is read once it is unpacked. */
  readonly store?: StoreSummary | undefined;
  readonly onBytes: OnProgress;
  readonly onSeries: OnProgress;
  /** Given what the caller has to undo where this throws, or the process is ended meanwhile. */
  readonly onUndo: (undo: () => void) => void;
}

export interface RestoreResult {
  readonly archive: Archive;
  readonly store?: StoreSummary;
  readonly hasAccounts: boolean;
  /** Where what was in the folder is now. */
  readonly movedTo?: string;
}

const stagingPrefix = '.restore-';
const asidePrefix = 'before-restore-';
/** What does not make a folder one that is in use. */
const isNoContent = /^(?:LOCK|lost\+found$|before-restore-)/;

/**
 * Unpacks a backup inside the data folder, aside, checks it there, and only then moves it to its place. A folder that is
 * in use is refused, and nobody can begin to use it meanwhile.
 * @throws UserError; once all is undone the folder is as it was
 */
export async function restoreBackup(
  where: string,
  chunks: AsyncIterable<Uint8Array>,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { dataFolder, onUndo } = options;
  const isMade = makeFolder(dataFolder);
  if (isMade) onUndo(() => removeIfEmpty(dataFolder));
  const unlock = await asUserError(() => lockFolder(dataFolder, () => {}));
  onUndo(unlock);
  const present = presentIn(dataFolder);
  if (present.length > 0 && !options.force) throw notEmpty(dataFolder, present);
  const staging = join(dataFolder, `${stagingPrefix}${process.pid}`);
  onUndo(() => fs.rmSync(staging, { recursive: true, force: true }));
  const archive = await unpack(where, chunks, staging, options);
  const isStore = archive.files.some(({ name }) => name === 'meta.json');
  const read = () => summarize(staging, undefined, options.onSeries);
  const store = isStore ? (options.store ?? (await read())) : undefined;
  const movedTo = present.length > 0 ? asideName(options.nowMs) : undefined;
  // From here on nothing waits, so that no signal comes in between.
  swap(dataFolder, staging, present, movedTo);
  unlock();
  return {
    archive,
    hasAccounts: archive.files.some(({ name }) => name === accountsFileName),
    ...(store && { store }),
    ...(movedTo && { movedTo: join(dataFolder, movedTo) }),
  };
}

function makeFolder(folder: string): boolean {
  try {
    const stat = fs.statSync(folder, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return false;
    if (stat) throw new Error('it is no folder');
    fs.mkdirSync(folder, { mode: 0o750 });
    return true;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`the data folder ${folder} cannot be made: ${why}`, { cause });
  }
}

function removeIfEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // Somebody has put something into it: it stays.
  }
}

/** What is in the folder; what a restore that was killed left behind is cleared away. */
function presentIn(folder: string): string[] {
  const present: string[] = [];
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(stagingPrefix)) fs.rmSync(join(folder, name), { recursive: true, force: true });
    else if (!isNoContent.test(name)) present.push(name);
  }
  return present;
}

function notEmpty(folder: string, present: readonly string[]): UserError {
  const more = present.length > 3 ? ', …' : '';
  return new UserError(
    `${folder} is not empty (${present.slice(0, 3).join(', ')}${more}): choose another folder with --data, or ` +
      'give --force, which moves what is there aside',
  );
}

async function unpack(
  where: string,
  chunks: AsyncIterable<Uint8Array>,
  staging: string,
  { onBytes }: RestoreOptions,
): Promise<Archive> {
  try {
    const unpacker = new Unpacker(staging, onBytes);
    try {
      const archive = await readArchive(where, chunks, unpacker);
      if (archive.files.length === 0) throw damaged(where, 'there is nothing in it');
      unpacker.syncFolders();
      return archive;
    } finally {
      unpacker.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new UserError(`the backup could not be restored: ${cause.message}. Nothing was changed.`, {
      cause,
    });
  }
}

/** Writes files below a folder, each whole on the disk before the next one. */
class Unpacker implements FileTaker {
  readonly #folder: string;
  readonly #onBytes: OnProgress;
  readonly #folders = new Set<string>();
  readonly #owner: fs.Stats | null;
  #fd: number | null = null;

  constructor(folder: string, onBytes: OnProgress) {
    this.#folder = folder;
    this.#onBytes = onBytes;
    // Root unpacks for the owner of the data folder, who is whom hostcast runs as.
    this.#owner = process.getuid?.() === 0 ? fs.statSync(dirname(folder)) : null;
    this.#makeFolder(folder);
  }

  progress(done: number, { roughBytes }: { readonly roughBytes: number }): void {
    this.#onBytes(done, roughBytes);
  }

  file(name: string): (piece: Uint8Array | null) => void {
    const path = join(this.#folder, name);
    this.#makeFolder(dirname(path));
    this.#fd = fs.openSync(path, 'wx', name === accountsFileName ? 0o600 : 0o640);
    if (this.#owner) fs.fchownSync(this.#fd, this.#owner.uid, this.#owner.gid);
    return (piece) => {
      if (piece) return writeAll(this.#fd!, piece);
      fs.fsyncSync(this.#fd!);
      this.close();
    };
  }

  #makeFolder(folder: string): void {
    if (this.#folders.has(folder)) return;
    fs.mkdirSync(folder, { mode: 0o750 });
    if (this.#owner) fs.chownSync(folder, this.#owner.uid, this.#owner.gid);
    this.#folders.add(folder);
  }

  syncFolders(): void {
    for (const folder of this.#folders) realDisk.syncFolder(folder);
  }

  close(): void {
    if (this.#fd === null) return;
    fs.closeSync(this.#fd);
    this.#fd = null;
  }
}

/** A write may be short. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done);
}

/** Moves what was there aside and what was staged to its place; where that fails, all of it back. */
function swap(folder: string, staging: string, present: readonly string[], aside: string | undefined): void {
  const moved: (readonly [from: string, to: string])[] = [];
  const move = (from: string, to: string): void => {
    fs.renameSync(from, to);
    moved.push([from, to]);
  };
  try {
    if (aside !== undefined) fs.mkdirSync(join(folder, aside), { mode: 0o700 });
    for (const name of present) move(join(folder, name), join(folder, aside!, name));
    for (const name of fs.readdirSync(staging)) move(join(staging, name), join(folder, name));
    fs.rmdirSync(staging);
    realDisk.syncFolder(folder);
  } catch (cause) {
    for (const [from, to] of moved.toReversed()) fs.renameSync(to, from);
    if (aside !== undefined) removeIfEmpty(join(folder, aside));
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`the backup could not be moved to its place: ${why}. Nothing was changed.`, {
      cause,
    });
  }
}

function asideName(nowMs: number): string {
  return `${asidePrefix}${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}`;
}
