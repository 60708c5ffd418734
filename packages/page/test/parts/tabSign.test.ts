import { expect, test } from 'vitest';
import { readFleet } from '../../src/live/snapshots.ts';
import { tabSign } from '../../src/parts/tabSign.ts';

function fleetOf(...states: string[]) {
  const rows = states.map((state, n) => [`web-${n}`, state]);
  return readFleet({ time: 1, intervalMs: 10_000, source: 'live', columns: ['host', 'state'], rows });
}

const live = { kind: 'live', intervalMs: 10_000, ageMs: 0 } as const;

test('a tab of a fleet that is well says nothing', () => {
  expect(tabSign(live, fleetOf('live', 'delayed'))).toEqual({ mark: '', tone: '' });
  expect(tabSign({ kind: 'connecting' }, undefined)).toEqual({ mark: '', tone: '' });
});

test('it counts the hosts that are silent', () => {
  expect(tabSign(live, fleetOf('live', 'stale', 'gone'))).toEqual({ mark: '(2)', tone: 'late' });
});

test('it counts the hosts with figures that are critical', () => {
  const columns = ['host', 'state', 'disk'];
  const rows = [
    ['web-1', 'live', 97],
    ['web-2', 'live', 85],
    ['web-3', 'gone', 97],
  ];
  const fleet = readFleet({ time: 1, intervalMs: 10_000, source: 'live', columns, rows });
  expect(tabSign(live, fleet)).toEqual({ mark: '(2)', tone: 'late' });
});

test('it says that nothing new comes', () => {
  expect(tabSign({ kind: 'stale', ageMs: 60_000 }, fleetOf('stale'))).toEqual({ mark: '▲', tone: 'late' });
  expect(tabSign({ kind: 'source', words: 'no' }, fleetOf('live'))).toEqual({ mark: '▲', tone: 'late' });
});

test('it says that there is no connection, between two attempts, too', () => {
  const down = { mark: '✕', tone: 'down' };
  expect(tabSign({ kind: 'reconnecting', inMs: 1_000, ageMs: null, reason: '' }, fleetOf('live'))).toEqual(
    down,
  );
  expect(tabSign({ kind: 'connecting' }, fleetOf('live'))).toEqual(down);
  expect(tabSign({ kind: 'ended' }, fleetOf('live'))).toEqual(down);
});
