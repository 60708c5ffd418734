import { type FieldUnit, hasPanels, type SeriesRole, type Unit } from 'hostcast/metrics';
import { naturally } from '../format.ts';
import type { Columns, Units } from '../live/timeline.ts';
import { texts } from '../texts/texts.ts';
import { type ChartSpec, cycle, isPanelled, mostSeries, shownUnit } from './specs.ts';

/** A measurement of which not every field is drawn. */
export interface LeftOut {
  readonly measurement: string;
  readonly fields: number;
}

/** So many fields of a measurement that the catalogue doesn't know are drawn, and so many of all of them. */
const mostOfOne = 12;
const mostOfAll = 48;

/**
 * The charts of what no panel of the catalogue draws: one per field, since fields of one measurement have little in
 * common, by name and bounded in number; and what is left out for that.
 * @param units as the server has said them
 */
export function unknownCharts(columns: Columns, units: Units): { charts: ChartSpec[]; leftOut: LeftOut[] } {
  const charts: ChartSpec[] = [];
  const leftOut: LeftOut[] = [];
  const names = [...columns.keys()].filter((name) => !isPanelled(name, columns)).sort(naturally);
  for (const measurement of names) {
    const groups = [...(columns.get(measurement) ?? [])];
    const fields = [...new Set(groups.flatMap(([, group]) => [...group.keys()]))].sort(naturally);
    const labels = groupLabels(groups.map(([group]) => group));
    const count = Math.min(fields.length, mostOfOne, mostOfAll - charts.length);
    for (const field of fields.slice(0, count)) {
      const having = groups.filter(([, group]) => group.has(field)).map(([group]) => group);
      const unit = units.get(measurement)?.get(field) ?? knownUnit(measurement, field);
      charts.push(fieldChart({ measurement, field, groups: having, labels, ...unit }));
    }
    if (count < fields.length) leftOut.push({ measurement, fields: fields.length - count });
  }
  return { charts, leftOut };
}

/** Of measurements that have panels the server says no units. */
function knownUnit(measurement: string, field: string): FieldUnit | undefined {
  if (!hasPanels(measurement)) return undefined;
  if (/percent|^usage_/.test(field)) return { unit: 'percent' };
  if (!/^(mem|swap|disk)$/.test(measurement) || field.startsWith('inodes')) return undefined;
  return { unit: /^(in|out)$/.test(field) ? 'bytesPerSecond' : 'bytes' };
}

interface FieldOfGroups {
  readonly measurement: string;
  readonly field: string;
  readonly groups: readonly string[];
  readonly labels: GroupLabels;
  readonly unit?: Unit;
  readonly scale?: number;
}

function fieldChart(of: FieldOfGroups): ChartSpec {
  const { measurement, field, groups, labels } = of;
  const shown = shownUnit(measurement, of.unit ?? 'number');
  const series = groups
    .map((group) => ({ group, label: labels.of.get(group) || field }))
    .sort((a, b) => naturally(a.label, b.label))
    .map(({ group, label }, index) => ({
      label,
      fullName: [group, field].filter(Boolean).join(' '),
      role: cycle[index % cycle.length] ?? ('other' satisfies SeriesRole),
      measurement,
      group,
      field,
      below: false,
      limit: false,
      subtractFrom: undefined,
      scale: (of.scale ?? 1) * shown.scale,
    }));
  return {
    id: `x-${idPart(measurement)}.${idPart(field)}`,
    title: titleOf(measurement, field),
    subtitle: labels.subtitle,
    of: { measurement, field, tags: labels.of.size === 0 ? [...parseTags(groups[0] ?? '')] : [] },
    unit: shown.unit,
    isStacked: false,
    max: undefined,
    series: series.slice(0, mostSeries),
    leftOut: Math.max(0, series.length - mostSeries),
  };
}

/** `nginx active`; of names that repeat each other one: `temp`, `conntrack ip_conntrack_count` as it is. */
function titleOf(measurement: string, field: string): string {
  if (field === measurement || field.startsWith(`${measurement}_`)) return field;
  return `${measurement} ${field}`;
}

/** Without spaces, since an id with one can't be referred to, and unlike for unlike names. */
function idPart(name: string): string {
  return name.replace(/[^\w-]/gu, (character) => `~${character.codePointAt(0)?.toString(16)}`);
}

/** How the groups of a measurement are told apart. */
export interface GroupLabels {
  /** Label by group; empty where there is nothing to tell apart. */
  readonly of: ReadonlyMap<string, string>;
  /** What all of them have in common where there is but one, or the tag that its labels are values of. */
  readonly subtitle: string;
}

/**
 * Labels of groups such as `container_name=web,cpu=cpu0`: the tags that differ among them, and of a single such
 * tag its value alone.
 */
export function groupLabels(groups: readonly string[]): GroupLabels {
  if (groups.length === 1) return { of: new Map(), subtitle: groups[0] ?? '' };
  const tagsOf = new Map(groups.map((group) => [group, parseTags(group)]));
  const all = [...tagsOf.values()];
  const keys = [...new Set(all.flatMap((tags) => [...tags.keys()]))];
  const differing = keys.filter((key) => new Set(all.map((tags) => tags.get(key))).size > 1);
  const of = new Map<string, string>();
  for (const [group, tags] of tagsOf) {
    const own = differing.filter((key) => tags.has(key));
    const label = own.map((key) => (differing.length === 1 ? tags.get(key) : `${key}=${tags.get(key)}`));
    of.set(group, label.join(' ') || '–');
  }
  return { of, subtitle: differing.length === 1 ? texts.byTag(differing[0] ?? '') : '' };
}

/** A piece without `=` belongs to the value before it, which then holds a comma. */
function parseTags(group: string): Map<string, string> {
  const tags = new Map<string, string>();
  let last: string | undefined;
  for (const piece of group.split(',')) {
    const equals = piece.indexOf('=');
    if (equals > 0) {
      last = piece.slice(0, equals);
      tags.set(last, piece.slice(equals + 1));
    } else if (last !== undefined) tags.set(last, `${tags.get(last)},${piece}`);
  }
  return tags;
}
