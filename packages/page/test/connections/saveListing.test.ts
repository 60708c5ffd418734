import { expect, test } from 'vitest';
import { listingCsv, listingJson } from '../../src/connections/saveListing.ts';

const rows = [
  { id: 's1', user: null, since: 1_000, subscriptions: [{ id: '0', destination: '/topic/hosts' }] },
  { id: '=s2', user: 'kim', since: 2_000, subscriptions: [], heartbeat: null },
];

test('sessions are saved as CSV with every field, times told and lists kept', () => {
  expect(listingCsv({ id: 'now', rows })).toBe(
    '\ufeffid,user,since,subscriptions,heartbeat\r\n' +
      's1,,1970-01-01T00:00:01.000Z,"[{""id"":""0"",""destination"":""/topic/hosts""}]",\r\n' +
      `'=s2,kim,1970-01-01T00:00:02.000Z,[],\r\n`,
  );
});

test('and as JSON as they came, with the time at which they were', () => {
  expect(JSON.parse(listingJson({ id: 'log', rows }, 3_000))).toEqual({
    time: '1970-01-01T00:00:03.000Z',
    log: rows,
  });
});
