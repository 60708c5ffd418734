import type { SparkColumn } from '../live/fleetHistory.ts';
import type { SortKey } from './order.ts';

/** A column of figures as far as its room is concerned. */
export interface ColumnShape {
  readonly key: ColumnKey;
  readonly kind: 'meter' | 'figure';
  readonly widthPx: number;
  /** Of what a sparkline is drawn beside its meter, where there is room. */
  readonly spark?: SparkColumn;
}

export type ColumnKey = Exclude<SortKey, 'state' | 'host'>;

/** Room for a sparkline, and what stands between it and its meter. */
const sparkPx = 88;
/** Below this the host's name would be cut too often. */
const namePx = 190;
/** More than this is shared with the figures, so that they don't stand far from their name. */
const ampleNamePx = 720;
/** So much wider than it needs a column becomes. */
const mostStretch = 2;
const meterPx = 136;
const ratePx = 96;

/** Every column but the host's, as they stand from left to right. */
export const columnShapes: readonly ColumnShape[] = [
  { key: 'cpu', kind: 'meter', widthPx: meterPx, spark: 'cpu' },
  { key: 'memory', kind: 'meter', widthPx: meterPx, spark: 'memory' },
  { key: 'swap', kind: 'meter', widthPx: meterPx },
  { key: 'disk', kind: 'meter', widthPx: meterPx },
  { key: 'diskBusy', kind: 'meter', widthPx: meterPx },
  { key: 'load', kind: 'figure', widthPx: 92 },
  { key: 'netIn', kind: 'figure', widthPx: ratePx },
  { key: 'netOut', kind: 'figure', widthPx: ratePx },
  { key: 'diskRead', kind: 'figure', widthPx: ratePx },
  { key: 'diskWrite', kind: 'figure', widthPx: ratePx },
  { key: 'uptime', kind: 'figure', widthPx: 76 },
  { key: 'age', kind: 'figure', widthPx: 72 },
];

/** What is shown first where there is little room. */
const byWeight: readonly ColumnKey[] = [
  ...(['cpu', 'memory', 'age', 'disk', 'load', 'netIn', 'netOut', 'uptime'] as const),
  ...(['diskRead', 'diskWrite', 'diskBusy', 'swap'] as const),
];
/** So many of them have their room before sparklines come. */
const weightiest = 5;

/** The columns of a table, whether its meters have sparklines, how wide it is at least, and whether that is too much. */
export interface Layout {
  readonly columns: readonly ColumnShape[];
  readonly hasSparks: boolean;
  readonly leastPx: number;
  /** The table's room. */
  readonly widthPx: number;
  /** What columns' widths are multiplied by where there is more room than a name needs. */
  readonly stretch: number;
  readonly isTooWide: boolean;
}

/** The chosen columns, or as many as fit into a width, the weightier first. */
export function layoutFor(widthPx: number, chosen: readonly SortKey[] | undefined): Layout {
  const ofKeys = (keys: readonly SortKey[]) => columnShapes.filter(({ key }) => keys.includes(key));
  const leastWidth = (keys: readonly SortKey[], hasSparks: boolean): number =>
    ofKeys(keys).reduce((sum, shape) => sum + columnPx(shape, hasSparks), namePx);
  const hasSparks = leastWidth(byWeight.slice(0, weightiest), true) <= widthPx;
  let count = 1;
  while (count < byWeight.length && leastWidth(byWeight.slice(0, count + 1), hasSparks) <= widthPx)
    count += 1;
  const shown = chosen ?? byWeight.slice(0, count);
  const leastPx = leastWidth(shown, hasSparks);
  const stretch = Math.min(mostStretch, Math.max(1, (widthPx - ampleNamePx) / (leastPx - namePx)));
  return { columns: ofKeys(shown), hasSparks, leastPx, widthPx, stretch, isTooWide: leastPx > widthPx };
}

/** How wide a column is, with its sparkline or without. */
export function columnPx({ widthPx, spark }: ColumnShape, hasSparks: boolean): number {
  return widthPx + (spark && hasSparks ? sparkPx : 0);
}
