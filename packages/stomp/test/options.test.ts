import { createStompServer, defaultLimits } from '@hostcast/stomp';
import { expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

const make = (options: object) => () => Reflect.apply(createStompServer, undefined, [options]);

test.each([
  ['an unknown option', { heartBeat: [1, 1] }, /unknown option "heartBeat"; there are path, heartbeat,/],
  ['an unknown limit', { limits: { session: 1 } }, /unknown limit "session"/],
  [
    'an unknown option of a destination',
    { destinations: { '/topic/a': { keep: true } } },
    /topic\/a: "keep"/,
  ],
  ['a destination that is no topic', { destinations: { '/queue/a': {} } }, /\/queue\/a/],
  [
    'an unknown policy',
    { destinations: { '/topic/a': { slow: 'drop' } } },
    /slow of \/topic\/a is one of close,/,
  ],
  ['an unknown option of a history', { destinations: { '/topic/a': { history: { s: 1 } } } }, /a: "s"/],
  ['an unknown option of compression', { compression: { speed: 1 } }, /option of compression: "speed"/],
  ['a path without slash', { path: 'ws' }, /path/],
  [
    'text for a list of origins',
    { allowedOrigins: '*' },
    /^option allowedOrigins has to be a list of text, not text$/,
  ],
  ['a list of numbers for hosts', { allowedHosts: [5] }, /option allowedHosts has to be a list of text, not/],
  ['one proxy', { trustedProxies: '127.0.0.1' }, /option trustedProxies has to be a list of text/],
  ['one heart-beat', { heartbeat: 10_000 }, /option heartbeat has to be a list of two numbers, not a number/],
  ['no heart-beat', { heartbeat: null }, /option heartbeat has to be a list of two numbers, not null/],
  ['text for true', { pingIsLife: 'no' }, /option pingIsLife has to be true or false, not text/],
  ['an authenticate that is no function', { authenticate: {} }, /authenticate has to be a function, not/],
  ['an authorize that is no function', { authorize: true }, /authorize has to be a function, not true/],
  ['limits that are a number', { limits: 5 }, /option limits has to be an object, not a number/],
  ['destinations that are a list', { destinations: [] }, /destinations has to be an object, not a list/],
  [
    'text for compression',
    { compression: 'yes' },
    /compression has to be true, false or an object, not text/,
  ],
  [
    'a destination that is no object',
    { destinations: { '/topic/a': true } },
    /destination \/topic\/a has to be an object, not true/,
  ],
  [
    'text for retain',
    { destinations: { '/topic/a': { retain: 'yes' } } },
    /option of destination \/topic\/a: retain has to be true or false, not text/,
  ],
  [
    'a number for a history',
    { destinations: { '/topic/a': { history: 5 } } },
    /destination \/topic\/a: history has to be true, false or an object, not a number/,
  ],
  ['a trusted proxy by name', { trustedProxies: ['proxy.example'] }, /trustedProxies.*"proxy.example"/],
])('%s is a TypeError that names it', (_name, options, text) => {
  expect(make(options)).toThrow(TypeError);
  expect(make(options)).toThrow(text);
});

test.each([
  [
    'a history of nothing',
    { destinations: { '/topic/a': { history: { ms: 0 } } } },
    /history ms of \/topic\/a/,
  ],
  ['a level of 0', { compression: { level: 0 } }, /compression level has to be a whole number, 1 to 9,/],
  ['a level of 10', { compression: { level: 10 } }, /compression level/],
  ['a size of 0', { compression: { minBytes: 0 } }, /compression minBytes.*above 0, but is 0/],
  ['a limit of 0', { limits: { sessions: 0 } }, /limit sessions/],
  ['a limit that is no whole number', { limits: { connectMs: 1.5 } }, /limit connectMs/],
  ['a negative heart-beat', { heartbeat: [-1, 0] }, /heartbeat/],
  ['half a heart-beat', { heartbeat: [1_000] }, /heartbeat/],
])('%s is a RangeError that names it', (_name, options, text) => {
  expect(make(options)).toThrow(RangeError);
  expect(make(options)).toThrow(text);
});

test.each([null, 'x', 5])('%j is no options', (options) => {
  expect(() => Reflect.apply(createStompServer, undefined, [options])).toThrow(TypeError);
});

test('an option that is undefined is as if it were left out', () => {
  const names = ['path', 'heartbeat', 'limits', 'destinations', 'authenticate', 'compression', 'clock'];
  expect(make(Object.fromEntries(names.map((name) => [name, undefined])))).not.toThrow();
});

test.each([
  ['an object', { a: 1 }, 'an object'],
  ['nothing', undefined, 'undefined'],
  ['a number', 5, 'a number'],
  ['a list', [1, 2], 'a list'],
])('to publish %s is a TypeError that says what can be', (_name, body, text) => {
  const stomp = createStompServer();
  const publish = () => Reflect.apply(stomp.publish, stomp, ['/topic/a', body]);
  expect(publish).toThrow(TypeError);
  expect(publish).toThrow(`a body has to be text or octets (Uint8Array), not ${text}`);
  expect(stomp.stats().messages.published).toBe(0);
});

test('what is no function is neither handler nor listener, and what is no object no interceptor', () => {
  const stomp = createStompServer();
  expect(() => Reflect.apply(stomp.handle, stomp, ['/app/a', 'x'])).toThrow(/handler of \/app\/a/);
  expect(() => Reflect.apply(stomp.on, stomp, ['connected'])).toThrow(/listener of connected/);
  const { clientInboundChannel, handshake } = stomp;
  for (const each of [clientInboundChannel, handshake]) {
    expect(() => Reflect.apply(each.use, each, [undefined])).toThrow(/an interceptor has to be an object/);
  }
});

test('a hook that is no function is a TypeError that names it', () => {
  const { clientInboundChannel, handshake } = createStompServer();
  const use = (of: object, interceptor: object) => () =>
    Reflect.apply(Reflect.get(of, 'use'), of, [interceptor]);
  const hooks = ['preSend', 'postSend', 'afterSendCompletion', 'preReceive', 'postReceive'];
  for (const hook of [...hooks, 'afterReceiveCompletion']) {
    expect(use(clientInboundChannel, { [hook]: 1 })).toThrow(
      `hook ${hook} has to be a function, not a number`,
    );
    use(clientInboundChannel, { [hook]: undefined })();
  }
  for (const hook of ['beforeHandshake', 'afterHandshake']) {
    expect(use(handshake, { [hook]: 'x' })).toThrow(`hook ${hook} has to be a function, not text`);
  }
});

test.each(['/app/*', '/app/**', '/app/a.*'])(
  'a handler of the pattern %s is a TypeError: it gets nothing',
  (pattern) => {
    expect(() => createStompServer().handle(pattern, () => undefined)).toThrow(
      `${pattern} is a pattern: a handler takes one destination`,
    );
  },
);

test.each([-1, Number.NaN, '5000', null])(
  'drainMs %j is a RangeError, and the server goes on',
  async (drainMs) => {
    const { client, stomp } = house();
    await expect(Reflect.apply(stomp.close, stomp, [{ drainMs }])).rejects.toThrow(
      new RangeError(`drainMs has to be a number of ms, 0 or more, but is ${drainMs}`),
    );
    client().connect();
    expect(stomp.stats().sessions.connected).toBe(1);
  },
);

test('a handler for what is the broker’s, and a second one, are TypeErrors', () => {
  const stomp = createStompServer();
  const undo = stomp.handle('/app/a', () => undefined);
  expect(() => stomp.handle('/app/a', () => undefined)).toThrow(TypeError);
  expect(() => stomp.handle('/topic/a', () => undefined)).toThrow(TypeError);
  undo();
  stomp.handle('/app/a', () => undefined);
});

test('a listener of an event that does not exist is a TypeError', () => {
  expect(() =>
    Reflect.apply(createStompServer().on, createStompServer(), ['conect', () => undefined]),
  ).toThrow(/no event "conect"/);
});

test('the limits that hold where none is given are these', () => {
  expect(defaultLimits).toEqual({
    ...{ frameBodyBytes: 1_048_576, unconnectedFrameBytes: 65_536, headerLineBytes: 16_384, headers: 128 },
    ...{ destinationLength: 1_024, destinationSegments: 64, doubleStars: 4 },
    ...{ connectMs: 10_000, writeMs: 10_000, closeMs: 2_000, leftFramesMs: 30_000 },
    ...{ webSocketMessageBytes: 1_153_433, webSocketFragments: 1_024 },
    ...{ sessions: 20_000, sessionsPerAddress: 1_000, sessionsPerUser: 100 },
    ...{ subscriptions: 256, patterns: 16, outboxBytes: 1_048_576, windowMessages: 100 },
    ...{ transactions: 16, transactionMessages: 1_000, transactionBytes: 16_777_216 },
    ...{ queueMessages: 10_000, queueBytes: 67_108_864 },
    ...{ retainedMessages: 10_000, retainedBytes: 67_108_864, lateFrameBytes: 8_388_608 },
    ...{ historyMessages: 100_000, historyBytes: 67_108_864, publishedMessages: 10_000 },
  });
});
