import type { Tag } from '@hostcast/tsdb';
import type { FieldUnit } from '../metrics/catalogue.ts';
import { groupOf } from '../metrics/groups.ts';
import type { FieldKinds } from '../metrics/kinds.ts';
import { measurementOf } from '../metrics/measurements.ts';
import { unitOf } from '../metrics/units.ts';
import type { History } from '../store/metricStore.ts';
import { bounded, type Tree } from './bounds.ts';
import { round, toRecord } from './json.ts';
import { pauses } from './pauses.ts';
import { globalTags, type Reading } from './readings.ts';
import type { Fields, PanelNotes, Panels } from './snapshots.ts';

type GrowingTree<Value> = Map<string, Map<string | null, Map<string, Value>>>;

/** Panels, and what there is to say of those that the catalogue doesn't know. */
export type NotedPanels<Value> = { readonly panels: Panels<Value> } & PanelNotes;

/**
 * The panels of a host snapshot: the newest figures by measurement, group and field. Of two series of one group (a
 * disk mounted anew, a container that was stopped) the newer one is shown.
 */
export function livePanels(readings: readonly Reading[], kindOf: FieldKinds['kindOf']): NotedPanels<number> {
  const { tree, grow } = grower<{ readonly timeMs: number; readonly value: number }>(readings);
  for (const reading of readings) {
    const fields = grow(reading.measurement, reading.tags);
    for (const [field, figure] of reading.fields) {
      const there = fields.get(field);
      if (there === undefined || there.timeMs < figure.timeMs) fields.set(field, figure);
    }
  }
  return toPanels(tree, ({ value }) => round(value), kindOf);
}

/**
 * The panels of a host's history. Two series of one group (a disk mounted anew) are laid over each other. Of a large
 * one others have their turns meanwhile.
 */
export async function historyPanels(
  history: History,
  kindOf: FieldKinds['kindOf'],
): Promise<NotedPanels<readonly (number | null)[]>> {
  const { tree, grow } = grower<readonly (number | null)[]>(history.series);
  const pause = pauses();
  for (const series of history.series) {
    const fields = grow(series.measurement, series.tags);
    for (const [field, column] of series.columns) {
      await pause();
      const there = fields.get(field);
      fields.set(
        field,
        Array.from(column, (value, i) => (Number.isNaN(value) ? (there?.[i] ?? null) : round(value))),
      );
    }
  }
  return toPanels(tree, (values) => values, kindOf);
}

function grower<Value>(all: readonly { readonly measurement: string; readonly tags: readonly Tag[] }[]): {
  tree: GrowingTree<Value>;
  grow(measurement: string, tags: readonly Tag[]): Map<string, Value>;
} {
  const tree: GrowingTree<Value> = new Map();
  const ownTags = new Set(globalTags(all).keys());
  return {
    tree,
    grow(measurement, tags) {
      const groups = getOrAdd(tree, measurement, () => new Map<string | null, Map<string, Value>>());
      return getOrAdd(groups, groupOf(measurement, tags, ownTags), () => new Map<string, Value>());
    },
  };
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}

function toPanels<Value, Shown>(
  whole: Tree<Value>,
  show: (value: Value) => Shown,
  kindOf: FieldKinds['kindOf'],
): NotedPanels<Shown> {
  const { tree, leftOut } = bounded(whole);
  const units = unitsOf(tree, kindOf);
  return {
    panels: toRecord([...tree].map(([measurement, groups]) => [measurement, toPanel(groups, show)])),
    ...(units.length > 0 && { units: toRecord(units) }),
    ...(leftOut.size > 0 && { leftOut: toRecord(leftOut) }),
  };
}

function toPanel<Value, Shown>(
  groups: ReadonlyMap<string | null, ReadonlyMap<string, Value>>,
  show: (value: Value) => Shown,
): { readonly [key: string]: Shown | Fields<Shown> } {
  const entries: [string, Shown | Fields<Shown>][] = [];
  for (const [group, fields] of groups) {
    const shown = [...fields].map(([field, value]) => [field, show(value)] as const);
    if (group === null) for (const [field, value] of shown) entries.push([field, value]);
    else entries.push([group, toRecord(shown)]);
  }
  return toRecord(entries);
}

/** The units of what the catalogue doesn't know, where they are known. */
function unitsOf(tree: Tree<unknown>, kindOf: FieldKinds['kindOf']): [string, Fields<FieldUnit>][] {
  const all: [string, Fields<FieldUnit>][] = [];
  for (const [measurement, groups] of tree) {
    if (measurementOf(measurement) !== undefined) continue;
    const units = new Map<string, FieldUnit>();
    for (const fields of groups.values()) {
      for (const field of fields.keys()) {
        if (units.has(field)) continue;
        const unit = unitOf(measurement, field, kindOf(measurement, field));
        if (unit !== undefined) units.set(field, unit);
      }
    }
    if (units.size > 0) all.push([measurement, toRecord(units)]);
  }
  return all;
}
