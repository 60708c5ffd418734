import { describe, expect, it } from 'vitest';
import { setUp, subscribe } from '../support/sessions.ts';

describe('the log of sessions', () => {
  it('tells of a disconnect how long it lasted and how many messages were sent', async () => {
    const { book, stomp, clock, connect, leave } = setUp();
    const client = connect({ login: 'kim' });
    client.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/hosts' });
    stomp.publish('/topic/hosts', '{}');
    await clock.advance(60_000);
    await leave(client);
    const [gone, came] = book.body().recent;
    expect(gone).toMatchObject({ event: 'disconnect', reason: 'socket', user: 'kim', messages: 1 });
    expect(came).toMatchObject({ event: 'connect', user: 'kim', session: gone!.session });
    expect(gone).not.toHaveProperty('detail');
  });

  it('tells in words what a client did wrong', () => {
    const { book, connect } = setUp();
    connect().send('NONSENSE\n\n\0');
    expect(book.body().recent[0]).toMatchObject({
      event: 'disconnect',
      reason: 'protocol',
      detail: 'Bad command',
    });
  });

  it('names the destination that was not allowed', () => {
    const { book, connect } = setUp();
    subscribe(connect({ login: 'kim' }), '/topic/secret');
    expect(book.body().recent[0]).toMatchObject({
      ...{ event: 'disconnect', reason: 'forbidden', user: 'kim' },
      detail: 'SUBSCRIBE is not allowed: /topic/secret',
    });
  });

  it.each([
    [1001, 'WebSocket close 1001, the page went away'],
    [1006, 'WebSocket close 1006, connection lost'],
    [4000, 'WebSocket close 4000'],
  ])('tells that a WebSocket was closed with %i', async (code, detail) => {
    const { book, connect, leave } = setUp();
    await leave(connect(), code);
    expect(book.body().recent[0]).toMatchObject({ event: 'disconnect', reason: 'socket', detail });
  });

  it('tells who kicked', () => {
    const { book, stomp, connect } = setUp();
    connect({ login: 'lee' });
    book.kick([...stomp.sessions.values()][0]!, 'kim');
    expect(book.body().recent[0]).toMatchObject({ reason: 'kicked', user: 'lee', by: 'kim' });
  });

  it('tells who was turned away and why, once per address and reason with the number', async () => {
    const { book, refuse, connect } = setUp();
    for (let i = 0; i < 3; i += 1) refuse('192.0.2.66');
    connect({ login: 'kim' });
    refuse('192.0.2.67');
    await Promise.resolve();
    expect(book.body().recent).toMatchObject([
      { event: 'refused', address: '192.0.2.67', detail: 'the password is wrong', user: null },
      { event: 'connect', user: 'kim' },
      { event: 'refused', address: '192.0.2.66', count: 3 },
    ]);
    expect(book.body().recent[0]).not.toHaveProperty('count');
  });

  it('keeps who came and went whoever knocks how often, and of those 200', () => {
    const { book, refuse, connect } = setUp();
    connect({ login: 'kim' });
    for (let i = 0; i < 1_500; i += 1) refuse(`198.51.${i >> 8}.${i & 255}`);
    const { recent } = book.body();
    expect(recent).toHaveLength(201);
    expect(recent.at(-1)).toMatchObject({ event: 'connect', user: 'kim' });
    expect(recent[0]).toMatchObject({ address: '198.51.5.219' });
  });
});
