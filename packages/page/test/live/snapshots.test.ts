import { describe, expect, test } from 'vitest';
import { isHostHistory, isHostSnapshot, readFleet, tagList } from '../../src/live/snapshots.ts';

const envelope = { time: 1, intervalMs: 10_000, source: 'live' };

describe('a fleet snapshot', () => {
  test('is read by the names of its columns, whatever their order', () => {
    const columns = ['new', 'cpu', 'state', 'host', 'tags'];
    const rows = [['?', 12.5, 'live', 'web-1', { role: 'web', dc: 'icn' }]];
    const fleet = readFleet({ ...envelope, columns, rows });
    expect(fleet?.hosts[0]).toMatchObject({ host: 'web-1', state: 'live', cpu: 12.5, memory: null });
    expect(fleet?.hosts[0]?.tags).toEqual([
      ['dc', 'icn'],
      ['role', 'web'],
    ]);
  });

  test('loses only the row that cannot be read', () => {
    const columns = ['host', 'state'];
    const rows = [['a', 'live'], ['b', 'asleep'], 7, ['c', 'gone']];
    expect(readFleet({ ...envelope, columns, rows })?.hosts.map(({ host }) => host)).toEqual(['a', 'c']);
  });

  test.each([null, 7, [], {}, { ...envelope, columns: [] }])('is none of %j', (body) => {
    expect(readFleet(body)).toBeUndefined();
  });
});

test('a host snapshot is told from other bodies', () => {
  expect(isHostSnapshot({ ...envelope, host: 'a', state: 'live', panels: {} })).toBe(true);
  expect(isHostSnapshot({ ...envelope, host: 'a', state: 'live' })).toBe(false);
});

test('a history is told from other bodies', () => {
  expect(isHostHistory({ host: 'a', bucketMs: 3_000, times: [], panels: {} })).toBe(true);
  expect(isHostHistory({ error: 'no' })).toBe(false);
});

test('tags that are none are no tags', () => {
  expect(tagList(null)).toEqual([]);
});
