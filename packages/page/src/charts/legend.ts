import { valueText } from '../format.ts';
import { visibleText } from '../names/visible.ts';
import { type ChartData, newestIndex } from './chartData.ts';
import { type ChartSpec, crowded, figureUnit, type SeriesSpec } from './specs.ts';

/** One entry of a legend at a point. */
export interface LegendEntry {
  /** The series that it is of where the legend sums up, else empty. */
  readonly name: string;
  readonly value: string;
  /** The series with all its tags. */
  readonly title: string;
}

const nothing: LegendEntry = { name: '', value: '–', title: '' };

/** What the legend of a crowded chart says, in the order in which it does. */
export type Summary = 'highest' | 'mean' | 'lowest';

/**
 * Of what the legend of a crowded chart consists; where one direction is drawn below zero it is the highest of either,
 * since a mean of what was read and what was written says nothing.
 */
export function summaryOf({ series }: ChartSpec): readonly Summary[] {
  return series.some(({ below }) => below) ? ['highest', 'highest'] : ['highest', 'mean', 'lowest'];
}

/**
 * What the legend says at a point: a value per series or, for a crowded chart, the highest with its name, the
 * mean, and the lowest with its name; or the highest above and the highest below zero.
 */
export function legendEntries(spec: ChartSpec, data: ChartData, index: number): LegendEntry[] {
  if (spec.series.length <= crowded) {
    return spec.series.map((series, at) => ({
      name: '',
      value: valueText(data.values[at]?.[index], figureUnit(spec, series)),
      title: visibleText(series.fullName),
    }));
  }
  const present: Present[] = [];
  for (const [at, values] of data.values.entries()) {
    const value = values[index] ?? null;
    const series = spec.series[at];
    if (value !== null && series && !series.limit) present.push({ series, value });
  }
  present.sort((a, b) => b.value - a.value);
  const entry = (named: Present | undefined): LegendEntry =>
    named
      ? {
          name: visibleText(named.series.label),
          value: valueText(named.value, spec.unit),
          title: visibleText(named.series.fullName),
        }
      : nothing;
  if (spec.series.some(({ below }) => below)) {
    return [false, true].map((isBelow) => entry(present.find(({ series }) => series.below === isBelow)));
  }
  const mean = present.reduce((sum, { value }) => sum + value / present.length, 0);
  const middle = present[0] ? { name: '', value: valueText(mean, spec.unit), title: '' } : nothing;
  return [entry(present[0]), middle, entry(present.at(-1))];
}

/** The series of a crowded chart whose line passes nearest to a level of the axis at a point, with its value there. */
export function nearestText(
  spec: ChartSpec,
  { values, drawn }: ChartData,
  { index, level }: { index: number; level: number },
): string {
  let nearest = Number.POSITIVE_INFINITY;
  let text = '';
  for (const [at, series] of spec.series.entries()) {
    const value = drawn[at]?.[index];
    if (typeof value !== 'number' || series.limit || Math.abs(value - level) >= nearest) continue;
    nearest = Math.abs(value - level);
    text = `${visibleText(series.label)} ${valueText(values[at]?.[index], spec.unit)}`;
  }
  return text;
}

interface Present {
  readonly series: SeriesSpec;
  readonly value: number;
}

/** The chart in words, with its newest values, for those who don't see the canvas. */
export function ariaText(spec: ChartSpec, data: ChartData, toMs: number): string {
  return `${visibleText(spec.title)}: ${readingText(spec, data, newestIndex(data, toMs))}`;
}

/** The values of a chart's first series at a point, in words. */
export function readingText(spec: ChartSpec, data: ChartData, index: number): string {
  const shown = spec.series.slice(0, crowded).map((series, at) => {
    const value = valueText(data.values[at]?.[index], figureUnit(spec, series));
    return `${visibleText(series.label)} ${value}`;
  });
  return shown.join(', ');
}
