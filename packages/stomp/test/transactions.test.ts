import { describe, expect, test, vi } from 'vitest';
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
    await vi.waitFor(() => expect(one.heard.at(-1)).toBe('RECEIPT:COMMIT'));
    expect(seen).toEqual(['1', '3']);
    expect(one.heard).toEqual(['RECEIPT:BEGIN', 'MESSAGE:2', 'RECEIPT:COMMIT']);
  });

  test('ends with its session: what would come after the message that ended it is not done', () => {
    const { client, events } = house({ limits: { outboxBytes: 1_000 } });
    const [one, other] = [client().connect(), client().connect()];
    for (const each of [other, one]) each.send(subscribe);
    one.send(`${frame('BEGIN')}${[1, 2, 3, 4].map((n) => send(`${n}${'x'.repeat(700)}`)).join('')}`);
    one.stall();
    one.send(frame('COMMIT'));
    expect(events.at(-1)).toBe('disconnected slow');
    // The third found more than 1,000 octets waiting.
    expect(other.heard.map((each) => each.slice(0, 9))).toEqual(['MESSAGE:1', 'MESSAGE:2', 'MESSAGE:3']);
  });

  test('ends with its session while a handler is waited for', async () => {
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
    await vi.waitFor(() => expect(events.at(-1)).toBe('disconnected kicked'));
    expect(seen).toEqual(['1', '2']);
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
