import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Disk, readFully } from './disk.ts';
import { TsdbError } from './errors.ts';

/** Version of everything under the folder; see docs/format.md. */
export const formatVersion = 1;

export interface Meta {
  readonly format: number;
  readonly windowMs: number;
}

/**
 * Reads `meta.json`, or writes it into a new folder and tells its path.
 * @throws TsdbError `ERR_TSDB_FORMAT` for a folder of a newer version, or a file that is none of ours
 */
export function openMeta(folder: string, windowMs: number, onMade: (path: string) => void): Meta {
  const path = join(folder, 'meta.json');
  const text = readIfThere(path);
  if (text === null) {
    const meta = { format: formatVersion, windowMs };
    writeDurably(path, `${JSON.stringify(meta)}\n`);
    onMade(path);
    return meta;
  }
  return checkedMeta(folder, text);
}

/**
 * Reads `meta.json` of a folder that is there.
 * @throws TsdbError `ERR_TSDB_FOLDER` where there is none, `ERR_TSDB_FORMAT` as `openMeta`
 */
export function readMeta(disk: Disk, folder: string): Meta {
  return checkedMeta(folder, readWhole(disk, folder));
}

function checkedMeta(folder: string, text: string): Meta {
  const path = join(folder, 'meta.json');
  const meta = parseMeta(text);
  if (meta === null) {
    throw new TsdbError(
      'ERR_TSDB_FORMAT',
      `${path} is not a hostcast store's: restore it, or choose another data folder`,
    );
  }
  if (meta.format > formatVersion) {
    throw new TsdbError(
      'ERR_TSDB_FORMAT',
      `${folder} was written in format ${meta.format} and this program reads up to ${formatVersion}: use a newer one`,
    );
  }
  return meta;
}

function parseMeta(text: string): Meta | null {
  try {
    const meta: unknown = JSON.parse(text);
    if (typeof meta !== 'object' || meta === null || !('format' in meta)) return null;
    const { format } = meta;
    if (typeof format !== 'number' || !Number.isSafeInteger(format) || format < 1) return null;
    // What a newer format means by its other keys is not ours to judge.
    if (format > formatVersion) return { format, windowMs: 0 };
    const windowMs = 'windowMs' in meta ? meta.windowMs : undefined;
    if (typeof windowMs !== 'number' || !Number.isSafeInteger(windowMs) || windowMs < 1_000) return null;
    return { format, windowMs };
  } catch {
    return null;
  }
}

function readWhole(disk: Disk, folder: string): string {
  try {
    const fd = disk.open(join(folder, 'meta.json'), 'read');
    try {
      return readFully(disk, fd, 0, Math.min(disk.size(fd), 64 * 1024)).toString('utf8');
    } finally {
      disk.close(fd);
    }
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TsdbError(
      'ERR_TSDB_FOLDER',
      isMissing ? `there is no store in ${folder}` : `the data folder ${folder} cannot be read: ${why}`,
      { cause },
    );
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function writeDurably(path: string, text: string): void {
  const fd = openSync(`${path}.tmp`, 'w', 0o640);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.tmp`, path);
}
