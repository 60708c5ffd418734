// Every hook of every channel, and every way in which it can go wrong. None of them may end the process.
import { setImmediate as loopTurn } from 'node:timers/promises';
import { type ChannelInterceptor, createStompServer, MessageDeliveryError } from '@hostcast/stomp';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HandshakeChain } from '../src/transport/handshake.ts';
import { eventually } from './support/eventually.ts';

const boom = new Error('boom');
const bare: unknown = Object.create(null);
const fail = (error: unknown) => () => {
  throw error;
};

/** What a hook may do, and the exceptions that the application is told of where it may not wait. */
const ways = {
  'returns a promise': { act: () => Promise.resolve(undefined), error: [] },
  'returns a promise that rejects': { act: () => Promise.reject(boom), error: [boom] },
  'returns a promise that rejects later': {
    act: () => loopTurn().then(fail(boom)),
    error: [boom],
  },
  'throws an Error': { act: fail(boom), error: [boom] },
  'throws an object without a prototype': { act: fail(bare), error: [bare] },
  'throws undefined': { act: fail(undefined), error: [undefined] },
};
type Way = keyof typeof ways;
const names = Object.keys(ways) as Way[];

const hooks = ['preSend', 'postSend', 'afterSendCompletion'] as const;
const receiveHooks = ['preReceive', 'postReceive', 'afterReceiveCompletion'] as const;
type Hook = (typeof hooks)[number] | (typeof receiveHooks)[number];

const crashes: unknown[] = [];
const note = (error: unknown) => crashes.push(error);

beforeEach(() => {
  crashes.length = 0;
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});

afterEach(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  vi.restoreAllMocks();
});

/** An interceptor whose one hook acts the first time that it meets a SEND or MESSAGE, or may receive. */
function once(hook: Hook, way: Way): ChannelInterceptor {
  let isDone = false;
  const act = (first?: { readonly command?: string } | null) => {
    if (isDone || (first?.command !== undefined && !['SEND', 'MESSAGE'].includes(first.command))) return;
    isDone = true;
    return ways[way].act();
  };
  return { [hook]: act } as ChannelInterceptor;
}

/** A server with a client that subscribes to what it sends; the application hears, or warnings tell. */
function setUp(isListening: boolean) {
  const errors: unknown[] = [];
  const stomp = createStompServer({ clock: new FakeClock() });
  if (isListening) stomp.on('error', ({ error }) => errors.push(error));
  else vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void errors.push(warning));
  const client = new MemoryClient();
  stomp.accept(client);
  client.connect().send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  return { stomp, client, errors };
}

// unhandledRejection comes when the microtasks of a turn of the loop are done.
async function settled() {
  for (let turn = 0; turn < 4; turn += 1) await loopTurn();
}

const rootOf = (error: unknown) => (error instanceof MessageDeliveryError ? error.cause : error);

const all = ['MESSAGE:x', 'RECEIPT:r', 'MESSAGE:next'];
const lost = ['RECEIPT:r', 'MESSAGE:next'];

/** Channel and hook, and what the client hears where the hook fails. */
const table = [
  ['clientInboundChannel', 'preSend', ['ERROR']],
  ['clientInboundChannel', 'postSend', ['MESSAGE:x', 'RECEIPT:r', 'ERROR']],
  ['clientInboundChannel', 'afterSendCompletion', all],
  ['brokerChannel', 'preSend', ['ERROR']],
  ['brokerChannel', 'postSend', ['MESSAGE:x', 'ERROR']],
  ['brokerChannel', 'afterSendCompletion', all],
  ['clientOutboundChannel', 'preSend', lost],
  ['clientOutboundChannel', 'postSend', all],
  ['clientOutboundChannel', 'afterSendCompletion', all],
  ['clientOutboundChannel', 'preReceive', all],
  ['clientOutboundChannel', 'postReceive', lost],
  ['clientOutboundChannel', 'afterReceiveCompletion', all],
] as const;

