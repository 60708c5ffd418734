const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A range of the host page; its id stands in the URL as `?range=1h`. */
export interface Range {
  readonly id: string;
  readonly label: string;
  readonly ms: number;
}

const quarter: Range = { id: '15m', label: '15 min', ms: 15 * minuteMs };

export const ranges: readonly Range[] = [
  { id: '5m', label: '5 min', ms: 5 * minuteMs },
  quarter,
  { id: '1h', label: '1 h', ms: hourMs },
  { id: '6h', label: '6 h', ms: 6 * hourMs },
  { id: '24h', label: '24 h', ms: 24 * hourMs },
  { id: '7d', label: '7 d', ms: 7 * 24 * hourMs },
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
