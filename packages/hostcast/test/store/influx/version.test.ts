import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInfluxClient, type InfluxClient } from '../../../src/store/influx/client.ts';
import { authorizationOf, readVersion } from '../../../src/store/influx/version.ts';
import { httpAnswer, type RawServer, startRawServer } from '../../support/rawServer.ts';

const empty = httpAnswer('200 OK', 'application/json', '{"results":[{"statement_id":0}]}');

/** An answer to a ping. */
function ping(status: string, version: string): string {
  const header = version === '' ? '' : `X-Influxdb-Version: ${version}\r\n`;
  return `HTTP/1.1 ${status}\r\n${header}Content-Length: 0\r\nConnection: close\r\n\r\n`;
}

let server: RawServer;
let pinged: string | undefined;
let answer: string | undefined;
let client: InfluxClient | undefined;

beforeEach(async () => {
  pinged = ping('204 No Content', '1.8.10');
  answer = empty;
  server = await startRawServer((request) => (request.startsWith('GET /ping ') ? pinged : answer));
});

afterEach(async () => {
  client?.close();
  await server.close();
});

const lines = (): string[] => server.requests.map((request) => request.split(' HTTP/')[0]!);
const headers = (): string[] =>
  server.requests.map((request) => /\r\nauthorization: (.*)\r\n/i.exec(request)?.[1] ?? 'none');