const cases = table.flatMap(([channel, hook, heard]) =>
  names.map((way) => ({ channel, hook, way, heard: [...heard] })),
);

describe.each([
  ['the event error', true],
  ['process warnings', false],
])('the application hears by %s', (_name, isListening) => {
  test.each(cases)('$hook of $channel $way', async ({ channel, hook, way, heard }) => {
    const { stomp, client, errors } = setUp(isListening);
    stomp[channel].use(once(hook, way));
    client.send('SEND\ndestination:/topic/a\nreceipt:r\n\nx\0');
    await settled();
    stomp.publish('/topic/a', 'next');
    await settled();
    const mayWait = channel !== 'clientOutboundChannel';
    const isFine = mayWait && way === 'returns a promise';
    expect(client.heard).toEqual(isFine ? all : heard);
    const contract = mayWait || !way.includes('promise') ? [] : [expect.any(TypeError)];
    const expected = [...contract, ...ways[way].error];
    expect(errors).toHaveLength(expected.length);
    if (isListening) expect(errors.map(rootOf)).toEqual(expected);
    expect(crashes).toEqual([]);
  });

  test.each(receiveHooks.flatMap((hook) => names.map((way) => ({ hook, way }))))(
    '$hook of a subscription of the application’s own $way',
    async ({ hook, way }) => {
      const { stomp, errors } = setUp(isListening);
      const messages = stomp.subscribe('/topic/b', { interceptors: [once(hook, way)] });
      const first = messages.next().then(
        ({ value }) => value?.text(),
        (error: unknown) => ({ error: rootOf(error) }),
      );
      stomp.publish('/topic/b', 'x');
      await settled();
      const isPromise = way.includes('promise');
      const [thrown] = isPromise ? [expect.any(TypeError)] : ways[way].error;
      const isReported = hook === 'afterReceiveCompletion';
      expect(await first).toEqual(isReported ? 'x' : { error: thrown });
      // What ended the loop is not told twice; what a promise rejects with later nobody else could hear.
      const late = isPromise ? ways[way].error : [];
      expect(errors).toHaveLength(late.length + (isReported ? 1 : 0));
      expect(stomp.stats().subscriptions).toBe(isReported ? 2 : 1);
      expect(crashes).toEqual([]);
    },
  );
});

test.each(
  ['clientInboundChannel', 'brokerChannel'].flatMap((channel) =>
    receiveHooks.map((hook) => ({ channel, hook })),
  ),
)('$hook of $channel never runs: nothing is received there', ({ channel, hook }) => {
  const { stomp, client, errors } = setUp(true);
  stomp[channel as 'brokerChannel'].use(once(hook, 'throws an Error'));
  client.send('SEND\ndestination:/topic/a\nreceipt:r\n\nx\0');
  expect([client.heard, errors]).toEqual([['MESSAGE:x', 'RECEIPT:r'], []]);
});

test.each(
  (['beforeHandshake', 'afterHandshake'] as const).flatMap((hook) => names.map((way) => ({ hook, way }))),
)('$hook $way', async ({ hook, way }) => {
  const reported: unknown[] = [];
  const statuses: number[] = [];
  const chain = new HandshakeChain((error) => reported.push(error));
  chain.use({ [hook]: ways[way].act });
  const upgrade = () => {
    statuses.push(101);
    return 101;
  };
  const handshake = { request: {}, response: { headers: new Map() }, attributes: new Map() };
  await Reflect.apply(chain.run, chain, [
    handshake,
    upgrade,
    ({ status }: { status: number }) => statuses.push(status),
  ]);
  await settled();
  const isRefused = hook === 'beforeHandshake' && way !== 'returns a promise';
  expect(statuses).toEqual([isRefused ? 500 : 101]);
  expect(reported).toEqual(ways[way].error);
  expect(crashes).toEqual([]);
});

