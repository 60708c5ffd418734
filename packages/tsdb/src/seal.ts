import type { Disk } from './disk.ts';
import type { Head } from './head.ts';
import { encodeChunk } from './segment/chunk.ts';
import type { Placed } from './segment/segmentIndex.ts';
import { SegmentWriter } from './segment/segmentWriter.ts';
import { clustered } from './series.ts';

/** What came of it: bytes of the file, and its index. */
export interface Sealed {
  readonly bytes: number;
  readonly index: Placed;
}

/**
 * Writes a head that takes no more points into a segment at `path`, step by step: it may be left alone after
 * each `yield`, and given up by `return`. Returns when the file is durable under its name.
 * On an error, or given up, nothing of it is left. Throws what the disk throws.
 */
export function* sealHead(
  disk: Disk,
  head: Head,
  path: string,
  clusterBy: string,
): Generator<void, Sealed, void> {
  const writer = new SegmentWriter(disk, path, head.startMs);
  try {
    const ordered = yield* clustered(
      head.series.map(({ series }) => series),
      clusterBy,
    );
    for (const series of ordered) {
      const rows = head.find(series);
      if (!rows || rows.length === 0) continue;
      const newestMs = rows.timeAt(rows.length - 1);
      const chunk = encodeChunk(rows.read(head.startMs, newestMs + 1, null), head.startMs, writer.nameIndex);
      writer.add(series, chunk, newestMs);
      yield;
    }
    const bytes = yield* writer.finish();
    return { bytes, index: writer.publish() };
  } finally {
    writer.abandon();
  }
}
