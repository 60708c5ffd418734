import { readFile } from 'node:fs/promises';
import type { User } from '@hostcast/stomp';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { open } from '../support/network.ts';
import { rawTcp, serveTcp } from '../support/rawTcp.ts';

const connectFrame = 'CONNECT\naccept-version:1.2\nhost:/\n\n\0';

test.each([
  ['tcp', false],
  ['tls', true],
])('over %s what was sent before FIN is answered, however long authenticate takes', async (_name, isTls) => {
  let answer: (user: User) => void = () => undefined;
  const authenticate = () => new Promise<User>((resolve) => (answer = resolve));
  const { tcpPort, stomp, lines } = await serveTcp({ authenticate, limits: { closeMs: 50 } }, isTls);
  const one = await rawTcp(tcpPort, isTls);
  one.socket.end(`${connectFrame}SEND\ndestination:/topic/a\nreceipt:1\n\nx\0DISCONNECT\nreceipt:2\n\n\0`);
  const other = await rawTcp(tcpPort, isTls);
  // By then closeMs is over.
  await new Promise((resolve) => stomp.on('refused', resolve) && other.socket.end('FOO\n\n\0'));
  await eventually(() => expect(stomp.stats().sessions.open).toBe(1));
  answer({ name: 'kim' });
  expect(await one.ended).toBe('end');
  expect(one.text()).toMatch(
    /^CONNECTED\n(.+\n)*\n\0\nRECEIPT\nreceipt-id:1\n\n\0\nRECEIPT\nreceipt-id:2\n\n\0\n$/,
  );
  await eventually(() => expect(lines).toEqual(['connect', 'disconnect client']));
  await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
});

test('a FIN alone ends a connection that said nothing', async () => {
  const { tcpPort, stomp } = await serveTcp();
  const one = await rawTcp(tcpPort);
  one.socket.end();
  expect(await one.ended).toBe('end');
  await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
  expect(stomp.stats().sessions.refused).toBe(0);
});

test('a client that resets after its FIN, while authenticate is at work, is gone', async () => {
  const { tcpPort, stomp } = await serveTcp({ authenticate: () => new Promise(() => undefined) });
  const one = await rawTcp(tcpPort);
  one.socket.write(connectFrame);
  await eventually(() => expect(stomp.stats().activeFrames).toBe(1));
  one.socket.resetAndDestroy();
  await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
});

// /proc/net/tcp: local and remote address, state, queues, then the timer that runs: 02 is that of keep-alive.
async function keepAlives(port: number): Promise<number> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
  return lines.filter((line) => {
    const [, local, , state, , timer] = line.trim().split(/\s+/);
    return local?.endsWith(`:${hex}`) && state === '01' && timer?.startsWith('02:');
  }).length;
}

test.runIf(process.platform === 'linux')(
  'the system asks peers without heart-beats for life, on TCP and WebSocket',
  async () => {
    const { tcpPort, port, url } = await serveTcp({ limits: { connectMs: 500 } });
    (await rawTcp(tcpPort)).socket.write(connectFrame);
    (await open(url)).socket.send(connectFrame);
    await eventually(async () => expect([await keepAlives(tcpPort), await keepAlives(port)]).toEqual([1, 1]));
  },
);
