import { expect, it } from 'vitest';
import { round, toRecord } from '../../src/publish/json.ts';

it.each([
  [12.345678, 12.346],
  [8_589_934_592, 8_589_934_592],
  [0.000412345, 0.0004123],
  [-0.5, -0.5],
  [0, 0],
])('%d is written as %d', (value, written) => {
  expect(round(value)).toBe(written);
});

it('makes records that carry any key', () => {
  expect(JSON.stringify(toRecord([['__proto__', 1]]))).toBe('{"__proto__":1}');
});
