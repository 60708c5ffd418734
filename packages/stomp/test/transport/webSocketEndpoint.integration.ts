import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import type { HandshakeInterceptor } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { clientFrame } from '../support/clientFrame.ts';
import { eventually } from '../support/eventually.ts';
import { cleanUp, open, refusal, serve } from '../support/network.ts';

const connectFrame = 'CONNECT\naccept-version:1.2\nhost:/\n\n\0';

describe('the path', () => {
  test('and the path with /websocket are served, with a query or without', async () => {
    const { url, port } = await serve({ path: '/live' });
    for (const path of ['/live', '/live?x=1', '/live/websocket']) {
      await open(`ws://127.0.0.1:${port}${path}`);
    }
    expect(url).toContain('/ws');
  });

  test('another one is 404 where nobody else listens', async () => {
    const { port } = await serve();
    expect((await refusal(`ws://127.0.0.1:${port}/other`)).status).toBe(404);
    expect((await refusal(`ws://127.0.0.1:${port}/ws/other`)).status).toBe(404);
  });

  test('another one is left to another listener', async () => {
    const { http, port } = await serve();
    http.on('upgrade', (request, socket) => {
      if (request.url === '/other') socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
    });
    expect((await refusal(`ws://127.0.0.1:${port}/other`)).status).toBe(418);
  });
});

test.each([
  [['v12.stomp', 'v11.stomp', 'v10.stomp'], 'v12.stomp'],
  [['v10.stomp', 'v12.stomp'], 'v10.stomp'],
  [['chat', 'v11.stomp'], 'v11.stomp'],
  [[], ''],
])('of the subprotocols %j %j is chosen', async (offered, chosen) => {
  const { url } = await serve();
  expect((await open(url, offered)).socket.protocol).toBe(chosen);
});

describe('the origin', () => {
  test.each([
    ['none, as no browser would', undefined, [], 101],
    ['the endpoint’s own', 'http://127.0.0.1:PORT', [], 101],
    ['the endpoint’s own behind a proxy that ends TLS', 'https://127.0.0.1:PORT', [], 101],
    ['another port', 'http://127.0.0.1:1', [], 403],
    ['another host', 'https://evil.example', [], 403],
    ['null', 'null', [], 403],
    ['one that is allowed', 'https://app.example', ['https://App.example/'], 101],
    ['any, where all are allowed', 'https://evil.example', ['*'], 101],
  ])('%s', async (_name, origin, allowedOrigins, status) => {
    const { url, port, stomp } = await serve({ allowedOrigins });
    let isAsked = false;
    stomp.handshake.use({
      beforeHandshake() {
        isAsked = true;
      },
    });
    const headers = origin ? { origin: origin.replace('PORT', String(port)) } : {};
    if (status === 403) expect((await refusal(url, { headers })).status).toBe(403);
    else {
      const { WebSocket } = await import('ws');
      const socket = new WebSocket(url, { headers });
      await once(socket, 'open');
      socket.terminate();
    }
    expect(isAsked).toBe(status === 101);
  });
});

describe('the Host', () => {
  test.each([
    ['any, by default', 'evil.example', undefined, 101],
    ['one that is allowed, with its port', 'Hosts.Example:8080', ['hosts.example'], 101],
    ['localhost', 'localhost:8080', ['hosts.example'], 101],
    ['an IPv4 address', '192.0.2.7', ['hosts.example'], 101],
    ['an IPv6 address', '[::1]:8080', [], 101],
    ['another one, as by DNS rebinding', 'evil.example', ['hosts.example'], 403],
    ['no host at all', 'a b', ['hosts.example'], 403],
  ])('%s', async (_name, host, allowedHosts, status) => {
    const { url, stomp } = await serve(allowedHosts ? { allowedHosts } : {});
    let isAsked = false;
    stomp.handshake.use({
      beforeHandshake() {
        isAsked = true;
      },
    });
    const headers = { host };
    if (status === 403) expect((await refusal(url, { headers })).status).toBe(403);
    else await open(url, [], { headers });
    expect(isAsked).toBe(status === 101);
  });
});

