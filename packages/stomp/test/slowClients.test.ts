import type { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test, vi } from 'vitest';
import { house } from './support/memoryClient.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

function subscribe(client: MemoryClient, destination = '/topic/a', headers = ''): MemoryClient {
  client.send(`SUBSCRIBE\nid:0\ndestination:${destination}\n${headers}\n\0`);
  return client;
}

/** What came, by the last two characters of each body. */
function tails({ heard }: MemoryClient): string[] {
  return heard.map((each) => (each.startsWith('MESSAGE') ? each.slice(-2) : each));
}

const padding = 'x'.repeat(200);

test('drop-oldest drops what waits longest, keeps the newest in any case, and counts', () => {
  const { client, stomp, events } = house({
    destinations: { '/topic/a': { slow: 'drop-oldest' } },
    limits: { outboxBytes: 6_000 },
  });
  const [slow, quick] = [subscribe(client().connect()), subscribe(client().connect())];
  slow.stall();
  for (let index = 10; index < 40; index += 1) {
    stomp.publish('/topic/a', `${padding}${index}`);
    expect(slow.pendingBytes).toBeLessThan(6_000);
  }
  // The cap and one frame.
  expect([...stomp.sessions.values()][0]?.outboxBytes).toBeLessThan(7_000);
  slow.read();
  const came = tails(slow);
  expect(came.slice(0, 2)).toEqual(['10', '11']);
  expect(came.slice(-3)).toEqual(['37', '38', '39']);
  expect(came).toEqual(came.toSorted());
  expect(tails(quick)).toHaveLength(30);
  expect(stomp.stats().messages.dropped).toBe(30 - came.length);
  expect(events).not.toContain('disconnected slow');
});

test('drop-oldest makes room for what may not be dropped; without such messages the session is ended', () => {
  const { client, stomp, events } = house({
    destinations: { '/topic/a': { slow: 'drop-oldest' } },
    limits: { outboxBytes: 6_000 },
  });
  const slow = subscribe(client().connect(), '/topic/*');
  slow.stall();
  for (let index = 10; index < 30; index += 1) stomp.publish('/topic/a', `${padding}${index}`);
  for (let index = 30; index < 32; index += 1) stomp.publish('/topic/b', `${padding}${index}`);
  expect(events).not.toContain('disconnected slow');
  for (let index = 32; index < 40; index += 1) stomp.publish('/topic/b', `${padding}${index}`);
  expect(events.at(-1)).toBe('disconnected slow');
});

test('a dropped message does not take the word recovered with it', () => {
  const { client, stomp } = house({
    destinations: { '/topic/a': { slow: 'drop-oldest', history: true } },
    limits: { outboxBytes: 2_000 },
  });
  const slow = client().connect();
  slow.stall();
  subscribe(slow, '/topic/b', 'receipt:b\n');
  slow.send('SUBSCRIBE\nid:1\ndestination:/topic/a\nepoch:e\nseq:1\n\n\0');
  for (let index = 10; index < 40; index += 1) stomp.publish('/topic/a', `${padding}${index}`);
  slow.read();
  const said = slow.frames.map(({ headers }) => headers.get('recovered')).filter((each) => each);
  expect(said).toEqual(['false']);
});

test('conflate lets the newest message of each destination wait, in the place of the first, and counts', () => {
  const { client, stomp } = house({ destinations: { '/topic/**': { slow: 'conflate' } } });
  const slow = subscribe(client().connect(), '/topic/*');
  slow.stall();
  stomp.publish('/topic/full', 'x'.repeat(70_000));
  for (const body of ['a1', 'b1', 'a2', 'c1', 'b2', 'a3']) stomp.publish(`/topic/${body[0]}`, body);
  slow.read();
  expect(tails(slow).slice(1)).toEqual(['a3', 'b2', 'c1']);
  stomp.publish('/topic/a', 'a4');
  expect(tails(slow).at(-1)).toBe('a4');
  expect(stomp.stats().messages.conflated).toBe(3);
});

