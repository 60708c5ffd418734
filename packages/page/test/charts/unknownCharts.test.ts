import { describe, expect, test } from 'vitest';
import { chartData } from '../../src/charts/chartData.ts';
import { legendEntries } from '../../src/charts/legend.ts';
import { groupLabels, unknownCharts } from '../../src/charts/unknownCharts.ts';
import { Timeline } from '../../src/live/timeline.ts';

function timelineOf(panels: Parameters<Timeline['append']>[0]['panels']): Timeline {
  const timeline = new Timeline();
  timeline.append({ timeMs: 0, panels }, 10_000);
  return timeline;
}

const container = (name: string): string =>
  `container_image=nginx,container_name=${name},engine_host=docker1`;

describe('the charts of what the catalogue does not know', () => {
  test('are one per field, since fields of one measurement have little in common', () => {
    const fields = { throttling_periods: 3, usage_total: 180e6, usage_percent: 25 };
    const { columns } = timelineOf({
      cpu: { 'cpu-total': { usage_user: 1 } },
      docker_container_cpu: { [container('web')]: fields, [container('db')]: fields },
    });
    const { charts, leftOut } = unknownCharts(columns, new Map());
    expect(charts.map(({ title, unit }) => [title, unit])).toEqual([
      ['docker_container_cpu throttling_periods', 'number'],
      ['docker_container_cpu usage_percent', 'number'],
      ['docker_container_cpu usage_total', 'number'],
    ]);
    expect(leftOut).toEqual([]);
  });

  test('are also of fields that the catalogue knows, where no panel draws any of their measurement', () => {
    const { columns } = timelineOf({
      mem: { used_percent: 42 },
      swap: { used: 0, total: 0, used_percent: 0 },
      system: { load1: 1, uptime: 60 },
      disk: { '/': { used: 1024, inodes_used: 7 } },
      diskio: { sda: { iops_in_progress: 0 } },
    });
    expect(unknownCharts(columns, new Map()).charts.map(({ title, unit }) => [title, unit])).toEqual([
      ['disk inodes_used', 'number'],
      ['disk used', 'bytes'],
      ['mem used_percent', 'percent'],
    ]);
  });

  test('are in the units that the server says, live or of the past', () => {
    const timeline = new Timeline();
    const past = { docker_container_cpu: { 'cpu=cpu-total': { usage_total: [180e6] } } };
    const units = { docker_container_cpu: { usage_total: { unit: 'percent', scale: 1e-7 } } } as const;
    timeline.load(
      { host: 'a', bucketMs: 10_000, times: [0], panels: past, units },
      [
        {
          timeMs: 20_000,
          panels: { docker_container_mem: { usage: 1024 } },
          units: { docker_container_mem: { usage: { unit: 'bytes' } } },
        },
      ],
      { toMs: 20_000, intervalMs: 10_000 },
    );
    const { charts } = unknownCharts(timeline.columns, timeline.units);
    expect(charts.map(({ title, unit }) => [title, unit])).toEqual([
      ['docker_container_cpu usage_total', 'percent'],
      ['docker_container_mem usage', 'bytes'],
    ]);
    const [first] = charts;
    const data = first && chartData(first, timeline.times, timeline.columns);
    expect(data?.values).toEqual([[18, null, null]]);
  });

  test('say a name once where measurement and field repeat it', () => {
    const { columns } = timelineOf({ temp: { temp: 48, n: 1 }, netstat: { netstat_tcp: 2 } });
    const { charts } = unknownCharts(columns, new Map());
    expect(charts.map(({ title }) => title)).toEqual(['netstat_tcp', 'temp n', 'temp']);
  });

  test('name a series by the tags that differ, and all of them in its title', () => {
    const timeline = timelineOf({ docker: { [container('web')]: { n: 3 }, [container('db')]: { n: 4 } } });
    const [spec] = unknownCharts(timeline.columns, new Map()).charts;
    expect(spec?.series.map(({ label }) => label)).toEqual(['db', 'web']);
    expect(spec?.subtitle).toBe('by container_name');
    const entries = spec && legendEntries(spec, chartData(spec, timeline.times, timeline.columns), 0);
    expect(entries?.[0]).toEqual({
      name: '',
      value: '4',
      title: 'container_image=nginx,container_name=db,engine_host=docker1 n',
    });
  });

  test('name the field where there is a single series', () => {
    const { columns } = timelineOf({ nginx: { 'port=80,server=localhost': { active: 7 } } });
    const [spec] = unknownCharts(columns, new Map()).charts;
    expect(spec?.series.map(({ label }) => label)).toEqual(['active']);
    expect(spec?.subtitle).toBe('port=80,server=localhost');
    expect(spec?.of).toEqual({
      measurement: 'nginx',
      field: 'active',
      tags: [
        ['port', '80'],
        ['server', 'localhost'],
      ],
    });
  });

  test('are bounded in number, and count what they leave out', () => {
    const many = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`field${index}`, index]));
    const { columns } = timelineOf({ a: many, b: many, c: many, d: many, e: many });
    const { charts, leftOut } = unknownCharts(columns, new Map());
    expect(charts).toHaveLength(48);
    expect(charts[11]?.title).toBe('a field11');
    expect(leftOut).toEqual([
      { measurement: 'a', fields: 3 },
      { measurement: 'b', fields: 3 },
      { measurement: 'c', fields: 3 },
      { measurement: 'd', fields: 3 },
      { measurement: 'e', fields: 15 },
    ]);
  });

  test('are bounded in series, too', () => {
    const groups = Array.from({ length: 70 }, (_, index) => [`name=n${index}`, { v: index }]);
    const [spec] = unknownCharts(timelineOf({ x: Object.fromEntries(groups) }).columns, new Map()).charts;
    expect(spec?.series).toHaveLength(64);
    expect(spec?.leftOut).toBe(6);
  });

  test('have ids that can be referred to, each its own', () => {
    const { columns } = timelineOf({ 'weird one': { a: 1, 'a b': 1, a_b: 1, 'a.b': 1 } });
    const ids = unknownCharts(columns, new Map()).charts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(ids.filter((id) => /\s/.test(id))).toEqual([]);
  });
});

test('groups that differ in several tags are told apart by all of these', () => {
  const { of, subtitle } = groupLabels(['a=1,b=1,c=x,y', 'a=2,b=1,c=x,y', 'a=1,b=1']);
  expect([...of.values()]).toEqual(['a=1 c=x,y', 'a=2 c=x,y', 'a=1']);
  expect(subtitle).toBe('');
});

test('a group without the tag in which the others differ is a dash', () => {
  expect([...groupLabels(['', 'name=web']).of.values()]).toEqual(['–', 'web']);
});
