/** When the next snapshot is late, ms after the one before it: two of its intervals, and what a busy network takes. */
function patienceMs(intervalMs: number): number {
  return 2 * intervalMs + 5_000;
}

/** When a body was made and how often there is one: epoch ms, ms. */
interface Beat {
  readonly time: number;
  readonly intervalMs: number;
}

/** When a host was seen last by its own clock, and how far that one is ahead: epoch ms, ms. */
interface Seen {
  readonly seenMs: number | null;
  readonly skewMs: number | null;
}

/** Whether the next snapshot should have come long ago. */
export function isOverdue({ time, intervalMs }: Beat, serverMs: number): boolean {
  return serverMs - time > patienceMs(intervalMs);
}

/**
 * Whether a host's figures are news although the store could not be asked: those that write through hostcast are
 * seen all the same.
 */
export function isNews(row: Seen, { time, intervalMs }: Beat): boolean {
  const ageMs = hostAgeMs(row, time);
  return ageMs !== null && ageMs <= patienceMs(intervalMs);
}

/** Less may be what its data takes to get here. */
const clockTrustMs = 30_000;

/** How far a host's clock is ahead, ms, where that is too much to be passed over; else 0. */
export function clockOffMs(skewMs: number | null | undefined): number {
  return Math.abs(skewMs ?? 0) > clockTrustMs ? (skewMs ?? 0) : 0;
}

/** Age of a host's newest data, its clock's deviation taken off; null where it never reported. */
export function hostAgeMs({ seenMs, skewMs }: Seen, serverMs: number): number | null {
  if (seenMs === null) return null;
  return Math.max(0, serverMs - (seenMs - (skewMs ?? 0)));
}
