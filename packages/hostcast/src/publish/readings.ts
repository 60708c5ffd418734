import { type LatestTable, longestStepMs, type Tag } from '@hostcast/tsdb';
import type { FieldKinds } from '../metrics/kinds.ts';
import type { FieldKind } from '../metrics/measurements.ts';
import { measurementOf } from '../metrics/measurements.ts';
import { ratePerSecond } from '../store/rates.ts';

/** One series of a host as of now: its tags and, per field, the value to show. */
export interface Reading {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  /** Newest time among its fields, epoch ms. */
  readonly timeMs: number;
  /** How far its last two samples are apart, ms, at most 5 min; 0 where there is one only. */
  readonly spacingMs: number;
  /** Gauges as measured, counters per second; fields that are not known are left out. */
  readonly fields: ReadonlyMap<string, Figure>;
}

interface Figure {
  readonly timeMs: number;
  readonly value: number;
}

/**
 * Turns the store's tables into readings by host; series without a tag `host` belong to nobody.
 * @param expectedMs how far apart a host's samples are expected
 */
export function readingsByHost(
  tables: readonly LatestTable[],
  expectedMs: (host: string) => number,
  kindOf: FieldKinds['kindOf'],
): Map<string, Reading[]> {
  const byHost = new Map<string, Reading[]>();
  for (const table of tables) {
    const kinds = table.fields.map((field) => kindOf(table.measurement, field));
    table.series.forEach((tags, row) => {
      const host = tagOf(tags, 'host');
      if (host === undefined) return;
      const reading = readRow({ table, kinds }, tags, row, longestStepMs(expectedMs(host)));
      const readings = byHost.get(host);
      if (readings === undefined) byHost.set(host, [reading]);
      else readings.push(reading);
    });
  }
  return byHost;
}

/** Telegraf inputs that report less often than this are shown as gone in between. */
const longestSpacingMs = 5 * 60_000;
/** A timestamp further ahead of the host's clock and ours than this says nothing of when its host was last heard. */
export const aheadMs = 60_000;

/**
 * Newest timestamp of a host's readings, null where there is none. A series that is stamped ahead (a forecast, a
 * sample from before the clock was set right) does not count: else it would hide that the others come, or don't.
 * Where the host's clock itself is ahead of ours, all that its system measures is: by most of that it is judged.
 */
export function newestMs(readings: readonly Reading[], nowMs: number): number | null {
  const known = newestOfMeasurements(readings.filter(({ measurement }) => measurementOf(measurement)));
  const hostMs = lowerMedian(known.length > 0 ? known : newestOfMeasurements(readings));
  const limitMs = latestOf(hostMs, nowMs);
  let newest = Number.NEGATIVE_INFINITY;
  for (const { timeMs } of readings) if (timeMs <= limitMs) newest = Math.max(newest, timeMs);
  return Number.isFinite(newest) ? newest : null;
}

/** The latest timestamp that a host may have stamped now, whose clock says `hostMs` when ours says `nowMs`. */
export function latestOf(hostMs: number, nowMs: number): number {
  return Math.max(hostMs, nowMs) + aheadMs;
}

function newestOfMeasurements(readings: readonly Reading[]): number[] {
  const newest = new Map<string, number>();
  for (const { measurement, timeMs } of readings) {
    newest.set(measurement, Math.max(newest.get(measurement) ?? timeMs, timeMs));
  }
  return [...newest.values()];
}

/** How far apart the samples of most of a host's series are, ms; 0 where no series has two. */
export function usualSpacingMs(readings: readonly Reading[]): number {
  const spacings = readings.map(({ spacingMs }) => spacingMs).filter((spacingMs) => spacingMs > 0);
  return lowerMedian(spacings);
}

/** The middle one; of two, the lower. 0 of none. */
export function lowerMedian(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}

/**
 * Leaves out what the host no longer sends, such as a disk that was pulled: series and fields that were last
 * seen three of their spacings before the host itself. Its inputs may report at intervals of their own.
 */
export function current(readings: readonly Reading[], hostNewestMs: number, expectedMs: number): Reading[] {
  return readings.flatMap((reading) => {
    const oldestMs = hostNewestMs - 3 * Math.max(expectedMs, reading.spacingMs);
    if (reading.timeMs < oldestMs) return [];
    const fields = new Map([...reading.fields].filter(([, figure]) => figure.timeMs >= oldestMs));
    return [{ ...reading, fields }];
  });
}

interface Tagged {
  readonly measurement: string;
  readonly tags: readonly Tag[];
}

/** The tags that a host has of itself (Telegraf's global tags): those of the measurements that have no own. */
export function globalTags(series: readonly Tagged[]): ReadonlyMap<string, string> {
  return new Map(ownTags(series));
}

/**
 * The same without those that come with two values, as while a host moves, or where two write for it. Scopes go by
 * these: whoever writes for a host may hide it, but can't show it to others.
 */
export function agreedTags(series: readonly Tagged[]): ReadonlyMap<string, string> {
  const all = ownTags(series);
  const tags = new Map(all);
  for (const [key, value] of all) if (tags.get(key) !== value) tags.delete(key);
  return tags;
}

function ownTags(series: readonly Tagged[]): Tag[] {
  return series
    .filter(({ measurement }) => {
      const known = measurementOf(measurement);
      return known !== undefined && known.groupBy === undefined;
    })
    .flatMap(({ tags }) => tags.filter(([key]) => key !== 'host'));
}

export function tagOf(tags: readonly Tag[], key: string): string | undefined {
  return tags.find(([name]) => name === key)?.[1];
}

interface Judged {
  readonly table: LatestTable;
  /** What its fields are. */
  readonly kinds: readonly FieldKind[];
}

function readRow({ table, kinds }: Judged, tags: readonly Tag[], row: number, longestMs: number): Reading {
  const fields = new Map<string, Figure>();
  let newest = Number.NEGATIVE_INFINITY;
  let spacingMs = Number.POSITIVE_INFINITY;
  table.fields.forEach((field, column) => {
    const cell = row * table.fields.length + column;
    const timeMs = table.times[cell]!;
    if (Number.isNaN(timeMs)) return;
    newest = Math.max(newest, timeMs);
    const stepMs = timeMs - table.previousTimes[cell]!;
    if (stepMs > 0) spacingMs = Math.min(spacingMs, stepMs);
    const value = shown(table, kinds[column]!, cell, longestMs);
    if (!Number.isNaN(value)) fields.set(field, { timeMs, value });
  });
  return {
    measurement: table.measurement,
    tags,
    timeMs: newest,
    spacingMs: Number.isFinite(spacingMs) ? Math.min(spacingMs, longestSpacingMs) : 0,
    fields,
  };
}

function shown(table: LatestTable, kind: FieldKind, cell: number, longestMs: number): number {
  if (kind === 'gauge') return table.values[cell]!;
  return ratePerSecond(
    table.previousTimes[cell]!,
    table.previousValues[cell]!,
    table.times[cell]!,
    table.values[cell]!,
    longestMs,
  );
}
