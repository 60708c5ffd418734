import type { Session, User } from '@hostcast/stomp';
import type { MemoryClient } from '@hostcast/stomp/testing';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type House, house } from './support/memoryClient.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

// Whatever waits, in whatever order it goes on, and whatever happens meanwhile: each session's life is told once
// and in order, and it leaves nothing behind. LIFE_RUNS sets the number of lives.
const numRuns = Number(process.env.LIFE_RUNS ?? 1_500);
const startMs = 1_000_000;

/** What may wait: each by itself, so that the ways between are tried too. */
interface Waits {
  readonly authenticate: boolean;
  readonly authorize: boolean;
  readonly preSend: boolean;
  readonly postSend: boolean;
  readonly broker: boolean;
  /** The hooks of DISCONNECT never answer. */
  readonly hangs: boolean;
  /** Where a listener or an interceptor of ours ends the session: an event, or a command that leaves. */
  readonly kickedAt: string;
}

const anyWaits: fc.Arbitrary<Waits> = fc.record({
  authenticate: fc.boolean(),
  authorize: fc.boolean(),
  preSend: fc.boolean(),
  postSend: fc.boolean(),
  broker: fc.boolean(),
  hangs: fc.boolean(),
  kickedAt: fc.constantFrom(
    ...['', '', '', 'connect', 'connected', 'subscribed 0', 'unsubscribed 0', 'disconnected kicked'],
    ...['CONNECTED', 'RECEIPT', 'MESSAGE', 'ERROR'],
  ),
});

interface World extends House {
  readonly waits: Waits;
  /** All that ever got as far as CONNECT, also those that are over. */
  readonly met: Set<Session>;
  readonly told: Map<Session, string[]>;
}

type Wait = <T>(isWaiting: boolean, value: T) => T | PromiseLike<T>;

function watched(waits: Waits, wait: Wait): World {
  const user = (): User => ({ name: 'kim', expiresAtMs: all.clock.now() + 20_000 });
  const all = house({
    heartbeat: [1_000, 1_000],
    limits: { outboxBytes: 3_000, sessionsPerAddress: 2, closeMs: 1_500 },
    authenticate: () => wait(waits.authenticate, user()),
    authorize: () => wait(waits.authorize, true),
  });
  const { stomp } = all;
  const told = new Map<Session, string[]>();
  const met = new Set<Session>();
  const tell = (session: Session, line: string) => {
    told.set(session, [...(told.get(session) ?? []), line]);
    if (line === waits.kickedAt) session.close();
  };
  stomp.on('connect', ({ session }) => tell(session, 'connect'));
  stomp.on('connected', ({ session }) => tell(session, 'connected'));
  stomp.on('subscribed', ({ session, subscription }) => tell(session, `subscribed ${subscription.id}`));
  stomp.on('unsubscribed', ({ session, subscription }) => tell(session, `unsubscribed ${subscription.id}`));
  stomp.on('disconnected', ({ session, reason }) => tell(session, `disconnected ${reason}`));
  stomp.on('refused', ({ session }) => tell(session, 'refused'));
  stomp.clientInboundChannel.use({
    preSend({ command, reason, session }) {
      if (session) met.add(session);
      if (session && command === 'CONNECT') tell(session, 'CONNECT');
      if (session && command === 'DISCONNECT') tell(session, `DISCONNECT ${reason}`);
      if (waits.hangs && command === 'DISCONNECT') return new Promise<undefined>(() => undefined);
      return wait(waits.preSend, undefined);
    },
    postSend: () => wait(waits.postSend, undefined),
  });
  stomp.clientOutboundChannel.use({
    preSend({ command, session }) {
      if (command === waits.kickedAt) session?.close();
    },
  });
  stomp.brokerChannel.use({ preSend: () => wait(waits.broker, undefined) });
  return { ...all, waits, told, met };
}

const year = 365 * 24 * 60 * 60 * 1_000;

function each(world: World, act: (session: Session) => void): void {
  for (const session of world.met) act(session);
}

