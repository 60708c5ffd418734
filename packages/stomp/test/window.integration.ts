import { setImmediate } from 'node:timers/promises';
import { FrameRecorder } from '@hostcast/stomp/testing';
import { expect, test } from 'vitest';
import { open, serve } from './support/network.ts';

const snapshots = 400;
const padding = 'x'.repeat(20_000);

/** A page that stops reading, and how many of the snapshots it gets after that are older than the newest. */
async function staleAfterStop(headers: string): Promise<number> {
  const { stomp, url } = await serve({ destinations: { '/topic/live': { slow: 'conflate' } } });
  const { socket } = await open(url);
  const recorder = new FrameRecorder();
  const numbers: number[] = [];
  socket.on('message', (data) => {
    if (data instanceof Uint8Array) recorder.record(data);
    for (const { command, headers: of, body } of recorder.frames.splice(0)) {
      if (command !== 'MESSAGE') continue;
      numbers.push(Number.parseInt(Buffer.from(body).toString('latin1', 0, 9), 10));
      if (of.has('ack')) socket.send(`ACK\nid:${of.get('ack')}\n\n\0`);
    }
  });
  const subscribed = new Promise((resolve) => stomp.on('subscribed', resolve));
  socket.send('CONNECT\naccept-version:1.2\nhost:/\n\n\0');
  socket.send(`SUBSCRIBE\nid:0\ndestination:/topic/live\n${headers}\n\0`);
  await subscribed;
  socket.pause();
  for (let number = 0; number < snapshots; number += 1) {
    stomp.publish('/topic/live', `${number} ${padding}`);
    // Time for the socket to take what it can.
    await setImmediate();
  }
  socket.resume();
  await expect.poll(() => numbers.at(-1), { timeout: 10_000 }).toBe(snapshots - 1);
  return numbers.length - 1;
}

test.each(['client', 'client-individual'])(
  'a page that has stopped reading its socket finds at most one stale message with ack:%s and a window of 1',
  async (ack) => {
    expect(await staleAfterStop(`ack:${ack}\nprefetch-count:1\n`)).toBeLessThanOrEqual(1);
  },
);

test('with a window of 2 it finds at most two', async () => {
  expect(await staleAfterStop('ack:client\nprefetch-count:2\n')).toBeLessThanOrEqual(2);
});

test('without a window the buffers between them hold many, which no server can see', async () => {
  expect(await staleAfterStop('')).toBeGreaterThan(10);
});
