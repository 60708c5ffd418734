import { createStompServer } from '@hostcast/stomp';
import { expect, test } from 'vitest';

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
