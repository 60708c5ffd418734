import { expect, test } from 'vitest';
import { chartData } from '../../src/charts/chartData.ts';
import { ariaText, legendEntries, readingText } from '../../src/charts/legend.ts';
import { type ChartSpec, knownCharts } from '../../src/charts/specs.ts';
import { type Sample, Timeline } from '../../src/live/timeline.ts';

function chartOf(panels: Sample['panels']) {
  const timeline = new Timeline();
  timeline.append({ timeMs: 0, panels }, 10_000);
  const [spec] = knownCharts(timeline.columns).charts;
  const data = spec && chartData(spec, timeline.times, timeline.columns);
  return { spec: spec as ChartSpec, data: data as NonNullable<typeof data> };
}

test('a chart is read out with its units as they are, and names in which nothing is hidden', () => {
  const { spec, data } = chartOf({ disk: { '/a\u202e': { used_percent: 51.3 } } });
  expect(readingText(spec, data, 0)).toBe('/a\\u202e 51.3\u202f%');
  expect(ariaText(spec, data, 0)).toBe('Disk use: /a\\u202e 51.3\u202f%');
});

test('cores are whole, in a legend of loads too', () => {
  const { spec, data } = chartOf({ system: { load1: 4, n_cpus: 16 } });
  expect(legendEntries(spec, data, 0).map(({ value }) => value)).toEqual(['4.00', '16']);
  expect(readingText(spec, data, 0)).toBe('1 min 4.00, cores 16');
});
