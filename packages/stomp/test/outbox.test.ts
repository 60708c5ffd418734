import type { StompServer } from '@hostcast/stomp';
import type { MemoryClient } from '@hostcast/stomp/testing';
import { expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';

test('a client that stops reading is ended above outboxBytes, with ERROR, and delays nobody', () => {
  const { client, stomp, events } = house({ limits: { outboxBytes: 1_000 } });
  const [slow, quick] = [client().connect(), client().connect()];
  for (const each of [slow, quick]) each.send(subscribe);
  slow.stall();
  for (let index = 0; index < 5; index += 1) stomp.publish('/topic/a', 'x'.repeat(200));
  expect(slow.closed?.code).toBe(4408);
  expect(events.at(-1)).toBe('disconnected slow');
  expect(Buffer.from(slow.writes.at(-1) ?? '').toString()).toContain('code:ERR_STOMP_SLOW');
  expect(quick.heard).toHaveLength(5);
});

test('one that reads something within writeMs keeps its session, one that reads nothing does not', () => {
  const { client, stomp, clock, events } = house({ limits: { writeMs: 1_000 } });
  const one = client().connect();
  one.send(subscribe);
  one.stall();
  stomp.publish('/topic/a', 'x'.repeat(1_000));
  for (let round = 0; round < 5; round += 1) {
    clock.advance(999);
    one.readSome(1);
  }
  expect(events.at(-1)).toBe('subscribed 0');
  clock.advance(2_000);
  expect(events.at(-1)).toBe('disconnected slow');
});

test('a client that has read everything may rest as long as it likes', () => {
  const { client, stomp, clock, events } = house({ limits: { writeMs: 1_000 } });
  const one = client().connect();
  one.send(subscribe);
  one.stall();
  stomp.publish('/topic/a', 'x');
  // As with a small write that is taken a moment later: no drain is reported.
  one.readSome(one.pendingBytes);
  clock.advance(60_000);
  expect(events.at(-1)).toBe('subscribed 0');
  expect(clock.timers).toBe(0);
});

test('a single message may be larger than outboxBytes', () => {
  const { client, stomp, events } = house({ limits: { outboxBytes: 1_000 } });
  const one = client().connect();
  one.send(subscribe);
  one.stall();
  stomp.publish('/topic/a', 'x'.repeat(5_000));
  expect(events.at(-1)).toBe('subscribed 0');
  stomp.publish('/topic/a', 'x');
  expect(events.at(-1)).toBe('disconnected slow');
});

test('a paused session still gets its heart-beats', () => {
  const { client, stomp, clock } = house({ heartbeat: [1_000, 0] });
  const one = client().connect('heart-beat:0,1000\n');
  one.send(subscribe);
  stomp.clientOutboundChannel.use({ preReceive: () => false });
  stomp.publish('/topic/a', 'x');
  clock.advance(2_000);
  expect(one.beats).toBe(2);
});

test('preReceive false pauses a session until it is asked again; its deadline stands still', () => {
  const { client, stomp, clock } = house({ limits: { writeMs: 1_000 } });
  const [one, two] = [client().connect(), client('192.0.2.2').connect()];
  for (const each of [one, two]) each.send(subscribe);
  let isPaused = true;
  stomp.clientOutboundChannel.use({
    preReceive: (_channel, session) => !(isPaused && session?.remoteAddress === '192.0.2.1'),
  });
  stomp.publish('/topic/a', '1');
  stomp.publish('/topic/a', '2');
  clock.advance(5_000);
  expect(one.heard).toEqual([]);
  expect(two.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
  isPaused = false;
  for (const session of stomp.sessions.values()) session.resume();
  expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
});

test('a paused session is asked again at the next message', () => {
  const { client, stomp } = house();
  const one = client().connect();
  one.send(subscribe);
  let isPaused = true;
  stomp.clientOutboundChannel.use({ preReceive: () => !isPaused });
  stomp.publish('/topic/a', '1');
  isPaused = false;
  stomp.publish('/topic/a', '2');
  expect(one.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
});

test('postReceive drops or replaces one message, afterReceiveCompletion is told what was written', () => {
  const { client, stomp } = house();
  const one = client().connect();
  one.send(subscribe);
  const written: string[] = [];
  stomp.clientOutboundChannel.use({
    postReceive(message) {
      if (message.text() === 'drop') return null;
      return message.text() === 'old' ? message.with({ body: 'new' }) : undefined;
    },
    afterReceiveCompletion: (message) => void written.push(message?.text() ?? 'none'),
  });
  for (const body of ['drop', 'old', 'same']) stomp.publish('/topic/a', body);
  expect(one.heard).toEqual(['MESSAGE:new', 'MESSAGE:same']);
  expect(written).toEqual(['none', 'new', 'same']);
});

test('what receive hooks leave unchanged keeps the shared octets, what they change gets its own', () => {
  const { client, stomp } = house();
  const [one, two, three] = [client().connect(), client().connect(), client('192.0.2.3').connect()];
  for (const each of [one, two, three]) each.send(subscribe);
  const seen: string[] = [];
  stomp.clientOutboundChannel.use({
    preReceive: () => true,
    postReceive(message) {
      seen.push(message.text());
      if (message.text() === 'as it is') return message;
      return message.session?.remoteAddress === '192.0.2.3' ? message.with({ body: 'other' }) : undefined;
    },
    afterReceiveCompletion: (message) => void seen.push(message?.text() ?? ''),
  });
  stomp.publish('/topic/a', 'x');
  stomp.publish('/topic/a', 'as it is');
  expect(seen).toHaveLength(12);
  expect(two.writes[1]).toBe(one.writes[1]);
  expect(three.heard).toEqual(['MESSAGE:other', 'MESSAGE:as it is']);
  for (const each of [two, three]) expect(each.writes[2]).toBe(one.writes[2]);
});

test('what waits when a session ends keeps the shared octets where receive hooks leave it unchanged', () => {
  const { client, stomp } = house();
  const [one, two] = [client().connect(), client().connect()];
  for (const each of [one, two]) each.send(subscribe);
  stomp.clientOutboundChannel.use({ postReceive: () => undefined });
  one.stall();
  for (const body of ['x'.repeat(70_000), 'y']) stomp.publish('/topic/a', body);
  expect(one.writes).toHaveLength(2);
  for (const session of stomp.sessions.values()) session.close();
  expect(one.writes[2]).toBe(two.writes[2]);
});

test('a receive hook that throws loses one message and is reported', () => {
  const { client, stomp, errors } = house();
  const one = client().connect();
  one.send(subscribe);
  stomp.clientOutboundChannel.use({
    postReceive(message) {
      if (message.text() === 'bad') throw new Error('no');
    },
  });
  stomp.publish('/topic/a', 'bad');
  stomp.publish('/topic/a', 'good');
  expect(one.heard).toEqual(['MESSAGE:good']);
  expect(errors).toHaveLength(1);
});

test('what waits when a session ends passes the receive hooks before it is written', () => {
  const { client, stomp } = house();
  const one = client().connect();
  one.send(subscribe);
  stomp.clientOutboundChannel.use({
    postReceive(message) {
      if (message.text() === 'secret') return null;
      return message.text() === 'old' ? message.with({ body: 'new' }) : undefined;
    },
  });
  one.stall();
  stomp.publish('/topic/a', 'x'.repeat(70_000));
  for (const body of ['secret', 'old', 'same']) stomp.publish('/topic/a', body);
  for (const session of stomp.sessions.values()) session.close();
  one.read();
  expect(one.heard.slice(1)).toEqual(['MESSAGE:new', 'MESSAGE:same', 'ERROR']);
});

test('preReceive may keep back the rest of what waits when a session ends', () => {
  const { client, stomp } = house();
  const one = client().connect();
  one.send(subscribe);
  let asked = 0;
  stomp.clientOutboundChannel.use({ preReceive: () => ++asked < 3 });
  one.stall();
  stomp.publish('/topic/a', 'x'.repeat(70_000));
  for (const body of ['1', '2', '3']) stomp.publish('/topic/a', body);
  for (const session of stomp.sessions.values()) session.close();
  one.read();
  expect(one.heard.slice(1)).toEqual(['MESSAGE:1', 'ERROR']);
});

test('a receive hook that cuts the connection while its session ends has nothing more written', () => {
  const { client, stomp, events } = house();
  const one = client().connect();
  one.send(subscribe);
  stomp.clientOutboundChannel.use({
    postReceive(message) {
      if (message.text() === '1') one.drop();
    },
  });
  one.stall();
  stomp.publish('/topic/a', 'x'.repeat(70_000));
  for (const body of ['1', '2']) stomp.publish('/topic/a', body);
  const written = one.writes.length;
  for (const session of stomp.sessions.values()) session.close();
  expect(one.writes).toHaveLength(written);
  expect(events.at(-1)).toBe('disconnected kicked');
});

test.each<[string, (stomp: StompServer, client: MemoryClient) => void]>([
  ['the next message', (stomp) => stomp.publish('/topic/a', 'go')],
  ['a RECEIPT', (_stomp, client) => client.send('SEND\ndestination:/topic/z\nreceipt:1\n\n\0')],
  ['resume', (stomp) => [...stomp.sessions.values()][0]?.resume()],
])('a queue that a pause has held up goes on when it is lifted by %s', (_by, lift) => {
  const { client, stomp } = house();
  const one = client().connect();
  one.send(subscribe);
  one.send('SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0');
  let isPaused = true;
  stomp.clientOutboundChannel.use({ preReceive: () => !isPaused });
  for (let index = 0; index < 20; index += 1) stomp.publish('/queue/a', 'x'.repeat(10_000));
  expect(stomp.stats().messages.queuedMessages).toBeGreaterThan(0);
  isPaused = false;
  lift(stomp, one);
  expect(stomp.stats().messages.queuedMessages).toBe(0);
  expect(one.heard.filter((heard) => heard.startsWith('MESSAGE:x'))).toHaveLength(20);
});

test('a frame that waits counts 600 octets besides its own, so that small ones are not taken without end', () => {
  const { client, stomp, events } = house({ limits: { outboxBytes: 10_000 } });
  const one = client().connect();
  one.stall();
  const ask = () => one.send('SEND\ndestination:/topic/a\nreceipt:1\n\n\0');
  while (one.pendingBytes < 5_000) ask();
  const onWire = one.pendingBytes;
  for (let index = 0; index < 3; index += 1) ask();
  const { length } = 'RECEIPT\nreceipt-id:1\n\n\0';
  expect(stomp.stats().outboxBytes).toBe(onWire + 3 * (600 + length));
  for (let index = 0; index < 4; index += 1) ask();
  expect(events).toEqual(['connect', 'connected']);
  for (let index = 0; index < 3; index += 1) ask();
  expect(events.at(-1)).toBe('disconnected slow');
});