describe('behind a proxy', () => {
  const forged = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-host': 'a.example' };

  test('a session has the address that a trusted proxy tells, and the handshake knows it', async () => {
    const { url, stomp } = await serve({ trustedProxies: ['127.0.0.0/8'], allowedHosts: ['a.example'] });
    const seen: string[] = [];
    stomp.handshake.use({ beforeHandshake: ({ remoteAddress }) => void seen.push(remoteAddress) });
    stomp.on('connected', ({ session }) => seen.push(session.remoteAddress));
    const { socket } = await open(url, [], { headers: { ...forged, origin: 'https://a.example' } });
    socket.send(connectFrame);
    await once(socket, 'message');
    expect(seen).toEqual(['203.0.113.7', '203.0.113.7']);
  });

  test('what anybody else says was forwarded changes nothing', async () => {
    const { url, stomp } = await serve({ trustedProxies: ['10.0.0.0/8'], limits: { sessionsPerAddress: 2 } });
    const seen: string[] = [];
    stomp.on('connected', ({ session }) => seen.push(session.remoteAddress));
    for (const address of ['203.0.113.1', '203.0.113.2']) {
      const { socket } = await open(url, [], { headers: { 'x-forwarded-for': address } });
      socket.send(connectFrame);
      await once(socket, 'message');
    }
    expect(seen).toEqual(['127.0.0.1', '127.0.0.1']);
    const third = await open(url, [], { headers: { 'x-forwarded-for': '203.0.113.3' } });
    const [code] = await once(third.socket, 'close');
    expect(code).toBe(1013);
    const headers = { ...forged, origin: 'https://a.example' };
    expect((await refusal(url, { headers })).status).toBe(403);
  });

  test('the limit per address holds per client, an IPv6 network /64 being one', async () => {
    const { url } = await serve({ trustedProxies: ['127.0.0.1'], limits: { sessionsPerAddress: 1 } });
    const from = (address: string) => open(url, [], { headers: { 'x-forwarded-for': address } });
    await from('2001:db8::1');
    await from('2001:db8:0:1::1');
    const { socket } = await from('2001:db8::2');
    const [code] = await once(socket, 'close');
    expect(code).toBe(1013);
  });
});

describe('limits come before handshake interceptors', () => {
  test('where there is no room, the client is told after the upgrade, and no interceptor is asked', async () => {
    const { url, stomp } = await serve({ limits: { sessionsPerAddress: 1 } });
    const asked: string[] = [];
    stomp.handshake.use({ beforeHandshake: ({ request }) => void asked.push(request.url ?? '') });
    await open(`${url}?1`);
    const { socket, got } = await open(`${url}?2`);
    const [code] = await once(socket, 'close');
    expect(code).toBe(1013);
    expect(got[0]).toContain('code:ERR_STOMP_TOO_MANY_SESSIONS');
    expect(asked).toEqual(['/ws?1']);
  });

  test('handshakes that wait count per address, and the next one is 503', async () => {
    const { url, stomp } = await serve({ limits: { sessionsPerAddress: 2 } });
    const releases: (() => void)[] = [];
    stomp.handshake.use({
      beforeHandshake: () => new Promise<undefined>((resolve) => releases.push(() => resolve(undefined))),
    });
    const waiting = [open(url), open(url)];
    await eventually(() => expect(releases).toHaveLength(2));
    expect((await refusal(url)).status).toBe(503);
    for (const release of releases.splice(0)) release();
    for (const { socket } of await Promise.all(waiting)) socket.terminate();
    await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
    const next = open(url);
    await eventually(() => expect(releases).toHaveLength(1));
    releases[0]?.();
    await next;
  });

  test('room that is gone while an interceptor waits is gone', async () => {
    const { url, stomp } = await serve({ limits: { sessions: 1 } });
    const releases: (() => void)[] = [];
    stomp.handshake.use({
      beforeHandshake: () => new Promise<undefined>((resolve) => releases.push(() => resolve(undefined))),
    });
    const [first, second] = [open(url), open(url)];
    await eventually(() => expect(releases).toHaveLength(2));
    for (const release of releases) release();
    const sockets = [(await first).socket, (await second).socket];
    const code = await Promise.race(sockets.map(async (socket) => (await once(socket, 'close'))[0]));
    expect(code).toBe(1013);
    await eventually(() => expect(stomp.stats().sessions.open).toBe(1));
  });
});

