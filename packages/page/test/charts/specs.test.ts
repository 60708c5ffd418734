import { describe, expect, test } from 'vitest';
import { chartData, newestIndex } from '../../src/charts/chartData.ts';
import { legendEntries, nearestText } from '../../src/charts/legend.ts';
import { knownCharts } from '../../src/charts/specs.ts';
import { networkRates } from '../../src/format.ts';
import { type Sample, Timeline } from '../../src/live/timeline.ts';

function timelineOf(...samples: Sample['panels'][]): Timeline {
  const timeline = new Timeline();
  for (const [index, panels] of samples.entries()) {
    timeline.append({ timeMs: index * 10_000, panels }, 10_000);
  }
  return timeline;
}

describe('the charts of a host', () => {
  test('stand in the catalogue’s order', () => {
    const { columns } = timelineOf({
      mem: { used: 1 },
      cpu: { 'cpu-total': { usage_user: 1, usage_idle: 99 }, cpu0: { usage_idle: 99 } },
    });
    expect(knownCharts(columns).charts.map(({ id }) => id)).toEqual(['cpu', 'cpu-cores', 'memory']);
  });

  test('say of a missing panel which input gives it', () => {
    const { missing } = knownCharts(timelineOf({ mem: { used: 1 } }).columns);
    expect(missing).toContainEqual({ id: 'diskio', title: 'Disk I/O', input: '[[inputs.diskio]]' });
    expect(missing.map(({ title }) => title)).not.toContain('Memory');
  });

  test('show physical disks in natural order, read and write in a colour of their own', () => {
    const fields = { read_bytes: 1, write_bytes: 1 };
    const { columns } = timelineOf({ diskio: { sdb: fields, sda: fields, sda1: fields, loop0: fields } });
    const chart = knownCharts(columns).charts.find(({ id }) => id === 'diskio');
    expect(chart?.series.map(({ label, role }) => [label, role])).toEqual([
      ['sda read', 'in'],
      ['sda write', 'out'],
      ['sdb read', 'buffers'],
      ['sdb write', 'iowait'],
    ]);
  });
});

test('a host without swap has no swap chart, and misses none', () => {
  const { charts, missing } = knownCharts(timelineOf({ swap: { used: 0, total: 0 } }).columns);
  expect(charts).toEqual([]);
  expect(missing.map(({ title }) => title)).not.toContain('Swap');
});

describe('the data of a chart', () => {
  test('stacks areas and keeps limit lines out of the sum', () => {
    const timeline = timelineOf({ mem: { used: 2, cached: 3, total: 10 } });
    const [spec] = knownCharts(timeline.columns).charts;
    const data = spec && chartData(spec, timeline.times, timeline.columns);
    expect(spec?.series.map(({ field }) => field)).toEqual(['used', 'cached', 'total']);
    expect(data?.drawn).toEqual([[2], [5], [10]]);
    expect(data?.values).toEqual([[2], [3], [10]]);
  });

  test('draws below zero what goes out, and shows it as it is', () => {
    const timeline = timelineOf({ net: { eth0: { bytes_recv: 5, bytes_sent: 7 } } });
    const [spec] = knownCharts(timeline.columns).charts;
    const data = spec && chartData(spec, timeline.times, timeline.columns);
    expect(data?.drawn).toEqual([[5], [-7]]);
    expect(data?.values).toEqual([[5], [7]]);
  });

  test('of a stretch has a point on either side of it, and an axis for what is in it', () => {
    const timeline = timelineOf(...[90, 1, 2, 3, 70].map((running) => ({ processes: { running } })));
    const [spec] = knownCharts(timeline.columns).charts;
    const stretch = { fromMs: 15_000, toMs: 25_000 };
    const data = spec && chartData(spec, timeline.times, timeline.columns, stretch);
    expect(data?.times).toEqual([10_000, 20_000, 30_000]);
    expect(data?.values).toEqual([[1, 2, 3]]);
    expect(data?.y.max).toBe(4);
    expect(data && newestIndex(data, stretch.toMs)).toBe(1);
  });

  test('tells in bits what networks carry where that was chosen, and nothing else', () => {
    networkRates.value = 'bits';
    const timeline = timelineOf({ net: { eth0: { bytes_recv: 5 } }, diskio: { sda: { read_bytes: 5 } } });
    const shown = knownCharts(timeline.columns).charts.map((spec) => [
      spec.unit,
      chartData(spec, timeline.times, timeline.columns).values,
    ]);
    networkRates.value = 'bytes';
    expect(shown).toEqual([
      ['bytesPerSecond', [[5]]],
      ['bitsPerSecond', [[40]]],
    ]);
  });

  test('turns idle into used and milliseconds per second into percent', () => {
    const timeline = timelineOf({ cpu: { cpu0: { usage_idle: 90 } }, diskio: { sda: { io_time: 250 } } });
    const { charts } = knownCharts(timeline.columns);
    const valuesOf = (id: string): unknown => {
      const spec = charts.find((chart) => chart.id === id);
      return spec && chartData(spec, timeline.times, timeline.columns).values;
    };
    expect(valuesOf('cpu-cores')).toEqual([[10]]);
    expect(valuesOf('diskio-busy')).toEqual([[25]]);
  });
});

test('a value near the greatest number still has an axis with an end', () => {
  const timeline = timelineOf({ mem: { used: 1.7e308 } });
  const [spec] = knownCharts(timeline.columns).charts;
  const y = spec && chartData(spec, timeline.times, timeline.columns).y;
  expect(y?.max).toBeGreaterThan(1e307);
  expect(y?.splits.every(Number.isFinite)).toBe(true);
});

test('the legend of many series in two directions names the highest of either, and mixes them nowhere', () => {
  const disks = Object.fromEntries(
    ['sda', 'sdb', 'sdc', 'sdd', 'sde'].map((disk, at) => [
      disk,
      { read_bytes: 1_000 * (at + 1), write_bytes: 9_000 - 1_000 * at },
    ]),
  );
  const timeline = timelineOf({ diskio: disks });
  const spec = knownCharts(timeline.columns).charts.find(({ id }) => id === 'diskio');
  const entries = (index: number) =>
    spec && legendEntries(spec, chartData(spec, timeline.times, timeline.columns), index);
  expect(entries(0)?.map(({ name, value }) => [name, value])).toEqual([
    ['sde read', '5.00\u202fkB/s'],
    ['sda write', '9.00\u202fkB/s'],
  ]);
  const nearest = (level: number) =>
    spec && nearestText(spec, chartData(spec, timeline.times, timeline.columns), { index: 0, level });
  expect([4_900, 2_400, -5_100].map(nearest)).toEqual([
    'sde read 5.00\u202fkB/s',
    'sdb read 2.00\u202fkB/s',
    'sde write 5.00\u202fkB/s',
  ]);
  expect(entries(7)?.map(({ value }) => value)).toEqual(['–', '–']);
});

test('the legend of many series names the highest, the mean and the lowest', () => {
  const cores = Object.fromEntries(
    Array.from({ length: 12 }, (_, core) => [`cpu${core}`, { usage_idle: 100 - core * 5 }]),
  );
  const timeline = timelineOf({ cpu: cores });
  const [spec] = knownCharts(timeline.columns).charts;
  const entries = spec && legendEntries(spec, chartData(spec, timeline.times, timeline.columns), 0);
  expect(entries?.map(({ name, value }) => [name, value])).toEqual([
    ['cpu11', '55.0\u202f%'],
    ['', '27.5\u202f%'],
    ['cpu0', '0.0\u202f%'],
  ]);
});
