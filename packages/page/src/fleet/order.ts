import { naturally } from '../format.ts';
import type { HostRow } from '../live/snapshots.ts';
import { loadPerCore } from '../parts/gravity.ts';

/** What the fleet can be sorted by. */
export type SortKey =
  | 'host'
  | 'cpu'
  | 'memory'
  | 'swap'
  | 'disk'
  | 'load'
  | 'netIn'
  | 'netOut'
  | 'diskRead'
  | 'diskWrite'
  | 'diskBusy'
  | 'uptime'
  | 'age';

export interface Order {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

/** The order after a click on a column: the other way round, or figures from the highest, names from A. */
export function nextOrder(order: Order, key: SortKey): Order {
  if (order.key === key) return { key, isDescending: !order.isDescending };
  return { key, isDescending: key !== 'host' && key !== 'age' };
}

/** The hosts in that order; what is not known comes last either way, and equal ones by name. */
export function sortHosts(hosts: readonly HostRow[], { key, isDescending }: Order): HostRow[] {
  const sign = isDescending ? -1 : 1;
  const byName = (a: HostRow, b: HostRow): number => naturally(a.host, b.host);
  if (key === 'host') return [...hosts].sort((a, b) => sign * byName(a, b));
  return [...hosts].sort((a, b) => {
    const left = sortValue(a, key);
    const right = sortValue(b, key);
    if (left === null || right === null)
      return Number(left === null) - Number(right === null) || byName(a, b);
    return sign * (left - right) || byName(a, b);
  });
}

function sortValue(row: HostRow, key: Exclude<SortKey, 'host'>): number | null {
  switch (key) {
    case 'load':
      return loadPerCore(row) ?? row.load1;
    case 'age':
      return row.seenMs === null ? null : -row.seenMs;
    default:
      return row[key];
  }
}
