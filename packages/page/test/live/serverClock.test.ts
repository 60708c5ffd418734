import { expect, test } from 'vitest';
import { ServerClock } from '../../src/live/serverClock.ts';

const intervalMs = 10_000;

test('a retained message that may just be old leaves our own clock alone', () => {
  const clock = new ServerClock();
  clock.observe({ serverMs: 93_000, localMs: 100_000, retained: true, intervalMs });
  expect(clock.serverMs(100_000)).toBe(100_000);
});

test('a retained message from the future shows that our clock is behind', () => {
  const clock = new ServerClock();
  clock.observe({ serverMs: 400_000, localMs: 100_000, retained: true, intervalMs });
  expect(clock.serverMs(101_000)).toBe(401_000);
});

test('of fresh messages the one that was delayed least tells the difference', () => {
  const clock = new ServerClock();
  clock.observe({ serverMs: 200_000, localMs: 100_900, retained: false, intervalMs });
  clock.observe({ serverMs: 210_000, localMs: 110_020, retained: false, intervalMs });
  clock.observe({ serverMs: 220_000, localMs: 123_000, retained: false, intervalMs });
  expect(clock.serverMs(130_000)).toBe(229_980);
});

test('a clock that was set is believed again after twelve messages', () => {
  const clock = new ServerClock();
  clock.observe({ serverMs: 9_000_000, localMs: 0, retained: false, intervalMs });
  for (let tick = 1; tick <= 12; tick++) {
    clock.observe({ serverMs: tick * 10_000, localMs: tick * 10_000, retained: false, intervalMs });
  }
  expect(clock.serverMs(130_000)).toBe(130_000);
});
