import {
  StompError,
  type StompErrorCode,
  type StompErrorOptions,
  type StompServerOptions,
} from '@hostcast/stomp';
import type { MemoryClient } from '@hostcast/stomp/testing';
import { expect, test } from 'vitest';
import { type House, house } from './support/memoryClient.ts';

const connect = 'CONNECT\naccept-version:1.2\nheart-beat:1000,0\n\n\0';
const send = (body = 'x', more = '', destination = '/topic/a') =>
  `SEND\ndestination:${destination}\n${more}\n${body}\0`;
const subscribe = (id: string, more = '', destination = '/topic/a') =>
  `SUBSCRIBE\nid:${id}\ndestination:${destination}\n${more}\n\0`;

type Way = string | ((client: MemoryClient, house: House) => unknown);
const rows: { readonly [C in StompErrorCode]: readonly [Way, StompServerOptions?] } = {
  ERR_STOMP_ACK: [`${connect}ACK\nid:1\n\n\0`],
  ERR_STOMP_ALREADY_CONNECTED: [connect + connect],
  ERR_STOMP_BODY_TOO_LARGE: [connect + send('xxx'), { limits: { frameBodyBytes: 2 } }],
  ERR_STOMP_BODY_UNEXPECTED: [`${connect}UNSUBSCRIBE\nid:0\n\nx\0`],
  ERR_STOMP_COMMAND_UNKNOWN: [`${connect}MESSAGE\n\n\0`],
  ERR_STOMP_CONNECT_TIMEOUT: [(_client, { clock }) => clock.advance(10_000)],
  ERR_STOMP_CONTENT_LENGTH: [connect + send('x', 'content-length:many\n')],
  ERR_STOMP_DESTINATION: [connect + send('x', '', '/nowhere')],
  ERR_STOMP_DROPPED: [
    (client, { stomp }) => {
      stomp.clientInboundChannel.use({ preSend: () => null });
      client.send(connect);
    },
  ],
  ERR_STOMP_ESCAPE: [connect + send('x', 'a:\\t\n')],
  ERR_STOMP_EXPIRED: [
    (client, { clock }) => {
      client.send('CONNECT\naccept-version:1.2\n\n\0');
      clock.advance(60_000);
    },
    { authenticate: () => ({ name: 'kim', expiresAtMs: 1_060_000 }) },
  ],
  ERR_STOMP_FORBIDDEN: [connect + send(), { authorize: () => false }],
  ERR_STOMP_FRAME_END: [connect + send('xy', 'content-length:1\n')],
  ERR_STOMP_FRAME_TOO_LARGE: [connect, { limits: { unconnectedFrameBytes: 10 } }],
  ERR_STOMP_HEADER: [`${connect}SEND\ndestination\n\nx\0`],
  ERR_STOMP_HEADER_LINE_TOO_LONG: [
    connect + send('x', `a:${'b'.repeat(99)}\n`),
    { limits: { headerLineBytes: 99 } },
  ],
  ERR_STOMP_HEADER_MISSING: [`${connect}SEND\n\nx\0`],
  ERR_STOMP_HEARTBEAT: ['CONNECT\naccept-version:1.2\nheart-beat:soon\n\n\0'],
  ERR_STOMP_HEARTBEAT_LOST: [
    (client, { clock }) => {
      client.send(connect);
      clock.advance(60_000);
    },
  ],
  ERR_STOMP_INTERNAL: [
    (client, { stomp }) => {
      stomp.handle('/app/a', () => {
        throw new TypeError('of undefined');
      });
      client.send(connect + send('x', '', '/app/a'));
    },
  ],
  ERR_STOMP_KICKED: [
    (client, { stomp }) => {
      client.send(connect);
      for (const session of stomp.sessions.values()) session.close();
    },
  ],
  ERR_STOMP_NOT_CONNECTED: [send()],
  ERR_STOMP_QUEUE_FULL: [
    connect + send('1', '', '/queue/a') + send('2', '', '/queue/a'),
    { limits: { queueMessages: 1 } },
  ],
  ERR_STOMP_REFUSED: [
    connect,
    {
      authenticate: () => {
        throw new StompError('not today');
      },
    },
  ],
  ERR_STOMP_SHUTDOWN: [
    (client, { stomp }) => {
      client.send(connect);
      return stomp.close();
    },
  ],
  ERR_STOMP_SLOW: [
    (client, { stomp }) => {
      client.send(connect + subscribe('0'));
      client.stall();
      for (let index = 0; index < 3; index += 1) stomp.publish('/topic/a', 'x'.repeat(99));
      client.read();
    },
    { limits: { outboxBytes: 100 } },
  ],
  ERR_STOMP_SUBSCRIPTION: [connect + subscribe('0') + subscribe('0')],
  ERR_STOMP_TOO_MANY_HEADERS: [connect + send('x', 'a:1\nb:2\nc:3\nd:4\n'), { limits: { headers: 4 } }],
  ERR_STOMP_TOO_MANY_SESSIONS: [(_client, each) => each.client(), { limits: { sessions: 1 } }],
  ERR_STOMP_TOO_MANY_SUBSCRIPTIONS: [
    connect + subscribe('0') + subscribe('1'),
    { limits: { subscriptions: 1 } },
  ],
  ERR_STOMP_TRANSACTION: [connect + send('x', 'transaction:t\n')],
  ERR_STOMP_TRANSACTION_TOO_LARGE: [
    `${connect}BEGIN\ntransaction:t\n\n\0${send('1', 'transaction:t\n')}${send('2', 'transaction:t\n')}`,
    { limits: { transactionMessages: 1 } },
  ],
  ERR_STOMP_TRANSPORT: [(client) => client.drop(new Error('Max payload size exceeded'))],
  ERR_STOMP_UNAUTHORIZED: [connect, { authenticate: () => Promise.reject(new Error('no such user')) }],
  ERR_STOMP_UTF8: [`${connect}SEND\na:\xff\n\n\0`],
  ERR_STOMP_VERSION: ['CONNECT\naccept-version:9\n\n\0'],
};

