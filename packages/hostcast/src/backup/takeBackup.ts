import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openSnapshot, realDisk, type Snapshot } from '@hostcast/tsdb';
import { accountsFileName } from '../accounts/accountsFile.ts';
import { UserError } from '../config/userError.ts';
import { version } from '../version.ts';
import { archiveFormat, dataPrefix, isDataFile, type OnProgress } from './archive.ts';
import { asUserError } from './storeSummary.ts';
import { ArchiveWriter, type Sink } from './writeArchive.ts';

export interface BackupOptions {
  readonly dataFolder: string;
  /** Users and tokens too. */
  readonly withAccounts: boolean;
  readonly nowMs: number;
  readonly onProgress: OnProgress;
}

/** What a backup holds. */
export interface BackupResult {
  readonly bytes: number;
  readonly files: number;
  readonly hasStore: boolean;
  readonly hasAccounts: boolean;
}

/**
 * Writes a backup of a data folder, which may be in use: everything that was acknowledged before the call is in it.
 * @throws UserError where there is nothing, or it can't be read; what the sink throws
 */
export async function takeBackup(options: BackupOptions, sink: Sink): Promise<BackupResult> {
  const { dataFolder, withAccounts, nowMs, onProgress } = options;
  mustBeFolder(dataFolder);
  const hasStore = isThere(join(dataFolder, 'meta.json'));
  const snapshot = hasStore ? await asUserError(() => openSnapshot(dataFolder, realDisk)) : undefined;
  try {
    const accounts = withAccounts ? readIfThere(join(dataFolder, accountsFileName)) : undefined;
    if (!snapshot && !accounts) {
      const others = withAccounts ? 'neither figures nor accounts' : 'no figures';
      throw new UserError(`there is nothing to back up: ${dataFolder} holds ${others}`);
    }
    const roughBytes = (snapshot?.files ?? []).reduce((sum, file) => sum + file.roughBytes, 0);
    const head = { format: archiveFormat, hostcast: version, createdMs: nowMs, roughBytes };
    const writer = await ArchiveWriter.begin(sink, head);
    if (accounts)
      await writer.add(dataPrefix + accountsFileName, { bytes: accounts.length, pieces: [accounts] });
    if (snapshot) await addStore(writer, snapshot, () => onProgress(writer.bytes, roughBytes));
    await writer.finish();
    const files = (snapshot?.files.length ?? 0) + (accounts ? 1 : 0);
    return { bytes: writer.bytes, files, hasStore, hasAccounts: accounts !== undefined };
  } finally {
    snapshot?.close();
  }
}

async function addStore(writer: ArchiveWriter, snapshot: Snapshot, onPiece: () => void): Promise<void> {
  for (const { name, content } of snapshot.files) {
    // A backup that left a file out without a word would be none.
    if (!isDataFile(name)) throw new TypeError(`the store has a file that backups don't know: ${name}`);
    const { bytes, pieces } = await asUserError(content);
    await writer.add(dataPrefix + name, { bytes, pieces: told(pieces, onPiece) });
  }
}

function* told(pieces: Iterable<Uint8Array>, onPiece: () => void): Generator<Uint8Array, void, void> {
  for (const piece of pieces) {
    yield piece;
    onPiece();
  }
}

function mustBeFolder(folder: string): void {
  try {
    if (statSync(folder).isDirectory()) return;
  } catch (error) {
    if (!isMissing(error)) throw unreadable(folder, error);
    throw new UserError(`there is no data folder ${folder}: --data names another one`, { cause: error });
  }
  throw new UserError(`${folder} is no folder: --data names another one`);
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UserError(`${path} cannot be read: ${why}. Run it as the user that hostcast runs as.`, {
    cause,
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
