import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellSpace, placeOf } from '../src/cellSpace.ts';
import { packedRows, packRows, unpackColumn } from '../src/packedRows.ts';

/** 16 rows with these columns, packed and unpacked again; how many numbers they took. */
function packed(columns: readonly (readonly number[])[]): { back: number[][]; numbers: number } {
  const space = new CellSpace();
  const width = columns.length;
  const address = space.take(packedRows * width);
  columns.forEach((values, column) => {
    values.forEach((value, row) => {
      space.piece(address)[placeOf(address) + row * width + column] = value;
    });
  });
  const before = space.bytes;
  const place = packRows(space, address, width, width);
  const back = columns.map((_, column) => {
    const into = new Float64Array(packedRows + 1);
    unpackColumn(space, place, column, into, 1);
    return [...into.subarray(1)];
  });
  return { back, numbers: (space.bytes - before) / 8 };
}

const rowsOf = (valueAt: (row: number) => number) =>
  Array.from({ length: packedRows }, (_, row) => valueAt(row));

describe('packed rows', () => {
  it.each([
    ['a constant', () => 42.5, 1],
    ['a constant -0', () => -0, 1],
    ['no value at all', () => Number.NaN, 1],
    ['even times', (row: number) => 1_767_354_000_000 + row * 10_000, 2],
    ['a counter that grows by less than 128', (row: number) => 1e9 + (row * row) / 2 - row / 2, 3],
    ['a gauge that falls by 32,768 at most', (row: number) => 5e5 - (row === 3 ? 32_768 : row * row), 5],
    ['octets', (row: number) => 8e9 + row * row * 4_096, 9],
    ['floats', (row: number) => 100 / (row + 3), 16],
    ['a gap', (row: number) => (row === 5 ? Number.NaN : 1), 16],
    ['0 and -0', (row: number) => (row === 5 ? -0 : 0), 16],
    ['-0 and then integers', (row: number) => (row === 0 ? -0 : row), 16],
  ])('give back %s', (_, valueAt, numbers) => {
    const column = rowsOf(valueAt);
    const { back, numbers: taken } = packed([column]);
    expect(back).toEqual([column]);
    expect(taken).toBe(2 + numbers);
  });

  it('give back whatever they hold, bit by bit', () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer({ min: -200, max: 200 }),
      fc.maxSafeInteger(),
      fc.constantFrom(
        0,
        -0,
        Number.NaN,
        2 ** 31,
        -(2 ** 31),
        2 ** 31 - 1,
        -(2 ** 31) - 1,
        127,
        128,
        -128,
        -129,
      ),
    );
    const column = fc.oneof(
      fc.array(value, { minLength: packedRows, maxLength: packedRows }),
      fc.tuple(value, value).map(([base, step]) => rowsOf((row) => base + row * step)),
      fc.tuple(value, value).map(([first, others]) => rowsOf((row) => (row === 0 ? first : others))),
    );
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 20 }), (columns) => {
        expect(packed(columns).back).toEqual(columns);
      }),
    );
  });
});
