import { describe, expect, test } from 'vitest';
import { nextOrder, sortHosts, usualOrder } from '../../src/fleet/order.ts';
import { readFleet } from '../../src/live/snapshots.ts';

const columns = ['host', 'state', 'seenMs', 'cpu', 'load1', 'cores', 'tags'];
const rows = [
  ['web-10', 'live', 3_000, 5, 4, 8, { dc: 'icn', role: 'web' }],
  ['web-2', 'live', 2_000, null, 1, 1, { dc: 'sel', role: 'web' }],
  ['db-1', 'gone', 1_000, 80, null, null, { dc: 'icn', role: 'db' }],
];
const hosts = readFleet({ time: 0, intervalMs: 1, source: 'live', columns, rows })?.hosts ?? [];
const names = (list: typeof hosts): string[] => list.map(({ host }) => host);

describe('the order of the fleet', () => {
  test('by host counts numbers as numbers', () => {
    expect(names(sortHosts(hosts, { key: 'host', isDescending: false }))).toEqual([
      'db-1',
      'web-2',
      'web-10',
    ]);
  });

  test('puts what is not known last, up or down', () => {
    expect(names(sortHosts(hosts, { key: 'cpu', isDescending: true }))).toEqual(['db-1', 'web-10', 'web-2']);
    expect(names(sortHosts(hosts, { key: 'cpu', isDescending: false }))).toEqual(['web-10', 'db-1', 'web-2']);
  });

  test('by load compares what each core carries', () => {
    expect(names(sortHosts(hosts, { key: 'load', isDescending: true }))).toEqual(['web-2', 'web-10', 'db-1']);
  });

  test('by age begins with the youngest', () => {
    expect(names(sortHosts(hosts, { key: 'age', isDescending: false }))).toEqual(['web-10', 'web-2', 'db-1']);
  });

  test('turns on the second click, and begins with the highest figure', () => {
    const first = nextOrder({ key: 'host', isDescending: false }, 'cpu');
    expect(first).toEqual({ key: 'cpu', isDescending: true });
    expect(nextOrder(first, 'cpu')).toEqual({ key: 'cpu', isDescending: false });
  });

  test('puts what is wrong first where nothing else is asked for: gone, stale, critical, high, then by name', () => {
    const shown = [
      ['web-2', 'live', 10],
      ['web-10', 'delayed', 10],
      ['high-1', 'live', 85],
      ['hot-2', 'delayed', 99],
      ['hot-1', 'live', 97],
      ['stale-1', 'stale', 10],
      ['gone-1', 'gone', 99],
      ['app-1', 'live', 10],
    ];
    const read = readFleet({
      time: 0,
      intervalMs: 1,
      source: 'live',
      columns: ['host', 'state', 'cpu'],
      rows: shown,
    });
    const wrongFirst = ['gone-1', 'stale-1', 'hot-1', 'hot-2', 'high-1', 'app-1', 'web-2', 'web-10'];
    expect(names(sortHosts(read?.hosts ?? [], usualOrder))).toEqual(wrongFirst);
    const wellFirst = ['app-1', 'web-2', 'web-10', 'high-1', 'hot-1', 'hot-2', 'stale-1', 'gone-1'];
    expect(names(sortHosts(read?.hosts ?? [], nextOrder(usualOrder, 'state')))).toEqual(wellFirst);
    expect(nextOrder({ key: 'cpu', isDescending: true }, 'state')).toEqual(usualOrder);
  });
});
