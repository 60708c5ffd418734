import { longestStepMs } from '@hostcast/tsdb';
import { expect, it } from 'vitest';
import { ratePerSecond } from '../../src/store/rates.ts';

it('gives the increase per second of the time between the samples', () => {
  expect(ratePerSecond(10_000, 500, 20_000, 10_500)).toBe(1000);
  expect(ratePerSecond(10_000, 500, 22_500, 500)).toBe(0);
});

it('gives NaN where a counter was reset', () => {
  expect(ratePerSecond(10_000, 500, 20_000, 499)).toBeNaN();
});

it('gives NaN where the time did not advance or a sample is missing', () => {
  expect(ratePerSecond(20_000, 500, 20_000, 600)).toBeNaN();
  expect(ratePerSecond(30_000, 500, 20_000, 600)).toBeNaN();
  expect(ratePerSecond(Number.NaN, Number.NaN, 20_000, 600)).toBeNaN();
});

it('gives NaN across a gap of more than 90 s, or three intervals where those are longer', () => {
  expect(ratePerSecond(0, 0, 90_000, 90)).toBe(1);
  expect(ratePerSecond(0, 0, 90_001, 90)).toBeNaN();
  expect(longestStepMs(10_000)).toBe(90_000);
  expect(longestStepMs(300_000)).toBe(900_000);
  expect(ratePerSecond(0, 0, 300_000, 300, longestStepMs(300_000))).toBe(1);
});
