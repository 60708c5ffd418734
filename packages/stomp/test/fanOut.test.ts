// A message to many: given out a turn at a time, and everything in its order all the same.
import { StompError } from '@hostcast/stomp';
import { describe, expect, test, vi } from 'vitest';
import { BusyFakeClock } from './support/busyClock.ts';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const many = 200;
const send = (body: string, destination = '/topic/a', more = '') =>
  `SEND\ndestination:${destination}\n${more}\n${body}\0`;
const subscribe = (destination: string, id = '0') => `SUBSCRIBE\nid:${id}\ndestination:${destination}\n\n\0`;

/** A server with more subscriptions than fit in one turn: 5 sessions, 200 each. */
function crowd({ destination = '/topic/a', options = {}, limits = {}, login = {} } = {}) {
  const clock = new BusyFakeClock();
  const all = house({ clock, ...options, limits: { patterns: many, ...limits } });
  const viewers = Array.from({ length: 5 }, () => all.client().connect(login));
  for (const viewer of viewers) {
    for (let id = 0; id < many; id += 1) viewer.send(subscribe(destination, `${id}`));
  }
  const count = () => viewers.reduce((sum, { frames }) => sum + frames.length, 0);
  const bodies = (viewer = viewers[0]) => [...new Set(viewer?.heard)];
  return { ...all, clock, viewers, count, bodies };
}

/** Goes on until nothing waits for its turn any more; how many turns that took. */
async function settle(clock: BusyFakeClock): Promise<number> {
  for (let turns = 0; ; turns += 1) {
    for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
    if (clock.resting.size === 0) return turns;
    clock.nextTurn();
  }
}

describe.each(['/topic/a', '/topic/*', '/topic/**'])(
  'a message to 1,000 subscriptions to %s',
  (destination) => {
    test('is given out in turns, to each once', async () => {
      const { stomp, clock, count } = crowd({ destination });
      stomp.publish('/topic/a', 'x');
      const first = count();
      expect([first > 0, first < 1_000]).toEqual([true, true]);
      expect(await settle(clock)).toBeGreaterThan(1);
      expect([count(), stomp.stats().messages.delivered]).toEqual([1_000, 1_000]);
    });
  },
);

describe('a message to 1,000 subscriptions of one user', () => {
  const ofKim = {
    destination: '/user/queue/a',
    login: { login: 'kim' },
    options: { authenticate: ({ login }: { login: string | undefined }) => ({ name: login ?? '' }) },
  };

  test('is given out in turns, to each once', async () => {
    const { stomp, clock, count } = crowd(ofKim);
    stomp.publishToUser('kim', '/queue/a', 'x');
    const first = count();
    expect([first > 0, first < 1_000]).toEqual([true, true]);
    expect(await settle(clock)).toBeGreaterThan(1);
    expect([count(), stomp.stats().messages.delivered]).toEqual([1_000, 1_000]);
  });

  test('comes to none that came after it, nor to one that has left', async () => {
    const { stomp, clock, client, viewers } = crowd(ofKim);
    stomp.publishToUser('kim', '/queue/a', 'x');
    const late = client().connect({ login: 'kim' });
    late.send(subscribe('/user/queue/a'));
    viewers[4]?.send(`UNSUBSCRIBE\nid:${many - 1}\n\n\0`);
    await settle(clock);
    stomp.publishToUser('kim', '/queue/a', 'y');
    await settle(clock);
    expect(late.heard).toEqual(['MESSAGE:y']);
    expect(viewers[4]?.frames.length).toBe(2 * (many - 1));
  });
});

