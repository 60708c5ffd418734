// What the suite of @stomp/rx-stomp (spec/unit) asks of a server, told again here under the names of its cases: the
// package carries no tests. RabbitMQ's destinations and login, as there.
import { type IRxStompPublishParams, RxStomp, type RxStompConfig, RxStompRPC } from '@stomp/rx-stomp';
import { filter, firstValueFrom, Subject, skip, take } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { cleanUp, type Served, serve } from '../support/network.ts';
import { octets } from '../support/stompjs.ts';
import { type Skipped, suiteLogin, suiteTitle } from '../support/suite.ts';

const protocols = ['v12.stomp', 'v11.stomp', 'v10.stomp'];

/** A server as the suite supposes it, and a client that is on its way to it. */
async function active(settings: RxStompConfig = {}): Promise<{ served: Served; rxStomp: RxStomp }> {
  const served = await serve({ authenticate: suiteLogin });
  const rxStomp = new RxStomp();
  rxStomp.configure({
    webSocketFactory: () => new WebSocket(served.url, protocols),
    connectHeaders: { login: 'guest', passcode: 'guest' },
    reconnectDelay: 30,
    ...settings,
  });
  cleanUp(() => rxStomp.deactivate({ force: true }));
  rxStomp.activate();
  return { served, rxStomp };
}

async function connected(): Promise<RxStomp> {
  const { rxStomp } = await active();
  await firstValueFrom(rxStomp.connected$);
  return rxStomp;
}

/** Cut as by an error of the network; resolves when the client has noticed. */
async function cut(rxStomp: RxStomp): Promise<void> {
  await firstValueFrom(rxStomp.connected$);
  const closed = firstValueFrom(rxStomp.connectionState$.pipe(skip(1)));
  rxStomp.stompClient.forceDisconnect();
  await closed;
}

function bodyOf(rxStomp: RxStomp, destination: string, body: string): Promise<string> {
  const watched = rxStomp.watch(destination).pipe(filter((message) => message.body === body));
  return firstValueFrom(watched).then((message) => message.body);
}

const ofTheClient = 'of the client alone';
const skipped: readonly Skipped[] = [
  'should be active',
  'should terminate destination observable if error correlates',
  'should not terminate destination observable if error does not correlate',
  'should not automatically resubscribe destinations that error',
  'should trigger webSocketErrors$',
  'should not be able to publish before STOMP is connected',
  'should not be able to publish when STOMP is disconnected',
  'log-bodies: all cases',
].map((name) => ({ name, why: ofTheClient }));

