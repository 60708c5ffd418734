import type { LatestTable, Tag } from '@hostcast/tsdb';
import { kindOf, measurementOf } from '../metrics.ts';
import { longestStepMs, ratePerSecond } from '../store/rates.ts';

/** One series of a host as of now: its tags and, per field, the value to show. */
export interface Reading {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  /** Newest time among its fields, epoch ms. */
  readonly timeMs: number;
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
): Map<string, Reading[]> {
  const byHost = new Map<string, Reading[]>();
  for (const table of tables) {
    table.series.forEach((tags, row) => {
      const host = tagOf(tags, 'host');
      if (host === undefined) return;
      const reading = readRow(table, tags, row, longestStepMs(expectedMs(host)));
      const readings = byHost.get(host);
      if (readings === undefined) byHost.set(host, [reading]);
      else readings.push(reading);
    });
  }
  return byHost;
}

/** Newest timestamp of a host's readings; null where there is none. */
export function newestMs(readings: readonly Reading[]): number | null {
  let newest = Number.NEGATIVE_INFINITY;
  for (const reading of readings) newest = Math.max(newest, reading.timeMs);
  return Number.isFinite(newest) ? newest : null;
}

/**
 * Leaves out what the host no longer sends: series and fields older than `maxAgeMs` before its newest
 * timestamp, such as those of a disk that was pulled.
 */
export function current(readings: readonly Reading[], maxAgeMs: number): Reading[] {
  const oldestMs = (newestMs(readings) ?? 0) - maxAgeMs;
  return readings
    .filter((reading) => reading.timeMs >= oldestMs)
    .map((reading) => ({
      ...reading,
      fields: new Map([...reading.fields].filter(([, figure]) => figure.timeMs >= oldestMs)),
    }));
}

/** The tags that a host has of itself (Telegraf's global tags): those of the measurements that have no own. */
export function globalTags(
  series: readonly { readonly measurement: string; readonly tags: readonly Tag[] }[],
): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const one of series) {
    const known = measurementOf(one.measurement);
    if (known === undefined || known.groupBy !== undefined) continue;
    for (const [key, value] of one.tags) if (key !== 'host') tags.set(key, value);
  }
  return tags;
}

export function tagOf(tags: readonly Tag[], key: string): string | undefined {
  return tags.find(([name]) => name === key)?.[1];
}

function readRow(table: LatestTable, tags: readonly Tag[], row: number, longestMs: number): Reading {
  const fields = new Map<string, Figure>();
  let newest = Number.NEGATIVE_INFINITY;
  table.fields.forEach((field, column) => {
    const cell = row * table.fields.length + column;
    const timeMs = table.times[cell]!;
    if (Number.isNaN(timeMs)) return;
    newest = Math.max(newest, timeMs);
    const value = shown(table, field, cell, longestMs);
    if (!Number.isNaN(value)) fields.set(field, { timeMs, value });
  });
  return { measurement: table.measurement, tags, timeMs: newest, fields };
}

function shown(table: LatestTable, field: string, cell: number, longestMs: number): number {
  if (kindOf(table.measurement, field) === 'gauge') return table.values[cell]!;
  return ratePerSecond(
    table.previousTimes[cell]!,
    table.previousValues[cell]!,
    table.times[cell]!,
    table.values[cell]!,
    longestMs,
  );
}
