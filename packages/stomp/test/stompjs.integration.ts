import type { IMessage } from '@stomp/stompjs';
import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { connect, serve } from './support/network.ts';

test('gets the retained message at once and then what is published', async () => {
  const { stomp, url } = await serve({ destinations: { '/topic/hosts': { retain: true } } });
  stomp.publish('/topic/hosts', 'one');
  const client = await connect(url);
  const bodies: string[] = [];
  await new Promise<void>((resolve) => {
    client.subscribe('/topic/hosts', (message: IMessage) => {
      bodies.push(message.body);
      if (bodies.length === 1) stomp.publish('/topic/hosts', 'two');
      if (bodies.length === 2) client.publish({ destination: '/topic/hosts', body: '세 번째 🙂' });
      if (bodies.length === 3) resolve();
    });
  });
  expect(bodies).toEqual(['one', 'two', '세 번째 🙂']);
});

test('gets a body with NULs and octets that are no UTF-8', async () => {
  const { stomp, url } = await serve();
  const client = await connect(url);
  const body = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
  const got = await new Promise<Uint8Array>((resolve) => {
    client.subscribe('/topic/a', (message) => resolve(message.binaryBody), { receipt: 'subscribed' });
    client.watchForReceipt('subscribed', () => stomp.publish('/topic/a', body));
  });
  expect(Buffer.compare(got, body)).toBe(0);
});

test.each([
  ['DISCONNECT', 'client'],
  ['closing the socket', 'socket'],
  ['cutting the socket', 'socket'],
  ['falling silent', 'heartbeat'],
  ['being kicked', 'kicked'],
])('%s gives one connect and one disconnect, reason %s', async (way, reason) => {
  const { stomp, url, lines } = await serve({ heartbeat: [100, 100] });
  const client = await connect(url, {
    heartbeatOutgoing: way === 'falling silent' ? 100 : 0,
    heartbeatIncoming: 0,
  });
  const gone = new Promise<void>((resolve) => {
    stomp.on('disconnected', () => resolve());
  });
  const socket = client.webSocket;
  if (way === 'DISCONNECT') await client.deactivate();
  if (way === 'closing the socket') socket?.close();
  if (way === 'cutting the socket' && socket && 'terminate' in socket) socket.terminate?.();
  // The client promised beats; from here on what it sends goes nowhere.
  if (way === 'falling silent' && socket) socket.send = () => undefined;
  if (way === 'being kicked') [...stomp.sessions.values()][0]?.close();
  await gone;
  await eventually(() => expect(lines).toEqual(['connect', `disconnect ${reason}`]));
});

test('sees the ERROR, then the close with its code', async () => {
  const { url } = await serve({ authorize: ({ destination }) => destination !== '/topic/secret' });
  const client = await connect(url);
  const error = new Promise<string>((resolve) => {
    client.onStompError = (frame) => resolve(`${frame.headers.code} ${frame.headers.reconnect}`);
  });
  const close = new Promise<number>((resolve) => {
    client.onWebSocketClose = (event: { code: number }) => resolve(event.code);
  });
  client.subscribe('/topic/secret', () => undefined);
  expect(await error).toBe('ERR_STOMP_FORBIDDEN false');
  expect(await close).toBe(4403);
});

test('heart-beats go both ways and keep an idle session', async () => {
  const { stomp, url } = await serve({ heartbeat: [50, 50] });
  let beats = 0;
  await new Promise<void>((resolve, reject) => {
    const debug = (text: string) => {
      if (text === '<<< PONG') beats += 1;
      if (beats === 8) resolve();
    };
    connect(url, { heartbeatOutgoing: 50, heartbeatIncoming: 50, debug }).catch(reject);
  });
  expect(stomp.sessions.size).toBe(1);
});

test('a server that closes tells its clients, and waits for them to go', async () => {
  const { stomp, url, lines, http } = await serve();
  const client = await connect(url);
  const code = new Promise<number>((resolve) => {
    client.onWebSocketClose = (event: { code: number }) => resolve(event.code);
  });
  await stomp.close({ drainMs: 5_000 });
  expect(await code).toBe(1001);
  expect(lines).toEqual(['connect', 'disconnect shutdown']);
  expect(http.listenerCount('upgrade')).toBe(0);
});

test('a client that stops reading is cut off, and delays nobody', async () => {
  const { stomp, url, lines } = await serve({ limits: { writeMs: 200, closeMs: 100 } });
  const [slow, quick] = [await connect(url), await connect(url)];
  slow.subscribe('/topic/a', () => undefined, { receipt: 's' });
  await new Promise<void>((resolve) => slow.watchForReceipt('s', () => resolve()));
  const socket = slow.webSocket;
  if (socket && 'pause' in socket && typeof socket.pause === 'function') socket.pause();
  let bytes = 0;
  const gone = new Promise<void>((resolve) => {
    stomp.on('disconnected', () => resolve());
  });
  const closed = new Promise<void>((resolve) => {
    quick.subscribe(
      '/topic/a',
      (message) => {
        bytes += message.body.length;
        if (lines.length < 3) stomp.publish('/topic/a', 'x'.repeat(100_000));
        else resolve();
      },
      { receipt: 'q' },
    );
    quick.watchForReceipt('q', () => stomp.publish('/topic/a', 'x'.repeat(100_000)));
  });
  await gone;
  stomp.publish('/topic/a', 'last');
  await closed;
  expect(lines).toEqual(['connect', 'connect', 'disconnect slow']);
  expect(bytes).toBeGreaterThan(1_000_000);
});

test('leaves nothing behind', async () => {
  const { stomp, url } = await serve();
  for (let round = 0; round < 20; round += 1) {
    const client = await connect(url);
    client.subscribe('/topic/a', () => undefined);
    if (round % 2 === 0) await client.deactivate();
    else client.webSocket?.close();
  }
  await eventually(() =>
    expect(stomp.stats()).toMatchObject({ sessions: { open: 0, connected: 0, total: 20 }, subscriptions: 0 }),
  );
});
