import { StompError, type User } from '@hostcast/stomp';
import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const connectFrame = 'CONNECT\naccept-version:1.2\nhost:/\n\n\0';

/** A house whose `authenticate` answers when it is told to. */
function waiting(limits = {}) {
  const answers: ((user: User) => void)[] = [];
  const all = house({
    limits,
    authenticate: () => new Promise<User>((resolve) => answers.push(resolve)),
  });
  return { ...all, answers };
}

/** Lets everything that waits for a promise go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('logins in work count against sessionsPerAddress, also where their clients are gone', async () => {
  const { client, answers, events } = waiting({ sessionsPerAddress: 2 });
  for (let index = 0; index < 5; index += 1) {
    const one = client();
    one.send(connectFrame);
    one.drop();
  }
  expect(answers).toHaveLength(2);
  expect(events).toEqual(Array.from({ length: 3 }, () => 'refused ERR_STOMP_TOO_MANY_SESSIONS'));
  client('192.0.2.2').send(connectFrame);
  expect(answers).toHaveLength(3);
  answers[0]?.({ name: 'kim' });
  await settle();
  client().send(connectFrame);
  expect(answers).toHaveLength(4);
});

test('logins in work count against sessions too', () => {
  const { client, answers } = waiting({ sessions: 2 });
  for (let index = 0; index < 5; index += 1) {
    const one = client();
    one.send(connectFrame);
    one.drop();
  }
  expect(answers).toHaveLength(2);
});

test('a login that never answers holds its place for connectMs', () => {
  const { client, answers, clock, events } = waiting({ sessionsPerAddress: 1, connectMs: 500 });
  const one = client();
  one.send(connectFrame);
  one.drop();
  clock.advance(499);
  client().send(connectFrame);
  expect(answers).toHaveLength(1);
  clock.advance(1);
  client().send(connectFrame);
  expect(answers).toHaveLength(2);
  expect(events).toEqual(['refused ERR_STOMP_TOO_MANY_SESSIONS']);
});

test('a client that is gone before authenticate answers is dropped without a word', async () => {
  const { client, answers, clock, events, errors, stomp } = waiting();
  const seen: string[] = [];
  stomp.clientInboundChannel.use({ preSend: ({ command }) => void seen.push(command) });
  const one = client();
  one.send(`${connectFrame}SEND\ndestination:/topic/a\n\nx\0`);
  one.drop();
  answers[0]?.({ name: 'kim' });
  await settle();
  expect([events, seen, errors]).toEqual([[], [], []]);
  expect(stomp.stats()).toMatchObject({ sessions: { open: 0, connected: 0, total: 0 }, activeFrames: 0 });
  expect(clock.timers).toBe(0);
});

test('one that is gone before authenticate refuses it leaves no refusal', async () => {
  const { client, events, errors } = house({
    authenticate: () => Promise.reject(new StompError('no', { reason: 'unauthorized' })),
  });
  const one = client();
  one.send(connectFrame);
  one.drop();
  await settle();
  expect([events, errors]).toEqual([[], []]);
});

test('a shutdown while authenticate is at work refuses once, whatever it answers', async () => {
  const { client, answers, clock, events, stomp } = waiting();
  const one = client();
  one.send(connectFrame);
  await stomp.close();
  answers[0]?.({ name: 'kim' });
  await settle();
  expect(one.heard).toEqual(['ERROR']);
  expect(events).toEqual(['refused ERR_STOMP_SHUTDOWN']);
  expect(clock.timers).toBe(0);
});

test('a client that has said all it will say gets its answers, then the close', async () => {
  const { client, answers, clock, events } = waiting();
  const one = client();
  one.send(`${connectFrame}SEND\ndestination:/topic/a\nreceipt:1\n\nx\0`);
  one.finish();
  clock.advance(5_000);
  expect(one.closed).toBeUndefined();
  answers[0]?.({ name: 'kim' });
  await eventually(() => expect(one.closed?.code).toBe(1000));
  expect(one.heard).toEqual(['CONNECTED', 'RECEIPT:1']);
  expect(events).toEqual(['connect', 'connected', 'disconnected socket']);
  expect(clock.timers).toBe(0);
});

test.each([
  ['throws', () => fail(new Error('the database is down'))],
  ['rejects', () => Promise.reject(new Error('the database is down'))],
])(
  'what authenticate %s by accident reaches the application, with its cause, and not the client',
  async (_how, authenticate) => {
    const { client, errors, events } = house({ authenticate });
    const one = client();
    one.send(connectFrame);
    await eventually(() => expect(events).toEqual(['refused ERR_STOMP_UNAUTHORIZED']));
    expect(errors).toEqual([
      new Error('authenticate threw what is no StompError: the client was refused', {
        cause: new Error('the database is down'),
      }),
    ]);
    expect(one.frames[0]?.headers.get('message')).toBe('Login failed');
  },
);

test('a StompError of authenticate is an answer, not an accident', () => {
  const { client, errors, events } = house({
    authenticate: () => fail(new StompError('not you', { reason: 'unauthorized' })),
  });
  client().send(connectFrame);
  expect([events, errors]).toEqual([['refused ERR_STOMP_UNAUTHORIZED'], []]);
});

function fail(error: Error): never {
  throw error;
}
