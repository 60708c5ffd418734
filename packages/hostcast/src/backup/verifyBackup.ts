import { closeSync, createReadStream, openSync, statSync } from 'node:fs';
import { accountsFileName } from '../accounts/accountsFile.ts';
import { UserError } from '../config/userError.ts';
import type { Archive, OnProgress } from './archive.ts';
import { archiveDisk } from './archiveDisk.ts';
import { type FileTaker, readArchive } from './readArchive.ts';
import { type StoreSummary, summarize } from './storeSummary.ts';

/** What was found in a backup that is whole. */
export interface Verified {
  readonly archive: Archive;
  /** Undefined where it holds no figures. */
  readonly store?: StoreSummary;
  readonly hasAccounts: boolean;
}

export interface VerifyProgress {
  readonly onBytes: OnProgress;
  readonly onSeries: OnProgress;
}

/** Takes nothing. */
const noFiles = (onBytes: OnProgress): FileTaker => ({
  file: () => () => {},
  progress: (done, { roughBytes }) => onBytes(done, roughBytes),
});

/**
 * Checks a backup: all checksums, then the store in it is opened in place and all of it read. Writes nothing.
 * @throws UserError for what is not whole, too new or can't be read
 */
export async function verifyBackup(file: string, { onBytes, onSeries }: VerifyProgress): Promise<Verified> {
  return await withArchive(file, onBytes, async (archive, fd) => {
    const isStore = archive.files.some(({ name }) => name === 'meta.json');
    const hasAccounts = archive.files.some(({ name }) => name === accountsFileName);
    if (!isStore) return { archive, hasAccounts };
    const store = await summarize(file, archiveDisk(file, fd, archive.files), onSeries);
    return { archive, hasAccounts, store };
  });
}

/** Checks a backup's checksums and holds it open for `use`. @throws UserError as `verifyBackup` */
export async function withArchive<T>(
  file: string,
  onBytes: OnProgress,
  use: (archive: Archive, fd: number) => Promise<T>,
): Promise<T> {
  const fd = openBackup(file);
  try {
    const size = statSync(file).size;
    const chunks = createReadStream('', { fd, autoClose: false, start: 0, highWaterMark: 1024 * 1024 });
    return await use(
      await readArchive(
        file,
        chunks,
        noFiles((done) => onBytes(done, size)),
      ),
      fd,
    );
  } finally {
    closeSync(fd);
  }
}

/** @throws UserError */
export function openBackup(file: string): number {
  try {
    if (statSync(file).isDirectory()) throw new Error('it is a folder');
    return openSync(file, 'r');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`the backup ${file} cannot be read: ${why}`, { cause });
  }
}
