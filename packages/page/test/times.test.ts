import { expect, test } from 'vitest';
import { fittingTexts } from '../src/times.ts';

test('a time that would be cut at the right edge is left out', () => {
  const texts = fittingTexts(['16:23', '16:24', '16:25'], {
    placesPx: [0, 85, 86],
    endPx: 100,
    widthPx: () => 30,
  });
  expect(texts).toEqual(['16:23', '16:24', '']);
});
