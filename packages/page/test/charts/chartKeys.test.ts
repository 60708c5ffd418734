import { describe, expect, it } from 'vitest';
import { movedCursor, scaled } from '../../src/charts/chartKeys.ts';

describe('the cursor of a chart', () => {
  const times = Array.from({ length: 30 }, (_, index) => index * 10);
  const pressed = (atMs: number | null, key: string, shiftKey = false) =>
    movedCursor(times, atMs, { key, shiftKey });

  it('begins at the newest point', () => {
    expect([pressed(null, 'ArrowLeft'), pressed(null, 'ArrowRight'), pressed(null, 'End')]).toEqual([
      290, 290, 290,
    ]);
    expect(pressed(null, 'Home')).toBe(0);
  });

  it('moves by a point, with shift by ten, and stops at the ends', () => {
    expect([pressed(100, 'ArrowLeft'), pressed(100, 'ArrowRight')]).toEqual([90, 110]);
    expect([pressed(100, 'ArrowLeft', true), pressed(100, 'ArrowRight', true)]).toEqual([0, 200]);
    expect([pressed(0, 'ArrowLeft'), pressed(280, 'ArrowRight', true)]).toEqual([0, 290]);
    expect([pressed(100, 'Home'), pressed(100, 'End', true)]).toEqual([0, 290]);
  });

  it('stays where it is for other keys, and where there is no point', () => {
    expect(pressed(100, 'x')).toBeUndefined();
    expect(movedCursor([], null, { key: 'Home', shiftKey: false })).toBeUndefined();
    expect(movedCursor([], 100, { key: 'ArrowLeft', shiftKey: false })).toBeUndefined();
  });
});

describe('a stretch scaled by keys', () => {
  const stretch = { fromMs: 1_000, toMs: 2_000 };

  it('keeps what the cursor is at in its place, else the middle', () => {
    expect(scaled(stretch, { aroundMs: 1_800, scale: 0.5, nowMs: 2_000 })).toEqual({
      fromMs: 1_400,
      toMs: 1_900,
    });
    expect(scaled(stretch, { aroundMs: null, scale: 0.5, nowMs: 2_000 })).toEqual({
      fromMs: 1_250,
      toMs: 1_750,
    });
  });

  it('ends now at the latest', () => {
    expect(scaled(stretch, { aroundMs: 1_500, scale: 2, nowMs: 2_200 })).toEqual({
      fromMs: 200,
      toMs: 2_200,
    });
  });

  it('gets no longer than a year', () => {
    const year = { fromMs: 0, toMs: 300 * 86_400_000 };
    expect(scaled(year, { aroundMs: null, scale: 2, nowMs: 1e12 })).toEqual(year);
  });
});
