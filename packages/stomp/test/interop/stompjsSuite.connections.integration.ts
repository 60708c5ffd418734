// What the suite of @stomp/stompjs (spec/unit) asks of connections, told again here under the names of its cases: the
// package carries no tests. RabbitMQ's destinations and login, as there.
import { once } from 'node:events';
import { type CompatClient, Stomp } from '@stomp/stompjs';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { cleanUp, serve } from '../support/network.ts';
import { changed, idle, login, protocols, served, until } from '../support/stompjs.ts';
import { type Skipped, suiteLogin, suiteTitle } from '../support/suite.ts';

const ofTheClient = 'of the client alone';
const skipped: readonly Skipped[] = [
  'connection: Should trigger WebSocket error while connecting to an invalid Stomp server',
  'connection: Deactivates in before connect',
  'connection: async beforeConnect',
  'connection: Activates immediately without awaiting for the deactivate 01',
  'connection: Activates immediately without awaiting for the deactivate 02',
  'connection: Multiple activates and deactivates - last call activate',
  'connection: Multiple activates and deactivates - last call deactivate',
  'connection: Force disconnect handles non connected states',
  'connection: does not connect with connectionTimeout disabled',
  'connection: allows deactivating when inactive',
  'connection: allows deactivating before activate',
  'reconnect: Should allow deactivating while waiting to reconnect',
  'reconnect: Should maintain constant reconnect delays in default linear mode',
  'reconnect: Should ignore maxReconnectDelay in linear mode',
  'reconnect: Should exponentially increase reconnect delays',
  'reconnect: Should respect maxReconnectDelay in exponential mode',
  'reconnect: Should cap at reconnectDelay when maxReconnectDelay is lower',
  'reconnect: Should reset to initial reconnectDelay after successful connection',
  'reconnect: Should reset to initial reconnectDelay reconnectDelay after deactivate/activate cycle',
  'reconnect: Should use new reconnectDelay after deactivate/activate cycle',
  'config: should not alter connect headers',
  'config: should not alter disconnect headers',
  'compat connection: Should warn if factory was not supplied to Stomp.over',
].map((name) => ({ name, why: ofTheClient }));

