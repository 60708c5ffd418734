import type { HostHistory } from 'hostcast/snapshots';
import { describe, expect, test } from 'vitest';
import { joinPoints, type Sample, Timeline } from '../../src/live/timeline.ts';

const intervalMs = 10_000;

function sample(timeMs: number, used: number): Sample {
  return { timeMs, panels: { mem: { used } } };
}

function history(bucketMs: number, times: number[], used: (number | null)[]): HostHistory {
  return { host: 'web-1', bucketMs, times, panels: { mem: { used } } };
}

function used(timeline: Timeline): unknown {
  return timeline.columns.get('mem')?.get('')?.get('used');
}

describe('joining history and live samples', () => {
  test('a bucket that holds a live sample gives way to it', () => {
    const live = [sample(22_000, 3)];
    expect(joinPoints([0, 10_000, 20_000], 10_000, live)).toEqual([
      { timeMs: 0, bucket: 0 },
      { timeMs: 10_000, bucket: 1 },
      { timeMs: 22_000, sample: live[0] },
    ]);
  });

  test('samples from before an outage stand before the buckets that fill it', () => {
    const live = [sample(1_000, 1), sample(41_000, 4)];
    expect(joinPoints([0, 10_000, 20_000, 30_000], 10_000, live).map(({ timeMs }) => timeMs)).toEqual([
      1_000, 10_000, 20_000, 30_000, 41_000,
    ]);
  });

  test('without history the live samples stand alone', () => {
    expect(joinPoints([], 0, [sample(5, 1)]).map(({ timeMs }) => timeMs)).toEqual([5]);
  });
});

describe('a timeline with buckets not wider than the interval', () => {
  test('takes each live sample as a point of its own', () => {
    const timeline = new Timeline();
    timeline.load(history(5_000, [0, 5_000, 10_000], [1, null, 2]), [], { toMs: 12_000, intervalMs });
    timeline.append(sample(20_000, 3), intervalMs);
    timeline.append(sample(30_000, 4), intervalMs);
    expect(timeline.times).toEqual([0, 5_000, 10_000, 20_000, 30_000]);
    expect(used(timeline)).toEqual([1, null, 2, 3, 4]);
  });

  test('lets the live sample replace the bucket that already holds it', () => {
    const timeline = new Timeline();
    timeline.load(history(5_000, [0, 5_000, 10_000], [1, null, 2]), [], { toMs: 15_000, intervalMs });
    timeline.append(sample(12_000, 2.5), intervalMs);
    expect(timeline.times).toEqual([0, 5_000, 12_000]);
    expect(used(timeline)).toEqual([1, null, 2.5]);
  });

  test('ignores a sample whose time has not advanced', () => {
    const timeline = new Timeline();
    timeline.append(sample(10_000, 1), intervalMs);
    timeline.append(sample(10_000, 9), intervalMs);
    expect(used(timeline)).toEqual([1]);
  });

  test('begins and ends with data: empty buckets at either end are left out', () => {
    const timeline = new Timeline();
    const buckets = history(3_000, [0, 3_000, 6_000, 9_000], [null, 1, 2, null]);
    timeline.load(buckets, [], { toMs: 11_000, intervalMs });
    expect(timeline.times).toEqual([3_000, 6_000]);
    expect(used(timeline)).toEqual([1, 2]);
  });

  test('joins the samples that came while history was fetched', () => {
    const timeline = new Timeline();
    const samples = [sample(10_000, 2), sample(20_000, 3)];
    timeline.load(history(10_000, [0, 10_000], [1, 7]), samples, { toMs: 19_000, intervalMs });
    expect(timeline.times).toEqual([0, 10_000, 20_000]);
    expect(used(timeline)).toEqual([1, 2, 3]);
  });

  test('puts a point without values where samples are further apart than expected', () => {
    const timeline = new Timeline();
    timeline.append(sample(0, 1), intervalMs);
    timeline.append(sample(60_000, 2), intervalMs);
    expect(timeline.times).toEqual([0, 10_000, 60_000]);
    expect(used(timeline)).toEqual([1, null, 2]);
  });

  test('puts one where buckets of the history are missing, too', () => {
    const timeline = new Timeline();
    timeline.load(history(10_000, [0, 50_000], [1, 2]), [], { toMs: 60_000, intervalMs });
    expect(used(timeline)).toEqual([1, null, 2]);
  });
});

describe('a timeline with buckets wider than the interval', () => {
  test('folds live samples into the newest bucket as a mean', () => {
    const timeline = new Timeline();
    timeline.load(history(60_000, [0, 60_000], [1, 4]), [], { toMs: 80_000, intervalMs });
    timeline.append(sample(85_000, 10), intervalMs);
    expect(timeline.times).toEqual([0, 60_000]);
    expect(used(timeline)).toEqual([1, 6]);
  });

  test('begins a new bucket when its time has come', () => {
    const timeline = new Timeline();
    timeline.load(history(60_000, [0, 60_000], [1, 4]), [], { toMs: 110_000, intervalMs });
    timeline.append(sample(125_000, 10), intervalMs);
    timeline.append(sample(135_000, 20), intervalMs);
    expect(timeline.times).toEqual([0, 60_000, 120_000]);
    expect(used(timeline)).toEqual([1, 4, 15]);
  });
});

test('points that left the range are dropped, but the last from which a line comes in', () => {
  const timeline = new Timeline();
  for (const time of [0, 10_000, 20_000, 30_000]) timeline.append(sample(time, time), intervalMs);
  timeline.trim(15_000);
  expect(timeline.times).toEqual([10_000, 20_000, 30_000]);
  expect(used(timeline)).toEqual([10_000, 20_000, 30_000]);
});

test('a series that appears later has no values before', () => {
  const timeline = new Timeline();
  timeline.append({ timeMs: 0, panels: { cpu: { 'cpu-total': { usage_user: 1 } } } }, intervalMs);
  const before = timeline.shape;
  timeline.append({ timeMs: 10_000, panels: { cpu: { 'cpu-total': { usage_steal: 2 } } } }, intervalMs);
  const total = timeline.columns.get('cpu')?.get('cpu-total');
  expect(total?.get('usage_steal')).toEqual([null, 2]);
  expect(total?.get('usage_user')).toEqual([1, null]);
  expect(timeline.shape).toBeGreaterThan(before);
});

test('names from the wire that mean something to JavaScript are only names', () => {
  const timeline = new Timeline();
  timeline.append({ timeMs: 0, panels: JSON.parse('{"__proto__":{"constructor":1}}') }, intervalMs);
  expect(timeline.columns.get('__proto__')?.get('')?.get('constructor')).toEqual([1]);
});
