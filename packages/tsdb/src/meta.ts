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
  readonly blockMs: number;
  readonly dayMs: number;
}

type Spans = Omit<Meta, 'format'>;

/**
 * Reads `meta.json`, or writes it into a new folder. What an older program must not open any more is marked so;
 * `onWritten` is told the path where it was written.
 * @throws TsdbError `ERR_TSDB_FORMAT` for a folder of a newer version, or a file that is none of ours
 */
export function openMeta(disk: Disk, folder: string, spans: Spans, onWritten: (path: string) => void): Meta {
  const path = join(folder, 'meta.json');
  const found = disk.list(folder).includes('meta.json') ? readMeta(disk, folder, spans) : null;
  if (found?.format === formatVersion) return found;
  const { windowMs, blockMs, dayMs } = found ?? spans;
  const meta = { format: formatVersion, windowMs, blockMs, dayMs };
  writeDurably(disk, path, `${JSON.stringify(meta)}\n`);
  onWritten(path);
  return meta;
}

/**
 * Reads `meta.json` of a folder that is there.
 * @throws TsdbError `ERR_TSDB_FOLDER` where there is none, `ERR_TSDB_FORMAT` as `openMeta`
 */
export function readMeta(disk: Disk, folder: string, spans: Spans): Meta {
  return checkedMeta(folder, readWhole(disk, folder), spans);
}

function checkedMeta(folder: string, text: string, spans: Spans): Meta {
  const path = join(folder, 'meta.json');
  const meta = parseMeta(text, spans);
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

function parseMeta(text: string, spans: Spans): Meta | null {
  try {
    const meta: unknown = JSON.parse(text);
    const format = numberIn(meta, 'format', 1);
    if (format === null) return null;
    // What a newer format means by its other keys is not ours to judge.
    if (format > formatVersion) return { ...spans, format };
    const windowMs = numberIn(meta, 'windowMs', 1_000);
    if (windowMs === null) return null;
    // Made before there were tiers: opening it to write adds what is missing.
    if (numberIn(meta, 'blockMs', 1) === null) return { format: 1, windowMs, ...wholeSpans(windowMs, spans) };
    const blockMs = numberIn(meta, 'blockMs', windowMs);
    const dayMs = numberIn(meta, 'dayMs', blockMs ?? 1);
    if (blockMs === null || dayMs === null || blockMs % windowMs !== 0 || dayMs % blockMs !== 0) return null;
    return { format, windowMs, blockMs, dayMs };
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

/** Spans that the windows of a folder without tiers fit in. */
function wholeSpans(windowMs: number, { blockMs, dayMs }: Spans) {
  if (blockMs % windowMs === 0) return { blockMs, dayMs };
  let block = 600_000;
  while (block % windowMs !== 0) block += 600_000;
  return { blockMs: block, dayMs: block };
}

function numberIn(meta: unknown, key: string, least: number): number | null {
  if (typeof meta !== 'object' || meta === null) return null;
  const value: unknown = new Map(Object.entries(meta)).get(key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : null;
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