describe('handshake interceptors', () => {
  function recorder(log: string[], name: string, own: HandshakeInterceptor = {}): HandshakeInterceptor {
    return {
      beforeHandshake(handshake) {
        log.push(`${name}.before`);
        return own.beforeHandshake?.(handshake);
      },
      afterHandshake(handshake, outcome) {
        log.push(`${name}.after ${outcome.accepted} ${outcome.status}`);
        return own.afterHandshake?.(handshake, outcome);
      },
    };
  }

  test('H1: run in order, then back; attributes and headers reach session and client', async () => {
    const { url, stomp } = await serve();
    const log: string[] = [];
    stomp.handshake.use(
      recorder(log, 'A', {
        async beforeHandshake({ request, attributes, response }) {
          await Promise.resolve();
          attributes.set('path', request.url);
          response.headers.set('X-Node', 'one');
        },
      }),
    );
    stomp.handshake.use(recorder(log, 'B'));
    const { socket } = await open(url);
    socket.send(connectFrame);
    await eventually(() => expect(stomp.sessions.size).toBe(1));
    const session = [...stomp.sessions.values()][0];
    expect(session?.attributes).toEqual(new Map([['path', '/ws']]));
    expect(session?.remoteAddress).toBe('127.0.0.1');
    expect(log).toEqual(['A.before', 'B.before', 'B.after true 101', 'A.after true 101']);
  });

  test('H2: false is 403, and only those before it are told', async () => {
    const { url, stomp } = await serve();
    const log: string[] = [];
    stomp.handshake.use(recorder(log, 'A'));
    stomp.handshake.use(recorder(log, 'B', { beforeHandshake: () => false }));
    expect((await refusal(url)).status).toBe(403);
    expect(log).toEqual(['A.before', 'B.before', 'A.after false 403']);
  });

  test('H2: reject says with which status and headers', async () => {
    const { url, stomp } = await serve();
    const reject = { status: 429, headers: { 'Retry-After': '7' }, body: 'slowly' };
    stomp.handshake.use({ beforeHandshake: () => ({ reject }) });
    const { status, headers } = await refusal(url);
    expect([status, headers]).toEqual([
      429,
      expect.objectContaining({ 'retry-after': '7', 'content-length': '6' }),
    ]);
  });

  test('H3: where the first refuses, nobody is told', async () => {
    const { url, stomp } = await serve();
    const log: string[] = [];
    stomp.handshake.use(recorder(log, 'A', { beforeHandshake: () => false }));
    stomp.handshake.use(recorder(log, 'B'));
    await refusal(url);
    expect(log).toEqual(['A.before']);
  });

  test('H4: one that does not answer within connectMs is 500 and reported, and what it says then is nothing', async () => {
    const { url, stomp } = await serve({ limits: { connectMs: 200 } });
    const log: string[] = [];
    let answer = (_status: number) => {};
    stomp.on('error', ({ error }) => log.push(String(error)));
    stomp.on('handshakeRefused', ({ status }) => log.push(`refused ${status}`));
    stomp.handshake.use(recorder(log, 'A'));
    const late = new Promise<{ reject: { status: number } }>((resolve) => {
      answer = (status) => resolve({ reject: { status } });
    });
    stomp.handshake.use(recorder(log, 'B', { beforeHandshake: () => late }));
    expect((await refusal(url)).status).toBe(500);
    answer(401);
    await late;
    // The next one comes after whatever that has brought.
    expect((await refusal(url)).status).toBe(401);
    expect(log).toEqual([
      ...['A.before', 'B.before'],
      'Error: an interceptor of the handshake has not answered within connectMs 200',
      ...['refused 500', 'A.after false 500'],
      ...['A.before', 'B.before', 'refused 401', 'A.after false 401'],
    ]);
  });

  test('H4: an exception is 500 and reported', async () => {
    const { url, stomp } = await serve();
    const log: string[] = [];
    const errors: unknown[] = [];
    const boom = new Error('boom');
    stomp.on('error', ({ error }) => errors.push(error));
    stomp.handshake.use(recorder(log, 'A'));
    stomp.handshake.use(recorder(log, 'B', { beforeHandshake: () => Promise.reject(boom) }));
    expect((await refusal(url)).status).toBe(500);
    expect(log).toEqual(['A.before', 'B.before', 'A.after false 500']);
    expect(errors).toEqual([boom]);
  });

  test.each([
    ['GET', 400],
    ['POST', 405],
  ])('H5: what is no WebSocket request (%s) is refused, and all are told', async (method, status) => {
    const { port, stomp } = await serve();
    const log: string[] = [];
    stomp.handshake.use(recorder(log, 'A'));
    const { request } = await import('node:http');
    const headers = { connection: 'upgrade', upgrade: 'websocket' };
    const answer = request({ port, host: '127.0.0.1', path: '/ws', headers, method }).end();
    const [response] = await once(answer, 'response');
    response.resume();
    expect(response.statusCode).toBe(status);
    await eventually(() => expect(log).toEqual(['A.before', `A.after false ${status}`]));
  });

  test('H7: what afterHandshake throws is reported; the others still run', async () => {
    const { url, stomp } = await serve();
    const log: string[] = [];
    const errors: unknown[] = [];
    stomp.on('error', ({ error }) => errors.push(error));
    stomp.handshake.use(recorder(log, 'A'));
    stomp.handshake.use(recorder(log, 'B', { afterHandshake: () => Promise.reject(new Error('boom')) }));
    await open(url);
    await eventually(() => expect(log.at(-1)).toBe('A.after true 101'));
    expect(errors).toHaveLength(1);
  });

  test('may take one out again', async () => {
    const { url, stomp } = await serve();
    stomp.handshake.use({ beforeHandshake: () => false })();
    await open(url);
  });
});

