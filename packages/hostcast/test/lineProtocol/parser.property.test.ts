import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineParser } from '../../src/lineProtocol/parser.ts';
import { parseByGrammar, type ReferencePrecision } from './referenceParser.ts';

const receivedMs = 1_700_000_000_123;

/** Characters that mean something somewhere, and some that don't. */
const piece = fc.constantFrom(
  ...['a', 'b', '0', '7', 't', 'e', 'i', 'u', '-', '.', '+', '\\', '\\\\', '"', "'", '#', ' ', ',', '='],
  ...['\t', '\u0000', '\u007f', 'é', '漢', '😀', '\u2028', '\ufeff', '_'],
);
const name = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('cpu', 'host', 'a', 'b', 'usage_idle', 'é') },
      { weight: 1, arbitrary: fc.constantFrom('\\ ', '\\,', '\\=', '\\a', '\\\\', '漢', '#', "'") },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join(''));
const digits = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }).map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
);
const value = fc.oneof(
  digits,
  digits.map((text) => `${text}i`),
  digits.map((text) => `${text}u`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '1.',
    '.5',
    '-.5',
    '1e5',
    '1.e-5',
    '1e400',
    '00',
    '-0',
    '1e',
    '.',
    'NaN',
    '0x1',
    '+1',
    '1i2',
  ),
  fc.constantFrom('t', 'T', 'true', 'True', 'TRUE', 'f', 'F', 'false', 'False', 'FALSE', 'tRUE', 'yes'),
  fc
    .array(fc.oneof(piece, fc.constantFrom('\n', '\r\n', '\\"', '\\n')), { maxLength: 6 })
    .map((parts) => `"${parts.join('').replace(/(^|[^\\])"/g, '$1\\"')}"`),
);
const pairs = (values: fc.Arbitrary<string>, least: number) =>
  fc
    .array(fc.tuple(name, values), { minLength: least, maxLength: 4 })
    .map((all) => all.map(([left, right]) => `${left}=${right}`).join(','));
const time = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    ' 1700000000000000000',
    ' 0',
    ' -1',
    ' 9223372036854775807',
    ' 9223372036854775808',
    ' 1.5',
  ),
  digits.map((text) => `  ${text} `),
);
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(name, pairs(name, 0), fc.constantFrom(' ', '  '), pairs(value, 1), time)
      .map(([first, tags, gap, fields, end]) => `${first}${tags && ','}${tags}${gap}${fields}${end}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '  ', '# a comment', ' #\ttab', '#\u0001', '\r') },
  { weight: 1, arbitrary: fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')) },
);
const body = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n', '\n\n')), { maxLength: 6 })
  .map((lines) => Buffer.from(lines.map((parts) => parts.join('')).join('')));

/** A body in which octets are replaced, left out or put in. */
const mutated = fc
  .tuple(
    body,
    fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...Buffer.from('\\"=, \n\r#ti0-\u0000\u00e9'))), {
      maxLength: 4,
    }),
  )
  .map(([octets, changes]) => {
    const all = [...octets];
    for (const [at, remove, put] of changes) all.splice(at % (all.length + 1), remove, put);
    return Buffer.from(all);
  });

function parsed(octets: Uint8Array, precision: ReferencePrecision, cuts: readonly number[]) {
  const parser = createLineParser({ receivedMs, precision });
  const places = [...new Set(cuts.map((cut) => cut % (octets.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const place of [...places, octets.length]) {
    parser.push(octets.subarray(start, place));
    start = place;
  }
  parser.end();
  return { points: parser.take(), badLines: parser.errors.map(({ line: number }) => number) };
}

const precision = fc.constantFrom<ReferencePrecision>('ns', 'us', 'ms', 's');
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 5 });

test.each([
  ['well-formed and less well-formed lines', body],
  ['lines of which octets were changed', mutated],
  ['any octets', fc.uint8Array({ maxLength: 60 })],
])(
  '%s are read as the grammar says, however they are cut',
  (_, octets) => {
    fc.assert(
      fc.property(octets, precision, cuts, (given, unit, where) => {
        expect(parsed(given, unit, where)).toEqual(parseByGrammar(given, unit, receivedMs));
      }),
      { numRuns: 2_000 },
    );
  },
  30_000,
);

test('most of the lines that are tried are good ones', () => {
  const bodies = fc.sample(body, { numRuns: 500, seed: 1 });
  const results = bodies.map((octets) => parseByGrammar(octets, 'ns', receivedMs));
  const points = results.reduce((sum, result) => sum + result.points.length, 0);
  const badLines = results.reduce((sum, result) => sum + result.badLines.length, 0);
  expect(points).toBeGreaterThan(300);
  expect(badLines).toBeGreaterThan(300);
});
