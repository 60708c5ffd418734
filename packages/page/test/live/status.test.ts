import { describe, expect, test } from 'vitest';
import type { Fleet } from '../../src/live/snapshots.ts';
import { readFleet } from '../../src/live/snapshots.ts';
import { type FeedFacts, feedStatus, isOutOfDate } from '../../src/live/status.ts';

const columns = ['host', 'state', 'seenMs', 'skewMs', 'cpu', 'tags'];

function fleet(state: string, source = 'live'): Fleet {
  const rows = [['web-1', state, 98_000, 0, 12.5, { dc: 'icn' }]];
  const read = readFleet({ time: 100_000, intervalMs: 10_000, source, columns, rows });
  if (!read) throw new Error('unreadable fleet');
  return read;
}

function facts(change: Partial<FeedFacts>): FeedFacts {
  return {
    link: { phase: 'connected', sinceMs: 0 },
    fleet: fleet('live'),
    isOnline: true,
    serverMs: 101_000,
    localMs: 101_000,
    ...change,
  };
}

describe('the chip', () => {
  test('is live with the age of the newest data', () => {
    expect(feedStatus(facts({}))).toEqual({ kind: 'live', intervalMs: 10_000, ageMs: 3_000 });
  });

  test('is stale when snapshots no longer come', () => {
    expect(feedStatus(facts({ serverMs: 125_001 }))).toEqual({ kind: 'stale', ageMs: 25_001 });
  });

  test('catches up for a moment after a connect, before it calls what it has stale', () => {
    const late = { serverMs: 160_000, localMs: 160_000 };
    const linkSince = (sinceMs: number) => ({ link: { phase: 'connected', sinceMs } as const });
    expect(feedStatus(facts({ ...late, ...linkSince(155_001) }))).toEqual({ kind: 'catching-up' });
    expect(feedStatus(facts({ ...late, ...linkSince(155_000) }))).toEqual({ kind: 'stale', ageMs: 60_000 });
  });

  test('says that the connection has ended, not that it comes back', () => {
    const link = { phase: 'ended', ending: 'kicked', reason: 'closed by an operator' } as const;
    expect(feedStatus(facts({ link }))).toEqual({ kind: 'ended' });
    expect(isOutOfDate(facts({ link }))).toBe(true);
  });

  test('is stale when no host reports', () => {
    expect(feedStatus(facts({ fleet: fleet('stale') }))).toEqual({ kind: 'stale', ageMs: 3_000 });
  });

  test('is not live where no host has ever reported', () => {
    const none = { ...fleet('live'), hosts: [] };
    expect(feedStatus(facts({ fleet: none }))).toEqual({ kind: 'empty' });
  });

  test('says in the source’s words why the store could not be asked', () => {
    const down = fleet('live', 'InfluxDB does not answer');
    expect(feedStatus(facts({ fleet: down }))).toEqual({ kind: 'source', words: 'InfluxDB does not answer' });
  });

  test('counts down to the next attempt', () => {
    const link = { phase: 'waiting', untilMs: 104_000, reason: 'shutdown' } as const;
    expect(feedStatus(facts({ link }))).toEqual({
      ...{ kind: 'reconnecting', inMs: 3_000, reason: 'shutdown', ageMs: 3_000 },
    });
  });

  test('is offline as soon as there is no network, with the age of the data and when it is tried again', () => {
    const offline = (link: FeedFacts['link']) => feedStatus(facts({ link, isOnline: false }));
    const said = { kind: 'offline', ageMs: 3_000 };
    expect(offline({ phase: 'connected', sinceMs: 0 })).toEqual({ ...said, inMs: undefined });
    expect(offline({ phase: 'connecting' })).toEqual({ ...said, inMs: undefined });
    expect(offline({ phase: 'waiting', untilMs: 104_000, reason: '' })).toEqual({ ...said, inMs: 3_000 });
  });
});

test('what the fleet shows is out of date while snapshots or the connection are missing', () => {
  expect(isOutOfDate(facts({}))).toBe(false);
  expect(isOutOfDate(facts({ serverMs: 125_001 }))).toBe(true);
  expect(isOutOfDate(facts({ link: { phase: 'waiting', untilMs: 104_000, reason: '' } }))).toBe(true);
  expect(isOutOfDate(facts({ link: { phase: 'connecting' } }))).toBe(true);
  expect(isOutOfDate(facts({ link: { phase: 'connecting' }, fleet: undefined }))).toBe(false);
});

test('while the store cannot be asked, a host whose figures are news keeps its state', () => {
  expect(isOutOfDate(facts({ fleet: fleet('live', 'InfluxDB does not answer') }))).toBe(false);
  expect(fleet('live', 'InfluxDB does not answer').hosts[0]?.state).toBe('live');
});
