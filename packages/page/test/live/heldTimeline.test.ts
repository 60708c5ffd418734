import { describe, expect, test } from 'vitest';
import { HeldTimeline } from '../../src/live/heldTimeline.ts';
import type { Sample } from '../../src/live/timeline.ts';

const rangeMs = 60_000;

function sampleAt(timeMs: number): Sample {
  return { timeMs, panels: { mem: { used: timeMs } } };
}

/** A timeline with samples at 0, 1, 2 and 3 s, by a clock that the test sets. */
function heldTimeline(): { held: HeldTimeline; clock: { nowMs: number } } {
  const clock = { nowMs: 3_000 };
  const held = new HeldTimeline({ rangeMs, nowMs: () => clock.nowMs, intervalMs: () => 1_000 });
  held.goWithout();
  for (const timeMs of [1_000, 2_000, 3_000]) held.receive(sampleAt(timeMs));
  return { held, clock };
}

describe('a timeline that may be held', () => {
  test('stands still while samples come, counts them, and goes on with all of them', () => {
    const { held } = heldTimeline();
    held.hold();
    for (const timeMs of [4_000, 5_000]) held.receive(sampleAt(timeMs));
    expect(held.timeline.times).toEqual([1_000, 2_000, 3_000]);
    expect(held.missed).toBe(2);
    expect(held.release()).toBe(true);
    expect(held.timeline.times).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
    expect(held.missed).toBe(0);
  });

  test('keeps what is older than its range while it stands still', () => {
    const { held, clock } = heldTimeline();
    held.hold();
    clock.nowMs = 200_000;
    held.receive(sampleAt(200_000));
    expect(held.timeline.times).toEqual([1_000, 2_000, 3_000]);
    held.release();
    expect(held.timeline.times[0]).toBeGreaterThan(3_000);
  });

  test('wants the past again where more came than is kept, or where something was missed', () => {
    const { held } = heldTimeline();
    held.hold();
    for (let second = 4; second < 4 + 361; second += 1) held.receive(sampleAt(second * 1_000));
    expect(held.release()).toBe(false);
    held.hold();
    expect(held.wantsPast()).toBe(false);
    expect(held.release()).toBe(false);
    expect(held.wantsPast()).toBe(true);
  });

  test('covers, standing still, the stretches of its range of which it knows the past', () => {
    const { held, clock } = heldTimeline();
    clock.nowMs = 100_000;
    held.hold();
    expect(held.covers({ fromMs: 50_000, toMs: 100_000 })).toBe(false);
    held.load({ host: 'a', bucketMs: 1_000, times: [99_000], panels: { mem: { used: [1] } } }, 100_000);
    expect(held.covers({ fromMs: 40_000, toMs: 100_000 })).toBe(true);
    expect(held.covers({ fromMs: 30_000, toMs: 100_000 })).toBe(false);
    expect(held.covers({ fromMs: 50_000, toMs: 101_000 })).toBe(false);
    held.release();
    expect(held.covers({ fromMs: 50_000, toMs: 100_000 })).toBe(false);
  });
});
