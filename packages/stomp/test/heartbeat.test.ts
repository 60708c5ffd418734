import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const beating = 'heart-beat:1000,0\n';
const send = 'SEND\ndestination:/topic/a\n\nx\0';

/** A house whose inbound hook lets each SEND wait until `release`. */
function waiting() {
  const all = house({ heartbeat: [1_000, 1_000], limits: { webSocketMessageBytes: 100 } });
  const releases: (() => void)[] = [];
  all.stomp.clientInboundChannel.use({
    preSend: ({ command }) =>
      command === 'SEND'
        ? new Promise<undefined>((resolve) => releases.push(() => resolve(undefined)))
        : undefined,
  });
  return { ...all, release: () => releases.shift()?.() };
}

test('a client that we do not read, because a hook waits, is not silent', async () => {
  const { client, clock, events, release } = waiting();
  const one = client().connect(beating);
  one.send(send);
  one.send(`SEND\ndestination:/topic/a\n\n${'y'.repeat(100)}\0`);
  expect(one.isPausedByServer).toBe(true);
  clock.advance(60_000);
  expect(events).toEqual(['connect', 'connected']);
  release();
  await eventually(() => expect(one.isPausedByServer).toBe(false));
  clock.advance(1_999);
  expect(events).toEqual(['connect', 'connected']);
  clock.advance(1);
  release();
  await eventually(() => expect(events.at(-1)).toBe('disconnected heartbeat'));
});

test('a client that says nothing while a hook waits, although we read, is silent', async () => {
  const { client, clock, events, release } = waiting();
  const one = client().connect(beating);
  one.send(send);
  clock.advance(2_000);
  release();
  await eventually(() => expect(events.at(-1)).toBe('disconnected heartbeat'));
});

test('time in which this process did nothing is nobody’s silence', () => {
  const { client, clock, events } = house({ heartbeat: [1_000, 1_000] });
  const clients = Array.from({ length: 100 }, () => client().connect(beating));
  clock.advance(1_000);
  clock.block(30_000);
  clock.advance(500);
  expect(events).not.toContain('disconnected heartbeat');
  for (const each of clients) each.send('\n');
  clock.advance(1_000);
  expect(events).not.toContain('disconnected heartbeat');
  clock.advance(2_000);
  expect(events.filter((event) => event === 'disconnected heartbeat')).toHaveLength(100);
  expect(clock.timers).toBe(0);
});

test('nor does it take from the time that a client has to connect', () => {
  const { client, clock, events } = house();
  const one = client();
  clock.advance(9_000);
  clock.block(30_000);
  clock.advance(500);
  one.connect();
  expect(events).toEqual(['connect', 'connected']);
});

test('nor from the time that it has to read', () => {
  const { client, clock, events, stomp } = house();
  const one = client().connect();
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  one.stall();
  stomp.publish('/topic/a', 'x');
  clock.advance(5_000);
  clock.block(30_000);
  clock.advance(4_000);
  expect(events.at(-1)).toBe('subscribed 0');
  clock.advance(6_000);
  one.read();
  expect(events.at(-1)).toBe('disconnected slow');
});
