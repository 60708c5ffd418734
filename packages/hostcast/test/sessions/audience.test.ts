import { describe, expect, it } from 'vitest';
import { setUp, subscribe } from '../support/sessions.ts';

describe('the destinations', () => {
  it('are told with their viewers, by name and by pattern, when they were published and how large', async () => {
    const { book, clock, sessions, connect } = setUp();
    const [one, two] = [connect(), connect()];
    subscribe(one, '/topic/hosts');
    subscribe(one, '/topic/hosts.web-1', '1');
    subscribe(two, '/topic/hosts.*');
    sessions.publish('/topic/hosts', '{"é":1}');
    sessions.publish('/topic/hosts.web-2', '{}');
    const atMs = clock.nowMs();
    const about = { intervalMs: 10_000, publishedMs: atMs };
    expect(book.body().destinations).toEqual([
      { ...about, destination: '/topic/hosts.web-1', viewers: 2, publishedMs: null, bytes: null },
      { ...about, destination: '/topic/hosts', viewers: 1, bytes: 8 },
      { ...about, destination: '/topic/hosts.web-2', viewers: 1, bytes: 2 },
    ]);
    expect(book.body().destinationCount).toBe(3);
  });

  it('are gone when nobody looks and they are not kept up to date any more', () => {
    const { book, sessions, connect } = setUp();
    const client = connect();
    subscribe(client, '/topic/hosts.web-1');
    sessions.publish('/topic/hosts.web-1', '{}');
    client.sendFrame('UNSUBSCRIBE', { id: '0' });
    expect(book.body().destinations).toMatchObject([{ destination: '/topic/hosts.web-1', viewers: 0 }]);
    sessions.retract('/topic/hosts.web-1');
    expect(book.body().destinations).toEqual([]);
  });

  it('are 1,000 at most, those that most look at', () => {
    const { book, sessions, connect } = setUp();
    for (let i = 0; i < 1_200; i += 1) sessions.publish(`/topic/hosts.h${i}`, '{}');
    subscribe(connect(), '/topic/hosts.h1199');
    const { destinations, destinationCount } = book.body();
    expect([destinations.length, destinationCount]).toEqual([1_000, 1_200]);
    expect(destinations[0]).toMatchObject({ destination: '/topic/hosts.h1199', viewers: 1 });
  });
});
