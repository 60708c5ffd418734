import { describe, expect, it } from 'vitest';
import { startTicker, tickOffsetMs } from '../../src/publish/ticker.ts';
import { FakeClock } from '../support/fakeClock.ts';

const noon = Date.UTC(2026, 10, 22, 12, 0, 0);

describe('ticks', () => {
  it('come 2 s after each multiple of ten seconds', async () => {
    const clock = new FakeClock(noon + 3_000);
    const ticks: number[] = [];
    startTicker({ intervalMs: 10_000, clock, onTick: () => ticks.push(clock.nowMs() - noon) });
    await clock.advance(30_000);
    expect(ticks).toEqual([12_000, 22_000, 32_000]);
  });

  it.each([
    [1_000, 200],
    [5_000, 1_000],
    [10_000, 2_000],
    [300_000, 2_000],
  ])('every %i ms have an offset of %i ms', (intervalMs, offsetMs) => {
    expect(tickOffsetMs(intervalMs)).toBe(offsetMs);
  });

  it('keep their cadence when the wall clock is set back two hours and seven seconds', async () => {
    const clock = new FakeClock(noon + 2_000);
    const ticks: number[] = [];
    startTicker({ intervalMs: 10_000, clock, onTick: () => ticks.push(clock.monotonicMs()) });
    await clock.advance(10_000);
    clock.step(-2 * 3_600_000 - 7_000);
    await clock.advance(400_000);
    const gaps = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(9_800);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_200);
    expect((clock.nowMs() - (clock.monotonicMs() - ticks.at(-1)!)) % 10_000).toBe(2_000);
  });

  it('that were missed while the machine slept are not made up for', async () => {
    const clock = new FakeClock(noon + 2_000);
    let ticks = 0;
    const late: (() => void)[] = [];
    const sleepy = {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (_ms: number, callback: () => void) => {
        late.push(callback);
        return () => {};
      },
    };
    startTicker({ intervalMs: 10_000, clock: sleepy, onTick: () => (ticks += 1) });
    await clock.advance(65_000);
    late.shift()!();
    expect(ticks).toBe(1);
    expect(late).toHaveLength(1);
  });

  it('end when they are stopped', async () => {
    const clock = new FakeClock();
    let ticks = 0;
    const stop = startTicker({ intervalMs: 1_000, clock, onTick: () => (ticks += 1) });
    await clock.advance(3_000);
    stop();
    await clock.advance(10_000);
    expect(ticks).toBe(3);
    expect(clock.timers).toBe(0);
  });
});
