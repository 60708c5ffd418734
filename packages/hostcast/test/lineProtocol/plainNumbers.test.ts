import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NumberTarget } from '../../src/lineProtocol/numbers.ts';
import { readPlainNumber } from '../../src/lineProtocol/plainNumbers.ts';

/** What is read of a text that a comma follows; undefined where it is left to others. */
function read(text: string, after = ','): { type: string; value: unknown } | undefined {
  const target: NumberTarget = { type: 'string', value: '' };
  const bytes = Buffer.from(`x=${text}${after}`);
  const end = readPlainNumber(bytes, 2, bytes.length, target);
  if (end < 0) return undefined;
  expect(end).toBe(2 + text.length);
  return { type: target.type, value: target.value };
}

describe('a plain number', () => {
  it.each([
    ['0', 'float', 0],
    ['-0', 'float', 0],
    ['12.5', 'float', 12.5],
    ['1.', 'float', 1],
    ['.5', 'float', 0.5],
    ['-.5', 'float', -0.5],
    ['0.30000000000000004', 'float', 0.30000000000000004],
    ['19.380619380737308', 'float', 19.380619380737308],
    ['-0.49950049938664030', 'float', -0.4995004993866403],
    ['999999999999999.9', 'float', 999999999999999.9],
    ['0000000000000000000000012', 'float', 12],
    ['0.0000000000000000000001', 'float', 1e-22],
    ['42i', 'integer', 42],
    ['-42i', 'integer', -42],
    ['9007199254740991i', 'integer', 9007199254740991],
    ['-9007199254740991i', 'integer', -9007199254740991],
    ['17179869184u', 'unsigned', 17179869184],
  ])('%s is read', (text, type, value) => {
    expect(read(text)).toEqual({ type, value });
  });

  it.each([
    ...['', '-', '.', '-.', '1e5', '1.5i', '-1u', '1x', '1i2', '--1', '1.2.3', 'i', '+1', '1_0'],
    // Half-way between two doubles: which of them is right takes all the digits there are.
    ...['9007199254740993', '9007199254740993.000', '4503599627370497.5'],
    ...['12345678901234567890', '9007199254740993u', '9223372036854775807i', '0.00000000000000000000001'],
  ])('%s is left to others', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each([',', ' ', '\n', '\r'])('ends at %j', (after) => {
    expect(read('12.5', after)).toEqual({ type: 'float', value: 12.5 });
    expect(read('7i', after)).toEqual({ type: 'integer', value: 7 });
  });

  it.each(['', '"', '=', '\t', 'é'])('does not end at %j', (after) => {
    expect(read('12.5', after)).toBeUndefined();
    expect(read('7i', after)).toBeUndefined();
  });

  const long = fc
    .tuple(fc.bigInt({ min: 10n ** 14n, max: 10n ** 19n - 1n }), fc.nat(22))
    .map(([digits, fraction]) => decimal(digits, fraction));
  const near = fc
    .tuple(fc.double({ min: 1e-4, max: 1e15, noNaN: true }), fc.integer({ min: -2, max: 2 }))
    .map(([value, add]) => {
      const [whole = '', fraction = ''] = value
        .toFixed(Math.max(0, 17 - Math.ceil(Math.log10(value))))
        .split('.');
      return decimal(BigInt(whole + fraction) + BigInt(add), fraction.length);
    });
  it.each([
    ['any digits', long],
    ['digits near a double', near],
    ['a double as it is written', fc.double({ min: 1e-4, max: 1e18, noNaN: true }).map(String)],
  ])('of %s is the nearest double, as Number finds it', (_, texts) => {
    let readable = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const found = read(text);
        if (found === undefined) return;
        readable += 1;
        expect(found).toEqual({ type: 'float', value: Number(text) });
      }),
      { numRuns: 20_000 },
    );
    expect(readable).toBeGreaterThan(15_000);
  });
});

function decimal(digits: bigint, fraction: number): string {
  const text = digits.toString().padStart(fraction + 1, '0');
  return fraction === 0 ? text : `${text.slice(0, -fraction)}.${text.slice(-fraction)}`;
}
