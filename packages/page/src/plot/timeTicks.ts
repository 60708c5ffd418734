const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Distances at which people read a clock or a calendar, ms. */
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((count) => count * day),
];

/** The places of a time axis' labels. */
export interface TimeTicks {
  readonly times: readonly number[];
  readonly stepMs: number;
}

/**
 * Full minutes, hours, days … of the clock on the wall, as many as `most` from `fromMs` to `toMs`. `offsetMs` tells how
 * far the wall's clock is ahead of UTC at a time.
 */
export function timeTicks(
  { fromMs, toMs }: { fromMs: number; toMs: number },
  most: number,
  offsetMs: (timeMs: number) => number,
): TimeTicks {
  const least = (toMs - fromMs) / Math.max(1, most);
  const stepMs = steps.find((step) => step >= least) ?? Math.ceil(least / day) * day;
  const times: number[] = [];
  let wall = Math.ceil((fromMs + offsetMs(fromMs)) / stepMs) * stepMs;
  // Where the clocks go back or forth a step may be an hour longer or shorter, or its time comes twice.
  for (; wall - offsetMs(wall - offsetMs(wall)) <= toMs; wall += stepMs) {
    const time = wall - offsetMs(wall - offsetMs(wall));
    if (time >= fromMs && time > (times.at(-1) ?? Number.NEGATIVE_INFINITY)) times.push(time);
  }
  return { times, stepMs };
}
