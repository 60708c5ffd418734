import { describe, expect, it } from 'vitest';
import { inView, nearestTo, pointAt } from '../../src/plot/lines.ts';

describe('points in view', () => {
  it('are joined by those that lines lead to from them', () => {
    const times = [10, 20, 30, 40, 50];
    expect(inView(times, { fromMs: 25, toMs: 35 })).toEqual([1, 4]);
    expect(inView(times, { fromMs: 30, toMs: 30 })).toEqual([1, 3]);
    expect(inView(times, { fromMs: 0, toMs: 100 })).toEqual([0, 5]);
    expect(inView(times, { fromMs: 60, toMs: 70 })).toEqual([4, 5]);
    expect(inView(times, { fromMs: 1, toMs: 5 })).toEqual([0, 1]);
    expect(inView([], { fromMs: 1, toMs: 5 })).toEqual([0, 0]);
  });
});

describe('the point nearest to a time', () => {
  it('may be before or after it', () => {
    expect([9, 14, 16, 20, 26, 99].map((time) => nearestTo([10, 20, 30], time))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(nearestTo([], 5)).toBe(-1);
  });
});

describe('the point that a cursor reads', () => {
  const times = [10, 20, 30, 40];
  const readAt = (timeMs: number | null) => pointAt(times, timeMs, { fromMs: 15, toMs: 34 });

  it('is one that is shown, also where one beyond the edge is nearer', () => {
    expect([15, 24, 33].map(readAt)).toEqual([1, 1, 2]);
    expect(pointAt(times, 38, { fromMs: 15, toMs: 39 })).toBe(2);
    expect(pointAt(times, 11, { fromMs: 11, toMs: 39 })).toBe(1);
  });

  it('is also read by a cursor that rounding left just outside', () => {
    expect(readAt(34.5)).toBe(2);
    expect(readAt(14.5)).toBe(1);
  });

  it('is none without a cursor, far outside, and where no point is shown', () => {
    expect([null, 5, 60].map(readAt)).toEqual([-1, -1, -1]);
    expect(pointAt(times, 24, { fromMs: 22, toMs: 28 })).toBe(-1);
    expect(pointAt([], 24, { fromMs: 22, toMs: 28 })).toBe(-1);
  });
});
