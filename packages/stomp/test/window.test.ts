import type { Message } from '@hostcast/stomp';
import type { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

const conflated = { destinations: { '/topic/live.*': { slow: 'conflate' } } } as const;

function subscribe(client: MemoryClient, headers: string, destination = '/topic/live.a'): MemoryClient {
  client.send(`SUBSCRIBE\nid:0\ndestination:${destination}\n${headers}\n\n\0`);
  return client;
}

function answer(client: MemoryClient, index: number, command = 'ACK'): void {
  client.send(`${command}\nid:${client.frames.at(index)?.headers.get('ack')}\n\n\0`);
}

describe.each(['client', 'client-individual'])('with ack:%s and prefetch-count:1', (ack) => {
  const headers = `ack:${ack}\nprefetch-count:1`;

  test('a client that lags gets the newest message next, never a backlog', () => {
    const { client, stomp } = house(conflated);
    const one = subscribe(client().connect(), headers);
    for (let index = 1; index <= 100; index += 1) stomp.publish('/topic/live.a', String(index));
    expect(one.heard).toEqual(['MESSAGE:1']);
    answer(one, -1);
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:100']);
    answer(one, -1);
    stomp.publish('/topic/live.a', '101');
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:100', 'MESSAGE:101']);
    expect(stomp.stats().messages.conflated).toBe(98);
  });

  test('NACK drops the message and frees its place', () => {
    const { client, stomp } = house(conflated);
    const one = subscribe(client().connect(), headers);
    for (const body of ['1', '2', '3']) stomp.publish('/topic/live.a', body);
    answer(one, -1, 'NACK');
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:3']);
  });

  test('what a client takes for its ACK is told: from the message it was sent, not from the one that waited', () => {
    const { client, clock, stomp } = house(conflated);
    const told: string[] = [];
    stomp.on('acknowledged', ({ session, ageMs }) => told.push(`${session.user?.name} ${ageMs}`));
    const one = subscribe(client().connect(), headers);
    for (const body of ['1', '2']) stomp.publish('/topic/live.a', body);
    clock.advance(250);
    answer(one, -1);
    clock.advance(40);
    answer(one, -1, 'NACK');
    stomp.publish('/topic/live.a', '3');
    clock.advance(7);
    answer(one, -1);
    answer(one, 0);
    expect(told).toEqual(['undefined 250', 'undefined 7']);
  });

  test('each destination of a pattern has its newest message wait, in the order of their coming', () => {
    const { client, stomp } = house(conflated);
    const one = subscribe(client().connect(), headers, '/topic/live.*');
    for (const body of ['a1', 'b1', 'c1', 'b2', 'a2', 'a3']) stomp.publish(`/topic/live.${body[0]}`, body);
    for (let round = 0; round < 5; round += 1) answer(one, -1);
    expect(one.heard).toEqual(['MESSAGE:a1', 'MESSAGE:b2', 'MESSAGE:c1', 'MESSAGE:a3']);
  });

  test('a message that an interceptor keeps back is not waited for', () => {
    const { client, stomp } = house(conflated);
    const one = subscribe(client().connect(), headers);
    const drops = (body: string) => (message: Message) => (message.text() === body ? null : undefined);
    stomp.clientOutboundChannel.use({ preSend: drops('before'), postReceive: drops('after') });
    for (const body of ['before', 'after', '1', '2']) stomp.publish('/topic/live.a', body);
    expect(one.heard).toEqual(['MESSAGE:1']);
    answer(one, -1);
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
  });

  test('a socket that stalls has one message waiting, and after it the newest', () => {
    const { client, stomp } = house(conflated);
    const one = subscribe(client().connect(), headers);
    one.stall();
    for (let index = 1; index <= 50; index += 1)
      stomp.publish('/topic/live.a', `${index} ${'x'.repeat(20_000)}`);
    one.read();
    answer(one, -1);
    expect(one.heard.map((each) => each.split(' ')[0])).toEqual(['MESSAGE:1', 'MESSAGE:50']);
  });
});

test('prefetch-count:3 lets three be under way; ack:client answers all up to the one it names', () => {
  const { client, stomp } = house(conflated);
  const one = subscribe(client().connect(), 'ack:client\nprefetch-count:3');
  for (let index = 1; index <= 9; index += 1) stomp.publish('/topic/live.a', String(index));
  expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2', 'MESSAGE:3']);
  answer(one, 1);
  expect(one.heard.at(-1)).toBe('MESSAGE:9');
  for (let index = 10; index <= 19; index += 1) stomp.publish('/topic/live.a', String(index));
  expect(one.heard.slice(4)).toEqual(['MESSAGE:10']);
});

test('retained and missed messages come first and are waited for like others', () => {
  const { client, stomp } = house({
    destinations: { '/topic/live.*': { slow: 'conflate', history: true } },
  });
  const first = client().connect();
  first.send('SUBSCRIBE\nid:0\ndestination:/topic/live.a\nreceipt:r\n\n\0');
  const epoch = first.frames[0]?.headers.get('epoch');
  for (const body of ['1', '2', '3']) stomp.publish('/topic/live.a', body);
  const one = subscribe(client().connect(), `ack:client\nprefetch-count:1\nepoch:${epoch}\nseq:1`);
  for (const body of ['4', '5']) stomp.publish('/topic/live.a', body);
  expect(one.heard).toEqual(['MESSAGE:2', 'MESSAGE:3']);
  answer(one, 0);
  expect(one.heard).toHaveLength(2);
  answer(one, 1);
  expect(one.heard).toEqual(['MESSAGE:2', 'MESSAGE:3', 'MESSAGE:5']);
});

test('messages of a destination that is not conflated are not held back and lose nothing', () => {
  const { client, stomp } = house(conflated);
  const one = subscribe(client().connect(), 'ack:client-individual\nprefetch-count:1', '/topic/**');
  for (const body of ['1', '2', '3']) stomp.publish('/topic/other', body);
  stomp.publish('/topic/live.a', 'a1');
  expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2', 'MESSAGE:3', 'MESSAGE:a1']);
});

test.each([
  ['below', 4, undefined, 4],
  ['at', 5, undefined, 5],
  ['above', 6, '5', 5],
  ['far above', 999_999, '5', 5],
])('a window %s windowMessages has %s; the RECEIPT says where it is less', (_name, asked, said, wide) => {
  const { client, stomp } = house({ ...conflated, limits: { windowMessages: 5 } });
  const one = subscribe(client().connect(), `ack:client\nprefetch-count:${asked}\nreceipt:r`);
  expect(one.frames[0]?.headers.get('prefetch-count')).toBe(said);
  for (let index = 0; index < 20; index += 1) stomp.publish('/topic/live.a', 'x');
  expect(one.heard).toHaveLength(1 + wide);
});

test('a window on a queue is as wide as was asked for', () => {
  const one = house({ limits: { windowMessages: 5 } })
    .client()
    .connect();
  subscribe(one, 'ack:client\nprefetch-count:6\nreceipt:r', '/queue/a');
  expect(one.frames[0]?.headers.get('prefetch-count')).toBeUndefined();
});

test('without prefetch-count there is no window', () => {
  const { client, stomp } = house(conflated);
  const one = subscribe(client().connect(), 'ack:client');
  for (const body of ['1', '2', '3']) stomp.publish('/topic/live.a', body);
  expect(one.heard).toHaveLength(3);
});

test('subscribers with windows share the octets of each message', () => {
  const { client, stomp } = house(conflated);
  const [one, two] = [client().connect(), client().connect()];
  for (const each of [one, two]) subscribe(each, 'ack:client\nprefetch-count:1');
  stomp.publish('/topic/live.a', '1');
  expect(one.writes.at(-1)).toBe(two.writes.at(-1));
});
