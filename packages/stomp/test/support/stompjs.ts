import { Client, type IMessage, type StompConfig } from '@stomp/stompjs';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';
import { cleanUp, connect, serve } from './network.ts';
import { suiteLogin } from './suite.ts';

/** The suite's destination. */
export const topic = '/topic/chat.general';
/** RabbitMQ's login. */
export const login = { login: 'guest', passcode: 'guest' };
/** What stompjs offers. */
export const protocols = ['v12.stomp', 'v11.stomp', 'v10.stomp'];

/** A server as the suite supposes it, and a client that is connected. */
export async function served(settings: StompConfig = {}): Promise<{ url: string; client: Client }> {
  const { url } = await serve({ authenticate: suiteLogin, heartbeat: [1_000, 1_000] });
  return { url, client: await connect(url, { connectHeaders: login, ...settings }) };
}

/** A client that is not active yet, and what is called of it, in order. */
export function idle(url: string, settings: StompConfig = {}): { client: Client; seen: string[] } {
  const seen: string[] = [];
  const client = new Client({
    webSocketFactory: () => new WebSocket(url, protocols),
    connectHeaders: login,
    reconnectDelay: 0,
    beforeConnect: () => void seen.push('before connect'),
    onConnect: () => void seen.push('on connect'),
    onWebSocketClose: () => void seen.push('websocket close'),
    onStompError: () => void seen.push('stomp-error'),
    ...settings,
  });
  cleanUp(() => client.deactivate({ force: true }));
  return { client, seen };
}

/** What comes to a new subscription. */
export function subscribed(client: Client, destination = topic, headers = {}): IMessage[] {
  const got: IMessage[] = [];
  client.subscribe(destination, (message) => void got.push(message), headers);
  return got;
}

/** Waits until so many have come. */
export async function until(count: number, got: readonly unknown[]): Promise<void> {
  await eventually(() => expect(got.length).toBe(count));
}

/** Everything that was sent before has been dealt with, and its answers are here. */
export async function settled(client: Client): Promise<void> {
  await new Promise<void>((resolve) => {
    client.watchForReceipt('settled', () => resolve());
    client.publish({ destination: '/topic/nobody', headers: { receipt: 'settled' } });
  });
}

/** So many kilobytes of all octets. */
export const octets = (kilobytes: number) =>
  Uint8Array.from({ length: kilobytes * 1_024 }, (_, index) => index % 256);

/** A socket of which each incoming message is changed, or kept from the client. */
export function changed(url: string, change: (text: string) => string | undefined): WebSocket {
  const socket = new WebSocket(url, protocols);
  let listener: ((event: { data: string }) => void) | undefined;
  socket.on('message', (data) => {
    const text = change(String(data));
    if (text !== undefined) listener?.({ data: text });
  });
  Object.defineProperty(socket, 'onmessage', {
    set: (value: typeof listener) => {
      listener = value;
    },
  });
  return socket;
}
