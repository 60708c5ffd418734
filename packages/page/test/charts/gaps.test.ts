import { describe, expect, test } from 'vitest';
import { gapSpans, markGaps } from '../../src/charts/gaps.ts';

const every10 = [0, 10, 20, 30, 40, 50].map((seconds) => seconds * 1_000);

describe('points without a value', () => {
  test('are passed over where a series is simply measured less often', () => {
    expect(markGaps(every10, [1, null, 2, null, 3, null])).toEqual([1, undefined, 2, undefined, 3, null]);
  });

  test('break the line where values are more than two and a half spacings apart', () => {
    expect(markGaps(every10, [1, 2, null, null, 3, 4])).toEqual([1, 2, null, null, 3, 4]);
  });

  test('do not break it for one late value', () => {
    expect(markGaps(every10, [1, 2, null, 3, 4, 5])).toEqual([1, 2, undefined, 3, 4, 5]);
  });

  test('stay what they are before the first and after the last value', () => {
    expect(markGaps(every10, [null, null, 1, 2, null, null])).toEqual([null, null, 1, 2, null, null]);
  });
});

describe('the spans without data', () => {
  test('reach from the last value before to the first after', () => {
    expect(gapSpans(every10, [[1, 2, null, null, 3, 4]], 50_000)).toEqual([[10_000, 40_000]]);
  });

  test('are only where no series has a value', () => {
    const drawn = [
      [1, 2, null, null, 3, 4],
      [1, 2, 3, 4, 5, 6],
    ];
    expect(gapSpans(every10, drawn, 50_000)).toEqual([]);
  });

  test('reach to the right edge once data is overdue', () => {
    const drawn = [[1, 2, 3, 4, 5, 6]];
    expect(gapSpans(every10, drawn, 85_000)).toEqual([]);
    expect(gapSpans(every10, drawn, 85_001)).toEqual([[50_000, 85_001]]);
  });

  test('are none where there was never any data', () => {
    expect(gapSpans(every10, [[null, null, null, null, null, null]], 50_000)).toEqual([]);
  });
});
