import { expect, test } from 'vitest';
import { sparkPath } from '../../src/fleet/sparkPath.ts';

const no = Number.NaN;

test('a sparkline goes from 0 at the bottom to 100 at the top, and ends in a dot', () => {
  expect(sparkPath([0, 50, 100])).toEqual({ line: 'M2 16L40 9L78 2', dot: { x: 78, y: 2 } });
});

test('it breaks where values are missing', () => {
  expect(sparkPath([0, 0, no, no, no, 0, 0]).line).toBe('M2 16L14.7 16M65.3 16L78 16');
});

test('it does not break for a host that reports less often than others', () => {
  expect(sparkPath([0, no, no, 0, no, no, 0]).line).toBe('M2 16L40 16L78 16');
});

test('it has no dot where nothing is new, and nothing at all where nothing is known', () => {
  expect(sparkPath([0, 0, no, no, no, no, no]).dot).toBeUndefined();
  expect(sparkPath([no, no])).toEqual({ line: '', dot: undefined });
});
