import { describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const subscribe = (id: string, destination: string, more = '') =>
  `SUBSCRIBE\nid:${id}\ndestination:${destination}\n${more}\n\0`;
const send = (destination: string, body: string, more = '') =>
  `SEND\ndestination:${destination}\n${more}\n${body}\0`;

describe('SEND', () => {
  test('reaches every subscription to its topic, the sender’s own included, and no other', () => {
    const { client } = house();
    const [one, two] = [client().connect(), client().connect()];
    one.send(subscribe('a', '/topic/x') + subscribe('b', '/topic/x') + subscribe('c', '/topic/y'));
    two.send(subscribe('a', '/topic/x') + send('/topic/x', 'hi', 'foo:bar\nreceipt:1\n'));
    expect(one.frames.map(({ headers }) => headers.get('subscription'))).toEqual(['a', 'b']);
    expect(two.heard).toEqual(['MESSAGE:hi', 'RECEIPT:1']);
  });

  test('becomes a MESSAGE with the client’s headers and the server’s own, which cannot be forged', () => {
    const { client } = house();
    const one = client().connect();
    const forged =
      'message-id:1\nsubscription:zz\nack:1\nuser-name:root\nsimpOrigDestination:/topic/admin\nseq:9\n';
    one.send(subscribe('0', '/topic/x') + send('/topic/x', 'hi', `foo:a\\cb\n${forged}`));
    const headers = Object.fromEntries(one.frames[0]?.headers ?? []);
    expect(headers).toEqual({
      subscription: '0',
      destination: '/topic/x',
      'message-id': expect.stringMatching(/^[0-9a-f]{8}-1$/),
      foo: 'a:b',
      'content-length': '2',
    });
  });

  test('gives every subscriber the same message-id, and every message another', () => {
    const { client, stomp } = house();
    const [one, two] = [client().connect(), client().connect()];
    one.send(subscribe('0', '/topic/x'));
    two.send(subscribe('0', '/topic/x'));
    stomp.publish('/topic/x', 'a');
    stomp.publish('/topic/x', 'b');
    const ids = one.frames.map(({ headers }) => headers.get('message-id'));
    expect(two.frames.map(({ headers }) => headers.get('message-id'))).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  test('reaches a subscriber of another version in its own dialect', () => {
    const { client } = house();
    const old = client();
    old.send('CONNECT\n\n\0SUBSCRIBE\ndestination:/topic/x\n\n\0');
    client()
      .connect()
      .send(send('/topic/x', 'hi', 'foo:a\\cb\n'));
    expect(Buffer.from(old.writes[1] ?? '').toString()).toContain('\nfoo:a:b\n');
  });

  test('to a handler gives it the message and the session, waits for it, then sends the RECEIPT', async () => {
    const { client, stomp } = house();
    const seen: unknown[] = [];
    let done: () => void = () => undefined;
    stomp.handle('/app/chat', (message, session) => {
      seen.push(message.json(), session.remoteAddress);
      return new Promise<void>((resolve) => {
        done = resolve;
      });
    });
    const one = client().connect();
    one.send(send('/app/chat', '{"a":1}', 'receipt:1\n'));
    expect(seen).toEqual([{ a: 1 }, '192.0.2.1']);
    expect(one.heard).toEqual([]);
    done();
    await eventually(() => expect(one.heard).toEqual(['RECEIPT:1']));
  });

  test.each([
    ['without destination', 'SEND\n\nx\0', 'ERR_STOMP_HEADER_MISSING'],
    ['to a destination that nobody handles', send('/app/none', 'x'), 'ERR_STOMP_DESTINATION'],
    ['to a pattern', send('/topic/*', 'x'), 'ERR_STOMP_DESTINATION'],
    ['to what begins like a topic', send('/topic', 'x'), 'ERR_STOMP_DESTINATION'],
    ['to a pattern of queues', send('/queue/*', 'x'), 'ERR_STOMP_DESTINATION'],
    [
      'in a transaction that was never begun',
      send('/topic/a', 'x', 'transaction:none\n'),
      'ERR_STOMP_TRANSACTION',
    ],
    ['to a destination that is too long', send(`/topic/${'a'.repeat(1_018)}`, 'x'), 'ERR_STOMP_DESTINATION'],
  ])('%s is refused', (_name, frame, code) => {
    const one = house().client().connect();
    one.send(frame);
    expect(one.frames[0]?.headers.get('code')).toBe(code);
    expect(one.closed?.code).toBe(1002);
  });

  test('that an interceptor drops goes nowhere and gets no RECEIPT', () => {
    const { client, stomp } = house();
    stomp.clientInboundChannel.use({ preSend: ({ command }) => (command === 'SEND' ? null : undefined) });
    const one = client().connect();
    one.send(subscribe('0', '/topic/a') + send('/topic/a', 'x', 'receipt:1\n'));
    expect(one.heard).toEqual([]);
  });

  test('passes brokerChannel, where an interceptor may replace the message', () => {
    const { client, stomp } = house();
    stomp.brokerChannel.use({ preSend: (message) => message.with({ destination: '/topic/b', body: 'new' }) });
    const one = client().connect();
    one.send(subscribe('0', '/topic/b') + send('/topic/a', 'old'));
    expect(one.heard).toEqual(['MESSAGE:new']);
  });
});

describe('SUBSCRIBE', () => {
  test('gets the newest retained message at once, then what follows', () => {
    const { client, stomp } = house({ destinations: { '/topic/hosts': { retain: true } } });
    stomp.publish('/topic/hosts', '1');
    stomp.publish('/topic/hosts', '2');
    stomp.publish('/topic/other', 'not kept');
    const one = client().connect();
    one.send(subscribe('0', '/topic/hosts', 'receipt:r\n') + subscribe('1', '/topic/other'));
    stomp.publish('/topic/hosts', '3');
    expect(one.heard).toEqual(['MESSAGE:2', 'RECEIPT:r', 'MESSAGE:3']);
  });

  test('to a pattern gets the retained message of each destination that matches', () => {
    const { client, stomp } = house({ destinations: { '/topic/hosts.*': { retain: true } } });
    for (const host of ['a', 'b', 'a.b']) stomp.publish(`/topic/hosts.${host}`, host);
    const one = client().connect();
    one.send(subscribe('0', '/topic/hosts.*'));
    stomp.publish('/topic/hosts.c', 'c');
    expect(one.heard).toEqual(['MESSAGE:a', 'MESSAGE:b', 'MESSAGE:c']);
  });

  test('by a slow client to far more retained messages than its outbox holds gets them all', () => {
    const { client, stomp, events } = house({
      destinations: { '/topic/hosts.*': { retain: true } },
      limits: { outboxBytes: 100_000 },
    });
    for (let host = 0; host < 100; host += 1) stomp.publish(`/topic/hosts.${host}`, 'x'.repeat(10_000));
    const one = client().connect();
    one.stall();
    one.send(subscribe('0', '/topic/hosts.*', 'receipt:all\n'));
    for (let turn = 0; turn < 20; turn += 1) {
      one.read();
      one.stall();
    }
    expect(one.writes).toHaveLength(1 + 100 + 1);
    expect(events.at(-1)).toBe('subscribed 0');
  });

  test.each([
    ['without destination', 'SUBSCRIBE\nid:0\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['without id', 'SUBSCRIBE\ndestination:/topic/a\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['of an id in use', subscribe('0', '/topic/a') + subscribe('0', '/topic/b'), 'ERR_STOMP_SUBSCRIPTION'],
    ['to a pattern of queues', subscribe('0', '/queue/*'), 'ERR_STOMP_DESTINATION'],
    ['to what is no topic', subscribe('0', '/app/a'), 'ERR_STOMP_DESTINATION'],
    ['to a pattern above /topic', subscribe('0', '/**'), 'ERR_STOMP_DESTINATION'],
    ['to a topic without a name', subscribe('0', '/topic/'), 'ERR_STOMP_DESTINATION'],
  ])('%s is refused', (_name, frames, code) => {
    const one = house().client().connect();
    one.send(frames);
    expect(one.frames.at(-1)?.headers.get('code')).toBe(code);
    expect(one.closed?.code).toBe(1002);
  });

  test.each([
    ['subscriptions', { subscriptions: 2 }, '/topic/a'],
    ['patterns', { patterns: 2 }, '/topic/*'],
  ])('is refused above the limit %s', (_name, limits, destination) => {
    const one = house({ limits }).client().connect();
    one.send(subscribe('0', destination) + subscribe('1', destination));
    expect(one.closed).toBeUndefined();
    one.send(subscribe('2', destination));
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_TOO_MANY_SUBSCRIPTIONS');
  });

  test('asks authorize with the destination that interceptors have left it', async () => {
    const { client, stomp } = house({ authorize: async ({ destination }) => destination === '/topic/b' });
    stomp.clientInboundChannel.use({
      preSend: (message) =>
        message.command === 'SUBSCRIBE' ? message.with({ destination: '/topic/b' }) : undefined,
    });
    const one = client().connect();
    one.send(subscribe('0', '/topic/a', 'receipt:1\n'));
    await eventually(() => expect(one.heard).toEqual(['RECEIPT:1']));
    expect([...stomp.sessions.values()][0]?.subscriptions.get('0')?.destination).toBe('/topic/b');
  });
});

describe('UNSUBSCRIBE', () => {
  test('ends a subscription; its id may be used again', () => {
    const { client, stomp, events } = house();
    const one = client().connect();
    one.send(`${subscribe('0', '/topic/a')}UNSUBSCRIBE\nid:0\nreceipt:1\n\n\0`);
    stomp.publish('/topic/a', 'x');
    one.send(subscribe('0', '/topic/a'));
    stomp.publish('/topic/a', 'y');
    expect(one.heard).toEqual(['RECEIPT:1', 'MESSAGE:y']);
    expect(events.slice(2)).toEqual(['subscribed 0', 'unsubscribed 0', 'subscribed 0']);
  });

  test('by destination is STOMP 1.0', () => {
    const { client, stomp } = house();
    const one = client();
    one.send('CONNECT\n\n\0SUBSCRIBE\ndestination:/topic/a\n\n\0UNSUBSCRIBE\ndestination:/topic/a\n\n\0');
    stomp.publish('/topic/a', 'x');
    expect(one.heard).toEqual(['CONNECTED']);
  });

  test.each([
    ['without id', 'UNSUBSCRIBE\ndestination:/topic/a\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['of an unknown id', 'UNSUBSCRIBE\nid:9\n\n\0', 'ERR_STOMP_SUBSCRIPTION'],
  ])('%s is refused', (_name, frame, code) => {
    const one = house().client().connect();
    one.send(frame);
    expect(one.frames[0]?.headers.get('code')).toBe(code);
  });
});

test.each(['MESSAGE', 'CONNECTED', 'RECEIPT', 'ERROR'])(
  'a client that sends the server’s %s is refused',
  (command) => {
    const { client, stomp } = house();
    const seen: string[] = [];
    const one = client().connect();
    stomp.clientInboundChannel.use({ preSend: (message) => void seen.push(message.command) });
    one.send(`${command}\ndestination:/topic/a\n\nx\0`);
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_COMMAND_UNKNOWN');
    expect(seen).toEqual(['DISCONNECT']);
  },
);

describe('publish', () => {
  test.each(['/queue/*', '/app/a', 'topic', '/topic/', '/topic/*', '/topic/a.**'])(
    'to %s is a TypeError',
    (destination) => {
      expect(() => house().stomp.publish(destination, 'x')).toThrow(TypeError);
    },
  );

  test('keeps the order of the calls while a hook of brokerChannel waits', async () => {
    const { client, stomp } = house();
    stomp.brokerChannel.use({
      preSend: (message) => (message.text() === 'slow' ? Promise.resolve(undefined) : undefined),
    });
    const one = client().connect();
    one.send(subscribe('0', '/topic/a'));
    for (const body of ['1', 'slow', '2', '3']) stomp.publish('/topic/a', body);
    expect(one.heard).toEqual(['MESSAGE:1']);
    await eventually(() =>
      expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:slow', 'MESSAGE:2', 'MESSAGE:3']),
    );
  });

  test('never throws what an interceptor throws; the next message passes', () => {
    const { client, stomp, errors } = house();
    stomp.brokerChannel.use({
      preSend(message) {
        if (message.text() === 'bad') throw new Error('no');
      },
    });
    const one = client().connect();
    one.send(subscribe('0', '/topic/a'));
    stomp.publish('/topic/a', 'bad');
    stomp.publish('/topic/a', 'good');
    expect(one.heard).toEqual(['MESSAGE:good']);
    expect(errors).toHaveLength(1);
  });

  test('from within a delivery comes after it, for everyone', () => {
    const { client, stomp } = house();
    let isFirst = true;
    stomp.clientOutboundChannel.use({
      preSend() {
        if (isFirst) stomp.publish('/topic/a', 'second');
        isFirst = false;
      },
    });
    isFirst = false;
    const [one, two] = [client().connect(), client().connect()];
    one.send(subscribe('0', '/topic/a'));
    two.send(subscribe('0', '/topic/a'));
    isFirst = true;
    stomp.publish('/topic/a', 'first');
    expect(one.heard).toEqual(['MESSAGE:first', 'MESSAGE:second']);
    expect(two.heard).toEqual(['MESSAGE:first', 'MESSAGE:second']);
  });
});

describe('clientOutboundChannel', () => {
  test('without interceptors gives the same octets to all subscribers of one id', () => {
    const { client, stomp } = house();
    const [one, two, three] = [client().connect(), client().connect(), client().connect()];
    one.send(subscribe('0', '/topic/a'));
    two.send(subscribe('0', '/topic/a'));
    three.send(subscribe('1', '/topic/a'));
    stomp.publish('/topic/a', 'x');
    expect(two.writes[1]).toBe(one.writes[1]);
    expect(three.writes[1]).not.toBe(one.writes[1]);
  });

  test('sees every delivery; what it leaves unchanged keeps the shared octets, what it changes gets its own', () => {
    const { client, stomp } = house();
    const seen: string[] = [];
    const [one, two, three] = [client().connect(), client().connect(), client('192.0.2.3').connect()];
    for (const each of [one, two, three]) each.send(subscribe('0', '/topic/a'));
    stomp.clientOutboundChannel.use({
      preSend(message) {
        seen.push(message.session?.remoteAddress ?? '');
        return message.session?.remoteAddress === '192.0.2.3' ? message.with({ body: 'other' }) : undefined;
      },
    });
    stomp.publish('/topic/a', 'x');
    expect(seen).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.3']);
    expect(two.writes[1]).toBe(one.writes[1]);
    expect(three.heard).toEqual(['MESSAGE:other']);
  });

  test('one that throws loses one message of one session, and is reported', () => {
    const { client, stomp, errors } = house();
    const [one, two] = [client().connect(), client('192.0.2.2').connect()];
    for (const each of [one, two]) each.send(subscribe('0', '/topic/a'));
    const undo = stomp.clientOutboundChannel.use({
      preSend({ session }) {
        if (session?.remoteAddress === '192.0.2.2') throw new Error('no');
      },
    });
    stomp.publish('/topic/a', '1');
    undo();
    stomp.publish('/topic/a', '2');
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
    expect(two.heard).toEqual(['MESSAGE:2']);
    expect(errors).toHaveLength(1);
  });
});

test.each<[string, string]>([
  ['{"n":5}', 'header n'],
  ['{"ok":"yes","n":null}', 'header n'],
])('publishing with the headers %s is a TypeError and counts nothing', (json, named) => {
  const { client, stomp, errors } = house({ destinations: { '/topic/**': { retain: true, history: true } } });
  const one = client().connect();
  for (const destination of ['/topic/a', '/queue/a']) {
    expect(() => stomp.publish(destination, 'x', JSON.parse(json))).toThrow(named);
    expect(() => stomp.publish(destination, 'x', JSON.parse(json))).toThrow(TypeError);
  }
  expect(() => stomp.publishToUser('ann', '/queue/a', 'x', JSON.parse(json))).toThrow(TypeError);
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0');
  expect(one.heard).toEqual([]);
  expect(stomp.stats().messages).toMatchObject({ retained: 0, queuedMessages: 0, queuedBytes: 0 });
  expect(errors).toEqual([]);
});
