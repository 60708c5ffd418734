import { join } from 'node:path';
import type { DatabaseOptions } from '../options.ts';
import { DamagedPart } from '../parts.ts';
import { openSegment } from '../segment/segment.ts';
import type { IndexReader } from '../segment/segmentIndex.ts';
import type { Catalog } from '../series.ts';
import type { Spans, Tiers } from './spans.ts';

type Options = Required<DatabaseOptions>;

/** Opens the files of all tiers; what a crash left half written, or a newer file stands for, is removed. */
export function loadTiers(options: Options, tiers: Tiers, catalog: Catalog, indexes: IndexReader): void {
  for (const spans of tiers.list) loadSpans(options, spans, catalog, indexes);
}

function loadSpans(options: Options, spans: Spans, catalog: Catalog, indexes: IndexReader): void {
  const folder = join(options.folder, spans.name);
  const files = [];
  for (const name of listIfThere(options, folder)) {
    if (name.endsWith('.tmp')) options.disk.remove(join(folder, name));
    const match = /^(\d{1,16})-(\d{1,9})\.seg$/.exec(name);
    if (match) files.push({ path: join(folder, name), startMs: Number(match[1]), number: Number(match[2]) });
  }
  // The newest of a span first: it stands for the others, where it can be read.
  for (const file of files.sort((a, b) => a.startMs - b.startMs || b.number - a.number)) {
    if (spans.at(file.startMs)) options.disk.remove(file.path);
    else load(options, spans, file, catalog, indexes);
  }
}

function load(
  options: Options,
  spans: Spans,
  { path, startMs, number }: { path: string; startMs: number; number: number },
  catalog: Catalog,
  indexes: IndexReader,
): void {
  try {
    spans.set(openSegment(options, path, startMs, number, catalog, indexes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.onEvent({ type: 'segment-damaged', file: path, reason });
    spans.set(new DamagedPart(startMs, number));
  }
}

/** A tier's folder is made with its first file. */
function listIfThere({ disk }: Options, folder: string): string[] {
  try {
    return disk.list(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
