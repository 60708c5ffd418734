import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IFrame, IMessage, StompHeaders } from '@stomp/stompjs';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { runExample, runNode } from './support/example.ts';
import { cleanUp, connect, open, refusal } from './support/network.ts';
import { firstThatRuns, run } from './support/program.ts';

const examples = join(import.meta.dirname, '../examples');
const root = join(import.meta.dirname, '../../..');

const webSocketOf = (url: string) => `${url.replace('http:', 'ws:')}/ws`;

/** Subscribes, waits until that is done, and takes messages one by one. */
async function messages(client: Awaited<ReturnType<typeof connect>>, destination: string) {
  const waiting: ((message: IMessage) => void)[] = [];
  const arrived: IMessage[] = [];
  const [onReceipt, subscribed] = promiseOf<IFrame>();
  client.watchForReceipt('subscribed', onReceipt);
  const listener = (message: IMessage) => {
    const take = waiting.shift();
    if (take) take(message);
    else arrived.push(message);
  };
  client.subscribe(destination, listener, { receipt: 'subscribed' });
  await subscribed;
  return () =>
    new Promise<IMessage>((resolve) => {
      const message = arrived.shift();
      if (message) resolve(message);
      else waiting.push(resolve);
    });
}

/** The ERROR that a client gets, or has got, and the code of the close that follows. */
async function errorAndClose(url: string, connectHeaders: StompHeaders): Promise<[IFrame, number]> {
  const closed = new Promise<[IFrame, number]>((resolve) => {
    let error: IFrame;
    const onStompError = (frame: IFrame) => (error = frame);
    const onWebSocketClose = ({ code }: { code: number }) => resolve([error, code]);
    void connect(url, { connectHeaders, onStompError, onWebSocketClose });
  });
  return closed;
}

describe('chat.mjs', () => {
  test('is a chat in 20 lines', () => {
    const code = readFileSync(join(examples, 'chat.mjs'), 'utf8').split('\n');
    expect(code.filter((line) => line.trim() !== '' && !line.startsWith('//')).length).toBeLessThanOrEqual(
      20,
    );
  });

  test('lets two people talk, under their names, and serves them the page', async () => {
    const { url } = await runExample('chat.mjs');
    expect(await (await fetch(url)).text()).toContain('<title>Chat</title>');
    expect(await (await fetch(`${url}/stomp.js`)).text()).toContain('StompJs');
    const kim = await connect(webSocketOf(url), { connectHeaders: { login: 'kim' } });
    const lee = await connect(webSocketOf(url), { connectHeaders: { login: 'lee' } });
    const [toKim, toLee] = [await messages(kim, '/topic/chat'), await messages(lee, '/topic/chat')];
    kim.publish({ destination: '/app/chat', body: 'hello' });
    expect(JSON.parse((await toKim()).body)).toEqual({ from: 'kim', text: 'hello' });
    lee.publish({ destination: '/app/chat', body: '안녕' });
    expect(JSON.parse((await toKim()).body)).toEqual({ from: 'lee', text: '안녕' });
    expect(JSON.parse((await toLee()).body)).toEqual({ from: 'kim', text: 'hello' });
  });
});

describe('jwt.mjs', () => {
  const secret = 'only for this test, and 32 octets';
  const tokenFor = (expires: number) =>
    new SignJWT({ sub: 'kim', roles: [] })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(secret));
  const nowSeconds = () => Math.floor(Date.now() / 1_000);
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

  test('lets in who has a token from /login', async () => {
    const { url } = await runExample('jwt.mjs');
    const token = await (await fetch(`${url}/login`, { method: 'POST' })).text();
    const client = await connect(webSocketOf(url), { connectHeaders: bearer(token) });
    const next = await messages(client, '/topic/news');
    client.publish({ destination: '/topic/news', body: 'x' });
    expect((await next()).body).toBe('x');
    expect(client.connectedVersion).toBe('1.2');
  });

  test.each([
    ['no token', () => ({}), 'a token is needed'],
    ['a token of another’s', () => bearer('eyJhbGciOiJub25lIn0.e30.'), 'Login failed'],
    ['an old token', async () => bearer(await tokenFor(nowSeconds() - 60)), 'Login failed'],
  ])('tells who has %s, and no more', async (_name, headers, text) => {
    const { url } = await runExample('jwt.mjs', { SECRET: secret });
    const [error, code] = await errorAndClose(webSocketOf(url), await headers());
    expect([error.headers.message, error.headers.code, code]).toEqual([text, 'ERR_STOMP_UNAUTHORIZED', 4401]);
  });

  test('ends a session with its token, and not where a newer one came in time', async () => {
    const { url } = await runExample('jwt.mjs', { SECRET: secret });
    const expires = nowSeconds() + 3;
    const connectHeaders = bearer(await tokenFor(expires));
    const renewed = await connect(webSocketOf(url), { connectHeaders });
    const receipt = new Promise<unknown>((resolve) => renewed.watchForReceipt('renewed', resolve));
    const body = await tokenFor(expires + 3_600);
    renewed.publish({ destination: '/app/token', body, headers: { receipt: 'renewed' } });
    await receipt;
    const [error, code] = await errorAndClose(webSocketOf(url), connectHeaders);
    expect([error.headers.message, code]).toEqual(['the login has expired', 4401]);
    expect(renewed.connected).toBe(true);
  });
});

