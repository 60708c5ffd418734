import { createStompServer } from '@hostcast/stomp';
import { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';
import { busyClock } from './support/busyClock.ts';
import { eventually } from './support/eventually.ts';

describe.each([
  ['at once', () => undefined],
  ['later', () => Promise.resolve(undefined)],
])('a client that sends much, to hooks that answer %s,', (_name, preSend) => {
  test('gets a turn at a time: others come in between, nothing is lost', async () => {
    const stomp = createStompServer({ clock: busyClock() });
    stomp.clientInboundChannel.use({ preSend });
    const seen: string[] = [];
    stomp.handle('/app/a', (message) => void seen.push(message.text()));
    const [one, other] = [new MemoryClient(), new MemoryClient()];
    for (const each of [one, other]) {
      stomp.accept(each);
      each.connect();
    }
    await eventually(() => expect(stomp.sessions.size).toBe(2));
    const bodies = Array.from({ length: 200 }, (_, index) => String(index));
    one.send(bodies.map((body) => `SEND\ndestination:/app/a\n\n${body}\0`).join(''));
    setImmediate(() => other.send('SEND\ndestination:/app/a\n\nother\0'));
    await eventually(() => expect(seen).toHaveLength(201));
    expect(seen.filter((body) => body !== 'other')).toEqual(bodies);
    expect(seen.indexOf('other')).toBeLessThan(100);
  });

  test('and goes is done with before it is told of', async () => {
    const stomp = createStompServer({ clock: busyClock() });
    stomp.clientInboundChannel.use({ preSend });
    const seen: string[] = [];
    stomp.handle('/app/a', (message) => void seen.push(message.text()));
    stomp.on('disconnected', ({ reason }) => seen.push(reason));
    const one = new MemoryClient();
    stomp.accept(one);
    one.connect();
    one.send('SEND\ndestination:/app/a\n\nx\0'.repeat(100));
    one.drop();
    await eventually(() => expect(seen.at(-1)).toBe('socket'));
    expect(seen).toHaveLength(101);
  });
});

test('an end-of-line is a heart-beat between frames only, however the octets come', () => {
  const stomp = createStompServer();
  const seen: string[] = [];
  stomp.handle('/app/a', (message) => void seen.push(message.text()));
  const one = new MemoryClient();
  stomp.accept(one);
  const all = [
    '\nCONNECT\naccept-version:1.2\n\n\0\n\n',
    '\nSEND\ndestination:/app/a\n\n\na\n\n\0\n\nSEND\ndestination:/app/a\n\nb\0\n',
  ].join('');
  for (const octet of all) one.send(octet);
  expect(seen).toEqual(['\na\n\n', 'b']);
  expect(stomp.stats().bytes.received).toBe(all.length);
});
