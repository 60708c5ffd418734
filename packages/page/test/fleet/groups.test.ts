import { describe, expect, test } from 'vitest';
import { countedBy, hostsOf, linesOf, tagsOf } from '../../src/fleet/groups.ts';
import { readView } from '../../src/fleet/view.ts';
import { readFleet } from '../../src/live/snapshots.ts';

const columns = ['host', 'state', 'tags', 'disk'];
const rows = [
  ['web-10', 'live', { dc: 'icn', role: 'web' }, 97],
  ['web-2', 'stale', { dc: 'sel', role: 'web' }],
  ['db-1', 'gone', { dc: 'icn', role: 'db' }],
  ['lost', 'live', {}, 85],
];
const hosts = readFleet({ time: 0, intervalMs: 1, source: 'live', columns, rows })?.hosts ?? [];

const found = (query: Record<string, string>): string[] =>
  hostsOf(hosts, readView(query)).map(({ host }) => host);

const lines = (query: Record<string, string>): string[] =>
  linesOf(hosts, readView(query)).map((line) =>
    line.kind === 'host' ? line.row.host : `${line.value}: ${line.rows.length}`,
  );

describe('the hosts that are shown', () => {
  test.each([
    [{ q: 'WEB' }, ['web-10', 'web-2']],
    [{ q: 'dc=icn' }, ['web-10', 'db-1']],
    [{ q: 'role=web icn' }, ['web-10']],
    [{ q: '  ' }, ['web-10', 'web-2', 'db-1', 'lost']],
    [{ q: 'nothing' }, []],
    [{ tags: 'role=web' }, ['web-10', 'web-2']],
    [{ tags: 'role=web,role=db' }, ['web-10', 'web-2', 'db-1']],
    [{ tags: 'role=web,role=db,dc=icn' }, ['web-10', 'db-1']],
    [{ state: 'stale' }, ['web-2']],
    [{ state: 'live', q: 'web' }, ['web-10']],
    [{ gravity: 'critical' }, ['web-10']],
    [{ gravity: 'warn' }, ['lost']],
    [{ gravity: 'warn', q: 'web' }, []],
  ])('%j are %j', (query, names) => {
    expect(found(query)).toEqual(names);
  });
});

describe('groups', () => {
  test('have a head each, and hosts without the tag come last', () => {
    expect(lines({ group: 'dc' })).toEqual(['icn: 2', 'web-10', 'db-1', 'sel: 1', 'web-2', ': 1', 'lost']);
  });

  test('with what is wrong come first where hosts do, by the order as it is held', () => {
    const gradeOf = (host: string): number => (host === 'web-2' ? -4 : 0);
    const heads = linesOf(hosts, readView({ group: 'dc' }), gradeOf).map(
      (line) => line.kind === 'group' && line.value,
    );
    expect(heads.filter((head) => head !== false)).toEqual(['sel', 'icn', '']);
  });

  test('that are folded up keep their head', () => {
    expect(lines({ group: 'dc', folded: 'icn' })).toEqual(['icn: 2', 'sel: 1', 'web-2', ': 1', 'lost']);
    expect(lines({ group: 'dc', folded: ',' })).toEqual([
      'icn: 2',
      'web-10',
      'db-1',
      'sel: 1',
      'web-2',
      ': 1',
    ]);
  });
});

test('tags are counted by key and value', () => {
  expect([...tagsOf(hosts)].map(([key, values]) => [key, [...values]])).toEqual([
    [
      'dc',
      [
        ['icn', 2],
        ['sel', 1],
      ],
    ],
    [
      'role',
      [
        ['db', 1],
        ['web', 2],
      ],
    ],
  ]);
});

test('what is counted beside a choice is what the other choices leave', () => {
  const view = readView({ q: 'web', gravity: 'critical', state: 'live' });
  expect(countedBy(hosts, view, 'state').map(({ host }) => host)).toEqual(['web-10']);
  expect(countedBy(hosts, { ...view, gravity: undefined }, 'state').map(({ host }) => host)).toEqual([
    'web-10',
    'web-2',
  ]);
  expect(countedBy(hosts, readView({ tags: 'role=db' }), 'gravity').map(({ host }) => host)).toEqual([
    'db-1',
  ]);
});
