import { UserError } from '../config/userError.ts';

/*
 * A backup is one tar archive: `hostcast-backup.json`, the files of the data folder under `data/`, and `SHA256SUMS` over
 * all of them at the end, in the form that sha256sum reads. Without its end it is no backup.
 */

/** Version of the archive; what is in `data/` has versions of its own. */
export const archiveFormat = 1;
export const headName = 'hostcast-backup.json';
export const sumsName = 'SHA256SUMS';
export const dataPrefix = 'data/';

/** What `hostcast-backup.json` says. */
export interface ArchiveHead {
  readonly format: number;
  /** Version of the hostcast that made it. */
  readonly hostcast: string;
  readonly createdMs: number;
  /** About how large it was going to be: for progress. */
  readonly roughBytes: number;
}

export interface ArchiveEntry {
  readonly name: string;
  /** Where its content begins in the archive. */
  readonly offset: number;
  readonly bytes: number;
}

/** A backup that was read to its end, and is whole. */
export interface Archive {
  readonly head: ArchiveHead;
  /** The files of the data folder, without `data/`. */
  readonly files: readonly ArchiveEntry[];
  readonly bytes: number;
}

/** Told how far work has come: bytes or series, and in all; 0 where that is not known. */
export type OnProgress = (done: number, total: number) => void;

/** Names that a data folder has; nothing else is ever written when a backup is restored. */
const fileForm = /^(?:meta\.json|accounts\.json|[0-9a-z]{1,20}\/[0-9A-Za-z][\w.-]{0,80}\.(?:wal|seg))$/;

export function isDataFile(name: string): boolean {
  return fileForm.test(name);
}

/** The refusal of a file that is no backup, or is one no more. */
export function damaged(where: string, what: string): UserError {
  return new UserError(`${where} is no whole backup of hostcast: ${what}. Nothing was changed.`);
}

/** @throws UserError for a newer format, or what is none */
export function parseHead(where: string, text: string): ArchiveHead {
  const head = jsonOf(text);
  if (typeof head !== 'object' || head === null || !('format' in head) || typeof head.format !== 'number')
    throw damaged(where, `its ${headName} makes no sense`);
  const { format } = head;
  if (format > archiveFormat) {
    throw new UserError(
      `${where} was made in format ${format}, and this hostcast reads up to ${archiveFormat}: use a newer one`,
    );
  }
  return {
    format,
    hostcast: 'hostcast' in head ? String(head.hostcast).slice(0, 40) : '',
    createdMs: 'createdMs' in head && typeof head.createdMs === 'number' ? head.createdMs : 0,
    roughBytes: 'roughBytes' in head && typeof head.roughBytes === 'number' ? head.roughBytes : 0,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