describe('a hook that breaks its contract is told', () => {
  test.each([
    ['preSend', 'a hook preSend of clientOutboundChannel returned a promise'],
    ['postSend', 'a hook postSend of clientOutboundChannel returned a promise'],
    ['afterSendCompletion', 'a hook afterSendCompletion of clientOutboundChannel returned a promise'],
    ['preReceive', 'a hook preReceive of clientOutboundChannel returned a promise'],
    ['postReceive', 'a hook postReceive of clientOutboundChannel returned a promise'],
    ['afterReceiveCompletion', 'a hook afterReceiveCompletion of clientOutboundChannel returned a promise'],
  ] as const)('which one it is, where, and what to do: %s', (hook, start) => {
    const { stomp, errors } = setUp(true);
    stomp.clientOutboundChannel.use(once(hook, 'returns a promise'));
    stomp.publish('/topic/a', 'x');
    const advice = 'hooks are synchronous there: leave out async, or wait in preSend of an earlier channel';
    expect(errors.map(rootOf)).toMatchObject([{ message: `${start}; ${advice}` }]);
  });

  test.each([
    ['preSend', false],
    ['preSend', 'x'],
    ['postReceive', {}],
  ] as const)('%s that returns %j', (hook, wrong) => {
    const { stomp, client, errors } = setUp(true);
    stomp.clientOutboundChannel.use({ [hook]: () => wrong } as ChannelInterceptor);
    stomp.publish('/topic/a', 'x');
    expect(client.heard).toEqual([]);
    const text = `a hook ${hook} of clientOutboundChannel returned a ${typeof wrong}; it has to be a message, null or nothing`;
    expect(errors.map(rootOf)).toMatchObject([{ name: 'TypeError', message: text }]);
  });
});

describe('what was sent is sent, also where postSend throws after it', () => {
  test('a queue goes on to wait for its ACK', () => {
    const { stomp, client, errors } = setUp(true);
    stomp.clientOutboundChannel.use(once('postSend', 'throws an Error'));
    client.send('SUBSCRIBE\nid:q\ndestination:/queue/q\nack:client-individual\n\n\0');
    client.send('SEND\ndestination:/queue/q\n\nx\0');
    const id = client.frames[0]?.headers.get('ack');
    client.send(`ACK\nid:${id}\nreceipt:r\n\n\0`);
    expect(client.heard).toEqual(['MESSAGE:x', 'RECEIPT:r']);
    expect(errors.map(rootOf)).toEqual([boom]);
  });

  test('CONNECTED is not followed by a refusal', () => {
    const { stomp, errors } = setUp(true);
    stomp.clientOutboundChannel.use({ postSend: fail(boom) });
    const other = new MemoryClient();
    stomp.accept(other);
    other.send('CONNECT\naccept-version:1.2\n\n\0');
    expect(other.heard).toEqual(['CONNECTED']);
    expect(errors.map(rootOf)).toEqual([boom]);
  });

  test('an ERROR stays what preSend has made of it', () => {
    const { stomp, client } = setUp(true);
    stomp.clientOutboundChannel.use({
      preSend: (message) => message.with({ headers: new Map([['message', 'no']]), body: '' }),
      postSend: fail(boom),
    });
    client.send('SEND\n\n\0');
    expect(client.frames[0]?.headers.get('message')).toBe('no');
  });
});

test('a thenable that is no Promise is waited for too', async () => {
  const { stomp, client } = setUp(true);
  // biome-ignore lint/suspicious/noThenProperty: what is tested
  const thenable = { then: (resolve: () => void) => void setImmediate(resolve) };
  stomp.clientInboundChannel.use({ preSend: () => thenable as unknown as PromiseLike<undefined> });
  client.send('SEND\ndestination:/topic/a\nreceipt:r\n\nx\0');
  await eventually(() => expect(client.heard).toEqual(['MESSAGE:x', 'RECEIPT:r']));
});

