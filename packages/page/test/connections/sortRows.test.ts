import { expect, it } from 'vitest';
import { sortRows } from '../../src/connections/sortRows.ts';

const columns = [
  { key: 'name', value: ({ name }: Row) => name },
  { key: 'queue', value: ({ queue }: Row) => queue },
  { key: 'act' },
];

interface Row {
  readonly name: string | null;
  readonly queue: number | null;
}

const rows: readonly Row[] = [
  { name: 'web-10', queue: 3 },
  { name: 'web-2', queue: null },
  { name: null, queue: 20 },
];

const names = (sort: string) => sortRows(rows, columns, sort).map(({ name }) => name);

it('sorts names naturally and figures by size, what is not known last either way', () => {
  expect(names('name')).toEqual(['web-2', 'web-10', null]);
  expect(names('-name')).toEqual(['web-10', 'web-2', null]);
  expect(names('queue')).toEqual(['web-10', null, 'web-2']);
  expect(names('-queue')).toEqual([null, 'web-10', 'web-2']);
});

it('leaves the order as it came for what is no column, or none to sort by', () => {
  for (const sort of ['', '-', 'act', 'constructor', '-nonsense']) {
    expect(names(sort)).toEqual(['web-10', 'web-2', null]);
  }
});
