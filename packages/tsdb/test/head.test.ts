import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../src/cellSpace.ts';
import { Head, type HeadSeries } from '../src/head.ts';
import { Catalog } from '../src/series.ts';
import { noon } from './folder.ts';

/** A value of one field at one time. */
type Written = readonly [timeMs: number, field: string, value: number];

function newRows(): HeadSeries {
  return new Head(noon, 0).define(new Catalog().obtain('4:load', 'load', []));
}

function write(rows: HeadSeries, [timeMs, field, value]: Written): void {
  const column = rows.series.column(field, false);
  const known = rows.indexOf(column.index);
  const index = known < 0 ? rows.define(column) : known;
  const address = rows.cellsAt(rows.rowAt(timeMs));
  rows.space.piece(address)[placeOf(address) + index] = value;
}

/** What is written, by field and time. */
function modelOf(all: readonly Written[]): Map<string, Map<number, number>> {
  const model = new Map<string, Map<number, number>>();
  for (const [timeMs, field, value] of all) {
    const values = model.get(field) ?? new Map<number, number>();
    model.set(field, values.set(timeMs, value));
  }
  return model;
}

function expectRows(rows: HeadSeries, all: readonly Written[], fromMs: number, toMs: number): void {
  const { times, numbers } = rows.read(fromMs, toMs, null);
  const expected = [...new Set(all.map(([timeMs]) => timeMs))].filter((at) => at >= fromMs && at < toMs);
  expect([...times]).toEqual(expected.sort((a, b) => a - b));
  for (const [field, values] of modelOf(all)) {
    expect([...numbers.get(field)!]).toEqual([...times].map((timeMs) => values.get(timeMs) ?? Number.NaN));
  }
}

describe('the rows of a head', () => {
  it('are what was written, in order, late, twice, or of fields that come up later', () => {
    const step = fc.tuple(
      fc.constantFrom(1, 1, 1, 1, 1, 1, 0, -3, -20, 7),
      fc.constantFrom('a', 'a', 'b', 'c', 'd'),
      fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ noNaN: true })),
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 60, maxLength: 200 }),
        fc.nat(100),
        fc.nat(100),
        (steps, a, b) => {
          let at = 50;
          const all = steps.map(([by, field, value]): Written => {
            at = Math.max(0, at + by);
            return [noon + at * 1_000, field, value];
          });
          const rows = newRows();
          for (const one of all) write(rows, one);
          expectRows(rows, all, noon, noon + 1e9);
          expectRows(rows, all, noon + a * 1_000, noon + b * 1_000);
        },
      ),
    );
  });

  it('take less than two thirds of their size when they change little', () => {
    const head = new Head(noon, 0);
    const rows = head.define(new Catalog().obtain('4:load', 'load', []));
    const all = Array.from({ length: 120 }, (_, row): Written => [noon + row * 10_000, 'n', row * row]);
    for (const one of all) write(rows, one);
    expectRows(rows, all, noon, noon + 1e9);
    expect(head.memoryBytes).toBeLessThan((120 * 2 * 8) / 1.5);
  });

  it('stay right where a series becomes so wide that fewer rows lie together', () => {
    const rows = newRows();
    const all: Written[] = Array.from({ length: 40 }, (_, row) => [noon + row * 10_000, 'n', row]);
    for (const one of all) write(rows, one);
    rows.reserve(20_000);
    for (let row = 40; row < 80; row++) {
      const added: Written = [noon + row * 10_000, 'n', row];
      write(rows, added);
      all.push(added);
    }
    expectRows(rows, all, noon, noon + 1e9);
  });

  it('hand on the newest two values of each field, however far back', () => {
    const rows = newRows();
    const all: Written[] = Array.from({ length: 50 }, (_, row) => [noon + row * 10_000, 'n', row / 3]);
    for (const one of [[noon, 'rare', 7], ...all] as Written[]) write(rows, one);
    rows.observeNewest();
    const latest = (field: string) => {
      const cells = () => new Float64Array(1).fill(Number.NaN);
      const table = { times: cells(), values: cells(), previousTimes: cells(), previousValues: cells() };
      rows.series.copyLatest(rows.series.column(field, false).index, table, 0);
      const { times, values, previousTimes, previousValues } = table;
      return [times, values, previousTimes, previousValues].map((array) => array[0]);
    };
    expect(latest('n')).toEqual([noon + 490_000, 49 / 3, noon + 480_000, 48 / 3]);
    expect(latest('rare')).toEqual([noon, 7, Number.NaN, Number.NaN]);
  });
});
