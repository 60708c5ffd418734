import { expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

test('tells what Spring’s WebSocketMessageBrokerStats tells, and more', async () => {
  const { client, clock, stomp } = house({ limits: { writeMs: 1_000, connectMs: 5_000 } });
  client(); // never connects
  client().drop(new Error('not WebSocket'));
  const slow = client().connect();
  slow.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  slow.stall();
  client().connect().drop(new Error('not WebSocket any more'));
  client().connect().send('DISCONNECT\nreceipt:bye\n\n\0');
  stomp.handle('/app/slowly', () => new Promise(() => undefined));
  const waiting = client().connect();
  waiting.send('SEND\ndestination:/app/slowly\n\nx\0');
  stomp.publish('/topic/a', 'x');
  expect(stomp.stats().outboxBytes).toBe(slow.pendingBytes);
  clock.advance(5_000);
  slow.drop();
  const { sessions, frames, bytes, activeFrames } = stomp.stats();
  expect(sessions).toEqual({
    open: 1,
    connected: 1,
    total: 4,
    refused: 2,
    disconnected: { protocol: 1, client: 1, slow: 1 },
    byTransport: { memory: 1 },
    abnormal: { connectTimeouts: 1, sendLimits: 1, transportErrors: 2 },
  });
  expect(frames).toEqual({
    received: { CONNECT: 4, SUBSCRIBE: 1, DISCONNECT: 1, SEND: 1 },
    sent: { CONNECTED: 4, RECEIPT: 1, MESSAGE: 1, ERROR: 2 },
  });
  expect(bytes.received).toBe(4 * 36 + 38 + 25 + 32);
  expect(bytes.sent).toBeGreaterThan(0);
  expect(activeFrames).toBe(1);
});

test('counts heart-beats and whole frames in octets', () => {
  const { client, stomp } = house();
  const one = client().connect();
  const before = stomp.stats().bytes.received;
  one.send('\n\n\n');
  one.send('SEND\ndestination:/topic/a\n\nx\0');
  expect(stomp.stats().bytes.received - before).toBe(3 + 29);
  expect(stomp.stats().bytes.sent).toBe(one.writes.reduce((sum, { length }) => sum + length, 0));
});

test('a session tells what it was sent, and what it was spared for being slow', () => {
  const { client, stomp } = house({
    destinations: { '/topic/a': { slow: 'conflate' }, '/topic/b': { slow: 'drop-oldest' } },
    limits: { outboxBytes: 6_000 },
  });
  const [slow, quick] = [client().connect(), client().connect()];
  for (const each of [slow, quick]) {
    each.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
    each.send('SUBSCRIBE\nid:1\ndestination:/topic/b\n\n\0');
  }
  const [ofSlow, ofQuick] = [...stomp.sessions.values()].map((session) => () => session.stats());
  const before = ofQuick!().bytes;
  slow.stall();
  for (let index = 0; index < 9; index += 1) stomp.publish('/topic/b', 'y'.repeat(1_000));
  for (let index = 0; index < 5; index += 1) stomp.publish('/topic/a', 'x');
  expect(ofSlow!().messages).toBeLessThan(14);
  slow.read();
  const { messages, dropped, conflated } = ofSlow!();
  expect(messages + dropped + conflated).toBe(14);
  expect([dropped > 0, conflated > 0]).toEqual([true, true]);
  expect(stomp.stats().messages).toMatchObject({ dropped, conflated });
  expect(ofQuick!()).toEqual({
    messages: 14,
    bytes: before + quick.writes.slice(1).reduce((sum, { length }) => sum + length, 0),
    dropped: 0,
    conflated: 0,
    roundTripMs: undefined,
  });
});
