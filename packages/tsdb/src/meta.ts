import { join } from 'node:path';
import { type Disk, readFully, writeFully } from './disk.ts';
import { TsdbError } from './errors.ts';

/** What hostcast's own folders hold. */
const usual = '{"format":2,"windowMs":1200000}';

/** Version of everything under the folder; see docs/format.md. */
export const formatVersion = 2;

export interface Meta {
  readonly format: number;
  readonly windowMs: number;
}

/**
 * Reads `meta.json`, or writes it into a new folder. What an older program must not open any more is marked so;
 * `onWritten` is told the path where it was written.
 * @throws TsdbError `ERR_TSDB_FORMAT` for a folder of a newer version, or a file that is none of ours
 */
export function openMeta(
  disk: Disk,
  folder: string,
  windowMs: number,
  onWritten: (path: string) => void,
): Meta {
  const path = join(folder, 'meta.json');
  const found = disk.list(folder).includes('meta.json') ? readMeta(disk, folder) : null;
  if (found?.format === formatVersion) return found;
  const meta = { format: formatVersion, windowMs: found?.windowMs ?? windowMs };
  writeDurably(disk, path, `${JSON.stringify(meta)}\n`);
  onWritten(path);
  return meta;
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
      `${path} is damaged, or none of hostcast's: put it back from a backup, or write ${usual} into it, ` +
        'which is what it holds unless it was changed by hand, or choose another data folder',
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

function writeDurably(disk: Disk, path: string, text: string): void {
  const temporary = `${path}.tmp`;
  disk.remove(temporary);
  const fd = disk.open(temporary, 'create');
  try {
    writeFully(disk, fd, Buffer.from(text), 0);
    disk.sync(fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(temporary, path);
}