const steps: Readonly<Record<string, (client: MemoryClient, world: World) => void>> = {
  connect: (client) => client.send('CONNECT\naccept-version:1.2\nheart-beat:1000,1000\n\n\0'),
  subscribe: (client) => client.send('SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:s\n\n\0'),
  consume: (client) => client.send('SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n\0'),
  unsubscribe: (client) => client.send('UNSUBSCRIBE\nid:0\n\n\0'),
  send: (client) => client.send('SEND\ndestination:/topic/a\nreceipt:1\n\nx\0'),
  enqueue: (client) => client.send('SEND\ndestination:/queue/a\n\nx\0'),
  transaction: (client) =>
    client.send(
      'BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\n\nx\0COMMIT\ntransaction:t\n\n\0',
    ),
  disconnect: (client) => client.send('DISCONNECT\nreceipt:bye\n\n\0'),
  garbage: (client) => client.send('\0\0'),
  beat: (client) => client.send('\n'),
  stall: (client) => client.stall(),
  read: (client) => client.read(),
  finish: (client) => client.finish(),
  drop: (client) => client.drop(),
  fault: (client) => client.drop(new Error('broken')),
  kick: (_client, world) => each(world, (session) => session.close()),
  revoke: (_client, world) => each(world, (session) => session.extend(startMs - 1)),
  renew: (_client, world) => each(world, (session) => session.extend(startMs + year)),
  nonsense: (_client, world) => each(world, (session) => session.extend(Number.NaN)),
  wait: (_client, { clock }) => clock.advance(900),
  'wait long': (_client, { clock }) => clock.advance(7_000),
  block: (_client, { clock }) => clock.block(30_000),
  publish: (_client, { stomp }) => stomp.publish('/topic/a', 'x'.repeat(1_400)),
  close: (_client, { stomp }) => void stomp.close({ drainMs: 2_500 }),
};

const anyStep = fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.boolean());

const life =
  /^(?:|refused|CONNECT(?:,refused)?|CONNECT,connect(?:,connected)?(?:,(?:un)?subscribed [01])*,DISCONNECT ([\w-]+)(?:,unsubscribed [01])*,disconnected \1)$/;

/** Each subscription begins before it ends, and ends once. */
function checkSubscriptions(lines: readonly string[]): void {
  for (const id of ['0', '1']) {
    const own = lines.filter((line) => line.endsWith(`subscribed ${id}`));
    expect(own).toEqual(own.map((_, index) => `${index % 2 === 0 ? '' : 'un'}subscribed ${id}`));
    expect(own.length % 2).toBe(0);
  }
}

async function checkEnd(world: World, isClosed: boolean, settle: () => Promise<void>): Promise<void> {
  const { stomp, clock, waits, told, errors, client } = world;
  for (const lines of told.values()) {
    expect(lines.join()).toMatch(life);
    checkSubscriptions(lines);
    // Ended before CONNECTED has left.
    if (/^connect$|^CONNECTED$/.test(waits.kickedAt)) expect(lines).not.toContain('connected');
  }
  expect(stomp.stats()).toMatchObject({ sessions: { open: 0, connected: 0 }, subscriptions: 0 });
  expect(clock.timers).toBe(0);
  const others = errors.filter((error) => !String(error).includes('within closeMs'));
  expect(others).toEqual([]);
  if (isClosed) return;
  // Every place is free again.
  for (const one of [client(), client()]) {
    one.send('CONNECT\naccept-version:1.2\n\n\0');
    await settle();
    expect(one.frames[0]?.headers.get('code')).not.toBe('ERR_STOMP_TOO_MANY_SESSIONS');
  }
}

test('a session’s life is told once and in order, and leaves nothing behind', async () => {
  const lives = fc.asyncProperty(
    fc.scheduler(),
    anyWaits,
    fc.array(anyStep, { maxLength: 14, size: 'max' }),
    async (scheduler, waits, played) => {
      const world = watched(waits, (isWaiting, value) =>
        isWaiting ? scheduler.schedule(Promise.resolve(value)) : value,
      );
      const clients = [world.client(), world.client()] as const;
      const all = [['connect', true], ['subscribe', true], ['connect', false], ...played] as const;
      const sequence = scheduler.scheduleSequence(
        all.map(([name, isFirst]) => ({
          label: name,
          builder: async () => steps[name]?.(clients[isFirst ? 0 : 1], world),
        })),
      );
      await scheduler.waitFor(sequence.task);
      for (const client of clients) client.terminate();
      await scheduler.waitIdle();
      world.clock.advance(60_000);
      await scheduler.waitIdle();
      const isClosed = played.some(([name]) => name === 'close');
      await checkEnd(world, isClosed, () => scheduler.waitIdle());
    },
  );
  await fc.assert(lives, { numRuns });
}, 600_000);
