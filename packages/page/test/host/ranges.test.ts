import { describe, expect, test } from 'vitest';
import {
  fittingRange,
  fittingStretch,
  lastStretch,
  needsOther,
  rangeOf,
  stretchOf,
} from '../../src/host/ranges.ts';

test('a range is named in the address; without one, or with another, it is 15 minutes', () => {
  expect([rangeOf('1h').ms, rangeOf(undefined).ms, rangeOf('2y').ms]).toEqual([3_600_000, 900_000, 900_000]);
});

describe('where none was chosen', () => {
  const range = rangeOf(undefined);

  test('a host that has just begun fills five minutes', () => {
    expect(fittingRange(range, 0, 60_000).id).toBe('5m');
  });

  test('one with more, or none yet, shows the whole range', () => {
    expect(fittingRange(range, undefined, 60_000).id).toBe('15m');
    expect(fittingRange(range, 0, 300_001).id).toBe('15m');
  });
});

test('history is fetched again for the range that is shown where it would show more', () => {
  const coarse = { rangeMs: 900_000, isCoarse: true };
  const fine = { rangeMs: 900_000, isCoarse: false };
  expect(needsOther(300_000, coarse)).toBe(true);
  expect(needsOther(300_000, fine)).toBe(false);
  expect(needsOther(900_000, coarse)).toBe(false);
  expect(needsOther(900_000, { rangeMs: 300_000, isCoarse: false })).toBe(true);
});

describe('a stretch in the address', () => {
  test.each([
    [
      { from: '1000', to: '2000' },
      { fromMs: 1_000, toMs: 2_000 },
    ],
    [{ from: '2000', to: '1000' }, undefined],
    [{ from: '1000', to: '1000' }, undefined],
    [{ from: '1e3', to: '2000' }, undefined],
    [{ from: '-5', to: '2000' }, undefined],
    [{ to: '2000' }, undefined],
    [
      { from: '0', to: '34560000000' },
      { fromMs: 0, toMs: 34_560_000_000 },
    ],
    [{ from: '0', to: '34560000001' }, undefined],
  ])('%j is %j', (query, stretch) => {
    expect(stretchOf(query)).toEqual(stretch);
  });

  test('is in whole ms, and not so short that nothing could be seen in it', () => {
    expect(fittingStretch({ fromMs: 10.4, toMs: 20_010.6 })).toEqual({ fromMs: 10, toMs: 20_011 });
    expect(fittingStretch({ fromMs: 10_000, toMs: 11_000 })).toEqual({ fromMs: 8_000, toMs: 13_000 });
  });
});

test('of a host that is silent, the last stretch ends with its newest data', () => {
  expect(lastStretch(1_000_000, 900_000)).toEqual({ fromMs: 100_000, toMs: 1_000_000 });
});
