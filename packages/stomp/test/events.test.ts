import { createStompServer } from '@hostcast/stomp';
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
