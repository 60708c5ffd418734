import { naturally } from '../format.ts';
import type { HostRow } from '../live/snapshots.ts';
import { hostGravity } from '../parts/gravity.ts';
import type { FleetView, Tag } from './view.ts';

/** What one line of the fleet shows: a host, or the head of a group. */
export type Line =
  | { readonly kind: 'host'; readonly row: HostRow }
  | {
      readonly kind: 'group';
      readonly value: string;
      readonly rows: readonly HostRow[];
      readonly isFolded: boolean;
    };

/** The hosts that a view lets through: its words, its state, how grave they are, and of each tag key one of the values. */
export function hostsOf(
  hosts: readonly HostRow[],
  { words, tags, state, gravity }: FleetView,
): readonly HostRow[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0 && tags.length === 0 && state === undefined && gravity === undefined) return hosts;
  const keys = [...new Set(tags.map(([key]) => key))];
  return hosts.filter((row) => {
    if (state !== undefined && row.state !== state) return false;
    if (gravity !== undefined && hostGravity(row).gravity !== gravity) return false;
    if (!keys.every((key) => tags.some((tag) => tag[0] === key && hasTag(row, tag)))) return false;
    if (parts.length === 0) return true;
    const text = [row.host, ...row.tags.map((tag) => tag.join('='))].join(' ').toLowerCase();
    return parts.every((word) => text.includes(word));
  });
}

/** Those among which a choice is counted: what all the others leave, so that choosing it shows as many. */
export function countedBy(
  hosts: readonly HostRow[],
  view: FleetView,
  choice: 'state' | 'gravity',
): readonly HostRow[] {
  return hostsOf(hosts, { ...view, [choice]: undefined });
}

function hasTag(row: HostRow, [key, value]: Tag): boolean {
  return row.tags.some((tag) => tag[0] === key && tag[1] === value);
}

/**
 * Hosts in order as lines; where they are grouped, each group's head before its hosts: groups by the least grade of their
 * hosts, then by name, those without the tag last.
 */
export function linesOf(
  rows: readonly HostRow[],
  { group, folded }: FleetView,
  gradeOf: (host: string) => number = () => 0,
): Line[] {
  if (group === undefined) return rows.map((row) => ({ kind: 'host', row }));
  const groups = new Map<string, HostRow[]>();
  for (const row of rows) {
    const value = row.tags.find(([key]) => key === group)?.[1] ?? '';
    const rowsOf = groups.get(value) ?? [];
    rowsOf.push(row);
    groups.set(value, rowsOf);
  }
  const graded = [...groups].map(([value, members]) => {
    return { value, members, grade: Math.min(...members.map(({ host }) => gradeOf(host))) };
  });
  graded.sort(
    (a, b) =>
      a.grade - b.grade || Number(a.value === '') - Number(b.value === '') || naturally(a.value, b.value),
  );
  return graded.flatMap(({ value, members }): Line[] => {
    const isFolded = folded.includes(value);
    const head: Line = { kind: 'group', value, rows: members, isFolded };
    return isFolded ? [head] : [head, ...members.map((row): Line => ({ kind: 'host', row }))];
  });
}

/** The values of each tag key with how many hosts have them; keys and values in natural order. */
export function tagsOf(hosts: readonly HostRow[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { tags } of hosts) {
    for (const [key, value] of tags) {
      const values = counts.get(key) ?? new Map<string, number>();
      values.set(value, (values.get(value) ?? 0) + 1);
      counts.set(key, values);
    }
  }
  const byName = <Value>(entries: Iterable<[string, Value]>): Map<string, Value> =>
    new Map([...entries].sort(([a], [b]) => naturally(a, b)));
  return byName([...counts].map(([key, values]) => [key, byName(values)]));
}
