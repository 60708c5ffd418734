import { panelGroups, panels } from '../metrics/catalogue.ts';
import { measurementOf } from '../metrics/measurements.ts';

/** Measurement to group (null: it has none) to field to value. */
export type Tree<Value> = ReadonlyMap<string, ReadonlyMap<string | null, ReadonlyMap<string, Value>>>;

/** What of a measurement is not shown. */
export interface LeftOut {
  readonly groups: number;
  readonly fields: number;
}

/** Of one host: of a measurement that the catalogue doesn't know, of one that it knows, and of all together. */
const mostMeasurements = 100;
const mostGroups = { unknown: 100, known: 256 };
const mostFields = 100;
/** About 300 kB of JSON: below the octets that may wait for one viewer. */
const mostValues = 10_000;

/**
 * A tree without what is above the limits, so that no plugin with a label per request makes a snapshot that can't be
 * sent. What stays is chosen by name, so that it stays from tick to tick: the catalogue's measurements first and in
 * them what its panels draw.
 */
export function bounded<Value>(tree: Tree<Value>): {
  readonly tree: Tree<Value>;
  readonly leftOut: ReadonlyMap<string, LeftOut>;
} {
  const kept = new Map<string, ReadonlyMap<string | null, ReadonlyMap<string, Value>>>();
  const leftOut = new Map<string, LeftOut>();
  let values = mostValues;
  for (const measurement of inOrder(tree.keys())) {
    const groups = tree.get(measurement) ?? new Map<string | null, ReadonlyMap<string, Value>>();
    const fields = fieldsOf(groups);
    const some = new Set(fields.slice(0, mostFields));
    const room = kept.size < mostMeasurements ? Math.floor(values / Math.max(1, some.size)) : 0;
    const names = groupsInOrder(measurement, groups.keys()).slice(0, Math.min(room, limitOf(measurement)));
    if (names.length < groups.size || some.size < fields.length) {
      leftOut.set(measurement, { groups: groups.size - names.length, fields: fields.length - some.size });
    }
    if (names.length === 0) continue;
    const shown = names.map((name) => [name, only(groups.get(name), some)] as const);
    for (const [, own] of shown) values -= own.size;
    kept.set(measurement, new Map(shown));
  }
  return { tree: kept, leftOut };
}

function inOrder(measurements: Iterable<string>): string[] {
  const all = [...measurements].sort();
  const isKnown = (name: string) => measurementOf(name) !== undefined;
  return [...all.filter(isKnown), ...all.filter((name) => !isKnown(name))];
}

function groupsInOrder(measurement: string, groups: Iterable<string | null>): (string | null)[] {
  const all = [...groups].sort((a, b) => compare(a ?? '', b ?? ''));
  if (all.length <= limitOf(measurement)) return all;
  const names = all.filter((name) => name !== null);
  const drawn = new Set(
    panels.filter((panel) => panel.measurement === measurement).flatMap((panel) => panelGroups(panel, names)),
  );
  return [...drawn, ...all.filter((name) => name === null || !drawn.has(name))];
}

function limitOf(measurement: string): number {
  return measurementOf(measurement) ? mostGroups.known : mostGroups.unknown;
}

function fieldsOf<Value>(groups: ReadonlyMap<string | null, ReadonlyMap<string, Value>>): string[] {
  const fields = new Set<string>();
  for (const group of groups.values()) for (const field of group.keys()) fields.add(field);
  return fields.size <= mostFields ? [...fields] : [...fields].sort();
}

function only<Value>(
  group: ReadonlyMap<string, Value> | undefined,
  fields: ReadonlySet<string>,
): ReadonlyMap<string, Value> {
  if (group === undefined) return new Map();
  return [...group.keys()].every((field) => fields.has(field))
    ? group
    : new Map([...group].filter(([field]) => fields.has(field)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