describe('interceptors.mjs', () => {
  test('shows what each interceptor sees, and what each can do', async () => {
    const { url, line } = await runExample('interceptors.mjs');
    expect((await refusal(url.replace(/\?.*/, ''))).status).toBe(400);
    expect(await line()).toBe('handshake /ws refused with 400');
    const [onError, error] = promiseOf<IFrame>();
    const client = await connect(url, { onStompError: onError });
    expect(await line()).toBe('handshake /ws?room=kitchen accepted');
    expect(await line()).toBe('connect kitchen');
    const next = await messages(client, '/topic/rooms.kitchen');
    client.publish({ destination: '/topic/rooms.kitchen', body: 'WHO IS THERE' });
    expect((await next()).body).toBe('who is there');
    client.publish({ destination: '/topic/rooms.cellar', body: 'x' });
    expect((await error).headers.message).toBe('that is not your room');
    expect(await line()).toBe('SEND failed: that is not your room');
    expect(await line()).toBe('disconnect kitchen forbidden');
  });
});

describe('http.mjs', () => {
  test('leaves the other paths alone, and ends cleanly', async () => {
    const { url, line, end } = await runExample('http.mjs');
    const { socket, got } = await open(url, ['v12.stomp']);
    socket.send('CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/time\n\n\0');
    while (got.length < 2) await once(socket, 'message');
    expect(got[1]).toMatch(/^text MESSAGE\n(.+\n)+\n20\d\d-/);
    expect((await refusal(url.replace('live', 'other'))).status).toBe(501);
    const stats = await (await fetch(url.replace('ws:', 'http:').replace('live', 'stats'))).json();
    expect(stats).toMatchObject({ sessions: { connected: 1 }, subscriptions: 1 });
    const closed = once(socket, 'close');
    const ended = end();
    expect((await closed)[0]).toBe(1001);
    expect(await line()).toBe('closed');
    expect(await ended).toBe(0);
  });
});

describe('fastify.mjs', () => {
  test('pushes what is posted to a route, and ends with Fastify', async () => {
    const { url, line, end } = await runExample('fastify.mjs');
    const client = await connect(webSocketOf(url));
    const next = await messages(client, '/topic/notices');
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/notices`, { method: 'POST', headers, body: '{"text":"tea"}' });
    expect([response.status, await response.json()]).toEqual([202, { sessions: 1 }]);
    expect((await next()).body).toBe('{"text":"tea"}');
    const ended = end();
    expect(await line()).toBe('closed');
    expect(await ended).toBe(0);
  });
});

// The first python3 of a PATH may be another than Debian's, which has the package.
const python = firstThatRuns(['python3', '/usr/bin/python3'], '-c', 'import stomp');
const why = python ? '' : ' (skipped: Debian package python3-stomp is not installed)';

describe.skipIf(!python)(`tcp.mjs with stomp.py${why}`, () => {
  test('gets back what it has sent, with the name of the sender', async () => {
    const { url } = await runExample('tcp.mjs');
    const lines = await run(python ?? '', join(examples, 'tcp_client.py'), new URL(url).port);
    expect(lines).toEqual(['/topic/measurements kim temperature 21.5']);
  });
});

describe('spring.ts', () => {
  test('logs connect and disconnect once each and publishes every 10 s', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostcast-spring-'));
    cleanUp(() => rmSync(folder, { recursive: true }));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    copyFileSync(join(examples, 'spring.ts'), join(folder, 'spring.ts'));
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, ...options, 'spring.ts'], { cwd: folder, stdio: 'inherit' });
    const { line } = runNode(folder, 'spring.js');
    const client = await connect(`${await line()}`);
    expect(await line()).toMatch(/^connect [0-9a-f-]{36}$/);
    const next = await messages(client, '/topic/hosts');
    const times = [];
    for (let round = 0; round < 2; round += 1) times.push(JSON.parse((await next()).body).time);
    expect(times[1] - times[0]).toBeGreaterThan(9_000);
    await client.deactivate();
    expect(await line()).toMatch(/^disconnect [0-9a-f-]{36}$/);
  });
});

function promiseOf<T>(): [(value: T) => void, Promise<T>] {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return [settle, promise];
}
