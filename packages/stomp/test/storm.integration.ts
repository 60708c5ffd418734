// Thousands of clients that come at the same moment, as after a restart, and go at the same moment.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createStompServer } from '@hostcast/stomp';
import { expect, test, vi } from 'vitest';
import { cleanUp } from './support/network.ts';
import { StormViewer } from './support/storm.ts';

// How long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const count = 3_000;

async function serveStorm() {
  const http = createServer();
  const stomp = createStompServer({
    destinations: { '/topic/a': { retain: true } },
    limits: { sessionsPerAddress: count, sessionsPerUser: count },
    authenticate: async ({ login }) => ({ name: login ?? 'guest' }),
  });
  stomp.clientInboundChannel.use({ preSend: (message) => message });
  stomp.attach(http);
  http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  await once(http, 'listening');
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  cleanUp(() => http.close());
  cleanUp(() => stomp.close({ drainMs: 5_000 }));
  return { stomp, port: address.port };
}

/** So many viewers that all connect in this turn of the loop; what they get is told to `came`. */
function crowd(port: number, came: (frame: string) => void) {
  const all = { gone: 0, errors: [] as Error[], viewers: [] as StormViewer[] };
  const gone = (error: Error | undefined) => {
    all.gone += 1;
    if (error) all.errors.push(error);
  };
  all.viewers = Array.from({ length: count }, () => new StormViewer(port, (_, frame) => came(frame), gone));
  cleanUp(() => {
    for (const viewer of all.viewers) viewer.close();
  });
  return all;
}

const bodyOf = (frame: string) => Number(/\n\n(\d+)\0$/.exec(frame)?.[1]);

test(`${count} viewers that come at once are all served, and each gets in order all that is published from its SUBSCRIBE on`, async () => {
  const { stomp, port } = await serveStorm();
  let published = 0;
  const publish = () => {
    published += 1;
    stomp.publish('/topic/a', String(published));
  };
  publish();
  let subscribed = 0;
  const all = crowd(port, (frame) => {
    if (!frame.startsWith('RECEIPT')) return;
    subscribed += 1;
    // While the others still come.
    if (subscribed % 100 === 0) publish();
  });
  await vi.waitFor(() => expect(subscribed).toBe(count), 100_000);
  publish();
  const last = String(published);
  const hasLast = ({ frames }: StormViewer) => frames.at(-1)?.endsWith(`\n\n${last}\0`);
  await vi.waitFor(() => expect(all.viewers.every(hasLast)).toBe(true), 100_000);
  for (const { frames } of all.viewers) {
    expect(frames.slice(0, 2).map((frame) => frame.split('\n')[0])).toContain('CONNECTED');
    const numbers = frames.filter((frame) => frame.startsWith('MESSAGE')).map(bodyOf);
    const [first = 0] = numbers;
    expect(numbers).toEqual(Array.from({ length: published + 1 - first }, (_, index) => first + index));
  }
  expect([all.errors, all.gone, stomp.sessions.size]).toEqual([[], 0, count]);
});

test('all that are sent away together are told to come back at different times', async () => {
  const { stomp, port } = await serveStorm();
  const hints: number[] = [];
  let subscribed = 0;
  const all = crowd(port, (frame) => {
    if (frame.startsWith('RECEIPT')) subscribed += 1;
    if (frame.startsWith('ERROR')) hints.push(Number(/\nreconnect-after:(\d+)\n/.exec(frame)?.[1]));
  });
  await vi.waitFor(() => expect(subscribed).toBe(count), 100_000);
  await stomp.close({ drainMs: 60_000 });
  await vi.waitFor(() => expect(all.gone).toBe(count), 100_000);
  expect([hints.length, all.errors]).toEqual([count, []]);
  // Between 1 and 5 s, in each tenth of that some.
  const tenths = new Set(hints.map((hint) => Math.floor((hint - 1_000) / 400)));
  expect([...tenths].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
