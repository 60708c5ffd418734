import { expect, test } from 'vitest';
import { fleetCsv, fleetJson } from '../../src/fleet/saveFleet.ts';
import { readFleet } from '../../src/live/snapshots.ts';

const time = Date.parse('2026-11-23T00:43:20Z');
const columns = ['host', 'state', 'seenMs', 'cpu', 'load1', 'cores', 'tags'];
const rows = [
  ['web-1', 'live', time, 12.5, 0.42, 8, { dc: 'icn', role: 'web' }],
  ['=cmd,"x"', 'gone', null, null, null, null, {}],
];
const fleet = {
  time,
  rows: readFleet({ time, intervalMs: 1, source: 'live', columns, rows })?.hosts ?? [],
  columns: ['cpu', 'load', 'age'] as const,
};

test('CSV quotes what needs it, and lets no host name be a formula', () => {
  expect(fleetCsv(fleet)).toBe(
    [
      '\ufeffhost,state,seen,cpu,load1,cores,tags',
      'web-1,live,2026-11-23T00:43:20.000Z,12.5,0.42,8,dc=icn role=web',
      `"'=cmd,""x""",gone,,,,,`,
      '',
    ].join('\r\n'),
  );
});

test('JSON says the same, with null where a figure is not known', () => {
  expect(JSON.parse(fleetJson(fleet))).toEqual({
    time: '2026-11-23T00:43:20.000Z',
    hosts: [
      {
        ...{
          host: 'web-1',
          state: 'live',
          seen: '2026-11-23T00:43:20.000Z',
          cpu: 12.5,
          load1: 0.42,
          cores: 8,
        },
        tags: { dc: 'icn', role: 'web' },
      },
      { host: '=cmd,"x"', state: 'gone', seen: null, cpu: null, load1: null, cores: null, tags: {} },
    ],
  });
});
