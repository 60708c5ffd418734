import { dirname, join } from 'node:path';
import type { DatabaseOptions } from '../options.ts';
import { ChunkReader, ChunkWriter } from '../segment/chunk.ts';
import { openSegment, Segment } from '../segment/segment.ts';
import { SegmentWriter } from '../segment/segmentWriter.ts';
import { type Catalog, clustered, type Series } from '../series.ts';
import type { Grid } from './grid.ts';
import { SeriesJoin } from './seriesJoin.ts';
import { SeriesRollup } from './seriesRollup.ts';
import type { Spans } from './spans.ts';
import { encodeSummary, type Summary, SummaryReader } from './summary.ts';
import { rawParts, type Timeline } from './timeline.ts';

/** What work in the background works with. */
export interface Workplace extends Timeline {
  readonly options: Required<DatabaseOptions>;
  readonly catalog: Catalog;
}

/** A piece of work that may be left alone after each step, and given up by `return`. */
export type Steps = Generator<void, readonly string[], void>;

/**
 * Makes one file of the raw parts of a block, and the block's cells of a minute. Returns the files made. Nothing
 * is removed before both are durable; where it ends half-way, opening finds what is there twice and drops it.
 * Throws what the disk throws.
 */
export function* compactBlock(place: Workplace, startMs: number): Steps {
  const { tiers, options } = place;
  const parts = rawParts(place, startMs);
  const segments = parts.filter((part) => part instanceof Segment);
  const number = Math.max(...parts.map((part) => part.number));
  const isMerging = segments.length === parts.length && tiers.merged.at(startMs)?.number !== number;
  tiers.minute.claim(startMs, number);
  const merged = isMerging ? newWriter(place, tiers.merged, startMs, number) : null;
  let cells: SegmentWriter | null = null;
  try {
    cells = newWriter(place, tiers.minute, startMs, number);
    for (const series of yield* seriesOf(segments, options.clusterBy)) {
      const chunks = segments.map((segment) => readChunk(segment, series)).filter((chunk) => chunk !== null);
      if (chunks.length > 0) yield* compactSeries(place, series, chunks, startMs, merged, cells);
    }
    if (merged) yield* merged.finish();
    yield* cells.finish();
    const files = [];
    if (merged) files.push(yield* install(place, tiers.merged, merged, startMs, number, segments));
    files.push(yield* install(place, tiers.minute, cells, startMs, number));
    return files;
  } finally {
    merged?.abandon();
    cells?.abandon();
  }
}

/** Makes the cells of ten minutes of a day from those of a minute. Returns the file made. */
export function* rollUpDay(place: Workplace, startMs: number): Steps {
  const { tiers, options } = place;
  const { minute, tenMinutes } = tiers;
  const blocks = minute.starts.filter((block) => tenMinutes.startOf(block) === startMs);
  const segments = blocks.map((block) => minute.at(block)).filter((segment) => segment !== undefined);
  const number = Math.max(...segments.map((segment) => segment.number));
  tenMinutes.claim(startMs, number);
  const writer = newWriter(place, tenMinutes, startMs, number);
  try {
    for (const series of yield* seriesOf(segments, options.clusterBy)) {
      const summaries = segments
        .map((segment) => readSummary(segment, series))
        .filter((summary) => summary !== null);
      const rollup = new SeriesRollup(gridOf(tenMinutes, startMs), options.intervalMs);
      for (const field of new Set(summaries.flatMap((summary) => summary.fields()))) {
        rollup.addSummaries(field, options.rollupKind(series.measurement, field), summaries);
        yield;
      }
      addSummary(writer, series, rollup.build(), startMs);
      yield;
    }
    yield* writer.finish();
    return [yield* install(place, tenMinutes, writer, startMs, number)];
  } finally {
    writer.abandon();
  }
}

function readSummary(segment: Segment, series: Series): SummaryReader | null {
  return must(
    segment,
    segment.decodeKept(series, (...chunk) => new SummaryReader(...chunk)),
  );
}

