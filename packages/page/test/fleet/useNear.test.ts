import { expect, test } from 'vitest';
import { nearOf, topsOf } from '../../src/fleet/useNear.ts';

const tops = topsOf([32, 32, 48, 32], (px) => px);

test('lines lie below one another', () => {
  expect(tops).toEqual([0, 32, 64, 112, 144]);
});

test.each([
  [0, Infinity, { from: 0, to: 4, abovePx: 0, belowPx: 0 }],
  [-100, 33, { from: 0, to: 2, abovePx: 0, belowPx: 80 }],
  [32, 64, { from: 1, to: 2, abovePx: 32, belowPx: 80 }],
  [70, 113, { from: 2, to: 4, abovePx: 64, belowPx: 0 }],
  [500, 900, { from: 4, to: 4, abovePx: 144, belowPx: 0 }],
])('from %d to %d px there are %j', (fromPx, toPx, near) => {
  expect(nearOf(tops, fromPx, toPx)).toEqual(near);
});
