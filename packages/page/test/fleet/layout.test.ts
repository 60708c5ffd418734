import { expect, test } from 'vitest';
import { layoutFor } from '../../src/fleet/layout.ts';
import type { SortKey } from '../../src/fleet/order.ts';

const keys = (widthPx: number, chosen?: SortKey[]): string =>
  layoutFor(widthPx, chosen)
    .columns.map(({ key }) => key)
    .join(' ');

test('as many columns are shown as fit, the weightier first', () => {
  expect(keys(700)).toBe('cpu memory disk age');
  expect(keys(1_000)).toBe('cpu memory disk load age');
  expect(keys(1_376)).toBe('cpu memory disk load netIn netOut diskRead uptime age');
  expect(keys(1_856)).toBe('cpu memory swap disk diskBusy load netIn netOut diskRead diskWrite uptime age');
});

test('on a wide screen a name has ample room, and columns share what is left of it', () => {
  expect([1_376, 1_856].map((widthPx) => layoutFor(widthPx, undefined).stretch)).toEqual([1, 1]);
  expect(layoutFor(2_600, undefined).stretch).toBeCloseTo(1.27, 2);
  expect(layoutFor(3_776, ['cpu', 'age']).stretch).toBe(2);
});

test('sparklines come where the weightiest columns have their room', () => {
  expect([700, 900, 1_000].map((widthPx) => layoutFor(widthPx, undefined).hasSparks)).toEqual([
    false,
    false,
    true,
  ]);
});

test('columns that were chosen are shown in their order, whether they fit or not', () => {
  expect(keys(700, ['age', 'swap', 'cpu'])).toBe('cpu swap age');
  expect(layoutFor(700, ['cpu', 'memory', 'swap', 'disk', 'diskBusy']).isTooWide).toBe(true);
});
