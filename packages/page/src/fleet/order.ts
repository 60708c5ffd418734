import { naturally } from '../format.ts';
import type { HostRow } from '../live/snapshots.ts';
import { hostGravity, loadPerCore } from '../parts/gravity.ts';

/** What the fleet can be sorted by. */
export type SortKey =
  | 'state'
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

/** As long as nobody chooses another: what is wrong first. */
export const usualOrder: Order = { key: 'state', isDescending: true };

/** How wrong a host is: gone, stale, critical, high; 0 where it is well, a little late, or nobody knows. */
export function severityOf(row: HostRow): number {
  if (row.state === 'gone') return 4;
  if (row.state === 'stale') return 3;
  const { gravity } = hostGravity(row);
  return gravity === 'critical' ? 2 : gravity === 'warn' ? 1 : 0;
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
  const valued = hosts.map((row) => ({ row, value: sortValue(row, key) }));
  valued.sort((a, b) => {
    if (a.value === null || b.value === null)
      return Number(a.value === null) - Number(b.value === null) || byName(a.row, b.row);
    return sign * (a.value - b.value) || byName(a.row, b.row);
  });
  return valued.map(({ row }) => row);
}

function sortValue(row: HostRow, key: Exclude<SortKey, 'host'>): number | null {
  switch (key) {
    case 'state':
      return severityOf(row);
    case 'load':
      return loadPerCore(row) ?? row.load1;
    case 'age':
      return row.seenMs === null ? null : -row.seenMs;
    default:
      return row[key];
  }
}
