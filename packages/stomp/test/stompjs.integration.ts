import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createStompServer, type StompServer, type StompServerOptions } from '@hostcast/stomp';
import { Client, type IMessage } from '@stomp/stompjs';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(
  options: StompServerOptions = {},
): Promise<{ stomp: StompServer; url: string; http: Server }> {
  const http = createServer();
  const stomp = createStompServer(options);
  stomp.attach(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  cleanups.push(() => http.close());
  cleanups.push(() => stomp.close({ drainMs: 1_000 }));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { stomp, http, url: `ws://127.0.0.1:${address.port}/ws` };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({
    webSocketFactory: () => new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
    reconnectDelay: 0,
  });
  cleanups.push(() => client.deactivate());
  await new Promise<void>((resolve) => {
    client.onConnect = () => resolve();
    client.activate();
  });
  return client;
}

test('stompjs gets the retained message at once and then what is published', async () => {
  const { stomp, url } = await serve({ destinations: { '/topic/hosts': { retain: true } } });
  stomp.publish('/topic/hosts', 'one');
  const client = await connect(url);
  const bodies: string[] = [];
  const three = new Promise<void>((resolve) => {
    client.subscribe('/topic/hosts', (message: IMessage) => {
      bodies.push(message.body);
      if (bodies.length === 1) stomp.publish('/topic/hosts', 'two');
      if (bodies.length === 2) client.publish({ destination: '/topic/hosts', body: 'three' });
      if (bodies.length === 3) resolve();
    });
  });
  await three;
  expect(bodies).toEqual(['one', 'two', 'three']);
});
