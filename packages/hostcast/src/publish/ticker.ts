import type { Clock } from '../clock.ts';

/** How long after the round wall-clock moment a tick comes, so that what hosts measure at :00 is in. */
export function tickOffsetMs(intervalMs: number): number {
  return Math.min(2_000, intervalMs / 5);
}

/** What part of its wall-clock error a tick corrects at most: the cadence stays even when the clock steps. */
const slewShare = 0.02;

/**
 * Calls `onTick` every `intervalMs`: aligned to the wall clock (multiples of the interval plus
 * `tickOffsetMs`), yet paced by the monotonic clock, so that a stepped wall clock shifts the phase by no more
 * than 2 % of an interval per tick. Ticks missed while the machine slept are left out. `onTick` learns how late the
 * tick is, ms. Returns the way to stop.
 */
export function startTicker(options: {
  intervalMs: number;
  clock: Clock;
  onTick: (lateMs: number) => void;
}): () => void {
  const { intervalMs, clock, onTick } = options;
  let dueMs = clock.monotonicMs() + intervalMs - phaseMs(clock.nowMs(), intervalMs);
  let cancel = arm();

  function arm(): () => void {
    return clock.after(Math.max(0, dueMs - clock.monotonicMs()), fire);
  }

  function fire(): void {
    const lateMs = clock.monotonicMs() - dueMs;
    const errorMs = signedPhaseMs(clock.nowMs() - lateMs, intervalMs);
    const limitMs = intervalMs * slewShare;
    dueMs += intervalMs - Math.min(limitMs, Math.max(-limitMs, errorMs));
    if (lateMs >= intervalMs) dueMs += Math.floor(lateMs / intervalMs) * intervalMs;
    cancel = arm();
    onTick(Math.max(0, lateMs));
  }

  return () => cancel();
}

/** Time since the last due moment by the wall clock, 0 to intervalMs. */
function phaseMs(nowMs: number, intervalMs: number): number {
  const sinceMs = (nowMs - tickOffsetMs(intervalMs)) % intervalMs;
  return sinceMs < 0 ? sinceMs + intervalMs : sinceMs;
}

function signedPhaseMs(nowMs: number, intervalMs: number): number {
  const phase = phaseMs(nowMs, intervalMs);
  return phase > intervalMs / 2 ? phase - intervalMs : phase;
}