function readChunk(segment: Segment, series: Series): ChunkReader | null {
  return must(
    segment,
    segment.decodeKept(series, (...chunk) => new ChunkReader(...chunk)),
  );
}

/** What cannot be read now must not be missing for ever: the work is done again later. */
function must<Result>(segment: Segment, result: Result | null): Result | null {
  if (result === null && segment.isFailing) throw new Error(`${segment.path} cannot be read`);
  return result;
}

function* compactSeries(
  { options, tiers }: Workplace,
  series: Series,
  chunks: readonly ChunkReader[],
  startMs: number,
  merged: SegmentWriter | null,
  cells: SegmentWriter,
): Generator<void, void, void> {
  const all = new SeriesJoin(chunks);
  const columns = all.numbers.length + all.texts.length;
  const chunk = merged && new ChunkWriter(all.times, columns, startMs, merged.nameIndex);
  const rollup = new SeriesRollup(gridOf(tiers.minute, startMs), options.intervalMs);
  for (const name of all.numbers) {
    const values = all.number(name);
    chunk?.numbers(name, values);
    rollup.addField(name, options.rollupKind(series.measurement, name), all.times, values);
    yield;
  }
  for (const name of chunk ? all.texts : []) {
    chunk?.texts(name, all.text(name));
    yield;
  }
  if (chunk) merged?.add(series, chunk.bytes(), all.times.at(-1)!);
  addSummary(cells, series, rollup.build(), startMs);
  yield;
}

function addSummary(writer: SegmentWriter, series: Series, summary: Summary | null, startMs: number): void {
  if (!summary) return;
  writer.add(series, encodeSummary(summary, startMs, writer.nameIndex), summary.edges.times.at(-1)!);
}

function gridOf({ spanMs, stepMs }: Spans, startMs: number): Grid {
  return { startMs, endMs: startMs + spanMs, stepMs, count: spanMs / stepMs };
}

function* seriesOf(
  segments: readonly Segment[],
  clusterBy: string,
): Generator<void, readonly Series[], void> {
  const all = new Set<Series>();
  for (const segment of segments) {
    let count = 0;
    for (const series of segment.series()) {
      all.add(series);
      if (++count % 2048 === 0) yield;
    }
    yield;
  }
  return yield* clustered([...all], clusterBy);
}

function newWriter({ options }: Workplace, { name }: Spans, startMs: number, number: number): SegmentWriter {
  const { disk, folder } = options;
  for (const made of disk.makeFolder(join(folder, name))) disk.syncFolder(dirname(made));
  return new SegmentWriter(disk, join(folder, name, `${startMs}-${number}.seg`), startMs);
}

/** Puts a finished file in the place of those before it, and of the parts that it was made from, and drops these. */
function* install(
  { options, catalog, windows }: Workplace,
  spans: Spans,
  writer: SegmentWriter,
  startMs: number,
  number: number,
  segments: readonly Segment[] = [],
): Generator<void, string, void> {
  const index = writer.publish();
  const file = openSegment(options, writer.path, startMs, number, catalog, index);
  const parts = segments.filter((segment) => windows.at(segment.startMs).includes(segment));
  const before = spans.set(file);
  for (const part of parts) windows.remove(part);
  yield* dropAll(options, file.path, [...before, ...parts]);
  return file.path;
}

/** What nobody sees any more is let go of, and goes off the disk: at once, where the work is given up. */
function* dropAll(
  { disk }: Required<DatabaseOptions>,
  path: string,
  dropped: readonly Segment[],
): Generator<void, void, void> {
  let done = 0;
  const drop = (segment: Segment): void => {
    done++;
    segment.close();
    if (segment.path !== path) disk.remove(segment.path);
  };
  try {
    for (const segment of dropped) {
      yield;
      yield* segment.closing();
      yield;
      drop(segment);
    }
  } finally {
    for (const segment of dropped.slice(done)) drop(segment);
  }
}
