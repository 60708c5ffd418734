import type { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';
import { type House, house } from './support/memoryClient.ts';

const every = { '/topic/**': { history: true } } as const;

function subscribe(client: MemoryClient, headers = '', destination = '/topic/a'): MemoryClient {
  client.send(`SUBSCRIBE\nid:0\ndestination:${destination}\nreceipt:r\n${headers}\n\0`);
  return client;
}

/** `seq body`, of each MESSAGE, with `recovered` where it is said; `receipt` likewise. */
function told(client: MemoryClient): string[] {
  return client.frames.map(({ command, headers, body }) => {
    const recovered = headers.has('recovered') ? ` recovered:${headers.get('recovered')}` : '';
    if (command === 'RECEIPT') return `receipt ${headers.get('seq') ?? '-'}${recovered}`;
    return `${headers.get('seq')} ${new TextDecoder().decode(body)}${recovered}`;
  });
}

function epochOf({ client }: House): string {
  return subscribe(client().connect()).frames.at(-1)?.headers.get('epoch') ?? '';
}

function publishSizes({ stomp }: House, sizes: readonly number[]): void {
  for (const bytes of sizes) stomp.publish('/topic/a', 'x'.repeat(bytes));
}

function publishMany(place: House, count: number): void {
  publishSizes(place, Array<number>(count).fill(1));
}

test('every message carries the epoch of the server and a number of its destination’s own', () => {
  const { client, stomp } = house({ destinations: every });
  const one = subscribe(client().connect(), '', '/topic/**');
  stomp.publish('/topic/a', 'a1');
  stomp.publish('/topic/b', 'b1');
  stomp.publish('/topic/a', 'a2', { seq: '77', epoch: 'mine' });
  expect(told(one)).toEqual(['receipt -', '1 a1', '1 b1', '2 a2']);
  expect(new Set(one.frames.slice(1).map(({ headers }) => headers.get('epoch'))).size).toBe(1);
});

test('a SUBSCRIBE that names the last message seen gets what it missed, then what follows', () => {
  const place = house({ destinations: every });
  const { client, stomp } = place;
  const epoch = epochOf(place);
  for (const body of ['1', '2', '3']) stomp.publish('/topic/a', body);
  const one = subscribe(client().connect(), `epoch:${epoch}\nseq:1\n`);
  stomp.publish('/topic/a', '4');
  expect(told(one)).toEqual(['2 2 recovered:true', '3 3', 'receipt 3 recovered:true', '4 4']);
});

test('another client’s id that reads like a place told changes nothing of what one is told', () => {
  const place = house({ destinations: every });
  const { client, stomp } = place;
  const epoch = epochOf(place);
  stomp.publish('/topic/a', '1');
  client().connect().send('SUBSCRIBE\nid:0 true\ndestination:/topic/a\n\n\0');
  const one = subscribe(client().connect(), `epoch:${epoch}\nseq:1\n`);
  stomp.publish('/topic/a', '2');
  expect(told(one)).toEqual(['receipt 1 recovered:true', '2 2 recovered:true']);
  expect(one.frames[1]?.headers.get('subscription')).toBe('0');
});

test('where nothing was missed the RECEIPT says so, and the next message', () => {
  const place = house({ destinations: every });
  const { client, stomp } = place;
  const epoch = epochOf(place);
  stomp.publish('/topic/a', '1');
  const one = subscribe(client().connect(), `epoch:${epoch}\nseq:1\n`);
  stomp.publish('/topic/a', '2');
  stomp.publish('/topic/a', '3');
  expect(told(one)).toEqual(['receipt 1 recovered:true', '2 2 recovered:true', '3 3']);
});

test('a subscriber that has seen no message yet goes on from the RECEIPT’s place', () => {
  const { client, stomp } = house({ destinations: every });
  const receipt = subscribe(client().connect()).frames[0]?.headers;
  expect(receipt?.get('seq')).toBe('0');
  for (const body of ['1', '2']) stomp.publish('/topic/a', body);
  const one = subscribe(client().connect(), `epoch:${receipt?.get('epoch')}\nseq:0\n`);
  expect(told(one)).toEqual(['1 1 recovered:true', '2 2', 'receipt 2 recovered:true']);
});

test.each([
  ['of another epoch', 'epoch:other\nseq:2\n'],
  ['of another epoch that looks like this one', 'epoch: EPOCH\nseq:2\n'],
  ['of the future', 'epoch:EPOCH\nseq:4\n'],
  ['that is no number', 'epoch:EPOCH\nseq:2x\n'],
  ['below 0', 'epoch:EPOCH\nseq:-1\n'],
  ['beyond all numbers', `epoch:EPOCH\nseq:${'9'.repeat(400)}\n`],
  ['without a seq', 'epoch:EPOCH\n'],
  ['without an epoch', 'seq:2\n'],
])('a place %s gets the newest message and recovered:false', (_name, headers) => {
  const place = house({ destinations: every });
  const epoch = epochOf(place);
  for (const body of ['1', '2', '3']) place.stomp.publish('/topic/a', body);
  const one = subscribe(place.client().connect(), headers.replace('EPOCH', epoch));
  place.stomp.publish('/topic/a', '4');
  expect(told(one)).toEqual(['3 3 recovered:false', 'receipt 3 recovered:false', '4 4']);
});

test('a place that is too old gets the newest message and recovered:false', () => {
  const place = house({ destinations: { '/topic/a': { history: { ms: 300_000 } } } });
  const { client, stomp, clock } = place;
  const epoch = epochOf(place);
  for (const body of ['1', '2', '3', '4', '5']) {
    stomp.publish('/topic/a', body);
    clock.advance(100_000);
  }
  expect(told(subscribe(client().connect(), `epoch:${epoch}\nseq:1\n`))[0]).toBe('5 5 recovered:false');
  expect(told(subscribe(client().connect(), `epoch:${epoch}\nseq:2\n`))[0]).toBe('3 3 recovered:true');
});

test('the newest message outlives its time, so that a destination that rests can be resumed', () => {
  const place = house({ destinations: { '/topic/a': { history: { ms: 1_000 } } } });
  const epoch = epochOf(place);
  for (const body of ['1', '2']) place.stomp.publish('/topic/a', body);
  place.clock.advance(1_000_000);
  const one = subscribe(place.client().connect(), `epoch:${epoch}\nseq:2\n`);
  const two = subscribe(place.client().connect(), `epoch:${epoch}\nseq:1\n`);
  expect(told(one)).toEqual(['receipt 2 recovered:true']);
  expect(told(two)).toEqual(['2 2 recovered:true', 'receipt 2 recovered:true']);
});

test.each([
  ['messages', { history: { messages: 2 } }],
  // Each has 1,000 octets and its headers.
  ['bytes', { history: { bytes: 2_300 } }],
])('history is bounded by %s', (_name, options) => {
  const place = house({ destinations: { '/topic/a': options } });
  const epoch = epochOf(place);
  for (let index = 0; index < 5; index += 1) place.stomp.publish('/topic/a', 'x'.repeat(1_000));
  expect(place.stomp.stats().messages.historyMessages).toBe(2);
  const [two, three] = [2, 3].map((seq) =>
    told(subscribe(place.client().connect(), `epoch:${epoch}\nseq:${seq}\n`)),
  );
  expect(two?.at(-1)).toBe('receipt 5 recovered:false');
  expect(three?.at(-1)).toBe('receipt 5 recovered:true');
});

describe.each<[string, number, (place: House, amount: number) => void]>([
  ['messages', 5, publishMany],
  // No headers: the octets of two bodies.
  ['bytes', 1_000, (place, bytes) => publishSizes(place, [500, bytes - 500])],
  [
    'ms',
    1_000,
    (place, ms) => {
      publishMany(place, 2);
      place.clock.advance(ms);
    },
  ],
])('the history option %s', (name, limit, fill) => {
  test.each([
    ['below', -1, 'true'],
    ['at', 0, 'true'],
    ['above', 1, 'false'],
  ])('%s it', (_name, more, recovered) => {
    const place = house({ destinations: { '/topic/a': { history: { [name]: limit } } } });
    const epoch = epochOf(place);
    fill(place, limit + more);
    const one = subscribe(place.client().connect(), `epoch:${epoch}\nseq:0\n`);
    expect(one.frames[0]?.headers.get('recovered')).toBe(recovered);
  });
});

test('a message larger than historyBytes is not kept: other histories stay, its own begins anew after it', () => {
  const place = house({ destinations: every, limits: { historyBytes: 1_000 } });
  const epoch = epochOf(place);
  for (const topic of ['a', 'b']) place.stomp.publish(`/topic/${topic}`, topic);
  place.stomp.publish('/topic/a', 'x'.repeat(1_001));
  const resumed = (topic: string, seq: number) =>
    told(subscribe(place.client().connect(), `epoch:${epoch}\nseq:${seq}\n`, `/topic/${topic}`)).at(-1);
  expect(place.stomp.stats().messages.historyMessages).toBe(1);
  expect(resumed('b', 0)).toBe('receipt 1 recovered:true');
  expect([0, 1, 2].map((seq) => resumed('a', seq))).toEqual([
    'receipt 2 recovered:false',
    'receipt 2 recovered:false',
    'receipt 2 recovered:true',
  ]);
  place.stomp.publish('/topic/a', 'next');
  expect(resumed('a', 2)).toBe('receipt 3 recovered:true');
});

test.each([
  ['historyMessages', { historyMessages: 3 }],
  ['historyBytes', { historyBytes: 3_400 }],
])('all histories together are bounded by %s: the oldest message of all goes first', (_name, limits) => {
  const place = house({ destinations: every, limits });
  const epoch = epochOf(place);
  for (const topic of ['a', 'b', 'a', 'b', 'a']) place.stomp.publish(`/topic/${topic}`, 'x'.repeat(1_000));
  const resumed = (topic: string, seq: number) =>
    subscribe(place.client().connect(), `epoch:${epoch}\nseq:${seq}\n`, `/topic/${topic}`)
      .frames.at(-1)
      ?.headers.get('recovered');
  expect(place.stomp.stats().messages.historyMessages).toBe(3);
  expect([resumed('a', 0), resumed('a', 1), resumed('b', 0), resumed('b', 1)]).toEqual([
    'false',
    'true',
    'false',
    'true',
  ]);
});

test('a destination that was forgotten comes back above all it had: no place in it is taken for another', () => {
  const place = house({ destinations: every, limits: { historyMessages: 1 } });
  const epoch = epochOf(place);
  for (const body of ['1', '2', '3']) place.stomp.publish('/topic/a', body);
  place.stomp.publish('/topic/b', 'x');
  place.stomp.publish('/topic/a', '4');
  const at = (seq: number) =>
    told(subscribe(place.client().connect(), `epoch:${epoch}\nseq:${seq}\n`)).at(-1);
  expect([0, 1, 2, 3, 4].map(at)).toEqual([
    'receipt 4 recovered:false',
    'receipt 4 recovered:false',
    'receipt 4 recovered:false',
    'receipt 4 recovered:true',
    'receipt 4 recovered:true',
  ]);
});

test('another server, or this one after a restart, has another epoch', () => {
  expect(epochOf(house({ destinations: every }))).not.toBe(epochOf(house({ destinations: every })));
});

test('a pattern gets what is retained and is not resumed', () => {
  const place = house({ destinations: every });
  const epoch = epochOf(place);
  for (const topic of ['a', 'a', 'b']) place.stomp.publish(`/topic/${topic}`, topic);
  const one = subscribe(place.client().connect(), `epoch:${epoch}\nseq:1\n`, '/topic/*');
  expect(told(one)).toEqual(['2 a recovered:false', '1 b', 'receipt - recovered:false']);
});

test('a destination without history has no numbers and says recovered:false to who asks', () => {
  const { client, stomp } = house({ destinations: { '/topic/a': { retain: true } } });
  stomp.publish('/topic/a', '1');
  const one = subscribe(client().connect(), 'epoch:e\nseq:0\n');
  expect(one.frames.map(({ headers }) => [headers.get('seq'), headers.get('recovered')])).toEqual([
    [undefined, 'false'],
    [undefined, 'false'],
  ]);
});

test('what is published while the replay waits for a client that stalls comes after it', () => {
  const place = house({ destinations: every });
  const { client, stomp } = place;
  const epoch = epochOf(place);
  stomp.publish('/topic/a', 'x'.repeat(70_000));
  for (const body of ['2', '3']) stomp.publish('/topic/a', body);
  const one = client().connect();
  one.stall();
  subscribe(one, `epoch:${epoch}\nseq:0\n`);
  for (const body of ['4', '5']) stomp.publish('/topic/a', body);
  one.read();
  expect(told(one).slice(1)).toEqual(['2 2', '3 3', 'receipt 3 recovered:true', '4 4', '5 5']);
});

test('one that subscribes while a message is given out gets that message once', () => {
  const { client, stomp } = house({ destinations: every });
  const [one, two] = [subscribe(client().connect()), client().connect()];
  const undo = stomp.clientOutboundChannel.use({
    preSend({ command }) {
      if (command !== 'MESSAGE') return;
      undo();
      subscribe(two);
    },
  });
  stomp.publish('/topic/a', '1');
  expect(told(one)).toEqual(['receipt 0', '1 1']);
  expect(told(two)).toEqual(['1 1', 'receipt 1']);
});

test('a session that ends with a replay unsaid gets nothing that comes after it', () => {
  const place = house({ destinations: every });
  const { client, stomp } = place;
  const epoch = epochOf(place);
  stomp.publish('/topic/a', 'x'.repeat(70_000));
  stomp.publish('/topic/a', '2');
  const one = client().connect();
  one.stall();
  subscribe(one, `epoch:${epoch}\nseq:0\n`);
  stomp.publish('/topic/a', '3');
  for (const session of stomp.sessions.values()) if (session.outboxBytes > 1_000) session.close('shutdown');
  one.read();
  expect(one.heard.map((each) => each.slice(0, 12))).toEqual(['MESSAGE:xxxx', 'ERROR']);
});

test('after UNSUBSCRIBE the rest of a replay is not sent', () => {
  const place = house({ destinations: every });
  const epoch = epochOf(place);
  place.stomp.publish('/topic/a', 'x'.repeat(70_000));
  place.stomp.publish('/topic/a', '2');
  const one = place.client().connect();
  one.stall();
  subscribe(one, `epoch:${epoch}\nseq:0\n`).send('UNSUBSCRIBE\nid:0\nreceipt:u\n\n\0');
  one.read();
  expect(one.heard.slice(1)).toEqual(['RECEIPT:r', 'RECEIPT:u']);
});

test('subscribers of one id share the octets of every message, also of those that say recovered', () => {
  const place = house({ destinations: every });
  const { client, stomp } = place;
  const epoch = epochOf(place);
  stomp.publish('/topic/a', '1');
  const [one, two] = [client().connect(), client().connect()];
  for (const each of [one, two]) subscribe(each, `epoch:${epoch}\nseq:0\n`);
  stomp.publish('/topic/a', '2');
  expect(one.writes.at(-1)).toBe(two.writes.at(-1));
  expect(one.writes.at(-3)).toBe(two.writes.at(-3));
});

test('stats say what is kept and how many were resumed', () => {
  const place = house({ destinations: every });
  const epoch = epochOf(place);
  place.stomp.publish('/topic/a', '1');
  subscribe(place.client().connect(), `epoch:${epoch}\nseq:0\n`);
  subscribe(place.client().connect(), 'epoch:e\nseq:0\n');
  const { messages, resumed } = place.stomp.stats();
  expect(resumed).toEqual({ recovered: 1, unrecovered: 1 });
  expect(messages.historyMessages).toBe(1);
  expect(messages.historyBytes).toBe(1);
});
