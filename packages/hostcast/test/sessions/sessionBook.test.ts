import { describe, expect, it } from 'vitest';
import { setUp, subscribe } from '../support/sessions.ts';

describe('the book of sessions', () => {
  it('tells the heart-beats that were agreed', () => {
    const { book, connect } = setUp();
    connect({ 'heart-beat': '4000,25000' });
    connect({ 'heart-beat': '0,0' });
    expect(book.body().sessions.map(({ heartbeat }) => heartbeat)).toEqual([
      { fromClient: 0, fromServer: 0 },
      { fromClient: 10_000, fromServer: 25_000 },
    ]);
  });

  it('keeps the last 1,000 who came and went, shows 1,000 of the sessions and counts all', async () => {
    const { book, connect, leave } = setUp();
    for (let i = 0; i < 700; i += 1) await leave(connect());
    for (let i = 0; i < 1_100; i += 1) connect();
    const body = book.body();
    expect([body.total, body.sessions.length, body.recent.length]).toEqual([1_100, 1_000, 1_000]);
    expect(book.body(100).recent).toHaveLength(100);
  });

  it('tells how many messages a session was sent, and what it was spared', () => {
    const { book, stomp, connect } = setUp();
    const client = connect();
    subscribe(client, '/topic/hosts');
    stomp.publish('/topic/hosts', '{}');
    expect(book.body().sessions[0]).toMatchObject({
      messages: 1,
      conflated: 0,
      dropped: 0,
      roundTripMs: null,
    });
  });

  it('bounds what clients make of their subscriptions', () => {
    const { book, connect } = setUp();
    const client = connect();
    for (let i = 0; i < 100; i += 1) {
      client.sendFrame('SUBSCRIBE', {
        id: `${i}${'x'.repeat(500)}`,
        destination: `/topic/${'y'.repeat(500)}`,
      });
    }
    const [session] = book.body().sessions;
    expect(session!.subscriptionCount).toBe(100);
    expect(session!.subscriptions).toHaveLength(20);
    expect(JSON.stringify(session).length).toBeLessThan(10_000);
  });
});
