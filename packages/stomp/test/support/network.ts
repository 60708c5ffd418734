import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createStompServer, type StompServer, type StompServerOptions } from '@hostcast/stomp';
import { Client, type StompConfig } from '@stomp/stompjs';
import { afterEach } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Has something done after the test, before what was there earlier is undone. */
export function cleanUp(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** A STOMP server on a port of its own. */
export interface Served {
  readonly stomp: StompServer;
  readonly http: Server;
  readonly port: number;
  /** `ws://…/ws` */
  readonly url: string;
  /** Lines as hostcast's session log writes them, and the last one awaited. */
  readonly lines: string[];
}

export async function serve(options: StompServerOptions = {}): Promise<Served> {
  const http = createServer();
  const stomp = createStompServer(options);
  const lines: string[] = [];
  stomp.clientInboundChannel.use({
    postSend({ command, reason }) {
      if (command === 'CONNECT') lines.push('connect');
      if (command === 'DISCONNECT') lines.push(`disconnect ${reason}`);
    },
  });
  stomp.attach(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  cleanups.push(() => http.close());
  cleanups.push(() => stomp.close({ drainMs: 1_000 }));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { stomp, http, port: address.port, url: `ws://127.0.0.1:${address.port}/ws`, lines };
}

/** The client library that pages use, over a socket of `ws`. */
export async function connect(url: string, settings: StompConfig = {}): Promise<Client> {
  const client = new Client({
    webSocketFactory: () => new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
    reconnectDelay: 0,
    ...settings,
  });
  cleanups.push(() => client.deactivate({ force: true }));
  await new Promise<void>((resolve) => {
    client.onConnect = () => resolve();
    client.activate();
  });
  return client;
}

/** A bare WebSocket that is open, with what it gets. */
export async function open(
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<{ socket: WebSocket; got: string[] }> {
  const socket = new WebSocket(url, protocols, options);
  const got: string[] = [];
  socket.on('message', (data, isBinary) => got.push(`${isBinary ? 'binary' : 'text'} ${String(data)}`));
  cleanups.push(() => socket.terminate());
  await once(socket, 'open');
  return { socket, got };
}

/** The status with which an upgrade is refused, and the response's headers. */
export async function refusal(
  url: string,
  options: object = {},
): Promise<{ status: number; headers: object }> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => undefined);
  const response = await new Promise<IncomingMessage>((resolve) => {
    socket.on('unexpected-response', (_request, answer) => resolve(answer));
  });
  socket.terminate();
  return { status: response.statusCode ?? 0, headers: response.headers };
}
