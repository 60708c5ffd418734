import type { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';
import { busyClock } from './support/busyClock.ts';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const subscribe = (ack: string, more = '') =>
  `SUBSCRIBE\nid:0\ndestination:/queue/a\nack:${ack}\n${more}\n\0`;
const send = (...bodies: string[]) =>
  bodies.map((body) => `SEND\ndestination:/queue/a\n\n${body}\0`).join('');

/** The `ack` header of the message with that body that came last. */
const ackOf = ({ frames }: MemoryClient, body: string) =>
  frames.findLast((frame) => new TextDecoder().decode(frame.body) === body)?.headers.get('ack') ?? 'none';
const answer = (command: string, client: MemoryClient, body: string, more = '') =>
  client.send(`${command}\nid:${ackOf(client, body)}\n${more}\n\0`);

describe('a queue', () => {
  test('keeps what was sent before anybody subscribed, and lets consumers compete', () => {
    const { client, stomp } = house();
    const [producer, one, two] = [client().connect(), client().connect(), client().connect()];
    producer.send(send('1', '2'));
    one.send(subscribe('auto'));
    two.send(subscribe('auto'));
    producer.send(send('3', '4'));
    stomp.publish('/queue/a', '5');
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2', 'MESSAGE:3', 'MESSAGE:5']);
    expect(two.heard).toEqual(['MESSAGE:4']);
    expect(one.frames[0]?.headers.get('redelivered')).toBe('false');
  });

  test('consumes with ack:auto what it has sent', () => {
    const { client } = house();
    const [one, two] = [client().connect(), client().connect()];
    one.send(subscribe('auto') + send('1'));
    one.drop();
    two.send(subscribe('auto'));
    expect(two.heard).toEqual([]);
  });

  test.each([
    ['client', ['3']],
    ['client-individual', ['1', '3']],
  ])('gives to others, when a consumer with ack:%s is lost, what it has not acknowledged', (mode, left) => {
    const { client } = house();
    const [one, two] = [client().connect(), client().connect()];
    one.send(subscribe(mode) + send('1', '2', '3'));
    answer('ACK', one, '2');
    one.drop();
    two.send(subscribe('auto'));
    expect(two.heard).toEqual(left.map((body) => `MESSAGE:${body}`));
    expect(two.frames.map(({ headers }) => headers.get('redelivered'))).toEqual(left.map(() => 'true'));
  });

  test('gives what a NACK refuses to another consumer', () => {
    const { client } = house();
    const [one, two] = [client().connect(), client().connect()];
    one.send(subscribe('client-individual') + send('1'));
    two.send(subscribe('client-individual'));
    answer('NACK', one, '1', 'receipt:r\n');
    expect(one.heard).toEqual(['MESSAGE:1', 'RECEIPT:r']);
    expect(two.heard).toEqual(['MESSAGE:1']);
    answer('ACK', two, '1');
    two.drop();
    expect(one.heard).toHaveLength(2);
  });

  test('gives what UNSUBSCRIBE leaves unanswered to others; an answer to it is too late', () => {
    const { client } = house();
    const [one, two] = [client().connect(), client().connect()];
    one.send(subscribe('client') + send('1'));
    two.send(subscribe('auto'));
    one.send('UNSUBSCRIBE\nid:0\n\n\0');
    expect(two.heard).toEqual(['MESSAGE:1']);
    answer('ACK', one, '1');
    expect(one.frames.at(-1)?.headers.get('code')).toBe('ERR_STOMP_ACK');
  });

  test('gives nothing back to a second subscription of the session that is lost', () => {
    const { client, stomp } = house();
    const one = client().connect();
    one.send(
      `${subscribe('client')}SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n\0${send('1', '2')}`,
    );
    one.drop();
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
    expect(stomp.stats().messages.queuedMessages).toBe(2);
  });

  test('gives a consumer no more unanswered messages than its prefetch-count', () => {
    const { client } = house();
    const one = client().connect();
    one.send(subscribe('client-individual', 'prefetch-count:2\n') + send('1', '2', '3', '4'));
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
    answer('ACK', one, '2');
    expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2', 'MESSAGE:3']);
  });

  test('keeps what a consumer that does not read has no room for, however much that is', () => {
    const { client, stomp, events } = house({ limits: { outboxBytes: 200_000 } });
    const [one, producer] = [client().connect(), client().connect()];
    one.stall();
    one.send(subscribe('auto'));
    const bodies = Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(50_000, 'x'));
    producer.send(send(...bodies));
    expect(stomp.stats().messages.queuedMessages).toBe(18);
    for (let turn = 0; turn < 20; turn += 1) {
      one.read();
      one.stall();
    }
    one.read();
    expect(one.writes).toHaveLength(1 + 20);
    expect(stomp.stats().messages).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
    expect(events).not.toContain('disconnected slow');
  });

  test('drops what an interceptor keeps from its consumer', () => {
    const { client, stomp } = house();
    stomp.clientOutboundChannel.use({ preSend: (message) => (message.text() === 'bad' ? null : undefined) });
    const one = client().connect();
    one.send(subscribe('client', 'prefetch-count:1\n') + send('bad', 'good'));
    expect(one.heard).toEqual(['MESSAGE:good']);
    expect(stomp.stats().messages.queuedMessages).toBe(1);
  });

  test('drops what a receive hook keeps from its consumer', () => {
    const { client, stomp } = house();
    stomp.clientOutboundChannel.use({
      postReceive: (message) => (message.text() === 'bad' ? null : undefined),
    });
    const one = client().connect();
    one.send(subscribe('client', 'prefetch-count:1\n') + send('bad', 'good'));
    expect(one.heard).toEqual(['MESSAGE:good']);
    expect(stomp.stats().messages.queuedMessages).toBe(1);
  });

  test('waits for a session that a receive hook has paused', () => {
    const { client, stomp } = house();
    let isPaused = false;
    stomp.clientOutboundChannel.use({ preReceive: () => !isPaused });
    const [one, producer] = [client().connect(), client().connect()];
    one.send(subscribe('auto'));
    isPaused = true;
    producer.send(send(...Array.from({ length: 10 }, () => 'x'.repeat(30_000))));
    expect(one.heard).toEqual([]);
    expect(stomp.stats().messages.queuedMessages).toBe(7);
    isPaused = false;
    [...stomp.sessions.values()][0]?.resume();
    expect(one.heard).toHaveLength(10);
  });

  test('that is long is given out in batches, in order, so that others get their turn', () => {
    const { client, stomp, clock } = house();
    const before = clock.timers;
    for (let index = 0; index < 600; index += 1) stomp.publish('/queue/a', `${index}`);
    const one = client().connect();
    one.send(subscribe('auto'));
    expect(one.heard).toHaveLength(256);
    stomp.publish('/queue/a', '600');
    clock.advance(0);
    expect(one.heard).toEqual(Array.from({ length: 601 }, (_, index) => `MESSAGE:${index}`));
    one.drop();
    expect(clock.timers).toBe(before);
  });

  test('that is full refuses the message, and its sender', () => {
    const { client } = house({ limits: { queueMessages: 1 } });
    const one = client().connect();
    one.send(send('1', '2'));
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_QUEUE_FULL');
    expect(one.frames[0]?.headers.get('reconnect')).toBe('true');
  });

  test('that is full is reported where the application publishes', () => {
    const { stomp, errors } = house({ limits: { queueMessages: 1 } });
    stomp.publish('/queue/a', '1');
    stomp.publish('/queue/a', '2');
    expect(errors).toMatchObject([{ code: 'ERR_STOMP_QUEUE_FULL' }]);
  });

  test('counts an ACK in a transaction on COMMIT, and not after ABORT or loss', () => {
    const { client, stomp } = house();
    const one = client().connect();
    const tx = (command: string) => `${command}\ntransaction:t\n\n\0`;
    one.send(subscribe('client-individual') + send('1', '2', '3') + tx('BEGIN'));
    answer('ACK', one, '1', 'transaction:t\n');
    expect(stomp.stats().messages.queuedMessages).toBe(3);
    one.send(tx('COMMIT') + tx('BEGIN'));
    expect(stomp.stats().messages.queuedMessages).toBe(2);
    answer('ACK', one, '2', 'transaction:t\n');
    one.send(tx('ABORT') + tx('BEGIN'));
    answer('ACK', one, '3', 'transaction:t\n');
    one.drop();
    const two = client().connect();
    two.send(subscribe('auto'));
    expect(two.heard).toEqual(['MESSAGE:2', 'MESSAGE:3']);
  });

  test.each([
    ['1.1', 'subscription:0\n'],
    ['1.0', ''],
  ])('is answered in STOMP %s by message-id', (version, more) => {
    const { client, stomp } = house();
    const one = client();
    one.send(`CONNECT\naccept-version:${version}\nhost:/\n\n\0${subscribe('client-individual')}${send('1')}`);
    const id = one.frames.at(-1)?.headers.get('message-id');
    one.send(`ACK\nmessage-id:${id}\n${more}\n\0`);
    expect(stomp.stats().messages.queuedMessages).toBe(0);
    one.send(`ACK\nmessage-id:${id}\n${more}\n\0`);
    expect(one.frames.at(-1)?.headers.get('code')).toBe('ERR_STOMP_ACK');
  });
});

