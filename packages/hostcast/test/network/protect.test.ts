import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStompServer } from '@hostcast/stomp';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createHttp } from '../../src/http.ts';
import { createNetwork, type NetworkOptions } from '../../src/network/network.ts';
import { protect } from '../../src/network/protect.ts';
import { exchange, RawClient } from '../support/rawClient.ts';

const counts = { httpConnections: 100, sessionsPerAddress: 50, handshakesPerMinute: 600 };

/** A protected server with a route for each kind of caller. */
async function serve(options: Partial<NetworkOptions> = {}, limits: Partial<typeof counts> = {}) {
  const network = createNetwork({ allowedHosts: [], allowedOrigins: [], trustedProxies: [], ...options });
  const stomp = createStompServer({ ...network.endpoint });
  const http = createHttp(pino({ level: 'error' }), network);
  await protect({ http, stomp }, network, { ...counts, ...limits });
  http.get('/api/hosts', ({ ip, protocol, host }) => ({ ip, protocol, host }));
  http.post('/api/logout', ({ raw }) => ({ own: network.isOwnOrigin(raw) }));
  http.get('/healthz', () => ({}));
  http.post('/write', (_request, reply) => reply.code(204).send());
  stomp.attach(http.server);
  await http.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await stomp.close({ drainMs: 0 });
    await http.close();
  });
  const { port } = http.server.address() as AddressInfo;
  return { http, stomp, port };
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, host: '127.0.0.1', method, path, headers, agent: false },
      async (response) => {
        let body = '';
        for await (const chunk of response) body += String(chunk);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

/** 101, or the status of a refusal with its Retry-After. */
async function handshake(port: number, headers: Record<string, string> = {}): Promise<unknown[]> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers });
  onTestFinished(() => socket.terminate());
  socket.on('error', () => undefined);
  const refused = once(socket, 'unexpected-response').then(([, { statusCode, headers: all }]) => [
    statusCode,
    all['retry-after'],
  ]);
  return Promise.race([once(socket, 'open').then(() => [101]), refused]);
}

describe('a request by a name that is not this server’s', () => {
  it.each([
    ['GET', '/api/hosts', 'evil.example', 403],
    ['GET', '/nothing', 'evil.example', 403],
    ['POST', '/api/logout', 'evil.example', 403],
    ['POST', '/write', 'evil.example', 204],
    ['GET', '/api/hosts', 'hosts.example', 200],
    ['GET', '/api/hosts', 'localhost:4678', 200],
    ['GET', '/api/hosts', '[::1]:4678', 200],
    ['GET', '/api/hosts', 'evil@localhost', 403],
  ])('%s %s at %s: %i', async (method, path, host, status) => {
    const { port } = await serve({ allowedHosts: ['hosts.example'] });
    expect((await ask(port, method, path, { host })).status).toBe(status);
  });

  it('is refused for a WebSocket too', async () => {
    const { port } = await serve({ allowedHosts: ['hosts.example'] });
    expect(await handshake(port, { host: 'evil.example' })).toEqual([403, undefined]);
    expect(await handshake(port, { host: 'hosts.example' })).toEqual([101]);
  });

  it('is refused where it names this server and another one too', async () => {
    const { port } = await serve();
    for (const hosts of ['Host: localhost\r\nHost: evil.example', 'Host: evil.example\r\nhost: localhost']) {
      const client = await exchange(port, `GET /api/hosts HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`);
      expect(client.statuses).toEqual([400]);
    }
  });

  it('may have no name in HTTP/1.0, as a load balancer’s probe, where it learns nothing', async () => {
    const { port } = await serve();
    expect((await exchange(port, 'GET /healthz HTTP/1.0\r\n\r\n')).statuses).toEqual([200]);
    expect((await exchange(port, 'GET /api/hosts HTTP/1.0\r\n\r\n')).statuses).toEqual([403]);
  });

  it('is told what to do', async () => {
    const { port } = await serve();
    const { body, headers } = await ask(port, 'GET', '/api/hosts', { host: 'evil.example' });
    expect(JSON.parse(body).error).toBe(
      'this server does not go by that name; if it should, name it in network.allowed-hosts',
    );
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });
});

describe('a change that a page asks for', () => {
  it.each([
    ['its own', { origin: 'http://a.example' }, 200, true],
    ['another’s', { origin: 'https://evil.example' }, 403, false],
    ['nobody’s', { origin: 'null' }, 403, false],
    ['an allowed one’s, which is not its own', { origin: 'https://app.example' }, 200, false],
    ['its own, without Origin', { 'sec-fetch-site': 'same-origin' }, 200, true],
    ['another’s, without Origin', { 'sec-fetch-site': 'cross-site' }, 403, false],
    ['another name’s of the same site', { 'sec-fetch-site': 'same-site' }, 403, false],
    ['a program’s', {}, 200, false],
  ])('%s', async (_name, headers, status, own) => {
    const { port } = await serve({ allowedHosts: ['a.example'], allowedOrigins: ['https://app.example'] });
    const answer = await ask(port, 'POST', '/api/logout', { host: 'a.example', ...headers });
    expect(answer.status).toBe(status);
    if (status === 200) expect(JSON.parse(answer.body)).toEqual({ own });
  });

  it('is not its own because all origins may connect', async () => {
    const { port } = await serve({ allowedOrigins: ['*'] });
    const answer = await ask(port, 'POST', '/api/logout', { origin: 'https://evil.example' });
    expect(JSON.parse(answer.body)).toEqual({ own: false });
  });

  it('is refused with several origins', async () => {
    const { port } = await serve();
    const own = `http://127.0.0.1:${port}`;
    expect((await ask(port, 'POST', '/api/logout', { origin: own })).status).toBe(200);
    expect((await ask(port, 'POST', '/api/logout', { origin: [own, own] })).status).toBe(403);
  });
});

