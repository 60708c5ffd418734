import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';

test('every client is told when to come back, each at its own time', async () => {
  const { client, stomp, events } = house();
  const clients = Array.from({ length: 200 }, () => client().connect());
  await stomp.close();
  const delays = clients.map(({ frames }) => Number(frames[0]?.headers.get('reconnect-after')));
  expect(delays.every((ms) => ms >= 1_000 && ms < 5_000)).toBe(true);
  expect(new Set(delays).size).toBeGreaterThan(150);
  expect(new Set(clients.map(({ closed }) => closed?.code))).toEqual(new Set([1001]));
  expect(events.filter((event) => event === 'disconnected shutdown')).toHaveLength(200);
});

test('what waits is flushed before the ERROR', async () => {
  const { client, stomp } = house();
  const one = client().connect();
  one.send(subscribe);
  one.stall();
  // Above what a transport is given ahead, so that some of it waits in the outbox.
  for (const body of ['1', '2', '3']) stomp.publish('/topic/a', body.repeat(60_000));
  const closing = stomp.close();
  one.read();
  one.drop();
  await closing;
  const texts = one.writes.slice(1).map((bytes) => Buffer.from(bytes).toString());
  expect(texts.map((text) => text.slice(0, 5))).toEqual(['MESSA', 'MESSA', 'MESSA', 'ERROR']);
  expect(texts[2]).toContain('3'.repeat(60_000));
});

test('a client that does not go is cut after drainMs', async () => {
  const { client, clock, stomp } = house();
  const one = client().connect();
  one.stall();
  const closing = stomp.close({ drainMs: 3_000 });
  clock.advance(2_999);
  expect(one.isTerminated).toBe(false);
  clock.advance(1);
  await closing;
  expect(one.isTerminated).toBe(true);
  expect(clock.timers).toBe(0);
});

test('it waits for the hooks that see DISCONNECT, but not for ever', async () => {
  const { client, clock, stomp, events } = house();
  let release: () => void = () => undefined;
  stomp.clientInboundChannel.use({
    preSend: ({ command }) =>
      command === 'DISCONNECT'
        ? new Promise<undefined>((resolve) => (release = () => resolve(undefined)))
        : undefined,
  });
  client().connect();
  let isClosed = false;
  const closing = stomp.close({ drainMs: 3_000 }).then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isClosed).toBe(false);
  release();
  await closing;
  expect(events.at(-1)).toBe('disconnected shutdown');

  const stuck = house();
  stuck.stomp.clientInboundChannel.use({
    preSend: ({ command }) =>
      command === 'DISCONNECT' ? new Promise<undefined>(() => undefined) : undefined,
  });
  stuck.client().connect();
  const cut = stuck.stomp.close({ drainMs: 3_000 });
  stuck.clock.advance(3_000);
  await cut;
  expect(clock.timers + stuck.clock.timers).toBe(0);
});

test('who comes while it drains is told so and is no session', async () => {
  const { client, stomp, events } = house();
  const one = client().connect();
  one.stall();
  const closing = stomp.close();
  const late = client();
  expect(late.closed?.code).toBe(1001);
  expect(events.at(-1)).toBe('refused ERR_STOMP_SHUTDOWN');
  one.drop();
  await closing;
});

test('the application’s own subscriptions end', async () => {
  const { stomp } = house();
  const bodies: string[] = [];
  const loop = (async () => {
    for await (const message of stomp.subscribe('/topic/a')) bodies.push(message.text());
  })();
  stomp.publish('/topic/a', 'one');
  await eventually(() => expect(bodies).toEqual(['one']));
  await stomp.close();
  await loop;
  expect(stomp.stats().subscriptions).toBe(0);
});

test('who comes while it drains, and whom the application sends away for it, is told when too', async () => {
  const { client, stomp } = house();
  const [one, two] = [client().connect(), client().connect()];
  const [first] = stomp.sessions.values();
  first?.close('shutdown', 'new version');
  two.stall();
  const closing = stomp.close();
  const late = client();
  two.drop();
  await closing;
  for (const each of [one, late]) {
    const ms = Number(each.frames[0]?.headers.get('reconnect-after'));
    expect(ms >= 1_000 && ms < 5_000).toBe(true);
  }
});
