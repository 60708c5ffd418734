import { defaultLimits, type Limits, type StompServerOptions } from '@hostcast/stomp';
import type { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';
import { type House, house } from './support/memoryClient.ts';

const connectFrame = 'CONNECT\naccept-version:1.2\n\n\0';

/** Does something of a size; `fine`, or the code with which it was refused. */
type Attempt = (amount: number, make: (options?: StompServerOptions) => House) => string;

// What the last one who was looked at was sent at last.
let last = '';

function verdict(client: MemoryClient): string {
  last = Buffer.from(client.writes.at(-1) ?? '').toString();
  return /^ERROR\n(?:.+\n)*code:(\w+)\n/.exec(last)?.[1] ?? 'fine';
}

/** One connected client that sends this text. */
function sending(text: (amount: number) => string): Attempt {
  return (amount, make) => {
    const one = make().client().connect();
    one.send(text(amount));
    return verdict(one);
  };
}

/** Publishes messages of so many octets, each to a destination of its own, all of which are to be kept. */
function keeping(
  option: 'retain' | 'history',
  count: 'retained' | 'historyMessages',
  sizes: (amount: number) => readonly number[],
): Attempt {
  return (amount, make) => {
    const { stomp } = make({ destinations: { '/topic/**': { [option]: true } } });
    const bodies = sizes(amount).map((bytes) => 'x'.repeat(bytes));
    for (const [index, body] of bodies.entries()) stomp.publish(`/topic/${index}`, body);
    return stomp.stats().messages[count] === bodies.length ? 'fine' : 'gone';
  };
}

function repeat(amount: number, text: (index: number) => string): string {
  return Array.from({ length: amount }, (_, index) => text(index)).join('');
}

const receive = 'SUBSCRIBE\nid:q\ndestination:/topic/a\n\n\0';

// Per limit: its value in the test, what is attempted, and the refusal above it. `half` where what is
// attempted comes in steps of two.
const cases: Readonly<Partial<Record<keyof Limits, readonly [number, Attempt, string]>>> = {
  frameBodyBytes: [
    100,
    sending((bytes) => `SEND\ndestination:/topic/a\n\n${'x'.repeat(bytes)}\0`),
    'ERR_STOMP_BODY_TOO_LARGE',
  ],
  unconnectedFrameBytes: [
    100,
    (bytes, make) => {
      const one = make().client();
      const head = 'CONNECT\naccept-version:1.2\nx:';
      one.send(`${head}${'y'.repeat(bytes - head.length - 2)}\n\n\0`);
      return verdict(one);
    },
    'ERR_STOMP_FRAME_TOO_LARGE',
  ],
  headerLineBytes: [
    100,
    sending((bytes) => `SEND\ndestination:/topic/a\nx:${'y'.repeat(bytes - 2)}\n\n\0`),
    'ERR_STOMP_HEADER_LINE_TOO_LONG',
  ],
  headers: [
    10,
    sending((count) => `SEND\ndestination:/topic/a\n${repeat(count - 1, (index) => `x${index}:y\n`)}\n\0`),
    'ERR_STOMP_TOO_MANY_HEADERS',
  ],
  destinationLength: [
    50,
    sending((length) => `SEND\ndestination:/topic/${'a'.repeat(length - 7)}\n\n\0`),
    'ERR_STOMP_DESTINATION',
  ],
  destinationSegments: [
    10,
    sending((count) => `SUBSCRIBE\nid:q\ndestination:/topic${repeat(count - 1, () => '/*')}\n\n\0`),
    'ERR_STOMP_DESTINATION',
  ],
  doubleStars: [
    3,
    sending((count) => `SUBSCRIBE\nid:q\ndestination:/topic${repeat(count, () => '/a/**')}\n\n\0`),
    'ERR_STOMP_DESTINATION',
  ],
  connectMs: [
    1_000,
    (ms, make) => {
      const { client, clock } = make();
      const one = client();
      clock.advance(ms - 1);
      one.send(connectFrame);
      return verdict(one);
    },
    'ERR_STOMP_CONNECT_TIMEOUT',
  ],
  sessions: [
    5,
    (count, make) => {
      const { client } = make();
      const clients = Array.from({ length: count }, (_, index) => client(`192.0.2.${index}`).connect());
      return clients.map(verdict).at(-1) ?? '';
    },
    'ERR_STOMP_TOO_MANY_SESSIONS',
  ],
  sessionsPerAddress: [
    5,
    (count, make) => {
      const { client } = make();
      client('192.0.2.200').connect();
      const clients = Array.from({ length: count }, () => client().connect());
      return clients.map(verdict).at(-1) ?? '';
    },
    'ERR_STOMP_TOO_MANY_SESSIONS',
  ],
  sessionsPerUser: [
    5,
    (count, make) => {
      const { client } = make({ authenticate: ({ login }) => ({ name: `${login}` }) });
      client().connect({ login: 'lee' });
      const clients = Array.from({ length: count }, () => client().connect({ login: 'kim' }));
      return clients.map(verdict).at(-1) ?? '';
    },
    'ERR_STOMP_TOO_MANY_SESSIONS',
  ],
  subscriptions: [
    5,
    sending((count) => repeat(count, (id) => `SUBSCRIBE\nid:${id}\ndestination:/topic/a\n\n\0`)),
    'ERR_STOMP_TOO_MANY_SUBSCRIPTIONS',
  ],
  patterns: [
    3,
    sending(
      (count) => `${receive}${repeat(count, (id) => `SUBSCRIBE\nid:${id}\ndestination:/topic/*\n\n\0`)}`,
    ),
    'ERR_STOMP_TOO_MANY_SUBSCRIPTIONS',
  ],
  outboxBytes: [
    2_000,
    (bytes, make) => {
      const { client, stomp } = make();
      const one = client().connect();
      one.send(receive);
      one.stall();
      stomp.publish('/topic/a', '');
      const head = one.pendingBytes;
      // Its content-length has three digits more.
      stomp.publish('/topic/a', 'x'.repeat(bytes - 2 * head - 3));
      expect(one.pendingBytes).toBe(bytes);
      stomp.publish('/topic/a', 'last');
      return one.closed?.code === 4408 ? 'ERR_STOMP_SLOW' : 'fine';
    },
    'ERR_STOMP_SLOW',
  ],
  writeMs: [
    1_000,
    (ms, make) => {
      const { client, stomp, clock } = make();
      const one = client().connect();
      one.send(receive);
      one.stall();
      stomp.publish('/topic/a', 'x');
      clock.advance(ms - 1);
      return one.closed?.code === 4408 ? 'ERR_STOMP_SLOW' : 'fine';
    },
    'ERR_STOMP_SLOW',
  ],
  transactions: [
    3,
    sending((count) => repeat(count, (id) => `BEGIN\ntransaction:${id}\n\n\0`)),
    'ERR_STOMP_TRANSACTION_TOO_LARGE',
  ],
  transactionMessages: [
    5,
    sending((count) => {
      const send = 'SEND\ndestination:/topic/a\ntransaction:t\n\nx\0';
      return `BEGIN\ntransaction:t\n\n\0${repeat(count, () => send)}`;
    }),
    'ERR_STOMP_TRANSACTION_TOO_LARGE',
  ],
  transactionBytes: [
    1_000,
    sending((bytes) => {
      const headers = { destination: '/topic/a', transaction: 't' };
      const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
      // A header counts 64 octets besides its text, without colon and line end.
      const body = 'x'.repeat(bytes - lines.join('').length - lines.length * 62);
      return `BEGIN\ntransaction:t\n\n\0SEND\n${lines.join('')}\n${body}\0`;
    }),
    'ERR_STOMP_TRANSACTION_TOO_LARGE',
  ],
  queueMessages: [
    5,
    sending((count) => repeat(count, () => 'SEND\ndestination:/queue/a\n\nx\0')),
    'ERR_STOMP_QUEUE_FULL',
  ],
  queueBytes: [
    1_000,
    (bytes, make) => {
      const { client, stomp } = make();
      const one = client().connect();
      // Each header counts 64 octets besides its text.
      const head = 'destination'.length + '/queue/a'.length + 64;
      one.send('SEND\ndestination:/queue/a\n\n\0');
      const queued = stomp.stats().messages.queuedBytes;
      one.send(`SEND\ndestination:/queue/a\n\n${'x'.repeat(bytes - queued - head)}\0`);
      return verdict(one);
    },
    'ERR_STOMP_QUEUE_FULL',
  ],
  retainedMessages: [5, keeping('retain', 'retained', (count) => Array(count).fill(1)), 'gone'],
  // Headers count; these have none.
  retainedBytes: [1_000, keeping('retain', 'retained', (bytes) => [500, bytes - 500]), 'gone'],
  historyMessages: [5, keeping('history', 'historyMessages', (count) => Array(count).fill(1)), 'gone'],
  historyBytes: [1_000, keeping('history', 'historyMessages', (bytes) => [500, bytes - 500]), 'gone'],
  publishedMessages: [
    5,
    (count, make) => {
      const { stomp, errors } = make();
      stomp.brokerChannel.use({ preSend: () => new Promise(() => {}) });
      // The first is with the hook.
      for (let index = 0; index <= count; index += 1) stomp.publish('/topic/a', 'x');
      return errors.length === 0 ? 'fine' : String(errors[0]);
    },
    'Error: a message was dropped: 5 wait for a hook of brokerChannel (limit publishedMessages)',
  ],
  windowMessages: [
    5,
    (count, make) => {
      const one = make().client().connect();
      one.send(`SUBSCRIBE\nid:0\ndestination:/topic/a\nack:client\nprefetch-count:${count}\nreceipt:r\n\n\0`);
      return one.frames[0]?.headers.get('prefetch-count') ?? 'fine';
    },
    '5',
  ],
};

describe.each(Object.entries(cases))('the limit %s', (name, [limit, attempt, code]) => {
  const make = (options: StompServerOptions = {}) => house({ ...options, limits: { [name]: limit } });

  test.each([
    ['below', limit - 1, 'fine'],
    ['at', limit, 'fine'],
    ['above', limit + 1, code],
  ])('%s it', (_name, amount, expected) => {
    last = '';
    expect(attempt(amount, make)).toBe(expected);
    if (last !== '' && expected.startsWith('ERR_')) expect(last).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

test.each(['content-length:101\n', ''])(
  'a body that is too large is refused before it is there (%j)',
  (header) => {
    const one = house({ limits: { frameBodyBytes: 100 } })
      .client()
      .connect();
    one.send(`SEND\ndestination:/topic/a\n${header}\n${header ? '' : 'x'.repeat(101)}`);
    expect(verdict(one)).toBe('ERR_STOMP_BODY_TOO_LARGE');
  },
);

test('what is refused names the limit and its value', () => {
  const one = house({ limits: { headerLineBytes: 100 } })
    .client()
    .connect();
  one.send(`SEND\ndestination:/topic/${'a'.repeat(100)}`);
  expect(one.frames[0]?.headers.get('message')).toBe('a header line exceeds headerLineBytes 100');
});

test.each([
  ['SEND', 'destinationSegments', `/topic${'/a'.repeat(63)}`, '/a'],
  ['SUBSCRIBE', 'destinationSegments', `/topic${'/*'.repeat(63)}`, '/a'],
  ['SUBSCRIBE', 'doubleStars', `/topic${'/**'.repeat(4)}`, '/**'],
])('%s: the default of %s is refused by name where it is exceeded by one', (command, name, atLimit, more) => {
  const one = house().client().connect();
  one.send(`${command}\nid:0\ndestination:${atLimit}\n\n\0`);
  expect(one.closed).toBeUndefined();
  one.send(`${command}\nid:1\ndestination:${atLimit}${more}\n\n\0`);
  expect(verdict(one)).toBe('ERR_STOMP_DESTINATION');
  expect(new TextDecoder().decode(one.frames.at(-1)?.body)).toContain(`(limit ${name})`);
});

test('the newest messages kept are bounded by number and octets: the longest unchanged goes first', () => {
  const { client, stomp } = house({
    limits: { retainedMessages: 2, retainedBytes: 100 },
    destinations: { '/topic/**': { retain: true } },
  });
  for (const name of ['a', 'b']) stomp.publish(`/topic/${name}`, name);
  expect(stomp.stats().messages.retained).toBe(2);
  stomp.publish('/topic/c', 'c');
  const one = client().connect();
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/*\n\n\0');
  expect(one.heard).toEqual(['MESSAGE:b', 'MESSAGE:c']);
});

test.each([
  ['the last', 3, 'fine'],
  ['the one before', 2, 'fine'],
  ['an older one', 1, 'ERR_STOMP_ACK'],
])('as many ended subscriptions are remembered as there may be: a late ACK of %s', (_name, id, expected) => {
  const { client, stomp } = house({ limits: { subscriptions: 2 } });
  const one = client().connect();
  for (const each of [1, 2, 3]) {
    one.send(`SUBSCRIBE\nid:${each}\ndestination:/topic/a\nack:client\n\n\0`);
    stomp.publish('/topic/a', 'x');
    one.send(`UNSUBSCRIBE\nid:${each}\n\n\0`);
  }
  one.send(`ACK\nid:${one.frames[id - 1]?.headers.get('ack')}\n\n\0`);
  expect(verdict(one)).toBe(expected);
});

test('every limit has a default above 0 and a test', () => {
  // Those that are no single client's, or a transport's own, have theirs where they are kept.
  const elsewhere = {
    webSocketMessageBytes: 'transport/webSocketEndpoint.integration.ts',
    webSocketFragments: 'transport/webSocketEndpoint.integration.ts',
    closeMs: 'lastWords.test.ts',
    leftFramesMs: 'lastWords.test.ts',
    lateFrameBytes: 'broker/lateFrames.test.ts',
  };
  expect([...Object.keys(cases), ...Object.keys(elsewhere)].sort()).toEqual(
    Object.keys(defaultLimits).sort(),
  );
  expect(Object.values(defaultLimits).every((value) => value > 0)).toBe(true);
});
