import { createStompServer, StompError } from '@hostcast/stomp';
import { MemoryClient } from '@hostcast/stomp/testing';
import { onTestFinished } from 'vitest';
import { createSessions } from '../../src/sessions/sessions.ts';
import type { SessionsBody } from '../../src/sessions/sessionsBody.ts';
import { FakeClock } from './fakeClock.ts';

/** A broker whose sessions are kept account of, on a fake clock, without sockets. */
export function setUp() {
  const clock = new FakeClock();
  const counts = { asked: 0, rounds: 0, skipped: 0, failed: 0 };
  const stomp = createStompServer({
    limits: { sessionsPerAddress: 2_000 },
    authorize: ({ destination }) => destination !== '/topic/secret',
    authenticate({ login }) {
      if (login === 'mallory') throw new StompError('the password is wrong', { reason: 'unauthorized' });
      return login === undefined ? undefined : { name: login };
    },
  });
  const sessions = createSessions({
    ...{ stomp, clock, heartbeat: [10_000, 10_000], intervalMs: 10_000 },
    asked: () => counts.asked,
    rounds: () => ({ rounds: counts.rounds, skipped: counts.skipped, failed: counts.failed }),
  });
  onTestFinished(async () => {
    sessions.close();
    await stomp.close();
  });
  const accept = (address?: string) => {
    const client = new MemoryClient(address);
    stomp.accept(client);
    return client;
  };
  const connect = (headers: Record<string, string> = {}) => accept().connect(headers);
  /** Somebody knocks with a wrong password. */
  const refuse = (address: string) => accept(address).connect({ login: 'mallory' });
  /** Waits for the end: many that go at once are seen off in turns. */
  const leave = (client: MemoryClient, closeCode?: number) =>
    new Promise<void>((resolve) => {
      const undo = stomp.on('disconnected', () => {
        undo();
        resolve();
      });
      client.drop(undefined, closeCode);
    });
  const bodies = (client: MemoryClient) =>
    client.frames
      .filter(({ command }) => command === 'MESSAGE')
      .map(({ body }) => JSON.parse(new TextDecoder().decode(body)) as SessionsBody);
  const totals = (client: MemoryClient) => bodies(client).map(({ total }) => total);
  return { clock, counts, stomp, sessions, book: sessions.book, connect, refuse, leave, bodies, totals };
}

export const subscribe = (client: MemoryClient, destination: string, id = '0') =>
  client.sendFrame('SUBSCRIBE', { id, destination });