describe('what else the application gives', () => {
  test.each(
    (['authenticate', 'authorize', 'handle'] as const).flatMap((hook) => names.map((way) => ({ hook, way }))),
  )('$hook $way', async ({ hook, way }) => {
    const { act } = ways[way];
    const options = hook === 'handle' ? {} : { [hook]: act };
    const stomp = createStompServer({ clock: new FakeClock(), ...options });
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    stomp.handle('/app/a', hook === 'handle' ? act : () => undefined);
    const client = new MemoryClient();
    stomp.accept(client);
    client.send('CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/app/a\nreceipt:r\n\n\0');
    await settled();
    const isFine = way === 'returns a promise';
    // Who says nothing of what is allowed has not allowed it.
    const isAllowed = isFine && hook !== 'authorize';
    const isIn = isFine || hook !== 'authenticate';
    expect(client.heard).toEqual([...(isIn ? ['CONNECTED'] : []), isAllowed ? 'RECEIPT:r' : 'ERROR']);
    expect(JSON.stringify(client.frames.map(({ headers }) => [...headers]))).not.toContain('boom');
    expect(warned).toHaveBeenCalledTimes(ways[way].error.length);
    expect(crashes).toEqual([]);
  });

  test.each([
    ['false', false],
    ['null', null],
    ['text', 'kim'],
    ['an object without a name', {}],
    ['a name that is no text', { name: 7 }],
    ['a promise of false', Promise.resolve(false)],
  ])('an answer of authenticate that is no user lets nobody in: %s', async (_name, answer) => {
    const errors: unknown[] = [];
    const stomp = createStompServer({
      clock: new FakeClock(),
      authenticate: () => answer as unknown as undefined,
    });
    stomp.on('error', ({ error }) => errors.push(error));
    const client = new MemoryClient();
    stomp.accept(client);
    client.send('CONNECT\naccept-version:1.2\n\n\0');
    await settled();
    expect([client.heard, stomp.sessions.size]).toEqual([['ERROR'], 0]);
    const message =
      'authenticate has to return a user, { name: text }, or undefined for nobody in particular; it refuses by a throw';
    expect(errors).toMatchObject([{ name: 'TypeError', message }]);
  });

  test('a thenable of authenticate is waited for, also one whose then returns nothing', async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: what is tested
      then: (_resolve: unknown, reject: (error: Error) => void) => void setImmediate(reject, boom),
    };
    const stomp = createStompServer({
      clock: new FakeClock(),
      authenticate: () => thenable as unknown as undefined,
    });
    const client = new MemoryClient();
    stomp.accept(client);
    client.send('CONNECT\naccept-version:1.2\n\n\0');
    await settled();
    expect(client.heard).toEqual(['ERROR']);
  });

  test.each(
    (
      ['connect', 'connected', 'subscribed', 'unsubscribed', 'disconnected', 'refused', 'error'] as const
    ).flatMap((event) => names.map((way) => ({ event, way }))),
  )('a listener of $event $way', async ({ event, way }) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { stomp } = setUp(false);
    const heard: string[] = [];
    stomp.on(event, ways[way].act);
    stomp.on(event, () => heard.push(event));
    const [client, stranger] = [new MemoryClient(), new MemoryClient()];
    stomp.accept(client);
    stomp.accept(stranger);
    stranger.send('SEND\n\n\0');
    client.connect().send('SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0');
    if (event === 'error') stomp.clientOutboundChannel.use(once('postSend', 'throws an Error'));
    stomp.publish('/topic/a', 'x');
    client.send('UNSUBSCRIBE\nid:1\n\n\0DISCONNECT\nreceipt:r\n\n\0');
    await settled();
    expect([client.heard, heard]).toEqual([['MESSAGE:x', 'RECEIPT:r'], [event]]);
    expect(warned).toHaveBeenCalledTimes(ways[way].error.length);
    expect(crashes).toEqual([]);
  });
});
