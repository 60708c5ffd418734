import { createStompServer, type StompServer, type StompServerOptions } from '@hostcast/stomp';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const startMs = 1_000_000;

/** What each session went through, as events and interceptors told it. */
interface Watched {
  readonly stomp: StompServer;
  readonly clock: FakeClock;
  readonly told: Map<string, string[]>;
  readonly errors: unknown[];
}

function watched(options: StompServerOptions = {}): Watched {
  const clock = new FakeClock(startMs);
  const stomp = createStompServer({
    clock,
    limits: { sessionsPerUser: 5_000, sessionsPerAddress: 5_000 },
    authenticate: ({ login }) => ({ name: `${login}`, expiresAtMs: startMs + 600_000 }),
    authorize: ({ destination }) => destination !== '/topic/secret',
    ...options,
  });
  const told = new Map<string, string[]>();
  const errors: unknown[] = [];
  const tell = (id: string, line: string) => told.set(id, [...(told.get(id) ?? []), line]);
  stomp.on('connect', ({ session }) => tell(session.id, 'connect'));
  stomp.on('connected', ({ session }) => tell(session.id, 'connected'));
  stomp.on('subscribed', ({ session, subscription }) => tell(session.id, `subscribed ${subscription.id}`));
  stomp.on('unsubscribed', ({ session, subscription }) =>
    tell(session.id, `unsubscribed ${subscription.id}`),
  );
  stomp.on('disconnected', ({ session, reason }) => tell(session.id, `disconnected ${reason}`));
  stomp.on('refused', ({ session, code }) => tell(session.id, `refused ${code}`));
  stomp.on('error', ({ error }) => errors.push(error));
  stomp.clientInboundChannel.use({
    preSend({ command, reason, session }) {
      if (command === 'CONNECT') tell(session?.id ?? '', 'CONNECT');
      if (command === 'DISCONNECT') tell(session?.id ?? '', `DISCONNECT ${reason}`);
    },
  });
  return { stomp, clock, told, errors };
}

