import { valueText } from '../format.ts';
import { type ChartData, newestIndex } from './chartData.ts';
import { type ChartSpec, crowded } from './specs.ts';

/**
 * What the legend says at a point: a value per series or, for a crowded chart, the highest with its name, the
 * mean, and the lowest with its name.
 */
export function legendTexts(spec: ChartSpec, data: ChartData, index: number): string[] {
  if (spec.series.length <= crowded) {
    return data.values.map((values) => valueText(values[index], spec.unit));
  }
  const present: { label: string; value: number }[] = [];
  for (const [at, values] of data.values.entries()) {
    const value = values[index] ?? null;
    const series = spec.series[at];
    if (value !== null && series && !series.limit) present.push({ label: series.label, value });
  }
  present.sort((a, b) => b.value - a.value);
  const highest = present[0];
  const lowest = present.at(-1);
  if (!highest || !lowest) return ['–', '–', '–'];
  const mean = present.reduce((sum, { value }) => sum + value, 0) / present.length;
  return [
    `${highest.label} ${valueText(highest.value, spec.unit)}`,
    valueText(mean, spec.unit),
    `${lowest.label} ${valueText(lowest.value, spec.unit)}`,
  ];
}

/** The chart in words, with its newest values, for those who don't see the canvas. */
export function ariaText(spec: ChartSpec, data: ChartData): string {
  const newest = newestIndex(data);
  const shown = spec.series
    .slice(0, crowded)
    .map(({ label }, at) => `${label} ${valueText(data.values[at]?.[newest], spec.unit)}`);
  return `${spec.title}: ${shown.join(', ')}`;
}
