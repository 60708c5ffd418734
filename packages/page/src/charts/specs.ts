import {
  type Panel,
  type PanelSeries,
  panelGroups,
  panels,
  type SeriesRole,
  type Unit,
} from 'hostcast/metrics';
import { naturally, networkUnit, type ShownUnit } from '../format.ts';
import type { Columns } from '../live/timeline.ts';
import { texts } from '../texts/texts.ts';

/** A series of a chart: which column it draws, and how. */
export interface SeriesSpec {
  readonly label: string;
  /** With all that its label leaves unsaid: every tag. */
  readonly fullName: string;
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
  /** The panel's id, or `x-`, measurement and field where the catalogue doesn't know it. */
  readonly id: string;
  readonly title: string;
  /** Of a measurement that the catalogue doesn't know: its only group, or the tag that its series differ in. */
  readonly subtitle: string;
  /** Where the catalogue doesn't know it: all charts of one measurement stand under one heading. */
  readonly of?: FieldOfMeasurement;
  readonly unit: ShownUnit;
  readonly isStacked: boolean;
  readonly max: number | undefined;
  readonly series: readonly SeriesSpec[];
  /** How many more series there are than are drawn. */
  readonly leftOut: number;
}

/** What a chart shows that the catalogue doesn't know. */
export interface FieldOfMeasurement {
  readonly measurement: string;
  readonly field: string;
  /** Of its only group; none where there are several. */
  readonly tags: readonly (readonly [key: string, value: string])[];
}

/** In what a series' figures are told: a limit of loads is a number of cores, and they are whole. */
export function figureUnit({ unit }: ChartSpec, { limit }: SeriesSpec): ShownUnit {
  return limit && unit === 'load' ? 'count' : unit;
}

/** A panel without data, and the Telegraf input that would give it. */
export interface MissingPanel {
  readonly id: string;
  readonly title: string;
  readonly input: string;
}

/** With more series than this, the legend sums up. */
export const crowded = 8;
/** More would be neither legible nor cheap; how many are left out stands in the title. */
export const mostSeries = 64;

/** Colours of the groups of a panel, where each group has one series. */
export const cycle: readonly SeriesRole[] = [
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

/** The charts of a host in the catalogue's order, and the panels that have no data. */
export function knownCharts(columns: Columns): { charts: ChartSpec[]; missing: MissingPanel[] } {
  const charts: ChartSpec[] = [];
  const missing: MissingPanel[] = [];
  for (const panel of panels) {
    const series = panelSeries(panel, columns);
    if (isNothing(series, columns)) continue;
    if (series.some(({ limit }) => !limit)) {
      const leftOut = Math.max(0, series.length - mostSeries);
      charts.push({ ...titleOf(panel), series: series.slice(0, mostSeries), leftOut });
    } else if (!columns.has(panel.measurement)) {
      missing.push({
        id: panel.id,
        title: worded(panel.title),
        // The catalogue's measurements have the names of the inputs that give them.
        input: `[[inputs.${panel.measurement}]]`,
      });
    }
  }
  return { charts, missing };
}

/** Whether panels draw a measurement, say of it that there is none, or wait for its rates. */
export function isPanelled(measurement: string, columns: Columns): boolean {
  return panels.some((panel) => {
    if (panel.measurement !== measurement) return false;
    if (/perSecond/i.test(panel.unit)) return true;
    const series = panelSeries(panel, columns);
    return series.some(({ limit }) => !limit) || isNothing(series, columns);
  });
}

/** Whether a limit of zero says that the host has no such thing, as with swap. */
function isNothing(series: readonly SeriesSpec[], columns: Columns): boolean {
  const limit = series.find((candidate) => candidate.limit);
  const values = limit && columns.get(limit.measurement)?.get(limit.group)?.get(limit.field);
  return values?.every((value) => value === null || value === 0) ?? false;
}

function titleOf(panel: Panel): Omit<ChartSpec, 'series' | 'leftOut'> {
  const { id, title, max } = panel;
  const { unit } = shownUnit(panel.measurement, panel.unit);
  return { id, title: worded(title), subtitle: '', unit, max, isStacked: panel.draw === 'stack' };
}

/** In what a measurement's figures are shown, and what they are multiplied by for that. */
export function shownUnit(
  measurement: string,
  unit: Unit,
): { readonly unit: ShownUnit; readonly scale: number } {
  const isNetwork = unit === 'bytesPerSecond' && /(^|_)(net|network|interface)($|_)/.test(measurement);
  return isNetwork ? networkUnit() : { unit, scale: 1 };
}

/** Words of the catalogue in the language that is shown. */
function worded(words: string): string {
  return texts.catalogue[words] ?? words;
}

function panelSeries(panel: Panel, columns: Columns): SeriesSpec[] {
  const groups = columns.get(panel.measurement);
  if (!groups) return [];
  if (panel.groups === undefined) return groupSeries(panel, '', groups.get(''));
  const names = panelGroups(panel, [...groups.keys()]).sort(naturally);
  return names.flatMap((group, index) =>
    groupSeries(panel, group, groups.get(group)).map((series, which) => {
      if ('only' in (panel.groups ?? {})) return series;
      const label = panel.series.length === 1 ? group : `${group} ${series.label}`;
      return { ...series, label, fullName: label, role: groupRole(panel, index, which) };
    }),
  );
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
    .map((series) => seriesSpec(panel, group, series));
}

function seriesSpec(panel: Panel, group: string, series: PanelSeries): SeriesSpec {
  const label = worded(series.label);
  return {
    label,
    fullName: label,
    role: series.role,
    measurement: panel.measurement,
    group,
    field: series.field,
    below: series.below ?? false,
    limit: series.limit ?? false,
    subtractFrom: series.subtractFrom,
    scale: (series.scale ?? 1) * shownUnit(panel.measurement, panel.unit).scale,
  };
}
