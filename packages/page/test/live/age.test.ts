import { expect, test } from 'vitest';
import { clockOffMs, hostAgeMs, isNews, isOverdue } from '../../src/live/age.ts';

test('a snapshot is overdue after two intervals and five seconds', () => {
  const snapshot = { time: 0, intervalMs: 10_000 };
  expect([25_000, 25_001].map((now) => isOverdue(snapshot, now))).toEqual([false, true]);
});

test('a host’s figures are news until two intervals and five seconds have passed', () => {
  expect(isNews({ seenMs: 75_000, skewMs: 0 }, { time: 100_000, intervalMs: 10_000 })).toBe(true);
  expect(isNews({ seenMs: 74_999, skewMs: 0 }, { time: 100_000, intervalMs: 10_000 })).toBe(false);
  expect(isNews({ seenMs: null, skewMs: null }, { time: 100_000, intervalMs: 10_000 })).toBe(false);
});

test('the age of a host is measured by its own clock', () => {
  expect(hostAgeMs({ seenMs: 90_000, skewMs: -8_000 }, 100_000)).toBe(2_000);
  expect(hostAgeMs({ seenMs: null, skewMs: null }, 100_000)).toBeNull();
});

test('a host’s clock is wrong from half a minute on', () => {
  expect([30_000, -30_001, 0, null, undefined].map(clockOffMs)).toEqual([0, -30_001, 0, 0, 0]);
});
