import fc from 'fast-check';
import { expect, test } from 'vitest';
import { yAxis } from '../../src/charts/yAxis.ts';

test('percent has five lines from 0 to 100', () => {
  expect(yAxis(0, 100, 10)).toEqual({ min: 0, max: 100, splits: [0, 25, 50, 75, 100] });
});

test('bytes step in powers of two', () => {
  const gib = 2 ** 30;
  expect(yAxis(0, 7.7 * gib, 2).splits).toEqual([0, 2 * gib, 4 * gib, 6 * gib, 8 * gib]);
});

test('what goes out stands below zero with the same step', () => {
  expect(yAxis(-400, 1_100, 10)).toEqual({ min: -500, max: 1_500, splits: [-500, 0, 500, 1_000, 1_500] });
});

test('any values lie within at most five lines', () => {
  const sizes = fc.double({ min: 1e-6, max: 1e15, noNaN: true });
  fc.assert(
    fc.property(sizes, sizes, fc.constantFrom<2 | 10>(2, 10), (down, up, base) => {
      const { min, max, splits } = yAxis(-down, up, base);
      const hair = (down + up) * 1e-8;
      expect(min).toBeLessThanOrEqual(-down + hair);
      expect(max).toBeGreaterThanOrEqual(up - hair);
      expect(splits.length).toBeLessThanOrEqual(5);
      expect(splits).toContain(0);
    }),
  );
});
