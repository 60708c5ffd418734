import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { encodeChunk } from './chunk.ts';
import { type Disk, writeFully } from './disk.ts';
import type { Head, HeadSeries } from './head.ts';
import { encodeHead, encodeIndex, headBytes, type IndexEntry } from './segmentIndex.ts';

/** Chunks are written together up to this many bytes. */
const writeBytes = 256 * 1024;

/**
 * Writes a head that takes no more points into a segment at `path`, step by step: it may be left alone after
 * each `yield`, and given up by `return`. Returns the segment's bytes when the file is durable under its name.
 * On an error, or given up, nothing of it is left. Throws what the disk throws.
 */
export function* sealHead(
  disk: Disk,
  head: Head,
  path: string,
  clusterBy: string,
): Generator<void, number, void> {
  const temporary = `${path}.tmp`;
  const fd = disk.open(temporary, 'create');
  let isOpen = true;
  let isDone = false;
  try {
    const bytes = yield* writeSegment(disk, fd, head, clusterBy);
    yield;
    disk.sync(fd);
    yield;
    disk.close(fd);
    isOpen = false;
    disk.rename(temporary, path);
    isDone = true;
    disk.syncFolder(dirname(path));
    return bytes;
  } finally {
    if (isOpen) disk.close(fd);
    if (!isDone) disk.remove(temporary);
  }
}

function* writeSegment(disk: Disk, fd: number, head: Head, clusterBy: string): Generator<void, number, void> {
  const names = new Map<string, number>();
  const nameIndex = (name: string): number => {
    const known = names.get(name);
    if (known !== undefined) return known;
    names.set(name, names.size);
    return names.size - 1;
  };
  const entries: IndexEntry[] = [];
  let offset = headBytes;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const flush = (): void => {
    writeFully(disk, fd, Buffer.concat(waiting), offset - waitingBytes);
    waiting = [];
    waitingBytes = 0;
  };
  const ordered = clustered(head.series, clusterBy);
  yield;
  for (const rows of ordered) {
    const { series, times, length } = rows;
    if (length === 0) continue;
    const newestMs = times[length - 1]!;
    const chunk = encodeChunk(rows.read(head.startMs, newestMs + 1, null), head.startMs, nameIndex);
    const { measurement, tags } = series;
    entries.push({ measurement, tags, offset, length: chunk.length, crc: crc32(chunk), newestMs });
    offset += chunk.length;
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes > writeBytes) flush();
    yield;
  }
  flush();
  yield;
  const index = encodeIndex({ names: [...names.keys()], entries }, head.startMs);
  const outer = encodeHead({ indexOffset: offset, indexLength: index.length, indexCrc: crc32(index) });
  writeFully(disk, fd, Buffer.concat([index, index, outer]), offset);
  writeFully(disk, fd, outer, 0);
  return offset + 2 * index.length + headBytes;
}

/** By the value of one tag, then by measurement and tags: what is read together lies together. */
function clustered(all: readonly HeadSeries[], clusterBy: string): HeadSeries[] {
  const keyed = all.map((rows) => {
    const cluster = rows.series.tags.find(([name]) => name === clusterBy)?.[1] ?? '';
    return { rows, cluster, key: rows.series.key };
  });
  keyed.sort((a, b) => compare(a.cluster, b.cluster) || compare(a.key, b.key));
  return keyed.map(({ rows }) => rows);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