/** Lets everything that waits for a promise go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';

type Way = (client: MemoryClient, watched: Watched) => void;

// What happens to each client; what has to be done once for all of them comes after, in `forAll`.
const ways: Readonly<Record<string, { reason: string; each?: Way; forAll?: (watched: Watched) => void }>> = {
  'DISCONNECT without receipt': { reason: 'client', each: (client) => client.sendFrame('DISCONNECT') },
  'DISCONNECT with receipt': {
    reason: 'client',
    each: (client) => client.sendFrame('DISCONNECT', { receipt: 'bye' }),
  },
  'DISCONNECT and the close at once': {
    reason: 'client',
    each(client) {
      client.sendFrame('DISCONNECT', { receipt: 'bye' });
      client.drop();
    },
  },
  'the loss of the socket (close, RST)': { reason: 'socket', each: (client) => client.drop() },
  'the end of its side (FIN)': { reason: 'socket', each: (client) => client.finish() },
  'the close within a frame': {
    reason: 'socket',
    each(client) {
      client.send('SEND\ndestination:/topic/a\n\nhal');
      client.drop();
    },
  },
  'a fault of the transport': { reason: 'protocol', each: (client) => client.drop(new Error('too big')) },
  silence: { reason: 'heartbeat', forAll: ({ clock }) => clock.advance(21_000) },
  'a half-open connection': {
    reason: 'heartbeat',
    each: (client) => client.stall(),
    forAll: ({ clock }) => clock.advance(21_000),
  },
  'a bad frame': { reason: 'protocol', each: (client) => client.send('SEND\nfoo\n\n\0') },
  'a forbidden destination': {
    reason: 'forbidden',
    each: (client) => client.send('SUBSCRIBE\nid:1\ndestination:/topic/secret\n\n\0'),
  },
  'a kick': {
    reason: 'kicked',
    forAll({ stomp }) {
      for (const session of stomp.sessions.values()) session.close();
    },
  },
  expiry: { reason: 'auth-expired', forAll: ({ clock }) => clock.advance(600_000) },
  'reading nothing, by octets': {
    reason: 'slow',
    each: (client) => client.stall(),
    forAll({ stomp }) {
      for (const body of ['x'.repeat(600_000), 'x'.repeat(600_000), 'x']) stomp.publish('/topic/a', body);
    },
  },
  'reading nothing, by time': {
    reason: 'slow',
    each: (client) => client.stall(),
    forAll({ stomp, clock }) {
      stomp.publish('/topic/a', 'x');
      clock.advance(10_000);
    },
  },
  'the server’s end': { reason: 'shutdown', forAll: ({ stomp }) => void stomp.close() },
};

describe.each([
  ['at once', false],
  ['with hooks that wait', true],
])('a thousand sessions that end %s', (_name, isWaiting) => {
  test.each(Object.keys(ways))('by %s are told of once each, in order', async (name) => {
    const way = ways[name];
    const house = watched();
    const { stomp, clock, told, errors } = house;
    if (isWaiting) stomp.clientInboundChannel.use({ preSend: () => Promise.resolve(undefined) });
    const clients = Array.from({ length: 1_000 }, () => new MemoryClient());
    // Who has to live for minutes without a word promises no heart-beats.
    const beats = way?.reason === 'heartbeat' ? 'heart-beat:10000,0\n' : '';
    for (const client of clients) {
      stomp.accept(client);
      client.send(`CONNECT\naccept-version:1.2\nlogin:kim\n${beats}\n\0${subscribe}`);
    }
    await settle();
    for (const client of clients) way?.each?.(client, house);
    if (isWaiting) await settle();
    way?.forAll?.(house);
    await settle();
    // Whoever is dead dies of nothing else any more.
    for (const client of clients) client.terminate();
    clock.advance(3_600_000);
    await settle();
    const story = [
      ...['CONNECT', 'connect', 'connected', 'subscribed 0', `DISCONNECT ${way?.reason}`],
      ...['unsubscribed 0', `disconnected ${way?.reason}`],
    ];
    expect(told.size).toBe(1_000);
    expect([...new Set([...told.values()].map((lines) => lines.join()))]).toEqual([story.join()]);
    expect(stomp.stats()).toMatchObject({
      sessions: { open: 0, connected: 0, total: 1_000 },
      subscriptions: 0,
      outboxBytes: 0,
    });
    expect([clock.timers, errors]).toEqual([0, []]);
  });
});

type Step = (client: MemoryClient, watched: Watched) => void;

const steps: Readonly<Record<string, Step>> = {
  connect: (client) => client.send('CONNECT\naccept-version:1.2\nlogin:kim\nheart-beat:1000,1000\n\n\0'),
  subscribe: (client) => client.send(subscribe),
  send: (client) => client.send('SEND\ndestination:/topic/a\nreceipt:1\n\nx\0'),
  unsubscribe: (client) => client.send('UNSUBSCRIBE\nid:0\n\n\0'),
  disconnect: (client) => client.send('DISCONNECT\nreceipt:bye\n\n\0'),
  garbage: (client) => client.send('\0\0'),
  stall: (client) => client.stall(),
  read: (client) => client.read(),
  drop: (client) => client.drop(),
  fault: (client) => client.drop(new Error('broken')),
  kick(_client, { stomp }) {
    for (const session of stomp.sessions.values()) session.close();
  },
  wait: (_client, { clock }) => clock.advance(7_000),
  publish: (_client, { stomp }) => stomp.publish('/topic/a', 'x'.repeat(2_000)),
  close: (_client, { stomp }) => void stomp.close(),
};

const story =
  /^(|(CONNECT,)?refused \w+|CONNECT(,connect(,connected)?(,subscribed 0(,unsubscribed 0,subscribed 0)*(,unsubscribed 0,DISCONNECT [\w-]+|,DISCONNECT [\w-]+,unsubscribed 0)|,DISCONNECT [\w-]+),disconnected [\w-]+)?)$/;

test('whatever happens in whatever order, a session is told of once, from beginning to end', async () => {
  const anyStep = fc.constantFrom(...Object.keys(steps));
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(anyStep, { maxLength: 12 }), async (scheduler, names) => {
      const house = watched({ limits: { outboxBytes: 3_000 } });
      const { stomp, clock, told } = house;
      stomp.clientInboundChannel.use({
        preSend: () => scheduler.schedule(Promise.resolve(undefined)),
      });
      const client = new MemoryClient();
      stomp.accept(client);
      const played = scheduler.scheduleSequence(
        ['connect', 'subscribe', ...names].map((name) => ({
          label: name,
          builder: async () => steps[name]?.(client, house),
        })),
      );
      await scheduler.waitFor(played.task);
      client.terminate();
      await scheduler.waitIdle();
      clock.advance(3_600_000);
      await scheduler.waitIdle();
      for (const lines of told.values()) expect(lines.join()).toMatch(story);
      expect(stomp.stats()).toMatchObject({ sessions: { open: 0, connected: 0 }, subscriptions: 0 });
      expect(clock.timers).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});
