import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HostcastProcess } from './support/hostcastProcess.ts';
import { exchange } from './support/rawClient.ts';

/** What an answer may be; 500 is none of them. */
const documented = new Set([
  ...[200, 204, 206, 304],
  ...[400, 403, 404, 405, 408, 413, 414, 415, 416, 417, 426, 429, 431, 503],
]);

/** What would tell a stranger how the inside looks: paths, stacks, names of libraries. */
const inside =
  /node_modules|\/work\/|\/tmp\/|\/dist\/|\/src\/|file:\/\/|\n? {4}at |\.[jt]s:\d|fastify|FST_ERR|ENOENT|EISDIR|node:internal/i;

const methods = fc.constantFrom(
  ...[
    'GET',
    'GET',
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'PROPFIND',
    'QUERY',
    'get',
    'X',
  ],
);

const routes = fc.constantFrom(
  ...['/', '/ws', '/ws/websocket', '/write', '/query', '/ping', '/health', '/telegraf', '/api/v2/write'],
  ...['/api/v3/write_lp', '/api/hosts', '/api/hosts/web-1', '/api/hosts/web-1/history', '/api/sessions'],
  ...[
    '/api/login',
    '/metrics',
    '/healthz',
    '/readyz',
    '/assets/',
    '/index.html',
    '/favicon.svg',
    '/hosts/web-1',
    '',
  ],
);

const pieces = fc.oneof(
  fc.constantFrom(
    '%00',
    '../',
    '..%2f',
    '%2e%2e/',
    '..\\',
    '%5c',
    '//',
    '/./',
    '%',
    '%zz',
    '%ff',
    ';',
    '#',
    '\\',
    '*',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'package.json',
    'main.js',
    '.br',
    '.gz',
    'etc/passwd',
    '?',
    '?from=',
    '&to=1',
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 5 }).map(encodeURIComponent),
  fc.constantFrom(1_000, 5_000, 17_000).map((length) => 'a'.repeat(length)),
);

const target = fc
  .tuple(routes, fc.array(pieces, { maxLength: 4 }))
  .map(([route, more]) => (route + more.join('')).replace(/[\r\n ]/g, '+') || '/');

const text = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});

const header = fc.oneof(
  fc.constantFrom(
    'Accept: text/html',
    'Accept-Encoding: br',
    'Accept-Encoding: gzip, zstd',
    'Range: bytes=0-1',
  ),
  fc.constantFrom(
    'Range: bytes=9-1,-,x',
    'If-None-Match: *',
    'If-Modified-Since: yesterday',
    'Expect: 100-continue',
  ),
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Type: x',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
  ),
  fc.constantFrom(
    'Upgrade: websocket\r\nConnection: Upgrade',
    'Origin: null',
    'Transfer-Encoding: chunked',
    'Expect: x',
  ),
  fc.constantFrom(
    'Host: evil.example',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-For: x',
    'Cookie: hostcast=x',
  ),
  fc
    .tuple(fc.constantFrom('Authorization', 'Accept', 'Range', 'Content-Type', 'Content-Length', 'X-A'), text)
    .map(([name, value]) => `${name}: ${value}`),
  text,
);

const body = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    '{',
    '{"__proto__":{"a":1}}',
    'cpu,host=a usage_idle=1',
    'cpu',
    '\u001f\u008b\u0008\u0000',
    '0\r\n\r\n',
  ),
  text,
);

/** A whole request, which may be none; it is the last of its connection. */
const request = fc
  .record({ method: methods, target, headers: fc.array(header, { maxLength: 4 }), body })
  .map(
    ({ method, target: path, headers, body: octets }) =>
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers.map((line) => `${line}\r\n`).join('')}` +
      `Content-Length: ${octets.length}\r\nConnection: close\r\n\r\n${octets}`,
  );

it('answers whatever is asked with a documented status, and shows nothing of its inside', async () => {
  const hostcast = await HostcastProcess.start(['--no-collect', '--interval', '1s']);
  const port = Number(new URL(hostcast.url).port);
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(request, async (octets) => {
      const { received, statuses, socket } = await exchange(port, octets);
      socket.destroy();
      const status = statuses.at(-1); // after 100 Continue
      if (status !== undefined) {
        seen.add(status);
        expect([...documented]).toContain(status);
      }
      const [head = '', ...rest] = received.split('\r\n\r\n');
      expect(head.toLowerCase()).not.toMatch(/x-powered-by|\nserver:/);
      if (/content-type: (?:text\/javascript|application\/javascript)/i.test(head)) return;
      // What was asked is said back in a 404.
      const answer = rest.join('\r\n\r\n');
      const isEcho = inside.test(octets);
      if (!isEcho) expect(answer).not.toMatch(inside);
    }),
    { numRuns: 1_500 },
  );
  expect((await fetch(`${hostcast.url}/api/hosts`)).status).toBe(200);
  expect(hostcast.log('a request failed')).toEqual([]);
  expect(hostcast.log('a request to the ingest failed')).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 403, 404]));
  expect(await hostcast.stop()).toBe(0);
});
