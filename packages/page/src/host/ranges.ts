import type { Stretch } from '../charts/view.ts';
import { texts } from '../texts/texts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A range of the host page; its id stands in the URL as `?range=1h`. */
export interface Range {
  readonly id: string;
  readonly label: () => string;
  readonly ms: number;
}

const quarter: Range = { id: '15m', label: () => texts.minutes(15), ms: 15 * minuteMs };

export const ranges: readonly Range[] = [
  { id: '5m', label: () => texts.minutes(5), ms: 5 * minuteMs },
  quarter,
  { id: '1h', label: () => texts.hours(1), ms: hourMs },
  { id: '6h', label: () => texts.hours(6), ms: 6 * hourMs },
  { id: '24h', label: () => texts.hours(24), ms: 24 * hourMs },
  { id: '7d', label: () => texts.days(7), ms: 7 * 24 * hourMs },
];

/** The range of that id, or the default of 15 minutes, in which every tick of 10 s can be seen. */
export function rangeOf(id: string | undefined): Range {
  return ranges.find((range) => range.id === id) ?? quarter;
}

/**
 * Whether history has to be fetched again to show `shownMs` of a feed that holds `heldMs`: where that is not
 * enough, or where its points stand further apart than the samples of a shorter range would.
 */
export function needsOther(
  shownMs: number,
  { rangeMs, isCoarse }: { rangeMs: number; isCoarse: boolean },
): boolean {
  return shownMs > rangeMs || (shownMs < rangeMs && isCoarse);
}

/** The shortest range that holds all of a host's data, if it is shorter than `range`: a new host fills it. */
export function fittingRange(range: Range, oldestMs: number | undefined, nowMs: number): Range {
  if (oldestMs === undefined) return range;
  return ranges.find(({ ms }) => ms >= nowMs - oldestMs && ms < range.ms) ?? range;
}

const dayMs = 24 * hourMs;
/** The server gives no more at once. */
const longestMs = 400 * dayMs;
/** A shorter stretch would show hardly a point. */
const shortestMs = 5_000;

/** The stretch that an address asks for by `from` and `to`, epoch ms; undefined where it asks for none that can be shown. */
export function stretchOf({ from, to }: Readonly<Record<string, string | undefined>>): Stretch | undefined {
  const fromMs = wholeNumber(from);
  const toMs = wholeNumber(to);
  const length = toMs - fromMs;
  return length > 0 && length <= longestMs ? { fromMs, toMs } : undefined;
}

function wholeNumber(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** The stretch of that length that ends with the newest data of a host that is silent. */
export function lastStretch(seenMs: number, rangeMs: number): Stretch {
  return fittingStretch({ fromMs: seenMs - rangeMs, toMs: seenMs });
}

/** The stretch in whole ms, and not so short that nothing could be seen in it. */
export function fittingStretch({ fromMs, toMs }: Stretch): Stretch {
  const missing = Math.max(0, shortestMs - (toMs - fromMs)) / 2;
  return { fromMs: Math.round(fromMs - missing), toMs: Math.round(toMs + missing) };
}
