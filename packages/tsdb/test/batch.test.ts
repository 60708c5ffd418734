import { expect, it } from 'vitest';
import { decodePoints, encodePoints } from '../src/batch.ts';
import type { Point } from '../src/point.ts';

it('brings points to another thread as they are, also those that will be refused', () => {
  const points: Point[] = [
    {
      measurement: 'cpu',
      tags: [
        ['cpu', 'cpu0'],
        ['host', '서울-1'],
      ],
      timeMs: 1767355200000,
      fields: [
        { name: 'usage_idle', type: 'float', value: -0 },
        { name: 'n', type: 'integer', value: Number.MAX_SAFE_INTEGER },
        { name: 'on', type: 'boolean', value: true },
        { name: 'state', type: 'string', value: 'cpu' },
        { name: '__proto__', type: 'unsigned', value: 1.5 },
      ],
    },
    { measurement: 'cpu', tags: [], timeMs: Number.NaN, fields: [] },
    { measurement: '', tags: [], timeMs: 0.5, fields: [{ name: 'n', type: 'float', value: 'text' }] },
  ];
  expect(decodePoints(encodePoints(points))).toEqual(points);
});