describe(suiteTitle('@stomp/stompjs, connections', 27, skipped), () => {
  test.skip.each(skipped)('$name: $why', () => undefined);

  describe('Stomp Connection', () => {
    test.each(['Connect to a valid Stomp server', 'Connect with a webSocketFactory'])('%s', async () => {
      const { client } = await served();
      expect(client.connectedVersion).toBe('1.2');
    });

    test('Connect with a websocket that is already open', async () => {
      const { url } = await serve({ authenticate: suiteLogin });
      const socket = new WebSocket(url, protocols);
      await once(socket, 'open');
      const { client, seen } = idle(url, { webSocketFactory: () => socket });
      client.activate();
      await eventually(() => expect(seen).toEqual(['before connect', 'on connect']));
    });

    test('Should not connect with invalid credentials', async () => {
      const { url } = await serve({ authenticate: suiteLogin });
      const texts: string[] = [];
      const { client, seen } = idle(url, {
        connectHeaders: { login: 'guest', passcode: 'bad-passcode' },
        onStompError: ({ headers, body }) => void texts.push(`${headers.message}`, typeof body),
      });
      client.activate();
      await eventually(() => expect(seen).toEqual(['before connect', 'websocket close']));
      expect(texts).toEqual(['Bad CONNECT', 'string']);
    });

    const again = ['before connect', 'on connect', 'websocket close', 'before connect', 'on connect'];

    test.each([
      'Deactivates',
      'Activates following a deactivate',
      'Activates immediately following a deactivate',
    ])('%s', async () => {
      const { url } = await serve({ authenticate: suiteLogin });
      const { client, seen } = idle(url);
      client.activate();
      await until(2, seen);
      await client.deactivate();
      expect(seen).toEqual(again.slice(0, 3));
      client.activate();
      await until(5, seen);
      expect(seen).toEqual(again);
    });

    test('Allows multiple deactivate calls', async () => {
      const { client } = await served();
      await Promise.all([client.deactivate(), client.deactivate()]);
      expect(client.active).toBe(false);
    });

    test.each([
      'Force disconnects',
      'When the underlying socket was closed, activates immediately following a deactivate',
    ])('%s', async () => {
      const { url } = await serve({ authenticate: suiteLogin });
      const { client, seen } = idle(url);
      client.activate();
      await until(2, seen);
      client.forceDisconnect();
      await until(3, seen);
      await client.deactivate();
      client.activate();
      await until(5, seen);
      expect(seen).toEqual(again);
    });

    test('handles connect timeout', async () => {
      const { url } = await serve({ authenticate: suiteLogin });
      let isEaten = false;
      const { client, seen } = idle(url, {
        connectionTimeout: 300,
        reconnectDelay: 10,
        webSocketFactory: () =>
          changed(url, (text) => {
            if (isEaten || !text.startsWith('CONNECTED')) return text;
            isEaten = true;
            return undefined;
          }),
      });
      client.activate();
      await until(4, seen);
      expect(seen).toEqual(['before connect', 'websocket close', 'before connect', 'on connect']);
    });

    test.each(['skips onDisconnect', 'should discard the socket', 'allows re-activating'])(
      'deactivate with `force` %s',
      async () => {
        const { url } = await serve({ authenticate: suiteLogin });
        const { client, seen } = idle(url, { onDisconnect: () => void seen.push('on disconnect') });
        client.activate();
        await until(2, seen);
        await client.deactivate({ force: true });
        client.activate();
        await until(5, seen);
        expect(seen).toEqual(again);
      },
    );
  });

  describe('Callbacks invokes in sequence', () => {
    test.each(['during regular connect/disconnect', 'during forced disconnect'])('%s', async (name) => {
      const { url } = await serve({ authenticate: suiteLogin });
      const { client, seen } = idle(url);
      client.activate();
      await until(2, seen);
      if (name === 'during forced disconnect') client.forceDisconnect();
      await client.deactivate();
      expect(seen).toEqual(['before connect', 'on connect', 'websocket close']);
    });

    test('during auto reconnect', async () => {
      const { url } = await serve({ authenticate: suiteLogin });
      const { client, seen } = idle(url, { reconnectDelay: 20 });
      client.activate();
      await until(2, seen);
      client.forceDisconnect();
      await until(5, seen);
      await client.deactivate();
      const cycle = ['before connect', 'on connect', 'websocket close'];
      expect(seen).toEqual([...cycle, ...cycle]);
    });
  });

  describe('Stomp Reconnect', () => {
    test('Should automatically reconnect after disconnect', async () => {
      const { client } = await served({ reconnectDelay: 30 });
      const connected = new Promise<void>((resolve) => {
        client.onConnect = () => resolve();
      });
      client.forceDisconnect();
      await connected;
    });

    test('Should allow deactivating when auto reconnection is on', async () => {
      const { client } = await served({ reconnectDelay: 30 });
      await client.deactivate();
      expect(client.connected).toBe(false);
    });
  });

  describe('Ping using (native)', () => {
    test('Should allow server to not send heartbeat header', async () => {
      const { url } = await serve({ authenticate: suiteLogin });
      const { client, seen } = idle(url, {
        webSocketFactory: () => changed(url, (text) => text.replace(/heart-beat:.*\n/, '')),
      });
      client.activate();
      await until(2, seen);
    });

    test.each([false, true])(
      'Should close connection when no incoming ping, discarding: %s',
      async (discard) => {
        const { url } = await serve({ authenticate: suiteLogin, heartbeat: [100, 100] });
        const { client, seen } = idle(url, {
          heartbeatIncoming: 100,
          heartbeatOutgoing: 0,
          discardWebsocketOnCommFailure: discard,
          webSocketFactory: () => changed(url, (text) => (text === '\n' ? undefined : text)),
        });
        client.activate();
        await until(3, seen);
        expect(seen[2]).toBe('websocket close');
      },
    );

    test('Should close connection when no outgoing ping', async () => {
      const { url, lines } = await serve({ authenticate: suiteLogin, heartbeat: [100, 100] });
      const { client, seen } = idle(url, {
        heartbeatIncoming: 0,
        heartbeatOutgoing: 100,
        webSocketFactory: () => {
          const socket = new WebSocket(url, protocols);
          const send = socket.send.bind(socket);
          socket.send = (data: string) => {
            if (data.length > 1) send(data);
          };
          return socket;
        },
      });
      client.activate();
      await eventually(() => expect(seen.at(-1)).toBe('websocket close'));
      expect(lines).toEqual(['connect', 'disconnect heartbeat']);
    });
  });

  test('config: Updating disconnectHeaders should take effect from subsequent disconnect', async () => {
    const { url, stomp } = await serve({ authenticate: suiteLogin });
    const told: (string | undefined)[] = [];
    stomp.clientInboundChannel.use({
      preSend({ command, headers }) {
        if (command === 'DISCONNECT') told.push(headers.get('myheader'));
      },
    });
    const { client, seen } = idle(url, { disconnectHeaders: { myheader: 'Header Before Connect' } });
    client.activate();
    await until(2, seen);
    client.configure({ disconnectHeaders: { myheader: 'Header After Connect' } });
    await client.deactivate();
    expect(told).toEqual(['Header After Connect']);
  });

  describe('Compat Stomp Connection', () => {
    test.each<[string, (url: string) => CompatClient]>([
      [
        'URL',
        (url) => {
          Stomp.WebSocketClass = WebSocket;
          return Stomp.client(url);
        },
      ],
      ['Stomp.over (plain socket)', (url) => Stomp.over(new WebSocket(url, protocols))],
      ['Stomp.over (socket factory)', (url) => Stomp.over(() => new WebSocket(url, protocols))],
    ])('Connect to a valid Stomp server using %s', async (_name, make) => {
      vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      const { url, lines } = await serve({ authenticate: suiteLogin });
      const client = make(url);
      client.debug = () => undefined;
      client.reconnect_delay = 0;
      cleanUp(() => client.deactivate({ force: true }));
      await new Promise<void>((resolve) => client.connect(login.login, login.passcode, () => resolve()));
      expect([client.connectedVersion, lines]).toEqual(['1.2', ['connect']]);
    });
  });
});
