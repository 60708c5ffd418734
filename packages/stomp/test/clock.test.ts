import { FakeClock } from '@hostcast/stomp/testing';
import { expect, test } from 'vitest';
import { callAt } from '../src/clock.ts';

const day = 24 * 60 * 60 * 1_000;

test('a moment months away is met to the millisecond', () => {
  const clock = new FakeClock();
  let calls = 0;
  callAt(clock, clock.now() + 90 * day, () => {
    calls += 1;
  });
  clock.advance(90 * day - 1);
  expect(calls).toBe(0);
  clock.advance(1);
  expect(calls).toBe(1);
  expect(clock.timers).toBe(0);
});

test('a moment in the past is now', () => {
  const clock = new FakeClock();
  let calls = 0;
  callAt(clock, clock.now() - 1, () => {
    calls += 1;
  });
  expect(calls).toBe(1);
});

test('can be cancelled, also after the first of several timers', () => {
  const clock = new FakeClock();
  const cancel = callAt(clock, clock.now() + 90 * day, () => {
    throw new Error('called');
  });
  clock.advance(30 * day);
  cancel();
  expect(clock.timers).toBe(0);
});
