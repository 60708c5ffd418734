import type { Values } from '../live/timeline.ts';

/** A value; `null` breaks the line, `undefined` is passed over. */
export type Drawn = (number | null | undefined)[];

/** More than this many spacings without a value is a gap: one late sample is not, two missing ones are. */
const gapSpacings = 2.5;

/**
 * Decides which points without a value break the line. A series' spacing is the median distance of its
 * values, so one that is measured once a minute is whole among others that come every second; a gap is where
 * two values are further apart than two and a half spacings.
 */
export function markGaps(times: readonly number[], values: Readonly<Values>): Drawn {
  const drawn: Drawn = [...values];
  const filled = indexesOf(values);
  const limitMs = gapSpacings * medianDistance(times, filled);
  for (const [position, from] of filled.entries()) {
    const to = filled[position + 1];
    if (to === undefined) break;
    if (timeAt(times, to) - timeAt(times, from) <= limitMs) drawn.fill(undefined, from + 1, to);
  }
  return drawn;
}

function indexesOf(values: Readonly<Values>): number[] {
  const filled: number[] = [];
  for (const [index, value] of values.entries()) if (value !== null) filled.push(index);
  return filled;
}

function medianDistance(times: readonly number[], filled: readonly number[]): number {
  const distances: number[] = [];
  for (const [position, index] of filled.entries()) {
    const before = filled[position - 1];
    if (before !== undefined) distances.push(timeAt(times, index) - timeAt(times, before));
  }
  distances.sort((a, b) => a - b);
  return distances[distances.length >> 1] ?? 0;
}

function timeAt(times: readonly number[], index: number): number {
  return times[index] ?? Number.NaN;
}

/**
 * The spans in which no series has a value, from the last value before to the first after; the newest one
 * reaches to `toMs` where data is overdue. What lies before the first value is not a gap: nothing was there.
 */
export function gapSpans(
  times: readonly number[],
  drawn: readonly Drawn[],
  toMs: number,
): (readonly [fromMs: number, toMs: number])[] {
  const spans: [number, number][] = [];
  const filled: number[] = [];
  let last: number | undefined;
  let isBroken = false;
  for (const index of times.keys()) {
    if (drawn.some((values) => typeof values[index] === 'number')) {
      if (last !== undefined && isBroken) spans.push([timeAt(times, last), timeAt(times, index)]);
      filled.push(index);
      last = index;
      isBroken = false;
    } else if (drawn.every((values) => values[index] !== undefined)) isBroken = true;
  }
  const newestMs = timeAt(times, last ?? -1);
  if (toMs - newestMs > 3 * medianDistance(times, filled) + 5_000) spans.push([newestMs, toMs]);
  return spans;
}