describe('the end', () => {
  test.each([
    ['FIN', 'socket'],
    ['RST', 'socket'],
    ['a close frame', 'socket'],
    ['a frame without mask', 'protocol'],
    ['a half-open connection', 'heartbeat'],
  ])('by %s is told of once, reason %s', async (way, reason) => {
    const { url, stomp, http, lines } = await serve({ heartbeat: [0, 100], limits: { closeMs: 100 } });
    const sockets: Socket[] = [];
    http.on('connection', (socket) => sockets.push(socket));
    const { socket } = await open(url);
    const client = Reflect.get(socket, '_socket') as Socket;
    socket.send('CONNECT\naccept-version:1.2\nheart-beat:100,0\n\n\0');
    await eventually(() => expect(lines).toEqual(['connect']));
    if (way === 'FIN') client.end();
    if (way === 'RST') client.resetAndDestroy();
    if (way === 'a close frame') socket.close();
    if (way === 'a frame without mask') client.write(Buffer.from('8101', 'hex'));
    // Neither beats nor sees the close.
    if (way === 'a half-open connection') socket.pause();
    await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
    expect(lines).toEqual(['connect', `disconnect ${reason}`]);
    await eventually(() => expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true]));
  });
});

describe('carriage', () => {
  const subscribeFrame = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';

  test('is answered in text to text', async () => {
    const { url, stomp } = await serve();
    const { socket, got } = await open(url);
    socket.send(`${connectFrame}\n${subscribeFrame}`);
    await eventually(() => expect(stomp.stats().subscriptions).toBe(1));
    stomp.publish('/topic/a', 'é');
    await eventually(() => expect(got).toHaveLength(2));
    expect(got[1]).toMatch(/^text MESSAGE\n(.+\n)*content-length:2\n\né\0$/);
  });

  test('is answered in binary to binary, octet by octet', async () => {
    const { url, stomp } = await serve();
    const { socket, got } = await open(url);
    for (const octet of Buffer.from(connectFrame + subscribeFrame)) socket.send(Buffer.of(octet));
    await eventually(() => expect(stomp.stats().subscriptions).toBe(1));
    stomp.publish('/topic/a', 'é');
    await eventually(() => expect(got).toHaveLength(2));
    expect(got.map((each) => each.split(' ')[0])).toEqual(['binary', 'binary']);
  });

  test.each([
    ['webSocketMessageBytes', 'below', 999, 'connected'],
    ['webSocketMessageBytes', 'at', 1_000, 'connected'],
    ['webSocketMessageBytes', 'above', 1_001, 1009],
    ['webSocketFragments', 'below', 9, 'connected'],
    ['webSocketFragments', 'at', 10, 'connected'],
    ['webSocketFragments', 'above', 11, 1008],
  ])('a WebSocket message, limit %s, %s it', async (name, _where, amount, outcome) => {
    const { url, lines } = await serve({ limits: { webSocketMessageBytes: 1_000, webSocketFragments: 10 } });
    const { socket, got } = await open(url);
    socket.send(connectFrame);
    const closed = once(socket, 'close');
    if (name === 'webSocketMessageBytes') socket.send('\n'.repeat(amount));
    for (let left = amount - 1; name === 'webSocketFragments' && left >= 0; left -= 1) {
      socket.send('\n', { fin: left === 0 });
    }
    socket.send('SEND\ndestination:/topic/a\nreceipt:1\n\n\0');
    if (outcome === 'connected') {
      await eventually(() => expect(got.at(-1)).toContain('receipt-id:1'));
      return;
    }
    expect((await closed)[0]).toBe(outcome);
    await eventually(() => expect(lines).toEqual(['connect', 'disconnect protocol']));
  });

  test.each([
    ['below', 65_535],
    ['at', 65_536],
    ['above', 65_537],
  ])('before CONNECTED a message, limit unconnectedFrameBytes, %s it', async (where, amount) => {
    const { url, stomp } = await serve({ limits: { closeMs: 50 } });
    const refused: string[] = [];
    stomp.on('refused', ({ code }) => refused.push(code));
    const { socket, got } = await open(url);
    const closed = once(socket, 'close');
    // One that is too large is refused before its end.
    socket.send('\n'.repeat(amount), { fin: where !== 'above' });
    if (where !== 'above') {
      socket.send(connectFrame);
      await eventually(() => expect(got).toHaveLength(1));
      socket.send('\n'.repeat(200_000));
      socket.send('SEND\ndestination:/topic/a\nreceipt:1\n\n\0');
      await eventually(() => expect(got.at(-1)).toContain('receipt-id:1'));
      return;
    }
    expect((await closed)[0]).toBe(1009);
    await eventually(() => expect(refused).toEqual(['ERR_STOMP_TRANSPORT']));
    expect(stomp.stats().sessions.open).toBe(0);
  });

  test('deflate is not offered, so nothing small unfolds into something large', async () => {
    const { url } = await serve();
    const { socket } = await open(url);
    expect(socket.extensions).toBe('');
  });

  test('a client that does not answer the close is cut off', async () => {
    const { url, stomp } = await serve({ limits: { closeMs: 50 } });
    const { socket, got } = await open(url);
    socket.send(connectFrame);
    await eventually(() => expect(got).toHaveLength(1));
    socket.pause();
    [...stomp.sessions.values()][0]?.close();
    await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
  });

  test('tells how long a ping and its answer take, from CONNECTED on; a pong that was not asked for tells nothing', async () => {
    const { url, stomp } = await serve({ pingIsLife: true });
    const { socket, got } = await open(url);
    socket.pong();
    const [early] = await Promise.all([once(socket, 'ping'), socket.send(connectFrame)]);
    expect(early).toHaveLength(1);
    await eventually(() => expect(got).toHaveLength(1));
    const roundTripMs = () => [...stomp.sessions.values()][0]?.stats().roundTripMs;
    await eventually(() => expect(roundTripMs()).toBeGreaterThan(0));
    const known = roundTripMs();
    socket.pong();
    socket.send('SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0');
    await eventually(() => expect(got).toHaveLength(2));
    expect(roundTripMs()).toBe(known);
  });
});

