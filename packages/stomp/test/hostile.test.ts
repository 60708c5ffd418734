import { createStompServer } from '@hostcast/stomp';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { house } from './support/memoryClient.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const connectFrame = 'CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0';
const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];

describe('names that mean something to JavaScript', () => {
  test.each(names)(
    '%s as header, destination, id, receipt, transaction and login is a name like any',
    (name) => {
      const { client, stomp, errors } = house({ authenticate: ({ login }) => ({ name: `${login}` }) });
      const one = client();
      one.send(`CONNECT\naccept-version:1.2\nlogin:${name}\n${name}:x\n\n\0`);
      one.send(`SUBSCRIBE\nid:${name}\ndestination:/topic/${name}.${name}\n\n\0`);
      one.send(`BEGIN\ntransaction:${name}\n\n\0`);
      one.send(`SEND\ndestination:/topic/${name}.${name}\n${name}:value\ntransaction:${name}\n\n${name}\0`);
      one.send(`COMMIT\ntransaction:${name}\nreceipt:${name}\n\n\0`);
      expect(one.heard).toEqual(['CONNECTED', `MESSAGE:${name}`, `RECEIPT:${name}`]);
      expect(one.frames[1]?.headers.get(name)).toBe('value');
      expect([...stomp.sessions.values()][0]?.user?.name).toBe(name);
      expect(Reflect.get({}, 'value')).toBeUndefined();
      expect(Reflect.ownKeys(Object.prototype)).toHaveLength(12);
      expect(errors).toEqual([]);
    },
  );

  test.each(names)('%s is no command', (name) => {
    const { client, events } = house();
    client().connect().send(`${name}\n\n\0`);
    expect(events.at(-1)).toBe('disconnected protocol');
  });
});

test('headers that are the server’s to set cannot be forged', () => {
  const { client } = house({ authenticate: ({ login }) => ({ name: `${login}` }) });
  const [kim, eve] = [client().connect({ login: 'kim' }), client().connect({ login: 'eve' })];
  kim.send('SUBSCRIBE\nid:0\ndestination:/topic/a\nack:client\n\n\0');
  const forged = [
    'message-id',
    'subscription',
    'ack',
    'redelivered',
    'epoch',
    'seq',
    'recovered',
    'user-name',
  ];
  const lines = [...forged, 'simpSessionId', 'simpUser'].map((name) => `${name}:forged\n`).join('');
  eve.send(`SEND\ndestination:/topic/a\n${lines}x-free:as it likes\n\nx\0`);
  const [message] = kim.frames;
  expect(message?.headers.get('x-free')).toBe('as it likes');
  expect([...(message?.headers ?? [])].filter(([, value]) => value === 'forged')).toEqual([]);
  expect(message?.headers.get('subscription')).toBe('0');
});

test.each(['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'])('a client may not send %s', (command) => {
  const { client, events } = house();
  client().connect().send(`${command}\ndestination:/topic/a\nmessage-id:1\nsubscription:0\n\nx\0`);
  expect(events.at(-1)).toBe('disconnected protocol');
});

test('a header cannot smuggle a frame to a subscriber, in any version', () => {
  for (const version of ['1.0', '1.1', '1.2']) {
    const { client } = house();
    const kim = client();
    kim.send(`CONNECT\naccept-version:${version}\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0`);
    const eve = client().connect();
    eve.send('SEND\ndestination:/topic/a\nx:1\\n\\nMESSAGE\\nsubscription:0\\n\\nforged\ny:a\\rb\n\nreal\0');
    expect(kim.heard).toEqual(['CONNECTED', 'MESSAGE:real']);
    expect(kim.frames[1]?.headers.get('subscription')).toBe('0');
  }
});

test('a login with line ends does not forge CONNECTED', () => {
  const { client } = house({ authenticate: () => ({ name: 'kim\nheart-beat:1,1\n\n\0ERROR\n' }) });
  const one = client();
  one.send(connectFrame);
  expect(one.heard).toEqual(['CONNECTED']);
  expect(one.frames[0]?.headers.has('user-name')).toBe(false);
});

