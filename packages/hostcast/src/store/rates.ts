import { longestStepMs } from '@hostcast/tsdb';

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
  longestMs: number = longestStepMs(0),
): number {
  const increase = value - previousValue;
  const stepMs = time - previousTime;
  // Written so that NaN in any of them fails.
  if (!(increase >= 0 && stepMs > 0 && stepMs <= longestMs)) return Number.NaN;
  return (increase * 1000) / stepMs;
}