test('conflated messages that are retained cost little while they wait, however large', () => {
  const { client, stomp, events } = house({
    destinations: { '/topic/**': { slow: 'conflate', retain: true } },
    limits: { outboxBytes: 10_000 },
  });
  const slow = subscribe(client().connect(), '/topic/*');
  slow.stall();
  stomp.publish('/topic/full', 'x'.repeat(6_000));
  for (let index = 0; index < 10; index += 1) stomp.publish(`/topic/${index}`, 'x'.repeat(100_000));
  stomp.publish('/topic/3', 'new');
  expect([...stomp.sessions.values()][0]?.outboxBytes).toBeLessThan(10_000);
  slow.read();
  expect(slow.heard).toHaveLength(11);
  expect(slow.heard[4]).toBe('MESSAGE:new');
  slow.stall();
  stomp.publish('/topic/full', 'x'.repeat(6_000));
  for (let index = 0; index < 30; index += 1) stomp.publish(`/topic/${index}`, 'x');
  expect(events.at(-1)).toBe('disconnected slow');
});

test('a retained message that is retracted while it waits is not sent', () => {
  const { client, stomp } = house({ destinations: { '/topic/**': { slow: 'conflate', retain: true } } });
  const slow = subscribe(client().connect(), '/topic/*');
  slow.stall();
  stomp.publish('/topic/full', 'x'.repeat(70_000));
  for (const topic of ['a', 'b']) stomp.publish(`/topic/${topic}`, topic);
  stomp.retract('/topic/a');
  slow.read();
  expect(slow.heard.slice(1)).toEqual(['MESSAGE:b']);
  stomp.publish('/topic/a', 'again');
  expect(slow.heard.slice(1)).toEqual(['MESSAGE:b', 'MESSAGE:again']);
});

test('while a message is given out, what waits of its destination is not overtaken and comes once', () => {
  const { client, stomp } = house({
    destinations: { '/topic/**': { slow: 'conflate', retain: true } },
  });
  const slow = client().connect();
  slow.send('SUBSCRIBE\nid:p\ndestination:/topic/*\n\n\0');
  slow.stall();
  stomp.publish('/topic/full', 'x'.repeat(70_000));
  for (const body of ['a1', 'z1']) stomp.publish(`/topic/${body[0]}`, body);
  slow.send('SUBSCRIBE\nid:e\ndestination:/topic/a\n\n\0');
  // There is room again, and the server learns of it as it sends the next one.
  slow.readSome(70_000);
  stomp.publish('/topic/a', 'a2');
  slow.read();
  const came = slow.frames
    .slice(1)
    .map(({ headers }, at) => headers.get('subscription') + (tails(slow)[at + 1] ?? ''));
  expect(came.filter((each) => each.startsWith('p'))).toEqual(['pa1', 'pz1', 'pa2']);
  expect(came.filter((each) => each.startsWith('e'))).toEqual(['ea1', 'ea2']);
});

