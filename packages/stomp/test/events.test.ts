import { createStompServer, type Session, type StompServer } from '@hostcast/stomp';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';
import { expect, test, vi } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

test('a listener whose promise is rejected is reported, and the others are told', async () => {
  const { client, stomp, events, errors } = house();
  const reason = new Error('no log today');
  stomp.on('connected', () => Promise.reject(reason));
  stomp.on('connected', () => events.push('told'));
  client().connect();
  await eventually(() => expect(errors).toEqual([reason]));
  expect(events).toEqual(['connect', 'connected', 'told']);
});

test('a listener of error whose promise is rejected ends in a process warning', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const { client, stomp } = house();
  const reason = new Error('cannot report either');
  stomp.on('error', () => Promise.reject(reason));
  stomp.on('connected', () => {
    throw new Error('no');
  });
  client().connect();
  await eventually(() => expect(warned).toHaveBeenCalledWith(reason));
  warned.mockRestore();
});

test.each<[string, unknown, string]>([
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ['nothing', undefined, 'undefined'],
  ['text', 'no', 'no'],
  ['a symbol', Symbol('no'), 'Symbol(no)'],
])('where nobody listens to error, %s that was thrown ends in a process warning', (_name, thrown, text) => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const stomp = createStompServer({ clock: new FakeClock() });
  stomp.on('connected', () => {
    throw thrown;
  });
  const client = new MemoryClient();
  stomp.accept(client);
  client.connect();
  expect(warned.mock.calls).toMatchObject([[{ message: text, cause: thrown }]]);
  expect(client.closed).toBeUndefined();
  warned.mockRestore();
});

test('where nobody listens to error, the warning of a hook says which one and why', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const stomp = createStompServer({ clock: new FakeClock() });
  stomp.brokerChannel.use({
    preSend() {
      throw new Error('no disk');
    },
  });
  stomp.publish('/topic/a', 'x');
  const message = 'a message could not be sent through brokerChannel: no disk';
  expect(warned.mock.calls).toMatchObject([[{ message, cause: { message: 'no disk' } }]]);
  warned.mockRestore();
});

test.each([
  ['/topic/a', (stomp: StompServer) => stomp.publish('/topic/a', 'hello')],
  ['/topic/*', (stomp: StompServer) => stomp.publish('/topic/a', 'hello')],
  ['/queue/a', (stomp: StompServer) => stomp.publish('/queue/a', 'hello')],
  [
    '/user/queue/a',
    (stomp: StompServer, session: Session) => stomp.publishToUser(session, '/queue/a', 'hello'),
  ],
])('what a listener of subscribed publishes to %s reaches the new subscriber', (destination, greet) => {
  const { client, stomp } = house();
  stomp.on('subscribed', ({ session }) => greet(stomp, session));
  const one = client().connect();
  one.sendFrame('SUBSCRIBE', { id: '0', destination, receipt: 'r' });
  expect(one.heard).toEqual(['RECEIPT:r', 'MESSAGE:hello']);
});

test('what a listener of subscribed publishes comes after what was retained and after the RECEIPT', () => {
  const { client, stomp } = house({ destinations: { '/topic/a': { history: true } } });
  stomp.publish('/topic/a', 'before');
  stomp.on('subscribed', () => stomp.publish('/topic/a', 'after'));
  const one = client().connect();
  one.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' });
  expect(one.heard).toEqual(['MESSAGE:before', 'RECEIPT:r', 'MESSAGE:after']);
  // Where the client goes on from, should it be cut: never behind what it has seen.
  expect(one.frames.map(({ headers }) => headers.get('seq'))).toEqual(['1', '1', '2']);
});

test('a listener of unsubscribed publishes to those who are left', () => {
  const { client, stomp } = house();
  stomp.on('unsubscribed', () => stomp.publish('/topic/a', 'gone'));
  const [one, other] = [client().connect(), client().connect()];
  for (const each of [one, other]) each.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a' });
  one.sendFrame('UNSUBSCRIBE', { id: '0', receipt: 'r' });
  expect([one.heard, other.heard]).toEqual([['RECEIPT:r'], ['MESSAGE:gone']]);
});

test('a listener of subscribed may end the session: it is told of once, and gets nothing more', () => {
  const { client, stomp, events } = house();
  stomp.on('subscribed', ({ session }) => {
    session.close();
    stomp.publish('/topic/a', 'too late');
  });
  const one = client().connect();
  one.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' });
  expect(one.heard).toEqual(['RECEIPT:r', 'ERROR']);
  expect(events).toEqual(['connect', 'connected', 'subscribed 0', 'unsubscribed 0', 'disconnected kicked']);
});