describe('while a message is given out in turns', () => {
  test('what is published later comes later, to everybody and everywhere', async () => {
    const { stomp, clock, client, bodies, viewers } = crowd();
    const other = client().connect({ login: 'kim' });
    other.send(subscribe('/topic/b') + subscribe('/queue/c', '1'));
    stomp.publish('/topic/a', '1');
    stomp.publish('/topic/b', '2');
    stomp.publish('/queue/c', '3');
    stomp.publish('/topic/a', '4');
    expect(other.heard).toEqual([]);
    await settle(clock);
    expect(other.heard).toEqual(['MESSAGE:2', 'MESSAGE:3']);
    for (const viewer of viewers) expect(bodies(viewer)).toEqual(['MESSAGE:1', 'MESSAGE:4']);
    const ids = viewers.map(({ frames }) => frames.map(({ headers }) => headers.get('message-id')));
    expect(new Set(ids.map((each) => each.join())).size).toBe(1);
  });

  test('a SEND has its RECEIPT when all have it, and the same client’s next frame waits for it', async () => {
    const { clock, client, count } = crowd();
    const one = client().connect();
    const counts: number[] = [];
    one.send(send('x', '/topic/a', 'receipt:r\n') + send('y', '/topic/b', 'receipt:s\n'));
    expect(one.heard).toEqual([]);
    void one.first('RECEIPT').then(() => counts.push(count()));
    await settle(clock);
    expect([one.heard, counts]).toEqual([['RECEIPT:r', 'RECEIPT:s'], [1_000]]);
  });

  test('the SENDs of others wait too, and each comes to all in the same order', async () => {
    const { clock, client, viewers } = crowd();
    const [one, two] = [client().connect(), client().connect()];
    one.send(send('1'));
    two.send(send('2', '/topic/a', 'receipt:r\n'));
    one.send(send('3'));
    await settle(clock);
    expect(two.heard).toEqual(['RECEIPT:r']);
    for (const { frames } of viewers) {
      const own = frames.filter(({ headers }) => headers.get('subscription') === '0');
      expect(own.map(({ body }) => new TextDecoder().decode(body))).toEqual(['1', '2', '3']);
    }
  });

  test('who comes has it once, from what is retained, and who leaves gets no more of it', async () => {
    const options = { destinations: { '/topic/a': { retain: true } } };
    const { stomp, clock, client, viewers } = crowd({ options });
    stomp.publish('/topic/a', 'x');
    const late = client().connect();
    late.send(subscribe('/topic/a'));
    const last = viewers[4];
    last?.send(`UNSUBSCRIBE\nid:${many - 1}\n\n\0`);
    viewers[3]?.drop();
    await settle(clock);
    expect(late.heard).toEqual(['MESSAGE:x']);
    expect(last?.frames.length).toBe(many - 1);
  });

  test('a retraction comes after what was published before it', async () => {
    const options = { destinations: { '/topic/b': { retain: true } } };
    const { stomp, clock, client } = crowd({ options });
    stomp.publish('/topic/a', 'x');
    stomp.publish('/topic/b', 'y');
    stomp.retract('/topic/b');
    await settle(clock);
    const late = client().connect();
    late.send(subscribe('/topic/b'));
    expect([late.heard, stomp.stats().messages.retained]).toEqual([[], 0]);
  });

  test('queues take no more than they have room for', async () => {
    const { stomp, clock, errors } = crowd({ limits: { queueMessages: 1 } });
    stomp.publish('/topic/a', 'x');
    stomp.publish('/queue/b', '1');
    stomp.publish('/queue/b', '2');
    await settle(clock);
    expect(errors).toEqual([expect.any(StompError)]);
    expect(stomp.stats().messages.queuedMessages).toBe(1);
  });

  test('the application may publish publishedMessages more; then it waits itself', async () => {
    const { stomp, clock, errors, count } = crowd({ limits: { publishedMessages: 2 } });
    stomp.publish('/topic/a', '1');
    expect(count()).toBeLessThan(1_000);
    stomp.publish('/topic/a', '2');
    expect(count()).toBe(2_000);
    await settle(clock);
    stomp.publish('/topic/a', '3');
    expect(count()).toBeLessThan(3_000);
    await settle(clock);
    expect([count(), errors]).toEqual([3_000, []]);
  });

  test('the end of the server comes after it', () => {
    const { stomp, viewers } = crowd();
    stomp.publish('/topic/a', '1');
    stomp.publish('/topic/a', '2');
    void stomp.close();
    for (const { frames } of viewers)
      expect(frames.filter(({ command }) => command === 'MESSAGE').length).toBe(2 * many);
  });

  test('a sender that goes has sent it', async () => {
    const { clock, client, count, events } = crowd();
    const one = client().connect();
    one.send(send('1'));
    one.drop();
    await settle(clock);
    await eventually(() => expect(events.at(-1)).toBe('disconnected socket'));
    expect([count(), clock.resting.size]).toEqual([1_000, 0]);
  });
});

test('a message to few is given out at once, without a look at the clock', () => {
  const clock = new BusyFakeClock();
  const { stomp, client } = house({ clock });
  const viewers = Array.from({ length: 20 }, () => client().connect());
  for (const viewer of viewers) viewer.send(subscribe('/topic/a'));
  const looksAt = (destination: string) => {
    const { looks } = clock;
    stomp.publish(destination, 'x');
    return clock.looks - looks;
  };
  // Each write notes when it was; a topic of its own tells how much that is.
  viewers[0]?.send(subscribe('/topic/one', '1'));
  expect(looksAt('/topic/a')).toBe(20 * looksAt('/topic/one'));
  expect(viewers.every(({ heard }) => heard[0] === 'MESSAGE:x')).toBe(true);
});

test('what many clients SEND in one round of the loop shares a turn, in its order', async () => {
  const clock = new BusyFakeClock(0.02);
  const { client } = house({ clock });
  const viewer = client().connect();
  for (let id = 0; id < 40; id += 1) viewer.send(subscribe('/topic/a', `${id}`));
  const senders = Array.from({ length: 400 }, () => client().connect());
  for (const [index, sender] of senders.entries()) sender.send(send(`${index}`, '/topic/a', 'receipt:r\n'));
  const answered = () => senders.filter(({ heard }) => heard.length > 0).length;
  const first = answered();
  expect([first > 0, first < 400]).toEqual([true, true]);
  await settle(clock);
  expect(answered()).toBe(400);
  const own = viewer.frames.filter(({ headers }) => headers.get('subscription') === '39');
  expect(own.map(({ body }) => `MESSAGE:${new TextDecoder().decode(body)}`)).toEqual(
    senders.map((_, index) => `MESSAGE:${index}`),
  );
});

test('a server that a hook of a delivery ends gives out what came before', async () => {
  const clock = new BusyFakeClock();
  const { stomp, client } = house({ clock });
  const viewers = Array.from({ length: 100 }, () => client().connect());
  for (const viewer of viewers) viewer.send(subscribe('/topic/a'));
  let closed: Promise<void> | undefined;
  stomp.clientOutboundChannel.use({
    preSend: ({ command }) => {
      if (command !== 'MESSAGE' || closed) return;
      stomp.publish('/topic/a', 'y');
      closed = stomp.close();
    },
  });
  stomp.publish('/topic/a', 'x');
  await settle(clock);
  await closed;
  expect(new Set(viewers.map(({ heard }) => heard.join()))).toEqual(new Set(['MESSAGE:x,MESSAGE:y,ERROR']));
});