describe('the version', () => {
  it.each([
    ['1.2.0', { generation: 1, text: '1.2.0', bindsParameters: false }],
    ['1.6.7~rc0', { generation: 1, text: '1.6.7~rc0', bindsParameters: true }],
    ['1.8.10', { generation: 1, text: '1.8.10', bindsParameters: true }],
    ['v2.7.11', { generation: 2, text: 'v2.7.11', bindsParameters: true }],
    ['3.0.2', { generation: 3, text: '3.0.2', bindsParameters: false }],
    ['3.6.0', { generation: 3, text: '3.6.0', bindsParameters: false }],
    ['3.7.0', { generation: 3, text: '3.7.0', bindsParameters: true }],
    ['3.10.0', { generation: 3, text: '3.10.0', bindsParameters: true }],
    ['unknown', undefined],
    ['12.1', undefined],
    ['', undefined],
  ])('%j is read', (header, version) => {
    expect(readVersion(header)).toEqual(version);
  });

  it('is asked for once, with what all take, and the login then has the form of the generation', async () => {
    pinged = ping('204 No Content', 'v2.7.11');
    client = createInfluxClient({ url: server.url, timeoutMs: 5_000, token: 'abc==' });
    await Promise.all([client.query('SHOW TAG KEYS'), client.query('SHOW FIELD KEYS')]);
    await client.query('SHOW DATABASES');
    expect(lines()).toEqual(['GET /ping', 'POST /query', 'POST /query', 'POST /query']);
    expect(headers()).toEqual(['Bearer abc==', 'Token abc==', 'Token abc==', 'Token abc==']);
  });

  it.each([
    ['a server that says none', ping('204 No Content', ''), { token: 'abc' }, 'Token abc'],
    [
      'a server that says none',
      ping('204 No Content', ''),
      { username: 'kim', password: 'x' },
      'Basic a2ltOng=',
    ],
    ['a proxy that has no ping', ping('404 Not Found', ''), { token: 'abc' }, 'Token abc'],
    ['a server that says another word', ping('204 No Content', 'unknown'), { token: 'abc' }, 'Token abc'],
  ])('of %s is taken to be what the login is of', async (_, octets, credentials, header) => {
    pinged = octets;
    client = createInfluxClient({ url: server.url, timeoutMs: 5_000, ...credentials });
    await client.query(['SELECT "a" FROM "m" WHERE "host" = ', { value: "it's" }]);
    expect(headers()[1]).toBe(header);
    expect(server.requests[1]).toContain('host%22+%3D+%27it%5C%27s%27');
  });

  it.each([
    [1, { username: 'kim', password: 'x', token: 'abc' }, 'Basic a2ltOng='],
    [1, { token: 'a.b.c' }, 'Bearer a.b.c'],
    [1, { token: 'kim:x' }, 'Token kim:x'],
    [2, { username: 'kim', password: 'x', token: 'abc' }, 'Token abc'],
    [2, { username: 'kim', password: 'x' }, 'Basic a2ltOng='],
    [3, { username: 'kim', password: 'x', token: 'abc' }, 'Bearer abc'],
    [3, { username: 'kim', password: 'abc' }, 'Bearer abc'],
    [3, {}, undefined],
  ] as const)('%i is logged in to, with %o, by %s', (generation, credentials, header) => {
    expect(authorizationOf(generation, credentials)).toBe(header);
  });

  it('can be named, against what the server says', async () => {
    client = createInfluxClient({ url: server.url, timeoutMs: 5_000, generation: 3, token: 'abc' });
    await client.query('SHOW TAG KEYS');
    expect(headers()).toEqual(['Bearer abc', 'Bearer abc']);
  });

  it('binds values where the server does', async () => {
    client = createInfluxClient({ url: server.url, timeoutMs: 5_000 });
    await client.query(['SELECT "a" FROM "m" WHERE "host" = ', { value: "it's" }]);
    const form = new URLSearchParams(server.requests[1]?.split('\r\n\r\n')[1]);
    expect([form.get('q'), form.get('params')]).toEqual([
      'SELECT "a" FROM "m" WHERE "host" = $p0',
      '{"p0":"it\'s"}',
    ]);
  });

  it.each([
    ['another version', ping('204 No Content', '1.8.10')],
    ['one where the ping tells none', ping('204 No Content', '')],
  ])('is believed to an answer that tells %s', async (_, octets) => {
    pinged = octets;
    client = createInfluxClient({ url: server.url, timeoutMs: 5_000, token: 'kim:abc' });
    await client.query('SHOW TAG KEYS');
    answer = empty.replace('\r\n', '\r\nX-Influxdb-Version: 3.7.0\r\n');
    await client.query('SHOW TAG KEYS');
    await client.query('SHOW TAG KEYS');
    expect(lines().filter((line) => line === 'GET /ping')).toHaveLength(1);
    expect(headers().slice(-2)).toEqual(['Token kim:abc', 'Bearer kim:abc']);
  });

  it.each([
    ['a login that is refused', httpAnswer('401 Unauthorized', 'text/plain', '')],
    ['a fault', httpAnswer('500 Internal Server Error', 'text/plain', '')],
    ['a cut connection', ''],
  ])(
    'is asked for again after %s, once for all who ask, and nothing else while it is away',
    async (_, octets) => {
      client = createInfluxClient({ url: server.url, timeoutMs: 5_000, token: 'abc', retryJitterMs: 20 });
      await client.query('SHOW TAG KEYS');
      answer = octets;
      await expect(client.query('SHOW TAG KEYS')).rejects.toThrow();
      pinged = octets;
      const before = server.requests.length;
      const round = await Promise.allSettled(Array.from({ length: 5 }, () => client?.query('SHOW TAG KEYS')));
      expect(round.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
      expect(lines().slice(before)).toEqual(['GET /ping']);
      pinged = ping('200 OK', '3.7.0');
      answer = empty;
      await client.query('SHOW TAG KEYS');
      expect(headers().at(-1)).toBe('Bearer abc');
    },
  );

  it('is waited for no longer than the question may take', async () => {
    pinged = undefined;
    client = createInfluxClient({ url: server.url, timeoutMs: 60_000 });
    const patient = client.query('SHOW TAG KEYS').catch(() => 'closed');
    await expect(client.query('SHOW TAG KEYS', { timeoutMs: 50 })).rejects.toThrow(
      `InfluxDB at ${server.url} did not answer within 0.05 s`,
    );
    client.close();
    expect(await patient).toBe('closed');
  });
});