describe('what is made to be slow to read', () => {
  test.each([
    ['a header line of a megabyte', () => `SEND\nx:${'y'.repeat(1_000_000)}\n\n\0`],
    ['a megabyte of headers', () => `SEND\n${'a:b\n'.repeat(250_000)}\n\0`],
    ['a header name of escapes', () => `SEND\n${'\\c'.repeat(8_000)}:x\n\n\0`],
    ['a megabyte of line ends', () => '\n'.repeat(1_000_000)],
    ['a megabyte of carriage returns', () => '\r'.repeat(1_000_000)],
    ['a megabyte of NULs', () => '\0'.repeat(1_000_000)],
    [
      'a megabyte of NULs in a body',
      () => `SEND\ndestination:/topic/a\ncontent-length:1000000\n\n${'\0'.repeat(1_000_001)}`,
    ],
    ['a destination of separators', () => `SEND\ndestination:/topic/${'./'.repeat(500)}\n\n\0`],
    [
      'patterns of patterns',
      () =>
        `SUBSCRIBE\nid:0\ndestination:/topic/${'**.a.'.repeat(4)}x\n\n\0SEND\ndestination:/topic/${'a.'.repeat(60)}y\n\n\0`,
    ],
    [
      'a content-length beyond numbers',
      () => `SEND\ndestination:/topic/a\ncontent-length:${'9'.repeat(400)}\n\n\0`,
    ],
  ])('%s leaves others served, within the time a test has', (_name, text) => {
    const { client, errors } = house();
    const [one, other] = [client().connect(), client().connect()];
    const input = Buffer.from(text());
    one.sendBytes(input);
    other.send('SEND\ndestination:/topic/b\nreceipt:1\n\n\0');
    expect(other.heard).toEqual(['RECEIPT:1']);
    expect(errors).toEqual([]);
  });

  test('a body that comes octet by octet is taken, within the time a test has', () => {
    const one = house().client().connect();
    one.send('SEND\ndestination:/topic/a\nreceipt:1\ncontent-length:200000\n\n');
    for (let octet = 0; octet < 200_000; octet += 1) one.send('x');
    one.send('\0');
    expect(one.heard).toEqual(['RECEIPT:1']);
  });
});

test('whatever octets come, nothing is thrown, nobody else is disturbed, and what is held is bounded', () => {
  const stomp = createStompServer({ clock: new FakeClock() });
  const errors: unknown[] = [];
  stomp.on('error', ({ error }) => errors.push(error));
  const calm = new MemoryClient();
  stomp.accept(calm);
  calm.connect();
  const text = fc.oneof(
    fc.constantFrom('CONNECT', 'SEND', 'SUBSCRIBE', 'ACK', 'BEGIN', 'COMMIT', 'DISCONNECT', 'MESSAGE', ''),
    fc.constantFrom('\n', '\n\n', '\r\n', '\0', ':', '\\', '\\c', '\\t', '\\n', '\u00ff', '\u00c3'),
    fc.constantFrom(
      'destination:/topic/a\n',
      'destination:/queue/a\n',
      'id:0\n',
      'transaction:t\n',
      'ack:client\n',
    ),
    fc.constantFrom(
      'content-length:5\n',
      'content-length:-1\n',
      'receipt:r\n',
      'accept-version:1.1\n',
      '\n\nx\0',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.boolean(), fc.array(text, { maxLength: 30 }), (isConnected, parts) => {
      const client = new MemoryClient();
      stomp.accept(client);
      if (isConnected) client.connect();
      for (const part of parts) client.send(part);
      client.drop();
      calm.frames.length = 0;
      calm.send('SEND\ndestination:/topic/calm\nreceipt:1\n\n\0');
      expect(calm.heard).toEqual(['RECEIPT:1']);
      expect(stomp.stats()).toMatchObject({ sessions: { open: 1 }, subscriptions: 0 });
    }),
    { numRuns: 3_000 },
  );
  expect(errors).toEqual([]);
});

test('a stopped client costs at most its outbox, and the others get every message at once', () => {
  const { client, stomp } = house({ limits: { outboxBytes: 10_000 } });
  const stopped = Array.from({ length: 50 }, () => client().connect());
  const quick = client().connect();
  for (const each of [...stopped, quick]) each.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  for (const each of stopped) each.stall();
  let mostBytes = 0;
  for (let index = 0; index < 100; index += 1) {
    stomp.publish('/topic/a', `${index} ${'x'.repeat(1_000)}`);
    mostBytes = Math.max(mostBytes, stomp.stats().outboxBytes);
    expect(quick.heard.at(-1)).toMatch(new RegExp(`^MESSAGE:${index} `));
  }
  // The cap and the one message that went over it.
  expect(mostBytes).toBeLessThanOrEqual(50 * (10_000 + 1_200));
  expect(stomp.stats().sessions.disconnected).toEqual({ slow: 50 });
});