describe('forwarded headers', () => {
  it.each([
    ['192.0.2.1:4711', '192.0.2.1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1, unknown', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('of a trusted proxy are read for requests as for WebSockets: %s', async (given, address) => {
    const { port } = await serve({ trustedProxies: ['127.0.0.1'] });
    const { body } = await ask(port, 'GET', '/api/hosts', { host: 'localhost', 'x-forwarded-for': given });
    expect(JSON.parse(body).ip).toBe(address);
  });

  const forwarded = {
    host: 'localhost',
    'x-forwarded-for': '127.0.0.1, 203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'a.example',
  };

  it('of a trusted proxy are believed', async () => {
    const { port } = await serve({ trustedProxies: ['127.0.0.0/8'], allowedHosts: ['a.example'] });
    const { body } = await ask(port, 'GET', '/api/hosts', forwarded);
    expect(JSON.parse(body)).toEqual({ ip: '203.0.113.7', protocol: 'https', host: 'a.example' });
  });

  it('of anybody else are not', async () => {
    const { port } = await serve({ trustedProxies: ['10.0.0.0/8'], allowedHosts: ['a.example'] });
    const { body } = await ask(port, 'GET', '/api/hosts', forwarded);
    expect(JSON.parse(body)).toEqual({ ip: '127.0.0.1', protocol: 'http', host: 'localhost' });
    const disguised = { ...forwarded, host: 'evil.example' };
    expect((await ask(port, 'GET', '/api/hosts', disguised)).status).toBe(403);
  });
});

describe('limits', () => {
  it('handshakes above the rate are 429 before the upgrade, whatever address they claim', async () => {
    const { port } = await serve({}, { handshakesPerMinute: 2 });
    expect(await handshake(port, { 'x-forwarded-for': '203.0.113.1' })).toEqual([101]);
    expect(await handshake(port, { 'x-forwarded-for': '203.0.113.2' })).toEqual([101]);
    const [status, wait] = await handshake(port, { 'x-forwarded-for': '203.0.113.3' });
    expect(status).toBe(429);
    expect(Number(wait)).toBeGreaterThan(0);
    expect(Number(wait)).toBeLessThanOrEqual(60);
  });

  it('handshakes behind a trusted proxy are counted per client', async () => {
    const { port } = await serve({ trustedProxies: ['127.0.0.1'] }, { handshakesPerMinute: 1 });
    expect(await handshake(port, { 'x-forwarded-for': '203.0.113.1' })).toEqual([101]);
    expect(await handshake(port, { 'x-forwarded-for': '203.0.113.2' })).toEqual([101]);
    expect(await handshake(port, { 'x-forwarded-for': '203.0.113.1' })).toEqual([429, expect.any(String)]);
  });

  it('a connection above those of one address is closed at once; WebSockets and closed ones make room', async () => {
    const { port } = await serve({}, { sessionsPerAddress: 2 });
    expect(await handshake(port)).toEqual([101]);
    expect(await handshake(port)).toEqual([101]);
    const first = await RawClient.open(port);
    await RawClient.open(port);
    const third = await RawClient.open(port);
    await third.closed;
    expect(third.received).toBe('');
    first.socket.destroy();
    await first.closed;
    await expect.poll(() => ask(port, 'GET', '/api/hosts', {}).catch(() => 0)).toMatchObject({ status: 200 });
  });

  it('a connection above all that there may be is closed at once', async () => {
    const { port } = await serve({}, { httpConnections: 1 });
    await RawClient.open(port);
    const second = await RawClient.open(port);
    await second.closed;
    expect(second.received).toBe('');
  });

  it('a trusted proxy has as many connections as it needs', async () => {
    const { port } = await serve({ trustedProxies: ['127.0.0.1'] }, { sessionsPerAddress: 1 });
    await RawClient.open(port);
    expect((await ask(port, 'GET', '/api/hosts', {})).status).toBe(200);
  });
});

it('answers with headers that let a browser do nothing more than the page needs', async () => {
  const { port } = await serve();
  const { headers } = await ask(port, 'GET', '/api/hosts', { host: 'localhost:4678' });
  expect(headers).toMatchObject({
    'content-security-policy':
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;" +
      "connect-src 'self' ws://localhost:4678;form-action 'self';frame-ancestors 'none';base-uri 'none'",
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  expect(Object.keys(headers)).not.toContain('x-powered-by');
  expect(Object.keys(headers)).not.toContain('server');
});
