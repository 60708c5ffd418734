import type { StompServerOptions, User } from '@hostcast/stomp';
import { FakeClock } from '@hostcast/stomp/testing';
import { expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

const startMs = 1_000_000;
const day = 24 * 60 * 60 * 1_000;

function until(expiresAtMs: number): StompServerOptions {
  return { authenticate: (): User => ({ name: 'kim', expiresAtMs }) };
}

test('a session that only listens ends when its login expires, not before', () => {
  const { client, clock, stomp, events } = house(until(startMs + 5_000));
  const one = client().connect();
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  clock.advance(4_999);
  stomp.publish('/topic/a', 'in time');
  clock.advance(1);
  stomp.publish('/topic/a', 'too late');
  expect(one.heard).toEqual(['MESSAGE:in time', 'ERROR']);
  expect(one.frames[1]?.headers.get('reconnect')).toBe('false');
  expect(one.closed?.code).toBe(4401);
  expect(events.at(-1)).toBe('disconnected auth-expired');
});

test('the event tells of the end what the client was told', () => {
  const { client, clock, stomp } = house(until(startMs + 1_000));
  const errors: unknown[] = [];
  stomp.on('disconnected', ({ error }) => errors.push(error));
  client().connect();
  clock.advance(1_000);
  expect(errors).toMatchObject([{ code: 'ERR_STOMP_EXPIRED', message: 'the login has expired' }]);
});

test('a login of months lasts months', () => {
  const { client, clock, events } = house(until(startMs + 90 * day));
  client().connect();
  clock.advance(90 * day - 1);
  expect(events.at(-1)).toBe('connected');
  clock.advance(1);
  expect(events.at(-1)).toBe('disconnected auth-expired');
});

test('who goes before the login is over leaves nothing that waits for it', () => {
  const { client, clock } = house(until(startMs + 90 * day));
  const one = client().connect();
  clock.advance(30 * day);
  expect(clock.timers).toBe(1);
  one.drop();
  expect(clock.timers).toBe(0);
});

test('where the clock is set meanwhile, the login ends at most a minute late', () => {
  let setMs = 0;
  class SetClock extends FakeClock {
    override now(): number {
      return super.now() + setMs;
    }
  }
  const clock = new SetClock();
  const { client, events } = house({ ...until(startMs + day), clock });
  client().connect();
  clock.advance(1_000);
  setMs = day;
  clock.advance(59_000);
  expect(events.at(-1)).toBe('disconnected auth-expired');
});

test('the time in which the process was held up counts', () => {
  const { client, clock, events } = house({ ...until(startMs + 20_000), heartbeat: [10_000, 10_000] });
  client().connect('heart-beat:10000,10000\n');
  clock.advance(1_000);
  clock.block(30_000);
  clock.advance(0);
  expect(events.at(-1)).toBe('disconnected auth-expired');
});

test('one that does not expire lasts', () => {
  const { client, clock, events } = house(until(Infinity));
  client().connect();
  clock.advance(365 * day);
  expect(events.at(-1)).toBe('connected');
});

test.each([startMs, startMs - 1, Number.NaN])('a login that is over at %d already is refused', (atMs) => {
  const { client, clock, events } = house(until(atMs));
  const one = client();
  one.send('CONNECT\naccept-version:1.2\n\n\0');
  expect(one.heard).toEqual(['ERROR']);
  expect(events).toEqual(['refused ERR_STOMP_EXPIRED']);
  expect(clock.timers).toBe(0);
});

test('a session can be extended, by a new token that the client sends, and be cut short', () => {
  const { client, clock, stomp, events } = house(until(startMs + 5_000));
  stomp.handle('/app/token', (message, session) => session.extend(Number(message.text())));
  const one = client().connect();
  clock.advance(4_000);
  one.sendFrame('SEND', { destination: '/app/token' }, String(startMs + 60_000));
  const [session] = stomp.sessions.values();
  expect(session?.user).toEqual({ name: 'kim', expiresAtMs: startMs + 60_000 });
  clock.advance(55_999);
  expect(events.at(-1)).toBe('connected');
  session?.extend(startMs + 90_000);
  session?.extend(clock.now());
  expect(events.at(-1)).toBe('disconnected auth-expired');
  session?.extend(startMs + 900_000);
  expect(clock.timers).toBe(0);
});

test('a session without a user has nothing to extend', () => {
  const { client, clock, stomp } = house();
  client().connect();
  [...stomp.sessions.values()][0]?.extend(startMs);
  expect([stomp.sessions.size, clock.timers]).toEqual([1, 0]);
});