describe('on the wire', () => {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const upgradeRequest = [
    'GET /ws HTTP/1.1',
    'Host: 127.0.0.1',
    'Upgrade: WebSocket',
    'Connection: keep-alive, Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
  ];

  /** A raw connection that has sent this, with all that it got. */
  async function raw(port: number, lines: readonly string[], more: Uint8Array = Buffer.of()) {
    const socket = connectTcp({ port, host: '127.0.0.1' });
    cleanUp(() => socket.destroy());
    const got: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => got.push(bytes));
    socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), more]));
    const all = () => Buffer.concat(got);
    await eventually(() => expect(all().includes('\r\n\r\n')).toBe(true));
    const head = () => all().toString('latin1').split('\r\n\r\n')[0] ?? '';
    const frames = () =>
      all()
        .subarray(head().length + 4)
        .toString('hex');
    return { socket, head, frames, got };
  }

  test('the handshake is answered with the proof of RFC 6455 §1.3', async () => {
    const { port } = await serve();
    const { head } = await raw(port, [...upgradeRequest, 'Sec-WebSocket-Protocol: chat, V12.stomp']);
    expect(head().split('\r\n')).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'Sec-WebSocket-Protocol: V12.stomp',
    ]);
  });

  test.each([
    ['without a key', upgradeRequest.filter((line) => !line.includes('Key')), '400 Bad Request'],
    [
      'with a key that is too short',
      upgradeRequest.map((line) => line.replace(key, 'abcd')),
      '400 Bad Request',
    ],
    ['of another version', upgradeRequest.map((line) => line.replace(': 13', ': 8')), '400 Bad Request'],
    [
      'of another protocol',
      upgradeRequest.map((line) => line.replace(': WebSocket', ': h2c')),
      '400 Bad Request',
    ],
    ['of another method', upgradeRequest.map((line) => line.replace('GET', 'PUT')), '405 Method Not Allowed'],
  ])('a handshake %s is refused', async (_name, lines, status) => {
    const { port, stomp } = await serve();
    const { head } = await raw(port, lines);
    expect(head()).toContain(`HTTP/1.1 ${status}`);
    expect(stomp.stats().sessions.open).toBe(0);
    if (status.startsWith('400') && lines.some((line) => line.endsWith(': 8'))) {
      expect(head()).toContain('Sec-WebSocket-Version: 13');
    }
  });

  test('frames that come with the request are read', async () => {
    const { port, stomp } = await serve();
    await raw(port, upgradeRequest, clientFrame(connectFrame));
    await eventually(() => expect(stomp.sessions.size).toBe(1));
  });

  test('a ping is answered with its payload', async () => {
    const { port } = await serve();
    const { socket, frames } = await raw(port, upgradeRequest);
    socket.write(clientFrame('hey', { opcode: 9 }));
    await eventually(() => expect(frames()).toBe('8a03686579'));
  });

  test.each([
    ['a code', '0fa1', '88020fa1'],
    ['no code', '', '8800'],
  ])(
    'a close with %s is answered in kind, and the server ends the connection',
    async (_name, code, answer) => {
      const { port, stomp } = await serve();
      const { socket, frames } = await raw(port, upgradeRequest);
      const ended = once(socket, 'end');
      socket.write(clientFrame(Buffer.from(code, 'hex'), { opcode: 8 }));
      await ended;
      expect(frames()).toBe(answer);
      await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
    },
  );

  test.each([
    ['a frame without mask', clientFrame('a', { mask: undefined }), 1002],
    ['text that is no UTF-8', clientFrame(Buffer.of(0xff)), 1007],
  ])('%s is answered with a close, once, and the connection ends', async (_name, frame, code) => {
    const { port, lines } = await serve();
    const { socket, frames } = await raw(port, upgradeRequest, clientFrame(connectFrame));
    await eventually(() => expect(lines).toEqual(['connect']));
    const before = frames().length;
    const ended = once(socket, 'end');
    socket.write(frame);
    socket.write(frame);
    await ended;
    expect(frames().slice(before)).toMatch(
      new RegExp(`^88..0${code.toString(16)}(?!.*88..0${code.toString(16)})`),
    );
    await eventually(() => expect(lines).toEqual(['connect', 'disconnect protocol']));
  });

  test('of the pings of a client that does not read, the newest is answered when it does', async () => {
    const { port, stomp, http } = await serve();
    const sockets: Socket[] = [];
    http.on('connection', (socket) => sockets.push(socket));
    const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';
    const { socket, got } = await raw(port, upgradeRequest, clientFrame(connectFrame + subscribe));
    await eventually(() => expect(stomp.stats().subscriptions).toBe(1));
    socket.pause();
    const behind = () => sockets[0]?.writableLength ?? 0;
    const offered = () => sockets[0]?.bytesWritten ?? 0;
    while (behind() < 16 * 1_024) {
      const before = offered();
      stomp.publish('/topic/a', 'x'.repeat(100_000));
      while (offered() === before) await new Promise(setImmediate);
    }
    const heldBytes = behind();
    for (let n = 0; n < 1_000; n += 1) socket.write(clientFrame(`ping ${n}`, { opcode: 9 }));
    socket.write(clientFrame('SEND\ndestination:/topic/none\n\n\0'));
    await eventually(() => expect(stomp.stats().frames.received.SEND).toBe(1));
    expect(behind()).toBe(heldBytes);
    socket.resume();
    await eventually(() => expect(Buffer.concat(got).includes('ping 999')).toBe(true));
    expect(Buffer.concat(got).includes('ping 998')).toBe(false);
  });
});
