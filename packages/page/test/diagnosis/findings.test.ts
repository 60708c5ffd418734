import { describe, expect, test } from 'vitest';
import { type Evidence, findings } from '../../src/diagnosis/findings.ts';
import { type LinkFacts, noFacts } from '../../src/live/facts.ts';
import { readFleet } from '../../src/live/snapshots.ts';
import { english } from '../../src/texts/diagnosisEn.ts';

const fleet = readFleet({
  ...{ time: 100_000, intervalMs: 10_000, source: 'live', columns: ['host', 'state', 'skewMs'] },
  rows: [
    ['web-1', 'live', 0],
    ['web-2', 'live', 90_000],
  ],
});

const connected: LinkFacts = {
  ...noFacts(),
  stage: 'connected',
  ...{ version: '1.2', session: 'a1', heartbeatMs: 10_000, heardMs: 99_000 },
  ...{ roundTripMs: 4.2, messages: 7 },
};

function said(change: Partial<Evidence>): Map<string, string> {
  const evidence: Evidence = {
    probe: {
      http: { kind: 'ok', tookMs: 7.2 },
      who: { kind: 'open' },
      rounds: { count: 4, seconds: 0.056, lastSeconds: 0.0042, failures: 0 },
    },
    link: { phase: 'connected', sinceMs: 0 },
    facts: connected,
    fleet,
    isOnline: true,
    localMs: 101_000,
    serverMs: 101_000,
    roleText: (role) => role,
    ...change,
  };
  return new Map(
    findings(evidence, english).map(({ name, verdict, text, hint }) => [
      name,
      [verdict, text, hint].filter(Boolean).join(' | '),
    ]),
  );
}

describe('a diagnosis', () => {
  test('tells what works, from the network up to the figures', () => {
    expect([...said({})]).toEqual([
      ['HTTP', 'ok | answers in 8 ms'],
      ['Login', 'ok | nobody has to sign in'],
      ['WebSocket', 'ok | open'],
      ['STOMP', 'ok | version 1.2, session a1'],
      ['Heart-beat', 'ok | every 10\u202fs, heard 2\u202fs ago'],
      ['Round trip', 'ok | 4.2\u202fms, 7 messages'],
      ['Clock', 'ok | agrees with the server’s'],
      ['Snapshots', 'ok | the newest is 1\u202fs old, one every 10\u202fs'],
      ['Queries', 'ok | the last round took 4.2\u202fms, 14\u202fms on average of 4'],
      ['Hosts’ clocks', 'warn | web-2 +1\u202fmin | Set them by NTP: their data stands at the wrong time.'],
    ]);
  });

  test('finds the proxy that does not hand on the upgrade', () => {
    const facts = { ...noFacts(), lastEnd: { atMs: 0, closeCode: 1006, reason: '' } };
    const found = said({ link: { phase: 'waiting', untilMs: 102_000, reason: '' }, facts, fleet: undefined });
    expect(found.get('HTTP')).toBe('ok | answers in 8 ms');
    expect(found.get('WebSocket')).toMatch(/^bad \| not let through \| A proxy on the way/);
  });

  test('calls nothing well that stands on what is down', () => {
    const facts = { ...noFacts(), lastEnd: { atMs: 0, closeCode: 1006, reason: '' } };
    const probe = { http: { kind: 'none' }, who: { kind: 'unreachable' }, rounds: undefined } as const;
    const found = said({ link: { phase: 'waiting', untilMs: 102_000, reason: '' }, facts, probe });
    expect(found.get('WebSocket')).toBe('bad | no answer');
    expect(found.get('STOMP')).toBe('bad | no session | The page connects again by itself.');
    expect(found.get('Snapshots')).toMatch(/^unknown \| the newest is 1\u202fs old/);
  });

  test('finds a proxy that answers in place of hostcast, and a server that is away', () => {
    const answered = (kind: 'other' | 'none') =>
      said({
        probe: {
          http: kind === 'other' ? { kind, status: 502 } : { kind },
          who: { kind: 'unreachable' },
          rounds: undefined,
        },
      }).get('HTTP');
    expect(answered('other')).toMatch(/^bad \| something answers 502, but not hostcast \| The proxy/);
    expect(answered('none')).toMatch(/^bad \| no answer \| hostcast does not run at this address/);
  });

  test('says in the server’s words why there is no session', () => {
    const facts: LinkFacts = {
      ...noFacts(),
      stage: 'opened',
      lastEnd: { atMs: 0, closeCode: 4401, reason: 'login is needed' },
    };
    const found = said({ link: { phase: 'ended', ending: 'unauthorized', reason: '' }, facts });
    expect(found.get('WebSocket')).toBe('ok | open');
    expect(found.get('STOMP')).toBe('bad | login is needed');
  });

  test('tells how far the clock of this device is off', () => {
    expect(said({ serverMs: 143_000 }).get('Clock')).toMatch(
      /^warn \| this device is 42\u202fs behind the server \| /,
    );
    expect(said({ serverMs: 96_000 }).get('Clock')).toBe('ok | this device is 5\u202fs ahead of the server');
  });

  test('does not know how far the clock is off while the server is away', () => {
    const link = { phase: 'waiting', untilMs: 104_000, reason: '' } as const;
    expect(said({ link }).get('Clock')).toBe('unknown | not known');
  });

  test('says that a slow page was left out of messages', () => {
    const found = said({ facts: { ...connected, skipped: 3 } });
    expect(found.get('Round trip')).toMatch(/^warn \| 4\.2\u202fms, 7 messages \| 3 left out/);
  });

  test('names what the store said', () => {
    const away = fleet && { ...fleet, source: 'InfluxDB does not answer' };
    expect(said({ fleet: away }).get('Snapshots')).toMatch(/^bad \| InfluxDB does not answer \| /);
  });
});
