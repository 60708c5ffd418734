import type { Field, Point, Tag } from '@hostcast/tsdb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePoints } from '../../src/lineProtocol/encoder.ts';
import { createLineParser, type LineError } from '../../src/lineProtocol/parser.ts';

function parse(chunks: readonly Uint8Array[]): { points: Point[]; errors: readonly LineError[] } {
  const parser = createLineParser({ receivedMs: 0 });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return { points: parser.take(), errors: parser.errors };
}

function point(overrides: Partial<Point>): Point {
  const fields: Field[] = [{ name: 'f', type: 'float', value: 1 }];
  return { measurement: 'm', tags: [], fields, timeMs: 5, ...overrides };
}

describe('encodePoints', () => {
  test('writes a line per point, with the time in nanoseconds', () => {
    const cpu: Point = {
      measurement: 'cpu',
      tags: [
        ['cpu', 'cpu-total'],
        ['host', 'web 1'],
      ],
      fields: [
        { name: 'usage_idle', type: 'float', value: 97.5 },
        { name: 'n', type: 'integer', value: -3 },
        { name: 'u', type: 'unsigned', value: 7 },
        { name: 'on', type: 'boolean', value: true },
        { name: 'off', type: 'boolean', value: false },
        { name: 'path', type: 'string', value: 'C:\\a "b"\nc' },
      ],
      timeMs: 1_700_000_000_123,
    };
    expect(encodePoints([cpu, point({ timeMs: 0 }), point({ timeMs: -1 })])).toBe(
      'cpu,cpu=cpu-total,host=web\\ 1 usage_idle=97.5,n=-3i,u=7i,on=true,off=false,' +
        'path="C:\\\\a \\"b\\"\nc" 1700000000123000000\nm f=1 0\nm f=1 -1000000\n',
    );
  });

  test('escapes what separates, and a = only where it would', () => {
    const fields: Field[] = [{ name: 'f=, ', type: 'float', value: 1 }];
    expect(encodePoints([point({ measurement: 'm=, ', tags: [['k=, ', 'v=, ']], fields })])).toBe(
      'm=\\,\\ ,k\\=\\,\\ =v\\=\\,\\  f\\=\\,\\ =1 5000000\n',
    );
  });

  test('clamps integers to 64 bits', () => {
    const fields: Field[] = [
      { name: 'a', type: 'unsigned', value: 2 ** 64 },
      { name: 'b', type: 'integer', value: -(2 ** 70) },
      { name: 'c', type: 'integer', value: 2 ** 60 },
    ];
    expect(encodePoints([point({ fields })])).toBe(
      'm a=9223372036854775807i,b=-9223372036854775808i,c=1152921504606846976i 5000000\n',
    );
  });

  test('leaves out what line protocol cannot say', () => {
    const nothing: Field[] = [
      { name: 'f', type: 'float', value: Number.NaN },
      { name: 'g', type: 'integer', value: Number.POSITIVE_INFINITY },
      { name: '', type: 'float', value: 1 },
    ];
    const points = [
      point({ fields: nothing }),
      point({ fields: [] }),
      point({ measurement: '' }),
      point({ measurement: '#m' }),
      point({
        tags: [
          ['a', ''],
          ['b\n', 'x\u0000\\'],
        ],
      }),
    ];
    expect(encodePoints(points)).toBe('m,b=x f=1 5000000\n');
  });
});

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 8 })
  .map((text) =>
    Buffer.from(text)
      .toString()
      .replace(/[\p{Cc}]|\\+$/gu, ''),
  )
  .filter((text) => text !== '' && !text.endsWith('\\'));
const spiced = fc.oneof(
  name,
  fc.constantFrom('a b', 'a,b', 'a=b', '\\a', 'a\\\\b', '"', '\\ x', '\\,=', '온도'),
);
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({
    name: spiced,
    type: fc.constant('float' as const),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  }),
  fc.record({ name: spiced, type: fc.constant('integer' as const), value: fc.maxSafeInteger() }),
  fc.record({ name: spiced, type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({
    name: spiced,
    type: fc.constant('string' as const),
    value: fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString()),
  }),
);
const tags: fc.Arbitrary<Tag[]> = fc
  .uniqueArray(fc.tuple(spiced, spiced), { selector: ([key]) => key, maxLength: 5 })
  .map((list) => list.sort(([a], [b]) => (a < b ? -1 : 1)));
const anyPoint: fc.Arbitrary<Point> = fc.record({
  measurement: spiced.filter((text) => !text.startsWith('#')),
  tags,
  fields: fc.uniqueArray(field, { selector: (one) => one.name, minLength: 1, maxLength: 6 }),
  timeMs: fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }).map((ms) => ms + 0),
});
const likelyOctets = fc.array(
  fc.oneof(
    fc.constantFrom(...'m,t=a f=1i2u"\\ \n\r#.-eTrue'.split('').map((character) => character.charCodeAt(0))),
    fc.integer({ min: 0, max: 255 }),
  ),
  { maxLength: 200 },
);

function cutAt(octets: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (octets.length + 1)).sort((a, b) => a - b), octets.length];
  return places.slice(1).map((place, index) => octets.subarray(places[index], place));
}

describe('the parser', () => {
  test('returns the points that were encoded', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 4 }), (points) => {
        expect(parse([Buffer.from(encodePoints(points))])).toEqual({ points, errors: [] });
      }),
      { numRuns: 500 },
    );
  });

  test('gives the same for any chunks of encoded points', () => {
    fc.assert(
      fc.property(
        fc.array(anyPoint, { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (points, cuts) => {
          const octets = Buffer.from(encodePoints(points));
          expect(parse(cutAt(octets, cuts))).toEqual({ points, errors: [] });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('never throws, and gives the same for any chunks of any octets', () => {
    fc.assert(
      fc.property(likelyOctets, fc.array(fc.nat(), { maxLength: 8 }), (list, cuts) => {
        const octets = Uint8Array.from(list);
        expect(parse(cutAt(octets, cuts))).toEqual(parse([octets]));
      }),
      { numRuns: 2000 },
    );
  });

  test('reads what is encoded of any octets it understood', () => {
    fc.assert(
      fc.property(likelyOctets, (list) => {
        const { points } = parse([Uint8Array.from(list)]);
        const signed = points.map((one) => ({
          ...one,
          fields: one.fields.map((f) => (f.type === 'unsigned' ? { ...f, type: 'integer' as const } : f)),
        }));
        expect(parse([Buffer.from(encodePoints(points))]).points).toEqual(signed);
      }),
      { numRuns: 2000 },
    );
  });
});