test('a client that is gone gets no message while a hook still waits for what it sent', async () => {
  const { client, stomp } = house();
  const [gone, living] = [client().connect(), client().connect()];
  for (const each of [gone, living]) each.send('SUBSCRIBE\nid:0\ndestination:/queue/a\n\n\0');
  let release: () => void = () => undefined;
  stomp.clientInboundChannel.use({
    preSend: ({ command }) =>
      command === 'SEND'
        ? new Promise<undefined>((resolve) => (release = () => resolve(undefined)))
        : undefined,
  });
  gone.send('SEND\ndestination:/topic/z\n\n\0');
  gone.drop();
  for (const body of ['1', '2', '3']) stomp.publish('/queue/a', body);
  expect(gone.heard).toEqual([]);
  expect(living.heard).toEqual(['MESSAGE:1', 'MESSAGE:2', 'MESSAGE:3']);
  release();
});

test('what a lost session had of many queues goes to others a turn at a time, all of it', async () => {
  const { client } = house({ clock: busyClock() });
  const [one, other, producer] = [client().connect(), client().connect(), client().connect()];
  const queues = Array.from({ length: 100 }, (_, index) => `${index}`);
  const subscribeAll = (ack: string) =>
    queues.map((name) => `SUBSCRIBE\nid:${name}\ndestination:/queue/${name}\nack:${ack}\n\n\0`).join('');
  one.send(subscribeAll('client'));
  producer.send(queues.map((name) => `SEND\ndestination:/queue/${name}\n\n${name}\0`).join(''));
  await eventually(() => expect(one.frames).toHaveLength(100));
  other.send(`${subscribeAll('auto')}SEND\ndestination:/topic/a\nreceipt:ready\n\n\0`);
  await other.first('RECEIPT');
  one.drop();
  expect(other.frames.length).toBeLessThan(50);
  await eventually(() => expect(other.frames).toHaveLength(101));
  expect(other.heard.slice(1)).toEqual(queues.map((name) => `MESSAGE:${name}`));
});
