import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttp, type HttpOptions } from '../src/http.ts';
import { exchange, RawClient } from './support/rawClient.ts';

/** A server with a route that reads a body, and what its handler has seen. */
async function serve(options: HttpOptions = {}) {
  const http = createHttp(pino({ level: 'silent' }), options);
  const seen: string[] = [];
  http.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  http.all('/echo', (request) => {
    seen.push(`${request.method} ${String(request.body ?? '')}`);
    return { length: String(request.body ?? '').length };
  });
  http.get('/hosts/:host', () => ({}));
  http.get('/long', () => 'x'.repeat(32 * 1024 * 1024));
  await http.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => http.close());
  const { port } = http.server.address() as AddressInfo;
  return { http, port, seen };
}

const quick = { headersMs: 200, requestMs: 400, checkMs: 50 };

it('a body of JSON is read up to 16 KiB, whoever sends it wherever', async () => {
  const http = createHttp(pino({ level: 'silent' }));
  await http.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => http.close());
  const { port } = http.server.address() as AddressInfo;
  const send = async (body: string) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`http://127.0.0.1:${port}/nothing`, { method: 'POST', headers, body })).status;
  };
  expect(await send(`${'['.repeat(8_192)}${']'.repeat(8_192)}`)).toBe(404);
  expect(await send(`${'['.repeat(8_193)}${']'.repeat(8_192)}`)).toBe(413);
});

describe('a slow client', () => {
  it.each([
    ['that sends nothing', ''],
    ['that never ends its headers', 'GET /echo HTTP/1.1\r\nHost: a\r\nX-A: b\r\n'],
    ['that never ends its first line', 'GET /ec'],
    ['that never sends its body', 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n'],
    [
      'that never ends its chunks',
      'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
    ],
  ])('%s is told 408 and cut off', async (_name, octets) => {
    const { port, seen } = await serve(quick);
    const client = await exchange(port, octets);
    expect(client.statuses).toEqual([408]);
    expect(client.received).toContain('{"error":"the request took too long"}');
    expect(seen).toEqual([]);
  });

  it('that sends a header now and then is cut off too', async () => {
    const { port } = await serve(quick);
    const client = await RawClient.open(port);
    client.write('GET /echo HTTP/1.1\r\nHost: a\r\n');
    const drip = setInterval(() => client.write('X-A: b\r\n'), 20);
    onTestFinished(() => clearInterval(drip));
    await client.closed;
    expect(client.statuses).toEqual([408]);
  });

  it('that reads nothing of its answer is cut off', async () => {
    const { http, port } = await serve({ stalledMs: 200 });
    const accepted = once(http.server, 'connection');
    const client = await RawClient.open(port);
    client.socket.pause();
    client.write('GET /long HTTP/1.1\r\nHost: a\r\n\r\n');
    const [socket] = await accepted;
    await once(socket, 'close');
    expect(socket.bytesWritten).toBeGreaterThan(0);
  });

  it('that rests between two requests is not', async () => {
    const { port } = await serve(quick);
    const client = await RawClient.open(port);
    client.write('GET /echo HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until((received) => received.endsWith('{"length":0}'));
    await exchange(port, 'GET /ec'); // until the limit for headers has passed twice over
    await exchange(port, 'GET /ec');
    client.write('GET /echo HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until((received) => received.split('{"length":0}').length === 3);
    expect(client.statuses).toEqual([200, 200]);
  });
});

describe('a request that two readers may understand differently', () => {
  const smuggled = 'GET /echo HTTP/1.1\r\nHost: a\r\nX-Smuggled: 1\r\n\r\n';
  it.each([
    [
      'with Content-Length and Transfer-Encoding',
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'with Transfer-Encoding and Content-Length',
      `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'with two lengths',
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nabcde${smuggled}`,
    ],
    [
      'with a list of lengths',
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 5\r\n\r\nabcde${smuggled}`,
    ],
    ['with a signed length', `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nabcde${smuggled}`],
    ['with a negative length', `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n${smuggled}`],
    [
      'with chunked not last',
      `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'with an unknown coding',
      `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['with bare LF', 'POST /echo HTTP/1.1\nHost: a\nContent-Length: 0\n\n'],
    ['with a folded header', `POST /echo HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n`],
    ['with space before the colon', `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 0\r\n\r\n`],
    [
      'with a broken chunk',
      'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n',
    ],
    ['with a NUL in a header', 'GET /echo HTTP/1.1\r\nHost: a\r\nX-A: \0\r\n\r\n'],
    ['without Host', 'GET /echo HTTP/1.1\r\n\r\n'],
    ['of no method', 'FROB /echo HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['of another protocol', 'GET /echo HTTP/3.9\r\nHost: a\r\n\r\n'],
    ['that is TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['that is STOMP', 'CONNECT\naccept-version:1.2\nhost:/\n\n\0'],
  ])('%s is 400 and ends the connection', async (_name, octets) => {
    const { port, seen } = await serve();
    const client = await exchange(port, octets);
    expect(client.statuses).toEqual([400]);
    expect(seen.filter((each) => each.startsWith('GET'))).toEqual([]);
  });

  it.each(['CONNECT', 'TRACE'])('%s shows nobody anything', async (method) => {
    const { port, seen } = await serve();
    const target = method === 'CONNECT' ? 'evil.example:443' : '/hosts/a';
    const octets = `${method} ${target} HTTP/1.1\r\nHost: a\r\nCookie: secret\r\nConnection: close\r\n\r\n`;
    const client = await exchange(port, octets);
    expect(client.received).not.toContain('secret');
    expect(client.statuses).toEqual(method === 'CONNECT' ? [] : [404]);
    expect(seen).toEqual([]);
  });
});

describe('a request that is too long', () => {
  it.each([
    ['an address', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
    ['a header', `GET /echo HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['many headers', `GET /echo HTTP/1.1\r\nHost: a\r\n${'X-A: b\r\n'.repeat(6_000)}\r\n`, 431],
    ['a parameter', `GET /hosts/${'a'.repeat(5_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
    [
      'a body',
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n`,
      413,
    ],
  ])('%s', async (_name, octets, status) => {
    const { port } = await serve();
    const client = await exchange(port, octets);
    expect(client.statuses).toEqual([status]);
    expect(client.received).toMatch(/\r\n\r\n\{"error":"[^"]+"\}$/);
  });

  it('has room for a token of 8 KiB', async () => {
    const { port } = await serve();
    const token = 'a'.repeat(8 * 1024);
    const octets = `GET /echo HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
    expect((await exchange(port, octets)).statuses).toEqual([200]);
  });
});

describe('requests sent one after the other without waiting', () => {
  const one = 'GET /echo HTTP/1.1\r\nHost: a\r\n\r\n';

  it('are answered in order while they are few', async () => {
    const { port } = await serve();
    const client = await exchange(
      port,
      `${one.repeat(9)}GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(client.statuses).toEqual(Array.from({ length: 10 }, () => 200));
  });

  it('end their connection when they are a flood, and others are served', async () => {
    const { port, seen } = await serve();
    const client = await exchange(port, one.repeat(50_000));
    expect(client.statuses.length).toBeLessThan(33);
    expect(seen.length).toBeLessThan(33);
    const other = await exchange(port, 'GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(other.statuses).toEqual([200]);
  });
});

it('says the same of a bad address whatever is wrong with it', async () => {
  const { port } = await serve();
  for (const path of ['/%', '/%zz', '/%ff%fe', '/hosts/%c3%28']) {
    const client = await exchange(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(client.statuses).toEqual([400]);
    expect(client.received).toContain('{"error":"the address is not a valid one"}');
  }
});
