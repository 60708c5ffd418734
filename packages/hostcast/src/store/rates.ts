/** Between two samples further apart than this, and than three usual spacings, nothing is known (chosen). */
const shortestGapMs = 90_000;

/**
 * The longest time between two samples across which a counter's increase still counts: three times the spacing
 * that is usual for the series, and at least 90 s.
 */
export function longestStepMs(spacingMs: number): number {
  return Math.max(shortestGapMs, 3 * spacingMs);
}

/**
 * A counter's increase per second between two samples (times in epoch ms). NaN where it cannot be known: a value
 * is missing, the counter was reset (value below the previous one), the time did not advance, or the samples are
 * further apart than `longestMs` (`longestStepMs` of the interval).
 */
export function ratePerSecond(
  previousTime: number,
  previousValue: number,
  time: number,
  value: number,
  longestMs: number = shortestGapMs,
): number {
  const increase = value - previousValue;
  const stepMs = time - previousTime;
  // Written so that NaN in any of them fails.
  if (!(increase >= 0 && stepMs > 0 && stepMs <= longestMs)) return Number.NaN;
  return (increase * 1000) / stepMs;
}
