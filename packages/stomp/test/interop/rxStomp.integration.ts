import { RxStomp, RxStompRPC, RxStompState } from '@stomp/rx-stomp';
import { filter, firstValueFrom, fromEvent, take, tap, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
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

  test('acknowledges, refuses and transacts', async () => {
    const { url, stomp } = await serve();
    const client = await connect(url);
    const seen: string[] = [];
    const watch = client.watch('/queue/work', { ack: 'client-individual' });
    const done = firstValueFrom(
      watch.pipe(
        tap((message) => {
          seen.push(`${message.body} ${message.headers.redelivered}`);
          if (message.headers.redelivered === 'false') message.nack();
          else message.ack();
        }),
        take(2),
        toArray(),
      ),
    );
    const { id, abort } = client.stompClient.begin();
    client.publish({ destination: '/queue/work', body: 'aborted', headers: { transaction: id } });
    abort();
    client.publish({ destination: '/queue/work', body: 'one' });
    await done;
    expect(seen).toEqual(['one false', 'one true']);
    await eventually(() => expect(stomp.stats().messages).toMatchObject({ queuedMessages: 0 }));
  });
});

describe('remote procedure calls of rx-stomp, as with RabbitMQ', () => {
  async function doubler(url: string, queue: string): Promise<void> {
    const responder = await connect(url);
    const receipt = responder.asyncReceipt(queue);
    const calls = responder.watch({ destination: queue, subHeaders: { receipt: queue } });
    const answered = calls.subscribe(({ body, headers }) => {
      const { 'reply-to': destination, 'correlation-id': id } = headers;
      if (!destination || !id) return;
      const count = headers.count ? Number(headers.count) : 1;
      for (let turn = 1; turn <= count; turn += 1) {
        const reply = String(turn * 2 * Number(body));
        responder.publish({ destination, body: reply, headers: { 'correlation-id': id } });
      }
    });
    cleanUp(() => answered.unsubscribe());
    await receipt;
  }

  test('one call has one answer; many calls have their own', async () => {
    const { url } = await serve();
    await doubler(url, '/queue/double');
    const rpc = new RxStompRPC(await connect(url));
    const answers = ['21', '4', '100'].map((body) =>
      firstValueFrom(rpc.rpc({ destination: '/queue/double', body })),
    );
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['42', '8', '200']);
  });

  test('a stream has many answers', async () => {
    const { url } = await serve();
    await doubler(url, '/topic/double');
    const rpc = new RxStompRPC(await connect(url));
    const answers = rpc.stream({ destination: '/topic/double', body: '5', headers: { count: '3' } });
    const three = await firstValueFrom(answers.pipe(take(3), toArray()));
    expect(three.map(({ body }) => body)).toEqual(['10', '20', '30']);
  });

  test('each client gets its own answers', async () => {
    const { url } = await serve();
    await doubler(url, '/queue/double');
    const callers = [new RxStompRPC(await connect(url)), new RxStompRPC(await connect(url))];
    const answers = callers.map((rpc, index) =>
      firstValueFrom(rpc.rpc({ destination: '/queue/double', body: String(index + 1) })),
    );
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['2', '4']);
  });
});
