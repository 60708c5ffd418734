import { expect, test } from 'vitest';
import { type ClockReading, ServerClock } from '../../src/live/serverClock.ts';

/** A reading on a machine whose clock was never set, unless it says otherwise. */
function reading(serverMs: number, localMs: number, change: Partial<ClockReading> = {}): ClockReading {
  return { serverMs, localMs, monotonicMs: localMs, retained: false, intervalMs: 10_000, ...change };
}

const retained = { retained: true };

test('a retained message that may just be old leaves our own clock alone', () => {
  const clock = new ServerClock();
  clock.observe(reading(93_000, 100_000, retained));
  expect(clock.serverMs(100_000)).toBe(100_000);
});

test('a retained message from the future shows that our clock is behind', () => {
  const clock = new ServerClock();
  clock.observe(reading(400_000, 100_000, retained));
  expect(clock.serverMs(101_000)).toBe(401_000);
});

test('of fresh messages the one that was delayed least tells the difference', () => {
  const clock = new ServerClock();
  clock.observe(reading(200_000, 100_900));
  clock.observe(reading(210_000, 110_020));
  clock.observe(reading(220_000, 123_000));
  expect(clock.serverMs(130_000)).toBe(229_980);
});

test('a clock of the server that was set is believed again after twelve messages', () => {
  const clock = new ServerClock();
  clock.observe(reading(9_000_000, 0));
  for (let tick = 1; tick <= 12; tick++) clock.observe(reading(tick * 10_000, tick * 10_000));
  expect(clock.serverMs(130_000)).toBe(130_000);
});

test('when our own clock was set, the next message tells the difference anew', () => {
  const clock = new ServerClock();
  clock.observe(reading(10_000, 10_000));
  clock.observe(reading(20_000, 320_000, { monotonicMs: 20_000 }));
  expect(clock.serverMs(325_000)).toBe(25_000);
});

test('a retained message after a reconnect keeps a difference that it does not speak against', () => {
  const clock = new ServerClock();
  clock.observe(reading(103_000, 100_000));
  clock.observe(reading(155_000, 160_000, retained));
  expect(clock.serverMs(160_000)).toBe(163_000);
  clock.observe(reading(140_000, 200_000, retained));
  expect(clock.serverMs(200_000)).toBe(140_000);
});