describe(suiteTitle('@stomp/rx-stomp', 31, skipped), () => {
  test.skip.each(skipped)('$name: $why', () => undefined);

  describe('Connection', () => {
    test('should connect', connected);

    test('should receive server headers', async () => {
      const rxStomp = await connected();
      const headers = await firstValueFrom(rxStomp.serverHeaders$);
      expect(Object.keys(headers).length).toBeGreaterThan(0);
      expect(await firstValueFrom(rxStomp.serverHeaders$)).toEqual(headers);
    });

    test('should call beforeConnect', async () => {
      const seen: string[] = [];
      const { rxStomp } = await active({ beforeConnect: () => void seen.push('before connect') });
      await cut(rxStomp);
      await firstValueFrom(rxStomp.connected$.pipe(take(1)));
      expect(seen).toHaveLength(2);
    });

    test('should allow async beforeConnect', async () => {
      const { rxStomp } = await active({
        beforeConnect: () => new Promise((resolve) => setImmediate(resolve)),
      });
      await firstValueFrom(rxStomp.connected$);
    });
  });

  describe('Deactivate', () => {
    test.each([
      'should disconnect and not reconnect',
      'should be inactive',
      'should deactivate even when underlying connection is not there and not reconnect',
    ])('%s', async (name) => {
      const { rxStomp, served } = await active();
      await firstValueFrom(rxStomp.connected$);
      if (name.includes('even')) await cut(rxStomp);
      await rxStomp.deactivate();
      expect([rxStomp.active, rxStomp.connected()]).toEqual([false, false]);
      await eventually(() => expect(served.stomp.sessions.size).toBe(0));
    });
  });

  describe('Subscribe & Publish', () => {
    test('send and receive a message', async () => {
      const rxStomp = await connected();
      const got = bodyOf(rxStomp, '/topic/ng-demo-sub', 'special');
      rxStomp.publish({ destination: '/topic/ng-demo-sub', body: 'special' });
      expect(await got).toBe('special');
    });

    test('send and receive a binary message', async () => {
      const rxStomp = await connected();
      const got = firstValueFrom(rxStomp.watch('/topic/ng-demo-sub'));
      rxStomp.publish({ destination: '/topic/ng-demo-sub', binaryBody: octets(1) });
      expect((await got).binaryBody).toEqual(octets(1));
    });

    test('should be able to subscribe even before STOMP is connected', async () => {
      const { rxStomp } = await active();
      const got = bodyOf(rxStomp, '/topic/ng-demo-sub01', 'early');
      await firstValueFrom(rxStomp.connected$);
      rxStomp.publish({ destination: '/topic/ng-demo-sub01', body: 'early' });
      expect(await got).toBe('early');
    });

    test.each([
      [
        'should be able to publish/subscribe even before STOMP is connected',
        '/queue/ng-demo-sub02',
        false,
        false,
      ],
      ['should be able to publish/subscribe when STOMP is disconnected', '/queue/ng-demo-sub02', true, false],
      [
        'should be able to subscribe before queued messages are actually sent',
        '/topic/ng-demo-sub02',
        true,
        true,
      ],
    ])('%s', async (_name, destination, isCut, isSentFirst) => {
      const { rxStomp } = await active();
      if (isCut) await cut(rxStomp);
      const sent: IRxStompPublishParams = { destination, body: 'kept' };
      if (isSentFirst) rxStomp.publish(sent);
      const got = bodyOf(rxStomp, destination, 'kept');
      if (!isSentFirst) rxStomp.publish(sent);
      expect(await got).toBe('kept');
    });

    test.each([
      'should be able to subscribe before sending queued messages when broker was disconnected',
      'should resubscribe on reconnection',
    ])('%s', async (name) => {
      const { rxStomp } = await active();
      const got = bodyOf(rxStomp, '/topic/ng-demo-sub02', 'again');
      await cut(rxStomp);
      if (name.includes('reconnection')) await firstValueFrom(rxStomp.connected$);
      rxStomp.publish({ destination: '/topic/ng-demo-sub02', body: 'again' });
      expect(await got).toBe('again');
    });

    test('should not resubscribe with subscribeOnlyOnce', async () => {
      const { rxStomp, served } = await active();
      const destination = '/topic/ng-demo-sub02';
      const once = rxStomp.watch({ destination, subscribeOnlyOnce: true }).subscribe();
      await cut(rxStomp);
      await firstValueFrom(rxStomp.connected$);
      const receipt = rxStomp.asyncReceipt('r');
      rxStomp.publish({ destination, headers: { receipt: 'r' } });
      await receipt;
      expect([...served.stomp.sessions.values()].map(({ subscriptions }) => subscriptions.size)).toEqual([0]);
      once.unsubscribe();
    });

    test.each([
      'should send subscription headers',
      'should send subscription headers returned by a function',
      'should use passed unsubscription headers',
      'should use unsubscription headers returned by a function',
      'should use subscription/unsubscription headers',
    ])('%s', async (name) => {
      const { rxStomp, served } = await active();
      const seen = new Subject<string>();
      served.stomp.clientInboundChannel.use({
        postSend: ({ command, headers }) =>
          seen.next(`${command} ${headers.get('hello') ?? headers.get('bye')}`),
      });
      await firstValueFrom(rxStomp.connected$);
      const byFunction = name.includes('function');
      const [hello, bye] = [{ hello: 'world' }, { bye: 'world' }];
      const subscribed = firstValueFrom(seen.pipe(filter((line) => line === 'SUBSCRIBE world')));
      const unsubscribed = firstValueFrom(seen.pipe(filter((line) => line === 'UNSUBSCRIBE world')));
      const watch = rxStomp.watch({
        destination: '/topic/ng-demo-sub',
        subHeaders: byFunction ? () => hello : hello,
        unsubHeaders: byFunction ? () => bye : bye,
      });
      const watching = watch.subscribe();
      await subscribed;
      watching.unsubscribe();
      await unsubscribed;
    });
  });

  describe('Multiple Queues should handle two simultaneous subscriptions', () => {
    test.each([
      ['should receive message in correct queue', [], ['01', '01'], ['02', '02']],
      ['unsubscribe first queue: should not receive message in the first queue', [0], ['01'], ['02', '02']],
      ['unsubscribe second queue: should not receive message in the second queue', [1], ['01', '01'], ['02']],
      ['unsubscribe both queues: should not receive message in any of the  queues', [0, 1], ['01'], ['02']],
    ])('%s', async (_name, gone, first, second) => {
      const rxStomp = await connected();
      const got: [string[], string[]] = [[], []];
      const watching = got.map((list, index) =>
        rxStomp.watch(`/topic/ng-demo-sub0${index + 1}`).subscribe(({ body }) => void list.push(body)),
      );
      async function publishBoth(receipt: string): Promise<void> {
        rxStomp.publish({ destination: '/topic/ng-demo-sub01', body: '01' });
        const done = rxStomp.asyncReceipt(receipt);
        rxStomp.publish({ destination: '/topic/ng-demo-sub02', body: '02', headers: { receipt } });
        await done;
      }
      await publishBoth('one');
      for (const index of gone) watching[index]?.unsubscribe();
      await publishBoth('two');
      expect(got).toEqual([first, second]);
    });
  });

  describe('Receipt', () => {
    test.each([
      'gets a receipt with established connection',
      'gets a receipt for activities before establishing a connection',
    ])('%s', async (name) => {
      const { rxStomp } = await active();
      if (name.includes('established')) await firstValueFrom(rxStomp.connected$);
      const watched = rxStomp.asyncReceipt('watch-receipt');
      const got = firstValueFrom(rxStomp.watch('/topic/ng-demo-receipt', { receipt: 'watch-receipt' }));
      await watched;
      const published = rxStomp.asyncReceipt('publish-receipt');
      const headers = { receipt: 'publish-receipt' };
      rxStomp.publish({ destination: '/topic/ng-demo-receipt', body: 'special', headers });
      await published;
      expect((await got).body).toBe('special');
    });
  });

  describe('RPC', () => {
    const endPoint = '/topic/echo';

    /** A client that answers itself, as in the suite. */
    async function echoing(): Promise<{ rxStomp: RxStomp; rpc: RxStompRPC }> {
      const rxStomp = await connected();
      const receipt = rxStomp.asyncReceipt('echo');
      const watching = rxStomp.watch(endPoint, { receipt: 'echo' }).subscribe(({ headers, binaryBody }) => {
        const { 'reply-to': destination = '', 'correlation-id': id = '' } = headers;
        rxStomp.publish({ destination, binaryBody, headers: { 'correlation-id': id } });
      });
      cleanUp(() => watching.unsubscribe());
      await receipt;
      return { rxStomp, rpc: new RxStompRPC(rxStomp) };
    }

    test('Simple RPC', async () => {
      const { rpc } = await echoing();
      const answer = await firstValueFrom(rpc.rpc({ destination: endPoint, body: 'Hello' }));
      expect(answer.body).toBe('Hello');
    });

    test('RPC with custom correlation-id', async () => {
      const { rpc } = await echoing();
      const headers = { 'correlation-id': 'custom-1' };
      const answer = await firstValueFrom(rpc.rpc({ destination: endPoint, body: 'Hello', headers }));
      expect([answer.body, answer.headers['correlation-id']]).toEqual(['Hello', 'custom-1']);
    });

    test('RPC with binary payload', async () => {
      const { rpc } = await echoing();
      const answer = await firstValueFrom(rpc.rpc({ destination: endPoint, binaryBody: octets(1) }));
      expect(answer.binaryBody).toEqual(octets(1));
    });

    test('Should not leak', async () => {
      const { rxStomp, rpc } = await echoing();
      const isWatched = () => (rxStomp.unhandledMessage$ as Subject<unknown>).observed;
      const answer = firstValueFrom(rpc.rpc({ destination: endPoint, body: 'Hello' }));
      expect(isWatched()).toBe(true);
      await answer;
      expect(isWatched()).toBe(false);
    });
  });
});
