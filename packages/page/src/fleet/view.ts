import type { HostState } from 'hostcast/snapshots';
import type { Gravity } from '../parts/gravity.ts';
import { useQuery } from '../parts/urlState.ts';
import { type Order, type SortKey, usualOrder } from './order.ts';

/** A global tag of hosts: key and value. */
export type Tag = readonly [key: string, value: string];

/** How the fleet is looked at: all of it stands in the address. */
export interface FleetView {
  /** Words that name or tags hold: `?q=web`. */
  readonly words: string;
  /** One of the values of each key: `?tags=dc=icn,role=web`. */
  readonly tags: readonly Tag[];
  readonly state: HostState | undefined;
  /** How grave the gravest of a host's figures is: `?gravity=critical`. */
  readonly gravity: Grave | undefined;
  /** `?sort=-cpu`: from the highest; what is wrong first where it is not named. */
  readonly order: Order;
  /** The tag key by whose values hosts are grouped; undefined where they are not. */
  readonly group: string | undefined;
  /** The groups that are folded up; `''` is the one without the tag. */
  readonly folded: readonly string[];
  /** The columns to show; undefined: those that fit. */
  readonly columns: readonly SortKey[] | undefined;
}

/** What hosts can be too much of. */
export type Grave = Exclude<Gravity, ''>;

/** The graver first. */
export const graves: readonly Grave[] = ['critical', 'warn'];

export type ChangeView = (changes: Partial<FleetView>) => void;

/** What can be shown and sorted by, in the order of the columns. */
export const columnKeys: readonly SortKey[] = [
  ...(['state', 'host', 'cpu', 'memory', 'swap', 'disk', 'diskBusy', 'load', 'netIn', 'netOut'] as const),
  ...(['diskRead', 'diskWrite', 'uptime', 'age'] as const),
];

/** The states in the order in which they are told. */
export const hostStates: readonly HostState[] = ['live', 'delayed', 'stale', 'gone'];

/** The view that the address names, and a way to change some of it. */
export function useFleetView(): readonly [view: FleetView, change: ChangeView] {
  const [query, changeQuery] = useQuery();
  return [readView(query), (changes) => changeQuery(writeView(changes))];
}

/** Reads the address' query; what it doesn't know it passes over. */
export function readView(query: Readonly<Record<string, string | undefined>>): FleetView {
  const shown = listOf(query.columns).filter(isSortKey);
  return {
    words: query.q ?? '',
    tags: listOf(query.tags).flatMap((text) => {
      const at = text.indexOf('=');
      return at < 1 ? [] : [[text.slice(0, at), text.slice(at + 1)] as const];
    }),
    state: hostStates.find((state) => state === query.state),
    gravity: graves.find((grave) => grave === query.gravity),
    order: orderOf(query.sort),
    group: query.group === '' ? undefined : query.group,
    folded: query.folded === undefined ? [] : query.folded.split(',').map(decoded),
    columns: shown.length === 0 ? undefined : shown,
  };
}

/** Changes of the view as changes of the query; what is as it is without being said is left out. */
export function writeView(view: Partial<FleetView>): Record<string, string | undefined> {
  const query: Record<string, string | undefined> = {};
  if ('words' in view) query.q = view.words;
  if (view.tags) query.tags = textOf(view.tags.map((tag) => tag.join('=')));
  if ('state' in view) query.state = view.state;
  if ('gravity' in view) query.gravity = view.gravity;
  if (view.order) query.sort = sortText(view.order);
  if ('group' in view) query.group = view.group;
  // One group without a name would be an empty text, which is none.
  if (view.folded)
    query.folded = view.folded.length === 1 && view.folded[0] === '' ? ',' : textOf(view.folded);
  if ('columns' in view) query.columns = view.columns && textOf(view.columns);
  return query;
}

function orderOf(text: string | undefined): Order {
  const key = text?.replace('-', '');
  const isDescending = text?.startsWith('-') === true;
  return key !== undefined && isSortKey(key) ? { key, isDescending } : usualOrder;
}

function sortText({ key, isDescending }: Order): string {
  if (key === usualOrder.key && isDescending === usualOrder.isDescending) return '';
  return (isDescending ? '-' : '') + key;
}

/** The list with an entry put in, or taken out where it was there. */
export function toggled<Entry>(list: readonly Entry[], entry: Entry): Entry[] {
  return list.includes(entry) ? list.filter((other) => other !== entry) : [...list, entry];
}

function isSortKey(text: string): text is SortKey {
  return columnKeys.some((key) => key === text);
}

/** Entries with commas between; in them a comma is written `%2C`. */
function textOf(entries: readonly string[]): string {
  return entries.map((entry) => entry.replace(/[%,]/g, encodeURIComponent)).join();
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter(Boolean).map(decoded);
}

function decoded(text: string): string {
  return text.replace(/%2C/gi, ',').replace(/%25/g, '%');
}
