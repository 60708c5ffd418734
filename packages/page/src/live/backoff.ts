const firstMs = 1_000;
const mostMs = 15_000;

/**
 * How long to wait before connection attempt number `attempt` (0 = the first, at once): doubling from a
 * second to 15 s, of which a random half is taken off, so that the pages of a restarted server don't all come
 * back in the same moment. `random` is in [0, 1).
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  if (attempt === 0) return 0;
  const wholeMs = Math.min(mostMs, firstMs * 2 ** (attempt - 1));
  return Math.round(wholeMs * (0.5 + random / 2));
}
