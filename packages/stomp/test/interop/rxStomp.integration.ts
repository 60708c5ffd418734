import { RxStomp, RxStompState } from '@stomp/rx-stomp';
import { filter, firstValueFrom, fromEvent, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { cleanUp, serve } from '../support/network.ts';

const protocols = ['v12.stomp', 'v11.stomp', 'v10.stomp'];

async function connect(url: string, beatMs = 0): Promise<RxStomp> {
  const client = new RxStomp();
  client.configure({
    webSocketFactory: () => new WebSocket(url, protocols),
    reconnectDelay: 50,
    heartbeatIncoming: beatMs,
    heartbeatOutgoing: beatMs,
    connectHeaders: { login: 'kim', passcode: 'secret' },
  });
  cleanUp(() => client.deactivate({ force: true }));
  client.activate();
  await firstValueFrom(client.connected$);
  return client;
}

describe('@stomp/rx-stomp over WebSocket', () => {
  test('watches, publishes and waits for receipts', async () => {
    const { url, stomp } = await serve({ authenticate: ({ login }) => ({ name: `${login}` }) });
    const client = await connect(url);
    expect((await firstValueFrom(client.serverHeaders$))['user-name']).toBe('kim');
    const three = firstValueFrom(client.watch('/topic/a').pipe(take(3), toArray()));
    const receipt = client.asyncReceipt('first');
    client.publish({ destination: '/topic/a', body: '하나', headers: { receipt: 'first' } });
    await receipt;
    stomp.publish('/topic/a', 'two');
    client.publish({ destination: '/topic/a', body: 'three' });
    expect((await three).map(({ body }) => body)).toEqual(['하나', 'two', 'three']);
  });

  test('keeps an idle connection by heart-beats', async () => {
    const { url, stomp } = await serve({ heartbeat: [50, 50] });
    const client = await connect(url, 50);
    const beats = firstValueFrom(
      fromEvent(client.stompClient.webSocket as WebSocket, 'message').pipe(take(8), toArray()),
    );
    expect(await beats).toHaveLength(8);
    expect(stomp.sessions.size).toBe(1);
  });

  test('is told of an error, closed, and comes back by itself', async () => {
    const { url, stomp } = await serve({
      authorize: ({ destination }) => destination !== '/topic/secret',
    });
    const client = await connect(url);
    const error = firstValueFrom(client.stompErrors$);
    const closed = firstValueFrom(
      client.connectionState$.pipe(filter((state) => state === RxStompState.CLOSED)),
    );
    const secret = client.watch('/topic/secret').subscribe();
    expect((await error).headers.code).toBe('ERR_STOMP_FORBIDDEN');
    secret.unsubscribe();
    await closed;
    await firstValueFrom(client.connected$);
    const message = firstValueFrom(client.watch('/topic/a'));
    client.publish({ destination: '/topic/a', body: 'again' });
    expect((await message).body).toBe('again');
    expect(stomp.stats().sessions).toMatchObject({ total: 2, disconnected: { forbidden: 1 } });
  });
});
