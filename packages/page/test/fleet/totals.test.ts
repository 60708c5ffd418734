import { expect, test } from 'vitest';
import { totalsOf } from '../../src/fleet/totals.ts';
import { readFleet } from '../../src/live/snapshots.ts';

const columns = ['host', 'state', 'cpu', 'disk', 'netIn', 'load1', 'cores'];

function totals(...rows: unknown[][]) {
  return totalsOf(readFleet({ time: 0, intervalMs: 1, source: 'live', columns, rows })?.hosts ?? []);
}

test('a fleet has the mean of percentages, the fullest disk, and the sum of what flows', () => {
  const rows = [
    ['a', 'live', 10, 40, 1_000, 1, 4],
    ['b', 'delayed', 20, 90, 500, 2.5, 8],
  ];
  expect(totals(...rows)).toMatchObject({ cpu: 15, disk: 90, netIn: 1_500, load1: 3.5, cores: 12 });
});

test('hosts that do not report are not in the totals, nor is what is not known', () => {
  const rows = [
    ['a', 'live', 10, null, null, null, null],
    ['b', 'live', null, null, 7, null, null],
    ['c', 'stale', 90, 99, 1_000, 9, 4],
    ['d', 'gone', 90, 99, 1_000, 9, 4],
  ];
  expect(totals(...rows)).toMatchObject({ cpu: 10, disk: null, netIn: 7, load1: null });
});
