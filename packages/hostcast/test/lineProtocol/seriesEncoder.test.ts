import type { Point, SeriesSamples } from '@hostcast/tsdb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineParser } from '../../src/lineProtocol/parser.ts';
import { encodeSeries } from '../../src/lineProtocol/seriesEncoder.ts';

function parse(text: string): Point[] {
  const parser = createLineParser({ receivedMs: 0 });
  parser.push(Buffer.from(text));
  parser.end();
  expect(parser.errors).toEqual([]);
  return parser.take();
}

function samples(overrides: Partial<SeriesSamples>): SeriesSamples {
  return {
    measurement: 'm',
    tags: [],
    times: Float64Array.of(5),
    columns: new Map(),
    texts: new Map(),
    ...overrides,
  };
}

test('rows become lines, fields by name, and what a row does not have is left out', () => {
  const rows = samples({
    measurement: 'disk, c',
    tags: [
      ['host', 'web 1'],
      ['path', '/a=b'],
    ],
    times: Float64Array.of(0, 1_700_000_000_123),
    columns: new Map([
      ['used', Float64Array.of(1e21, Number.NaN)],
      ['free', Float64Array.of(-0, 3)],
    ]),
    texts: new Map([['mode', ['say "a\\b"', null]]]),
  });
  expect([...encodeSeries(rows)].join('')).toBe(
    'disk\\,\\ c,host=web\\ 1,path=/a\\=b free=-0,used=1e+21,mode="say \\"a\\\\b\\"" 0\n' +
      'disk\\,\\ c,host=web\\ 1,path=/a\\=b free=3 1700000000123000000\n',
  );
});

test('a field that is a number and a text at the same time takes two lines', () => {
  const rows = samples({ columns: new Map([['f', Float64Array.of(1)]]), texts: new Map([['f', ['a']]]) });
  expect([...encodeSeries(rows)].join('')).toBe('m f=1 5000000\nm f="a" 5000000\n');
});

test('every number and every text comes back as it was; hostcast reads a zero without its sign', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(number, text, (value, note) => {
      const rows = samples({
        columns: new Map([['f', Float64Array.of(value)]]),
        texts: new Map([['t', [note]]]),
      });
      const [point] = parse([...encodeSeries(rows)].join(''));
      expect(point!.fields).toEqual([
        { name: 'f', type: 'float', value: value + 0 },
        { name: 't', type: 'string', value: note },
      ]);
    }),
  );
});
