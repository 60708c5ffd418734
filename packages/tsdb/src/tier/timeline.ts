import type { Part, Windows } from '../parts.ts';
import type { Tiers } from './spans.ts';

/** All parts and files, by the time that they cover. */
export interface Timeline {
  readonly windows: Windows;
  readonly windowMs: number;
  readonly tiers: Tiers;
}

/** Another number after each change of what there is. */
export function versionOf({ windows, tiers }: Timeline): number {
  return tiers.list.reduce((sum, { version }) => sum + version, windows.version);
}

/** The parts that hold the samples of a block: what was merged, then what is later. */
export function rawParts({ windows, windowMs, tiers }: Timeline, startMs: number): Part[] {
  const merged = tiers.merged.at(startMs);
  const parts: Part[] = merged ? [merged] : [];
  for (let at = startMs; at < startMs + tiers.merged.spanMs; at += windowMs) parts.push(...windows.at(at));
  return parts;
}

/** Whether a block's cells of a minute hold all its samples. */
export function isMinuteFresh(timeline: Timeline, startMs: number): boolean {
  const number = timeline.tiers.minute.at(startMs)?.number;
  return number !== undefined && rawParts(timeline, startMs).every((part) => part.number <= number);
}

/** Whether a day's cells of ten minutes hold all its samples. */
export function isDayFresh({ windows, tiers }: Timeline, startMs: number): boolean {
  const { merged, minute, tenMinutes } = tiers;
  const number = tenMinutes.at(startMs)?.number;
  if (number === undefined) return false;
  const endMs = startMs + tenMinutes.spanMs;
  const isIn = (atMs: number): boolean => atMs >= startMs && atMs < endMs;
  return (
    windows.starts.filter(isIn).every((at) => windows.at(at).every((part) => part.number <= number)) &&
    [merged, minute].every((spans) => spans.starts.filter(isIn).every((at) => spans.claimed(at) <= number))
  );
}

/**
 * Whether samples at this time were dropped, from the oldest on, and only what was made of them is left: a sample that
 * came now could not be added to it.
 */
export function isClosed({ windows, tiers }: Timeline, timeMs: number): boolean {
  const { merged, minute, tenMinutes } = tiers;
  const block = merged.startOf(timeMs);
  const oldest = Math.min(
    ...[windows.starts, merged.starts].map((starts) => starts[0] ?? Number.POSITIVE_INFINITY),
  );
  if (block >= merged.startOf(oldest)) return merged.isDamaged(block);
  if (minute.at(block)) return true;
  const day = tenMinutes.startOf(timeMs);
  // A block that never had samples, in a day that still has its minutes, can be done again with its day.
  return tenMinutes.at(day) !== undefined && !minute.starts.some((at) => tenMinutes.startOf(at) === day);
}
