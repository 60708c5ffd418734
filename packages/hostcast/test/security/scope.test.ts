import { expect, test } from 'vitest';
import { type FleetRow, type FleetSnapshot, fleetColumns } from '../../src/publish/snapshots.ts';
import { fleetInScope, seesHost, seesName } from '../../src/security/scope.ts';

test.each<[string, string, boolean]>([
  ['web-1', 'web-1', true],
  ['web-1', 'web-10', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['web-*', 'web-', true],
  ['web-*', 'web-1.example', true],
  ['web-*', 'db-web-1', false],
  ['*.example', 'web-1.example', true],
  ['*.example', 'web-1xexample', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['**', 'x', true],
  ['web-[0-9]', 'web-1', false],
  ['WEB-*', 'web-1', false],
  [`${'*a'.repeat(50)}b`, 'a'.repeat(10_000), false],
])('the pattern %.20s of a scope and the host %.20s: %s', (pattern, host, expected) => {
  expect(seesName({ hosts: [pattern] }, host)).toBe(expected);
});

test('no scope is every host; one of the patterns and all of the tags have to hold', () => {
  expect(seesHost(undefined, 'db-1', {})).toBe(true);
  const scope = { hosts: ['web-*', 'db-*'], tags: { dc: 'icn', env: 'prod' } };
  expect(seesHost(scope, 'db-1', { dc: 'icn', env: 'prod', rack: '7' })).toBe(true);
  expect(seesHost(scope, 'db-1', { dc: 'icn', env: 'test' })).toBe(false);
  expect(seesHost(scope, 'db-1', { dc: 'icn' })).toBe(false);
  expect(seesHost(scope, 'cache-1', { dc: 'icn', env: 'prod' })).toBe(false);
  expect(seesHost({ hosts: [] }, 'db-1', {})).toBe(false);
});

test('a tag that every object seems to have is not there', () => {
  const tags = JSON.parse('{"constructor":"x"}');
  expect(seesHost({ tags: tags }, 'web-1', {})).toBe(false);
  expect(seesHost({ tags: JSON.parse('{"__proto__":"x"}') }, 'web-1', {})).toBe(false);
  expect(seesHost({ tags: JSON.parse('{"__proto__":"x"}') }, 'web-1', JSON.parse('{"__proto__":"x"}'))).toBe(
    true,
  );
});

test('the fleet in a scope has the rows of its hosts only', () => {
  const row = (host: string, tags: Record<string, string>): FleetRow => [
    host,
    'live',
    0,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    tags,
  ];
  const fleet: FleetSnapshot = {
    time: 1,
    intervalMs: 10_000,
    source: 'live',
    columns: fleetColumns,
    rows: [row('db-1', { dc: 'icn' }), row('web-1', { dc: 'icn' }), row('web-2', { dc: 'nrt' })],
  };
  expect(fleetInScope(fleet, undefined)).toBe(fleet);
  expect(fleetInScope(fleet, { hosts: ['web-*'], tags: { dc: 'icn' } })).toEqual({
    ...fleet,
    rows: [row('web-1', { dc: 'icn' })],
  });
});
