import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';

const dayMs = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what is to wait longer than a timer of Node can waits so long', () => {
  const called: string[] = [];
  systemClock.setTimer(30 * dayMs, () => called.push('30 days'));
  systemClock.setTimer(Infinity, () => called.push('never'));
  const cancel = systemClock.setTimer(60 * dayMs, () => called.push('cancelled'));
  vi.advanceTimersByTime(30 * dayMs - 1);
  expect(called).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(called).toEqual(['30 days']);
  cancel();
  vi.advanceTimersByTime(100 * dayMs);
  expect(called).toEqual(['30 days']);
});
