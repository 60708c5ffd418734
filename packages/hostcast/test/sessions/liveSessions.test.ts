import { createStompServer } from '@hostcast/stomp';
import { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LiveSessions } from '../../src/sessions/liveSessions.ts';
import { SessionBook, type SessionsBody } from '../../src/sessions/sessionBook.ts';
import { FakeClock } from '../support/fakeClock.ts';

function setUp() {
  const clock = new FakeClock();
  const stomp = createStompServer({ limits: { sessionsPerAddress: 2_000 } });
  const book = new SessionBook({ stomp, heartbeat: [10_000, 10_000], now: () => clock.nowMs() });
  const live = new LiveSessions({ stomp, clock, body: () => JSON.stringify(book.body(100)) });
  onTestFinished(async () => {
    live.close();
    await stomp.close();
  });
  const connect = (headers: Record<string, string> = {}) => {
    const client = new MemoryClient();
    stomp.accept(client);
    return client.connect(headers);
  };
  /** Waits for the end: many that go at once are seen off in turns. */
  const leave = (client: MemoryClient) =>
    new Promise<void>((resolve) => {
      const undo = stomp.on('disconnected', () => {
        undo();
        resolve();
      });
      client.drop();
    });
  const totals = (client: MemoryClient) =>
    client.frames
      .filter(({ command }) => command === 'MESSAGE')
      .map(({ body }) => (JSON.parse(new TextDecoder().decode(body)) as SessionsBody).total);
  return { clock, book, connect, leave, totals };
}

const subscribe = (client: MemoryClient, destination: string) =>
  client.sendFrame('SUBSCRIBE', { id: '0', destination });

describe('/topic/sessions', () => {
  it('is published at once, and then at most once a second however many come', async () => {
    const { clock, connect, totals } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/sessions');
    await clock.advance(0);
    expect(totals(operator)).toEqual([1]);
    for (let i = 0; i < 50; i += 1) connect();
    await clock.advance(999);
    expect(totals(operator)).toEqual([1]);
    await clock.advance(1);
    expect(totals(operator)).toEqual([1, 51]);
    await clock.advance(60_000);
    expect(totals(operator)).toEqual([1, 51]);
  });

  it('costs nothing while nobody looks', async () => {
    const { clock, connect, leave } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/sessions');
    await clock.advance(5_000);
    operator.sendFrame('UNSUBSCRIBE', { id: '0' });
    connect();
    expect(clock.timers).toBe(0);
    subscribe(connect(), '/topic/hosts');
    expect(clock.timers).toBe(0);
    await leave(operator);
    expect(clock.timers).toBe(0);
  });

  it('is published for who subscribed by a pattern', async () => {
    const { clock, connect, leave, totals } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/**');
    await clock.advance(0);
    expect(totals(operator)).toEqual([1]);
    await leave(operator);
    connect();
    expect(clock.timers).toBe(0);
  });
});

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