describe('a message that waits and is not retained any more, for others took its place', () => {
  const headers = 'ack:client\nprefetch-count:1\n';
  const lives = () => {
    const { client, stomp, events } = house({
      destinations: { '/topic/**': { slow: 'conflate', retain: true } },
      limits: { retainedMessages: 1, outboxBytes: 10_000 },
    });
    const one = subscribe(client().connect(), '/topic/*', headers);
    const answer = () => one.send(`ACK\nid:${one.frames.at(-1)?.headers.get('ack')}\n\n\0`);
    return { one, stomp, events, answer };
  };

  test('arrives all the same', () => {
    const { one, stomp, answer } = lives();
    for (const topic of ['z', 'a', 'b']) stomp.publish(`/topic/${topic}`, topic);
    for (let round = 0; round < 3; round += 1) answer();
    expect(one.heard).toEqual(['MESSAGE:z', 'MESSAGE:a', 'MESSAGE:b']);
  });

  test('counts as what it is from then on, until it is written', () => {
    const { one, stomp, events, answer } = lives();
    const waiting = () => [...stomp.sessions.values()][0]?.outboxBytes ?? 0;
    stomp.publish('/topic/z', 'z');
    stomp.publish('/topic/a', 'x'.repeat(6_000));
    expect(waiting()).toBeLessThan(1_000);
    stomp.publish('/topic/b', 'x'.repeat(6_000));
    expect(waiting()).toBeGreaterThan(6_000);
    answer();
    expect(one.heard).toHaveLength(2);
    expect(waiting()).toBeLessThan(1_000);
    stomp.publish('/topic/c', 'x'.repeat(6_000));
    expect(events).not.toContain('disconnected slow');
    stomp.publish('/topic/d', 'd');
    expect(events.at(-1)).toBe('disconnected slow');
  });

  test('is not sent where it is retracted then', () => {
    const { one, stomp, answer } = lives();
    for (const topic of ['z', 'a', 'b', 'c']) stomp.publish(`/topic/${topic}`, topic);
    for (const topic of ['a', 'c']) stomp.retract(`/topic/${topic}`);
    for (let round = 0; round < 3; round += 1) answer();
    expect(one.heard).toEqual(['MESSAGE:z', 'MESSAGE:b']);
  });
});

test.each([
  ['waits for the socket', ''],
  ['is held back by a window', 'ack:client\nprefetch-count:1\n'],
])('what is conflated and not retained counts as what it is while it %s', (_name, headers) => {
  const { client, stomp, events } = house({
    destinations: { '/topic/**': { slow: 'conflate' } },
    limits: { outboxBytes: 12_000 },
  });
  const slow = subscribe(client().connect(), '/topic/*', headers);
  if (headers === '') slow.stall();
  stomp.publish('/topic/full', 'x'.repeat(6_000));
  for (let round = 0; round < 10; round += 1) stomp.publish('/topic/a', 'x'.repeat(3_000));
  expect(events).not.toContain('disconnected slow');
  for (let index = 0; index < 3; index += 1) stomp.publish(`/topic/${index}`, 'x'.repeat(3_000));
  expect(events.at(-1)).toBe('disconnected slow');
});

test('interceptors see a conflated message when it is written, and no other', () => {
  const { client, stomp } = house({ destinations: { '/topic/**': { slow: 'conflate' } } });
  const slow = subscribe(client().connect());
  const seen: string[] = [];
  stomp.clientOutboundChannel.use({ preSend: (message) => void seen.push(message.text().slice(-2)) });
  slow.stall();
  for (const body of [`${'x'.repeat(70_000)}a0`, 'a1', 'a2', 'a3']) stomp.publish('/topic/a', body);
  expect(seen).toEqual(['a0']);
  slow.read();
  expect(seen).toEqual(['a0', 'a3']);
});

test('after UNSUBSCRIBE no conflated message follows', () => {
  const { client, stomp } = house({ destinations: { '/topic/**': { slow: 'conflate' } } });
  const slow = subscribe(client().connect());
  slow.stall();
  for (const body of ['x'.repeat(70_000), 'a1']) stomp.publish('/topic/a', body);
  slow.send('UNSUBSCRIBE\nid:0\nreceipt:u\n\n\0');
  slow.read();
  expect(slow.heard.slice(1)).toEqual(['RECEIPT:u']);
});

test('a slow client delays nobody and loses nobody else anything, whatever the policy', () => {
  const { client, stomp } = house({
    destinations: { '/topic/a': { slow: 'conflate' }, '/topic/b': { slow: 'drop-oldest' } },
    limits: { outboxBytes: 2_000 },
  });
  const [slow, quick] = [client().connect(), client().connect()].map((each) => subscribe(each, '/topic/*'));
  slow?.stall();
  for (let index = 10; index < 60; index += 1) {
    for (const topic of ['a', 'b', 'c']) stomp.publish(`/topic/${topic}`, `${topic}${index}`);
    expect(quick?.heard).toHaveLength((index - 9) * 3);
  }
});
