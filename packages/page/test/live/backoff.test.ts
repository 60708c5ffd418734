import { expect, test } from 'vitest';
import { reconnectDelayMs } from '../../src/live/backoff.ts';

test('the first attempt is made at once', () => {
  expect(reconnectDelayMs(0, 0.9)).toBe(0);
});

test('waits double from a second to fifteen', () => {
  const longest = [1, 2, 3, 4, 5, 6, 50].map((attempt) => reconnectDelayMs(attempt, 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test('chance takes up to half of a wait', () => {
  expect(reconnectDelayMs(5, 0)).toBe(7_500);
});
