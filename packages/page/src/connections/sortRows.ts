import { naturally } from '../format.ts';

/** What rows may be sorted by. */
export interface Sortable<Row> {
  readonly key: string;
  /** Null where it is not known; left out where rows are not sorted by it. */
  readonly value?: (row: Row) => string | number | null;
}

/** The rows in the order that `sort` names: a column's key, with a minus from the highest; as they came for others. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Sortable<Row>[],
  sort: string,
): readonly Row[] {
  const isDescending = sort.startsWith('-');
  const key = isDescending ? sort.slice(1) : sort;
  const value = columns.find((column) => column.key === key)?.value;
  if (!value) return rows;
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * naturally(String(left), String(right));
  });
}
