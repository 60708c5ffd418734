import {
  measurementOf,
  type Panel,
  type PanelSeries,
  panelGroups,
  panels,
  type SeriesRole,
  type Unit,
} from 'hostcast/metrics';
import { naturally } from '../format.ts';
import type { Columns } from '../live/timeline.ts';

/** A series of a chart: which column it draws, and how. */
export interface SeriesSpec {
  readonly label: string;
  readonly role: SeriesRole;
  readonly measurement: string;
  /** `''` where the measurement has no groups. */
  readonly group: string;
  readonly field: string;
  readonly below: boolean;
  readonly limit: boolean;
  readonly subtractFrom: number | undefined;
  readonly scale: number;
}

/** A chart as it is to be drawn for one host. */
export interface ChartSpec {
  /** The panel's id, or `x-` and the measurement, blanks as `%0020`, where the catalogue doesn't know it. */
  readonly id: string;
  readonly title: string;
  /** The only group of a measurement that the catalogue doesn't know: what all its series have in common. */
  readonly subtitle: string;
  readonly unit: Unit;
  readonly isStacked: boolean;
  readonly max: number | undefined;
  readonly series: readonly SeriesSpec[];
}

/** A panel without data, and the Telegraf input that would give it. */
export interface MissingPanel {
  readonly title: string;
  readonly input: string;
}

/** With more series than this, the legend sums up. */
export const crowded = 8;
/** More would be neither legible nor cheap; the rest is counted in the title's place by whoever draws it. */
const mostSeries = 64;

/** Colours of the groups of a panel, where each group has one series. */
const cycle: readonly SeriesRole[] = [
  'used',
  'out',
  'iowait',
  'buffers',
  'errors',
  'cached',
  'other',
  'total',
];
/** And where each has two: what comes in, what goes out. */
const pairs: readonly (readonly [SeriesRole, SeriesRole])[] = [
  ['in', 'out'],
  ['buffers', 'iowait'],
  ['cached', 'errors'],
  ['other', 'total'],
];

/**
 * The charts of a host in the catalogue's order, then one per measurement that the catalogue doesn't know,
 * by name; and the panels that have no data.
 */
export function chartSpecs(columns: Columns): { charts: ChartSpec[]; missing: MissingPanel[] } {
  const charts: ChartSpec[] = [];
  const missing: MissingPanel[] = [];
  for (const panel of panels) {
    const series = panelSeries(panel, columns);
    if (isNothing(series, columns)) continue;
    if (series.some(({ limit }) => !limit)) charts.push({ ...titleOf(panel), series });
    else if (!columns.has(panel.measurement)) {
      missing.push({ title: panel.title, input: measurementOf(panel.measurement)?.input ?? '' });
    }
  }
  const others = [...columns.keys()].filter((name) => !measurementOf(name)).sort();
  for (const name of others) charts.push(unknownChart(name, columns));
  return { charts, missing };
}

/** Whether a limit of zero says that the host has no such thing, as with swap. */
function isNothing(series: readonly SeriesSpec[], columns: Columns): boolean {
  const limit = series.find((candidate) => candidate.limit);
  const values = limit && columns.get(limit.measurement)?.get(limit.group)?.get(limit.field);
  return values?.every((value) => value === null || value === 0) ?? false;
}

function titleOf(panel: Panel): Omit<ChartSpec, 'series'> {
  const { id, title, unit, max } = panel;
  return { id, title, subtitle: '', unit, max, isStacked: panel.draw === 'stack' };
}

function panelSeries(panel: Panel, columns: Columns): SeriesSpec[] {
  const groups = columns.get(panel.measurement);
  if (!groups) return [];
  if (panel.groups === undefined) return groupSeries(panel, '', groups.get(''));
  const names = panelGroups(panel, [...groups.keys()]).sort(naturally);
  const all = names.flatMap((group, index) =>
    groupSeries(panel, group, groups.get(group)).map((series, which) => {
      if ('only' in (panel.groups ?? {})) return series;
      const label = panel.series.length === 1 ? group : `${group} ${series.label}`;
      return { ...series, label, role: groupRole(panel, index, which) };
    }),
  );
  return all.slice(0, mostSeries);
}

function groupRole(panel: Panel, index: number, which: number): SeriesRole {
  if (panel.series.length === 1) return cycle[index % cycle.length] ?? 'other';
  return pairs[index % pairs.length]?.[which === 0 ? 0 : 1] ?? 'other';
}

function groupSeries(
  panel: Panel,
  group: string,
  fields: ReadonlyMap<string, unknown> | undefined,
): SeriesSpec[] {
  return panel.series
    .filter(({ field }) => fields?.has(field))
    .map((series) => seriesSpec(panel.measurement, group, series));
}

function seriesSpec(measurement: string, group: string, series: PanelSeries): SeriesSpec {
  return {
    label: series.label,
    role: series.role,
    measurement,
    group,
    field: series.field,
    below: series.below ?? false,
    limit: series.limit ?? false,
    subtractFrom: series.subtractFrom,
    scale: series.scale ?? 1,
  };
}

function unknownChart(measurement: string, columns: Columns): ChartSpec {
  const series: SeriesSpec[] = [];
  const groups = columns.get(measurement) ?? new Map<string, ReadonlyMap<string, unknown>>();
  const isAlone = groups.size === 1;
  for (const [group, fields] of groups) {
    for (const field of fields.keys()) {
      const label = isAlone || group === '' ? field : `${group} ${field}`;
      const role = cycle[series.length % cycle.length] ?? 'other';
      series.push(seriesSpec(measurement, group, { field, label, role }));
    }
  }
  series.sort((a, b) => naturally(a.label, b.label));
  const isPercent = series.every(({ field }) => /(^|_)percent(age)?(_|$)/.test(field));
  return {
    id: `x-${withoutBlanks(measurement)}`,
    title: measurement,
    subtitle: isAlone ? (series[0]?.group ?? '') : '',
    unit: isPercent ? 'percent' : 'number',
    isStacked: false,
    max: undefined,
    series: series.slice(0, mostSeries),
  };
}

/** What HTML allows in an id: a blank would make two of one where others name it (aria-labelledby). */
function withoutBlanks(name: string): string {
  return name.replace(/[\s%]/g, (blank) => `%${blank.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
