import { describe, expect, test } from 'vitest';
import { busyClock } from './support/busyClock.ts';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';
const frame = (command: string, id = 't') => `${command}\ntransaction:${id}\nreceipt:${command}\n\n\0`;
const send = (body: string, id = 't') => `SEND\ndestination:/topic/a\ntransaction:${id}\n\n${body}\0`;

describe('a transaction', () => {
  test('gives out on COMMIT, in order, what was sent in it, and nothing before', () => {
    const one = house().client().connect();
    one.send(`${subscribe}${frame('BEGIN')}${send('1')}${send('2')}`);
    one.send('SEND\ndestination:/topic/a\n\noutside\0');
    expect(one.heard).toEqual(['RECEIPT:BEGIN', 'MESSAGE:outside']);
    one.send(frame('COMMIT'));
    expect(one.heard.slice(2)).toEqual(['MESSAGE:1', 'MESSAGE:2', 'RECEIPT:COMMIT']);
    expect(one.frames[2]?.headers.has('transaction')).toBe(false);
  });

  test('is forgotten on ABORT; its id may be used again', () => {
    const one = house().client().connect();
    one.send(`${subscribe}${frame('BEGIN')}${send('1')}${frame('ABORT')}`);
    one.send(`${frame('BEGIN')}${send('2')}${frame('COMMIT')}`);
    expect(one.heard).toEqual([
      'RECEIPT:BEGIN',
      'RECEIPT:ABORT',
      'RECEIPT:BEGIN',
      'MESSAGE:2',
      'RECEIPT:COMMIT',
    ]);
  });

  test.each([
    ['lost with its connection', ''],
    ['aborted by DISCONNECT', 'DISCONNECT\n\n\0'],
    ['aborted by an ERROR', 'COMMIT\ntransaction:other\n\n\0'],
  ])('is %s', (_name, end) => {
    const { client } = house();
    const [one, other] = [client().connect(), client().connect()];
    other.send(subscribe);
    one.send(`${frame('BEGIN')}${send('1')}${end}`);
    one.drop();
    expect(other.heard).toEqual([]);
  });

  test('belongs to one connection: another one may use the same id', () => {
    const { client } = house();
    const [one, two] = [client().connect(), client().connect()];
    one.send(`${subscribe}${frame('BEGIN')}${send('1')}`);
    two.send(`${frame('BEGIN')}${send('2')}${frame('ABORT')}`);
    one.send(frame('COMMIT'));
    expect(one.heard).toEqual(['RECEIPT:BEGIN', 'MESSAGE:1', 'RECEIPT:COMMIT']);
  });

  test('holds back what is sent to a handler; COMMIT waits for each in turn', async () => {
    const { client, stomp } = house();
    const seen: string[] = [];
    stomp.handle('/app/a', async (message) => {
      await Promise.resolve();
      seen.push(message.text());
    });
    const one = client().connect();
    const toHandler = (body: string) => `SEND\ndestination:/app/a\ntransaction:t\n\n${body}\0`;
    one.send(`${subscribe}${frame('BEGIN')}${toHandler('1')}${send('2')}${toHandler('3')}`);
    expect(seen).toEqual([]);
    one.send(frame('COMMIT'));
    await eventually(() => expect(one.heard.at(-1)).toBe('RECEIPT:COMMIT'));
    expect(seen).toEqual(['1', '3']);
    expect(one.heard).toEqual(['RECEIPT:BEGIN', 'MESSAGE:2', 'RECEIPT:COMMIT']);
  });

  test('that has begun to be done is done to the end, also where one of its messages ends its session', () => {
    const { client, events } = house({ limits: { outboxBytes: 1_000 } });
    const [one, other] = [client().connect(), client().connect()];
    for (const each of [other, one]) each.send(subscribe);
    one.send(`${frame('BEGIN')}${[1, 2, 3, 4].map((n) => send(`${n}${'x'.repeat(700)}`)).join('')}`);
    one.stall();
    one.send(frame('COMMIT'));
    expect(events.at(-1)).toBe('disconnected slow');
    // The third found more than 1,000 octets waiting.
    const heard = other.heard.map((each) => each.slice(0, 9));
    expect(heard).toEqual(['MESSAGE:1', 'MESSAGE:2', 'MESSAGE:3', 'MESSAGE:4']);
  });

  test('is done to the end where its session ends while a handler is waited for', async () => {
    const { client, stomp, events } = house();
    const seen: string[] = [];
    stomp.handle('/app/a', async (message, session) => {
      await Promise.resolve();
      seen.push(message.text());
      if (message.text() === '2') session.close();
    });
    const one = client().connect();
    const toHandler = (body: string) => `SEND\ndestination:/app/a\ntransaction:t\n\n${body}\0`;
    one.send(`${frame('BEGIN')}${toHandler('1')}${toHandler('2')}${toHandler('3')}${frame('COMMIT')}`);
    await eventually(() => expect(events.at(-1)).toBe('disconnected kicked'));
    expect(seen).toEqual(['1', '2', '3']);
  });

  test.each([
    ['BEGIN without an id', 'BEGIN\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['BEGIN of an open one', frame('BEGIN') + frame('BEGIN'), 'ERR_STOMP_TRANSACTION'],
    ['COMMIT of none', frame('COMMIT'), 'ERR_STOMP_TRANSACTION'],
    ['ABORT of none', frame('ABORT'), 'ERR_STOMP_TRANSACTION'],
    ['SEND in none', send('x'), 'ERR_STOMP_TRANSACTION'],
    ['ACK of nothing', `${frame('BEGIN')}ACK\nid:0.1\ntransaction:t\n\n\0`, 'ERR_STOMP_ACK'],
    [
      'SEND to nowhere, at once',
      `${frame('BEGIN')}SEND\ndestination:/x\ntransaction:t\n\n\0`,
      'ERR_STOMP_DESTINATION',
    ],
  ])('is refused: %s', (_name, frames, code) => {
    const one = house().client().connect();
    one.send(frames);
    expect(one.frames.at(-1)?.headers.get('code')).toBe(code);
    expect(one.closed?.code).toBe(1002);
  });

  test.each([
    ['transactions', { transactions: 2 }, [frame('BEGIN', 'a'), frame('BEGIN', 'b'), frame('BEGIN', 'c')]],
    ['transactionMessages', { transactionMessages: 2 }, [frame('BEGIN') + send('1'), send('2'), send('3')]],
    [
      'transactionBytes',
      { transactionBytes: 2_000 },
      [frame('BEGIN', 'a') + frame('BEGIN', 'b'), send('x'.repeat(1_500), 'a'), send('x'.repeat(500), 'b')],
    ],
  ])('is refused above the limit %s', (name, limits, [first = '', second = '', third = '']) => {
    const one = house({ limits }).client().connect();
    one.send(first + second);
    expect(one.closed).toBeUndefined();
    one.send(third);
    expect(one.frames.at(-1)?.headers.get('code')).toBe('ERR_STOMP_TRANSACTION_TOO_LARGE');
    expect(new TextDecoder().decode(one.frames.at(-1)?.body)).toContain(`limit ${name}`);
  });

  test('gives its octets back when it ends', () => {
    const one = house({ limits: { transactionBytes: 2_000 } })
      .client()
      .connect();
    for (let round = 0; round < 5; round += 1) {
      one.send(frame('BEGIN') + send('x'.repeat(1_000)) + frame(round % 2 === 0 ? 'COMMIT' : 'ABORT'));
    }
    expect(one.closed).toBeUndefined();
  });
});

describe('a COMMIT of much', () => {
  const bodies = Array.from({ length: 200 }, (_, index) => String(index));
  const much = frame('BEGIN') + bodies.map((body) => send(body)).join('');

  test('is done a turn at a time: others come in between, its own order stays', async () => {
    const { client } = house({ clock: busyClock() });
    const [one, other, viewer] = [client().connect(), client().connect(), client().connect()];
    viewer.send(subscribe);
    one.send(much + frame('COMMIT') + send('after').replace('transaction:t\n', ''));
    await viewer.first('MESSAGE');
    other.send('SEND\ndestination:/topic/a\n\nother\0');
    await eventually(() => expect(viewer.heard.at(-1)).toBe('MESSAGE:after'));
    const heard = viewer.heard.map((each) => each.slice('MESSAGE:'.length));
    expect(heard.filter((body) => body !== 'other')).toEqual([...bodies, 'after']);
    expect(heard.indexOf('other')).toBeLessThan(100);
    expect(one.heard).toEqual(['RECEIPT:BEGIN', 'RECEIPT:COMMIT']);
  });

  test.each([
    ['is gone', undefined],
    ['breaks its transport’s protocol', new Error('broken')],
  ])(
    'is done to the end where its client %s in its midst, and then its session ends',
    async (_name, error) => {
      const { client, events } = house({ clock: busyClock() });
      const [one, viewer] = [client().connect(), client().connect()];
      viewer.send(subscribe);
      one.send(much + frame('COMMIT'));
      await viewer.first('MESSAGE');
      one.drop(error);
      expect(viewer.heard.length).toBeLessThan(100);
      expect(events.at(-1)).toBe('subscribed 0');
      await eventually(() => expect(events.at(-1)).toMatch('disconnected'));
      expect(viewer.heard).toEqual(bodies.map((body) => `MESSAGE:${body}`));
    },
  );

  test('has room in its queue for all of it, whatever others send in between', async () => {
    const { client } = house({ clock: busyClock(), limits: { queueMessages: 200 } });
    const [one, other, viewer] = [client().connect(), client().connect(), client().connect()];
    viewer.send(subscribe);
    one.send(frame('BEGIN') + send('first'));
    one.send(bodies.map((body) => send(body).replace('/topic/', '/queue/')).join('') + frame('COMMIT'));
    await viewer.first('MESSAGE');
    other.send('SEND\ndestination:/queue/b\n\nother\0');
    expect((await other.first('ERROR')).headers.get('code')).toBe('ERR_STOMP_QUEUE_FULL');
    await eventually(() => expect(one.heard.at(-1)).toBe('RECEIPT:COMMIT'));
  });
});

describe('a COMMIT that cannot be done as a whole', () => {
  const toQueue = (body: string) => `SEND\ndestination:/queue/a\ntransaction:t\n\n${body}\0`;

  test.each([
    ['queueMessages', { queueMessages: 6 }],
    ['queueBytes', { queueBytes: 6 * (1 + 135 + 5) }],
  ])('is not done at all: %s has no room for the seventh of ten', (name, limits) => {
    const { client, stomp } = house({ limits });
    const [one, viewer] = [client().connect(), client().connect()];
    viewer.send(subscribe);
    one.send(`${frame('BEGIN')}${send('to all')}`);
    for (let n = 0; n < 10; n += 1) one.send(toQueue(`${n}`));
    one.send(frame('COMMIT'));
    const [, error] = one.frames;
    expect(error?.headers.get('code')).toBe('ERR_STOMP_QUEUE_FULL');
    expect(error?.headers.get('receipt-id')).toBe('COMMIT');
    expect(new TextDecoder().decode(error?.body)).toContain(name);
    expect(viewer.heard).toEqual([]);
    expect(stomp.stats()).toMatchObject({ messages: { queuedMessages: 0, queuedBytes: 0 } });
    // The room that was kept for the first six is free again.
    const other = client().connect();
    for (let n = 0; n < 5; n += 1) other.send('SEND\ndestination:/queue/a\n\nx\0');
    other.send('SEND\ndestination:/queue/a\nreceipt:sixth\n\nx\0');
    expect(other.heard).toEqual(['RECEIPT:sixth']);
  });

  test('leaves what it would have acknowledged to others', () => {
    const { client } = house({ limits: { queueMessages: 1 } });
    const [one, other] = [client().connect(), client().connect()];
    one.send('SUBSCRIBE\nid:0\ndestination:/queue/a\nack:client\n\n\0');
    other.send('SEND\ndestination:/queue/a\n\nx\0');
    other.send('SUBSCRIBE\nid:0\ndestination:/queue/a\n\n\0');
    const [message] = one.frames;
    one.send(`${frame('BEGIN')}ACK\nid:${message?.headers.get('ack')}\ntransaction:t\n\n\0`);
    one.send(`${toQueue('result')}${frame('COMMIT')}`);
    expect(one.frames.at(-1)?.headers.get('code')).toBe('ERR_STOMP_QUEUE_FULL');
    expect(other.heard).toEqual(['MESSAGE:x']);
    expect(other.frames[0]?.headers.get('redelivered')).toBe('true');
  });

  test('gives back the room for a message that a hook has dropped', () => {
    const { client, stomp } = house({ limits: { queueMessages: 1 } });
    const undo = stomp.brokerChannel.use({ preSend: () => null });
    const one = client().connect();
    one.send(`${frame('BEGIN')}${toQueue('dropped')}${frame('COMMIT')}`);
    undo();
    one.send('SEND\ndestination:/queue/a\nreceipt:1\n\nx\0');
    expect(one.heard).toEqual(['RECEIPT:BEGIN', 'RECEIPT:COMMIT', 'RECEIPT:1']);
  });

  test('is an ERROR where the subscription of what it acknowledges has ended since: others have that', () => {
    const { client } = house();
    const [one, other] = [client().connect(), client().connect()];
    one.send('SUBSCRIBE\nid:0\ndestination:/queue/a\nack:client\n\n\0');
    other.send(subscribe);
    other.send('SEND\ndestination:/queue/a\n\nx\0');
    other.send('SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0');
    const [message] = one.frames;
    one.send(`${frame('BEGIN')}${send('not sent')}`);
    one.send(`ACK\nid:${message?.headers.get('ack')}\ntransaction:t\n\n\0UNSUBSCRIBE\nid:0\n\n\0`);
    one.send(frame('COMMIT'));
    expect(one.heard).toEqual(['MESSAGE:x', 'RECEIPT:BEGIN', 'ERROR']);
    expect(one.frames[2]?.headers.get('code')).toBe('ERR_STOMP_ACK');
    expect(other.heard).toEqual(['MESSAGE:x']);
  });

  test('on a topic nothing is lost by that: the answer is as good as any other', () => {
    const one = house().client().connect();
    one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\nack:client\n\n\0SEND\ndestination:/topic/a\n\nx\0');
    const [message] = one.frames;
    one.send(`${frame('BEGIN')}ACK\nid:${message?.headers.get('ack')}\ntransaction:t\n\n\0`);
    one.send(`UNSUBSCRIBE\nid:0\n\n\0${frame('COMMIT')}`);
    expect(one.heard).toEqual(['MESSAGE:x', 'RECEIPT:BEGIN', 'RECEIPT:COMMIT']);
  });
});
