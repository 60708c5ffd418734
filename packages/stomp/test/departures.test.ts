// Many clients that go at once: their sessions end in turns that they share.
import { expect, test, vi } from 'vitest';
import { BusyFakeClock } from './support/busyClock.ts';
import { house } from './support/memoryClient.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';

/** So many clients, each with a subscription. */
function crowd(count: number) {
  const clock = new BusyFakeClock(0.1);
  const all = house({ clock });
  const clients = Array.from({ length: count }, () => all.client().connect());
  for (const client of clients) client.send(subscribe);
  return { ...all, clock, clients };
}

/** Lets everything that waits for a promise go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ['go', 'socket'],
  ['send DISCONNECT', 'client'],
])('200 clients that %s at once end in turns, each told of once', async (_way, reason) => {
  const { stomp, clock, clients, events } = crowd(200);
  events.length = 0;
  for (const client of clients) {
    if (reason === 'socket') client.drop();
    else client.sendFrame('DISCONNECT', { receipt: 'bye' });
  }
  const left = stomp.sessions.size;
  expect([left > 0, left < 200]).toEqual([true, true]);
  stomp.publish('/topic/a', 'x');
  let turns = 0;
  for (; stomp.sessions.size > 0; turns += 1) {
    clock.nextTurn();
    await settle();
  }
  expect(turns).toBeGreaterThan(1);
  const one = ['unsubscribed 0', `disconnected ${reason}`];
  expect(events).toEqual(Array.from({ length: 200 }, () => one).flat());
  // Who has gone gets nothing, though it is still to be seen off.
  expect(stomp.stats()).toMatchObject({ subscriptions: 0, messages: { delivered: 0 } });
  expect(clients.flatMap(({ heard }) => heard)).toEqual(
    reason === 'client' ? Array.from({ length: 200 }, () => 'RECEIPT:bye') : [],
  );
});

test('the end of the server waits for those that are still to be seen off', async () => {
  const { stomp, clock, clients, events } = crowd(200);
  for (const client of clients) client.drop();
  let isClosed = false;
  const closed = stomp.close().then(() => {
    isClosed = true;
  });
  await settle();
  expect(isClosed).toBe(false);
  for (; !isClosed; await settle()) clock.nextTurn();
  await closed;
  expect(events.filter((each) => each === 'disconnected socket')).toHaveLength(200);
});

test('at the end of drainMs all are seen off, however many', async () => {
  const { stomp, clock, clients, events } = crowd(200);
  for (const client of clients) client.stall();
  const closed = stomp.close({ drainMs: 1 });
  await settle();
  clock.advance(1);
  await closed;
  expect(events.filter((each) => each === 'disconnected shutdown')).toHaveLength(200);
  expect([stomp.sessions.size, clock.resting.size]).toEqual([0, 0]);
});
