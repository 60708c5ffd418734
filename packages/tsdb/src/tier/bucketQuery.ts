import type { Selection, Tag } from '../point.ts';
import { type BucketQuery, BucketReader, type Plan } from './bucketReader.ts';
import type { Workplace } from './compact.ts';
import { countSettled, openParts, planPieces, type Range } from './plan.ts';
import type { SettledBuckets } from './settledBuckets.ts';
import { versionOf } from './timeline.ts';

/** One series: per numeric field a value per bucket, NaN where there was no data. Empty fields are left out. */
export interface SeriesBuckets {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** A series at a time; the caller may take its time between two: which files there are is asked anew for each. */
export function* scanBuckets(
  source: Workplace,
  selection: Selection,
  query: BucketQuery,
  kept: SettledBuckets,
): Generator<SeriesBuckets, void, void> {
  const selected = source.catalog.select(selection);
  const reader = new BucketReader(query, selection.fields, source.options.intervalMs, selected.length);
  let plan: Plan | null = null;
  for (const series of selected) {
    const version = versionOf(source);
    if (plan?.version !== version) plan = planOf(source, version, query, selection.fields, kept);
    const columns = reader.read(series, plan);
    if (columns.size > 0) yield { measurement: series.measurement, tags: series.tags, columns };
  }
}

function planOf(
  source: Workplace,
  version: number,
  query: BucketQuery,
  fields: readonly string[] | undefined,
  kept: SettledBuckets,
): Plan {
  const { startMs, toMs, bucketMs, statistic = 'mean', previousWithinMs = 15 * 60_000 } = query;
  const range: Range = { fromMs: startMs - previousWithinMs, startMs, toMs, bucketMs };
  const pieces = planPieces(source, range);
  const settled = countSettled(pieces, toMs);
  const endMs = pieces[settled - 1]?.endMs ?? startMs;
  const answer = fields ? kept.answer(version, { fields, statistic, bucketMs, startMs, endMs }) : null;
  return { version, pieces, settled, answer, open: openParts(pieces.slice(settled)) };
}