test.each(Object.entries(rows))('%s is what a client, or the event refused, is told', async (code, row) => {
  const [way, options] = row;
  const one = house(options);
  const client = one.client();
  const told: string[] = [];
  one.stomp.on('refused', (event) => told.push(event.code));
  if (typeof way === 'string') client.send(way);
  else await way(client, one);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  const errors = client.frames.filter(({ command }) => command === 'ERROR');
  told.push(...errors.flatMap(({ headers }) => headers.get('code') ?? []));
  expect(new Set(told)).toEqual(new Set([code]));
});

test.each<[StompErrorOptions, string]>([
  [{ closeCode: 401 }, 'closeCode'],
  [{ closeCode: 1005 }, 'closeCode'],
  [{ closeCode: 1015 }, 'closeCode'],
  [{ closeCode: 2999 }, 'closeCode'],
  [{ closeCode: 5000 }, 'closeCode'],
  [{ closeCode: 4000.5 }, 'closeCode'],
  [JSON.parse('{"headers":{"n":5}}'), 'header n'],
  [JSON.parse('{"headers":null}'), 'headers'],
  [JSON.parse('{"reason":"bored"}'), 'reason'],
  [JSON.parse('{"code":5}'), 'code'],
  [JSON.parse('{"details":{}}'), 'details'],
])('a StompError with %j is refused, naming %s', (options, named) => {
  expect(() => new StompError('no', options)).toThrow(named);
});

test.each([1000, 1001, 1003, 1007, 1014, 3000, 4999])('close code %i can be given', (closeCode) => {
  expect(new StompError('no', { closeCode }).closeCode).toBe(closeCode);
});

test('a hook with a bad close code ends the session with ERR_STOMP_INTERNAL and is reported', () => {
  const { client, stomp, errors, events } = house();
  stomp.clientInboundChannel.use({
    preSend({ command }) {
      if (command === 'SEND') throw new StompError('no', { closeCode: 401 });
    },
  });
  const one = client();
  one.send(connect);
  one.send(send());
  expect(one.frames.at(-1)?.headers.get('code')).toBe('ERR_STOMP_INTERNAL');
  expect(one.closed?.code).toBe(1002);
  expect(events.at(-1)).toBe('disconnected protocol');
  expect(errors).toHaveLength(1);
});

test('an ERROR that cannot be encoded gives way to a plain one', () => {
  const { client, stomp, errors, events } = house();
  stomp.clientOutboundChannel.use({
    preSend(message) {
      const headers: Map<string, string> = new Map(JSON.parse('[["n",5]]'));
      return message.command === 'ERROR' ? message.with({ headers }) : undefined;
    },
  });
  const one = client();
  one.send(connect);
  for (const session of stomp.sessions.values()) session.close();
  expect(one.frames.at(-1)?.headers.get('code')).toBe('ERR_STOMP_INTERNAL');
  expect(one.closed?.code).toBe(1002);
  expect(events.at(-1)).toBe('disconnected kicked');
  expect(errors).toHaveLength(1);
});

test('a transport that refuses a close code is closed with another', () => {
  const { client, stomp, errors, events } = house();
  const one = client();
  const close = one.close.bind(one);
  one.close = (code, text) => {
    if (code === 4409) throw new TypeError('no such code');
    close(code, text);
  };
  one.send(connect);
  for (const session of stomp.sessions.values()) session.close();
  expect(one.heard).toEqual(['CONNECTED', 'ERROR']);
  expect(one.closed?.code).toBe(1002);
  expect(events.at(-1)).toBe('disconnected kicked');
  expect(errors).toHaveLength(1);
});
