import type { Tag } from '@hostcast/tsdb';
import { groupOf } from '../metrics/catalogue.ts';
import type { History } from '../store/metricStore.ts';
import { round, toRecord } from './json.ts';
import { globalTags, type Reading } from './readings.ts';
import type { Fields, Panels } from './snapshots.ts';

/** Measurement to group (null: it has none) to field to value. */
type Tree<Value> = Map<string, Map<string | null, Map<string, Value>>>;

/** The panels of a host snapshot: the newest figures by measurement, group and field. */
export function livePanels(readings: readonly Reading[]): Panels<number> {
  const fieldsOf = grower<number>(readings);
  for (const reading of readings) {
    const fields = fieldsOf.grow(reading.measurement, reading.tags);
    for (const [field, figure] of reading.fields) fields.set(field, round(figure.value));
  }
  return toPanels(fieldsOf.tree);
}

/** The panels of a host's history. Two series of one group (a disk mounted anew) are laid over each other. */
export function historyPanels(history: History): Panels<readonly (number | null)[]> {
  const fieldsOf = grower<readonly (number | null)[]>(history.series);
  for (const series of history.series) {
    const fields = fieldsOf.grow(series.measurement, series.tags);
    for (const [field, column] of series.columns) {
      const there = fields.get(field);
      fields.set(
        field,
        Array.from(column, (value, i) => (Number.isNaN(value) ? (there?.[i] ?? null) : round(value))),
      );
    }
  }
  return toPanels(fieldsOf.tree);
}

function grower<Value>(all: readonly { readonly measurement: string; readonly tags: readonly Tag[] }[]): {
  tree: Tree<Value>;
  grow(measurement: string, tags: readonly Tag[]): Map<string, Value>;
} {
  const tree: Tree<Value> = new Map();
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

function toPanels<Value>(tree: Tree<Value>): Panels<Value> {
  return toRecord([...tree].map(([measurement, groups]) => [measurement, toPanel(groups)]));
}

function toPanel<Value>(groups: ReadonlyMap<string | null, ReadonlyMap<string, Value>>): {
  readonly [key: string]: Value | Fields<Value>;
} {
  const entries: [string, Value | Fields<Value>][] = [];
  for (const [group, fields] of groups) {
    if (group === null) entries.push(...fields);
    else entries.push([group, toRecord(fields)]);
  }
  return toRecord(entries);
}
