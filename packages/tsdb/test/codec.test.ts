import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../src/codec/bytes.ts';
import { decodeNumbers, encodeNumbers } from '../src/codec/numbers.ts';
import { decodeTexts, encodeTexts } from '../src/codec/texts.ts';

function numbers(values: readonly number[]): { bytes: number; decoded: number[] } {
  const into = new ByteWriter();
  encodeNumbers(into, Float64Array.from(values));
  return { bytes: into.length, decoded: [...decodeNumbers(into.view(), values.length)] };
}

function texts(values: readonly (string | null)[]): { bytes: number; decoded: (string | null)[] } {
  const into = new ByteWriter();
  encodeTexts(into, values);
  return { bytes: into.length, decoded: decodeTexts(into.view(), values.length) };
}

const gap = Number.NaN;
const pages = Array.from({ length: 120 }, (_, row) => 4e9 + ((row * 7919) % 1000) * 4096);
const counter = Array.from({ length: 120 }, (_, row) => 1e12 + row * 1500);
const percent = Array.from({ length: 120 }, (_, row) => (5000 + ((row * 7919) % 500)) / 100);
const full = Array.from({ length: 120 }, (_, row) => 100 / (row + 3));

describe('a column of numbers', () => {
  it.each([
    ['one value', [42.5], 9],
    ['a constant', new Array<number>(120).fill(0.1 + 0.2), 9],
    ['a constant with a gap', [1, gap, 1], 10],
    ['minus zero', [-0, -0], 9],
    ['zero and minus zero', [0, -0, 0], null],
    ['an even counter', counter, 15],
    ['percent with two decimals', percent, 160],
    ['whole pages', pages, 176],
    ['a switch between two odd values', percent.map((_, row) => (row % 7 < 3 ? Math.PI : Math.E)), 33],
    ['full mantissas', full, 900],
    ['the largest safe integers', [Number.MAX_SAFE_INTEGER, 1 - 2 ** 53, 2 ** 53 - 3], null],
    ['counters near 1e15', [1e15, 1e15 - 1, -1e15, 1e15], null],
    ['the extremes of doubles', [5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022], null],
    ['gaps at both ends', [gap, 1.5, gap, 2.5, gap], null],
  ])('comes back as it was: %s', (_, values, mostBytes) => {
    const { bytes, decoded } = numbers(values);
    expect(decoded).toEqual(values);
    if (mostBytes !== null) expect(bytes).toBeLessThanOrEqual(mostBytes);
  });

  it('comes back bit by bit, whatever it holds', () => {
    const anything = fc.array(
      fc.oneof(
        fc.double({ noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.integer({ min: -1000, max: 1000 }).map((value) => value / 100),
        fc.constantFrom(0, -0, 1, gap, 1e15, -1e15, 1e-9),
      ),
      { minLength: 1, maxLength: 200 },
    );
    const fewKinds = fc
      .tuple(
        fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.nat({ max: 31 }),
      )
      .chain(([start, exponent, shift]) =>
        fc
          .array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 200 })
          .map((steps) => steps.map((step) => (start + step * 2 ** shift) / 10 ** exponent)),
      );
    fc.assert(
      fc.property(fc.oneof(anything, fewKinds), (values) => {
        fc.pre(values.some((value) => !Number.isNaN(value)));
        const { decoded } = numbers(values);
        expect(decoded.length).toBe(values.length);
        for (const [row, value] of values.entries()) expect(Object.is(decoded[row], value)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('never does worse with damaged bytes than to throw a RangeError', () => {
    const into = new ByteWriter();
    fc.assert(
      fc.property(
        fc.constantFrom(counter, percent, full, pages),
        fc.nat(),
        fc.nat({ max: 255 }),
        (values, at, byte) => {
          into.clear();
          encodeNumbers(into, Float64Array.from(values));
          const bytes = Buffer.from(into.view());
          bytes[at % bytes.length] = byte;
          try {
            expect(decodeNumbers(bytes, values.length)).toHaveLength(values.length);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a column of texts', () => {
  it.each([
    ['one', ['up'], 8],
    ['runs with gaps', ['up', 'up', null, null, 'down', 'up'], 20],
    ['none', [null, null], 5],
    ['empty texts', ['', null, ''], 12],
    ['many alike', Array.from({ length: 120 }, (_, row) => `up ${row} days, 12:0${row % 10}`), 700],
    ['other scripts', ['서울', '🦊', 'ü'], 40],
  ])('comes back as it was: %s', (_, values, mostBytes) => {
    const { bytes, decoded } = texts(values);
    expect(decoded).toEqual(values);
    expect(bytes).toBeLessThanOrEqual(mostBytes);
  });
});

describe('varints', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16_384, '808001'],
    [2 ** 32, '8080808010'],
    [2 ** 53 - 1, 'ffffffffffffff0f'],
  ])('%d is %s', (value, hex) => {
    const into = new ByteWriter(1);
    into.varint(value);
    expect(into.view().toString('hex')).toBe(hex);
    expect(new ByteReader(into.view()).varint()).toBe(value);
  });

  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-64, '7f'],
    [-(2 ** 52), 'ffffffffffffff0f'],
  ])('%d, signed, is %s', (value, hex) => {
    const into = new ByteWriter(1);
    into.signed(value);
    expect(into.view().toString('hex')).toBe(hex);
    expect(new ByteReader(into.view()).signed()).toBe(value);
  });
});

describe('names', () => {
  it('are read as texts are, whatever their bytes, and however often', () => {
    const bytes = fc.oneof(
      fc
        .constantFrom('host', 'usage_user', '호스트', 'é', '', 'x'.repeat(48), 'x'.repeat(49))
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
      fc.array(fc.constantFrom(0xc3, 0xa9, 0xe9, 0x61), { maxLength: 4 }).map((array) => Buffer.from(array)),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 40 }), (all) => {
        const writer = new ByteWriter();
        for (const one of [...all, ...all]) {
          writer.varint(one.length);
          writer.bytes(one);
        }
        const from = new ByteReader(writer.view());
        expect([...all, ...all].map(() => from.name())).toEqual([...all, ...all].map(String));
        expect(from.isAtEnd).toBe(true);
      }),
    );
  });

  it('that the data end in are refused', () => {
    expect(() => new ByteReader(Buffer.from([5, 0x68, 0x6f])).name()).toThrow('data ends early');
  });
});
