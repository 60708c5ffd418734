import { expect, test } from 'vitest';
import { readFleet } from '../../src/live/snapshots.ts';
import { gravity, hostGravity, loadGravity, type MeterKind } from '../../src/parts/gravity.ts';

test.each([
  ['cpu', 79.9, 80, 95],
  ['memory', 84.9, 85, 95],
  ['disk', 79.9, 80, 90],
  ['swap', 49.9, 50, 80],
] satisfies [MeterKind, number, number, number][])(
  '%s of %d %% is well, of %d %% high, of %d %% critical',
  (kind, well, high, critical) => {
    expect([well, high, critical].map((percent) => gravity(kind, percent))).toEqual(['', 'warn', 'critical']);
  },
);

test('a disk that is busy all the time is no more than a warning', () => {
  expect(gravity('diskBusy', 100)).toBe('warn');
});

test('what is not known is not grave', () => {
  expect(gravity('cpu', null)).toBe('');
  expect(loadGravity({ load1: 64, cores: null })).toBe('');
});

test('load is judged by the cores that carry it', () => {
  expect([7.9, 8, 16].map((load1) => loadGravity({ load1, cores: 8 }))).toEqual(['', 'warn', 'critical']);
});

const columns = ['host', 'state', 'cpu', 'disk', 'load1', 'cores'];

function judged(...row: unknown[]) {
  const fleet = readFleet({ time: 1, intervalMs: 1, source: 'live', columns, rows: [['web', ...row]] });
  return fleet?.hosts.map(hostGravity)[0];
}

test('a host is as grave as the gravest of its figures, which are named', () => {
  expect(judged('live', 10, 30, 1, 8)).toEqual({ gravity: '', kinds: [] });
  expect(judged('live', 85, 97, 9, 8)).toEqual({ gravity: 'critical', kinds: ['disk'] });
  expect(judged('delayed', 85, 30, 9, 8)).toEqual({ gravity: 'warn', kinds: ['cpu', 'load'] });
});

test('the figures of a silent host stand still and say nothing', () => {
  expect(judged('gone', 99, 99, 99, 8)).toEqual({ gravity: '', kinds: [] });
});
