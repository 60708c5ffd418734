import { expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

test('takes the retained message, then what follows, until the loop is left', async () => {
  const { stomp, client } = house({ destinations: { '/topic/a': { retain: true } } });
  stomp.publish('/topic/a', '1');
  const bodies: string[] = [];
  const messages = stomp.subscribe('/topic/**');
  client().connect().send('SEND\ndestination:/topic/a\n\n2\0SEND\ndestination:/topic/b\n\n3\0');
  for await (const message of messages) {
    bodies.push(`${message.destination} ${message.text()}`);
    if (bodies.length === 3) break;
  }
  expect(bodies).toEqual(['/topic/a 1', '/topic/a 2', '/topic/b 3']);
  expect(stomp.stats().subscriptions).toBe(0);
});

test('waits for a message, and ends when its signal says so', async () => {
  const { stomp } = house();
  const abort = new AbortController();
  const messages = stomp.subscribe('/topic/a', { signal: abort.signal });
  const first = messages.next();
  stomp.publish('/topic/a', 'x');
  expect((await first).value?.text()).toBe('x');
  const second = messages.next();
  abort.abort();
  expect(await second).toEqual({ done: true, value: undefined });
  expect(stomp.stats().subscriptions).toBe(0);
});

test('throws rather than skip where too many messages wait', async () => {
  const { stomp } = house();
  const messages = stomp.subscribe('/topic/a', { waitingMessages: 2 });
  for (const body of ['1', '2', '3']) stomp.publish('/topic/a', body);
  await expect(messages.next()).rejects.toMatchObject({ code: 'ERR_STOMP_SLOW' });
  expect(stomp.stats().subscriptions).toBe(0);
});

test.each([
  ['below', 4, undefined],
  ['at', 5, undefined],
  ['above', 6, { code: 'ERR_STOMP_SLOW' }],
])('%s waitingMessages', async (_name, count, error) => {
  const { stomp } = house();
  const messages = stomp.subscribe('/topic/a', { waitingMessages: 5 });
  for (let index = 0; index < count; index += 1) stomp.publish('/topic/a', 'x');
  const first = messages.next();
  if (error) await expect(first).rejects.toMatchObject(error);
  else expect((await first).value?.text()).toBe('x');
});

test('runs the receive hooks of its interceptors: pause, drop, replace', async () => {
  const { stomp } = house();
  let isPaused = true;
  const written: string[] = [];
  const messages = stomp.subscribe('/topic/a', {
    interceptors: [
      {
        preReceive: () => !isPaused,
        postReceive: (message) =>
          message.text() === 'drop' ? null : message.with({ body: `<${message.text()}>` }),
        afterReceiveCompletion: (message) => void written.push(message?.text() ?? 'none'),
      },
    ],
  });
  const first = messages.next();
  stomp.publish('/topic/a', 'drop');
  isPaused = false;
  stomp.publish('/topic/a', '1');
  expect((await first).value?.text()).toBe('<1>');
  expect(written.at(-1)).toBe('<1>');
});

test('several next at a time get the messages in the order of the calls', async () => {
  const { stomp } = house();
  const messages = stomp.subscribe('/topic/a');
  const bodies = Promise.all([1, 2, 3].map(async () => (await messages.next()).value?.text()));
  for (const body of ['1', '2', '3']) stomp.publish('/topic/a', body);
  expect(await bodies).toEqual(['1', '2', '3']);
});

test('several next at a time are all told of the end', async () => {
  const { stomp } = house();
  const messages = stomp.subscribe('/topic/a');
  const all = Promise.all([messages.next(), messages.next()]);
  await messages.return?.();
  const end = { done: true, value: undefined };
  expect(await all).toEqual([end, end]);
});

test('a next asks a hook again that has paused', async () => {
  const { stomp } = house();
  let isPaused = true;
  const messages = stomp.subscribe('/topic/a', { interceptors: [{ preReceive: () => !isPaused }] });
  stomp.publish('/topic/a', '1');
  stomp.publish('/topic/a', '2');
  const first = messages.next();
  isPaused = false;
  const second = messages.next();
  expect([(await first).value?.text(), (await second).value?.text()]).toEqual(['1', '2']);
});

test.each(['preReceive', 'postReceive'])('ends where %s throws: the loop hears of it', async (hook) => {
  const { stomp, errors } = house();
  const boom = new Error('boom');
  const interceptor = {
    [hook]: () => {
      throw boom;
    },
  };
  const messages = stomp.subscribe('/topic/a', { interceptors: [interceptor] });
  stomp.publish('/topic/a', '1');
  const loop = async () => {
    for await (const message of messages) throw new Error(`got ${message.text()}`);
  };
  await expect(loop()).rejects.toBe(boom);
  expect(stomp.stats().subscriptions).toBe(0);
  await expect(messages.next()).rejects.toBe(boom);
  expect(errors).toEqual([]);
});

test('a hook may publish to the topic that it receives from, and end the subscription', async () => {
  const { stomp } = house();
  const abort = new AbortController();
  const messages = stomp.subscribe('/topic/a', {
    signal: abort.signal,
    interceptors: [
      {
        postReceive(message) {
          if (message.text() === '1') stomp.publish('/topic/a', '2');
          else abort.abort();
        },
      },
    ],
  });
  const all = Promise.all([messages.next(), messages.next(), messages.next()]);
  stomp.publish('/topic/a', '1');
  expect((await all).map(({ value }) => value?.text())).toEqual(['1', '2', undefined]);
});

test('of what is no topic is a TypeError', () => {
  expect(() => house().stomp.subscribe('/queue/a')).toThrow(TypeError);
});
