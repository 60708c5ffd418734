import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, Server, Socket } from 'node:net';
import { createStompServer } from '@hostcast/stomp';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { open } from '../support/network.ts';
import { rawTcp, serveTcp } from '../support/rawTcp.ts';

const connectFrame = 'CONNECT\naccept-version:1.2\nhost:/\n\n\0';
const subscribeFrame = 'SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:s\n\n\0';

// It tells what Linux was asked for.
const hasSs = process.platform === 'linux' && spawnSync('ss', ['-V']).status === 0;

describe.each([
  ['tcp', false],
  ['tls', true],
])('%s', (name, isTls) => {
  test('carries the same sessions as WebSocket, and messages between the two', async () => {
    const { stomp, tcpPort, url } = await serveTcp({}, isTls);
    const one = await rawTcp(tcpPort, isTls);
    one.socket.write(connectFrame + subscribeFrame);
    await eventually(() => expect(one.text()).toContain('receipt-id:s'));
    const session = [...stomp.sessions.values()][0];
    expect([session?.transport, session?.remoteAddress]).toEqual([name, '127.0.0.1']);
    const { socket } = await open(url);
    socket.send(`${connectFrame}SEND\ndestination:/topic/a\n\nhello\0`);
    await eventually(() => expect(one.text()).toMatch(/MESSAGE\n(.+\n)*content-length:5\n\nhello\0\n$/));
  });

  test('thousands may wait to be taken', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen');
    onTestFinished(() => listen.mockRestore());
    await serveTcp({}, isTls);
    expect(listen).toHaveBeenLastCalledWith({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  });

  test('frames may be cut at any octet and joined', async () => {
    const { tcpPort } = await serveTcp({}, isTls);
    const one = await rawTcp(tcpPort, isTls);
    one.socket.setNoDelay(true);
    const send = 'SEND\r\ndestination:/topic/a\ncontent-length:3\n\n\0\n\0\0\n\r\n';
    for (const octet of Buffer.from(connectFrame + subscribeFrame + send)) one.socket.write(Buffer.of(octet));
    await eventually(() => expect(one.text()).toMatch(/content-length:3\n\n\0\n\0\0\n$/));
  });

  test('several messages of one turn leave in one write for each client', async () => {
    const { stomp, tcpPort } = await serveTcp({}, isTls);
    const clients = await Promise.all(Array.from({ length: 3 }, () => rawTcp(tcpPort, isTls)));
    for (const one of clients) {
      one.socket.write(connectFrame + subscribeFrame);
      await eventually(() => expect(one.text()).toContain('receipt-id:s'));
    }
    const write = vi.spyOn(Socket.prototype, 'write');
    onTestFinished(() => write.mockRestore());
    for (let n = 0; n < 5; n += 1) stomp.publish('/topic/a', `${n}`);
    for (const one of clients) {
      await eventually(() => expect(one.text().match(/\n\n\d\0/g)).toHaveLength(5));
    }
    expect(write).toHaveBeenCalledTimes(3);
  });

  test('heart-beats go both ways', async () => {
    const { tcpPort, stomp } = await serveTcp({ heartbeat: [50, 50] }, isTls);
    const one = await rawTcp(tcpPort, isTls);
    one.socket.write('CONNECT\naccept-version:1.2\nheart-beat:50,50\n\n\0');
    one.socket.on('data', () => one.socket.write('\n'));
    await eventually(() => expect(one.text()).toMatch(/\0\n{5}/));
    expect(stomp.sessions.size).toBe(1);
  });

  test('an ERROR arrives although the client was still sending, then FIN', async () => {
    const { tcpPort, lines } = await serveTcp({}, isTls);
    const one = await rawTcp(tcpPort, isTls);
    one.socket.write(`${connectFrame}SEND\n\nno destination\0`);
    for (let index = 0; index < 50; index += 1) one.socket.write(Buffer.alloc(64 * 1024, 'x'));
    expect(await one.ended).toBe('end');
    expect(one.text()).toMatch(/ERROR\n(.+\n)*\nSEND must include a 'destination' header\n\0\n$/);
    await eventually(() => expect(lines).toEqual(['connect', 'disconnect protocol']));
  });

  test('DISCONNECT gets its RECEIPT, then FIN', async () => {
    const { tcpPort, lines } = await serveTcp({}, isTls);
    const one = await rawTcp(tcpPort, isTls);
    one.socket.write(`${connectFrame}DISCONNECT\nreceipt:bye\n\n\0`);
    expect(await one.ended).toBe('end');
    expect(one.text()).toMatch(/RECEIPT\nreceipt-id:bye\n\n\0\n$/);
    expect(lines).toEqual(['connect', 'disconnect client']);
  });

  test('a server that closes tells its clients, frees the port and waits for them to go', async () => {
    const { stomp, tcpPort, lines } = await serveTcp({}, isTls);
    const one = await rawTcp(tcpPort, isTls);
    one.socket.write(connectFrame);
    await eventually(() => expect(one.text()).toContain('CONNECTED'));
    await stomp.close({ drainMs: 5_000 });
    expect(one.text()).toMatch(/ERROR\n(.+\n)*reconnect-after:\d+\n/);
    expect(lines).toEqual(['connect', 'disconnect shutdown']);
    const late = connectTcp({ host: '127.0.0.1', port: tcpPort });
    expect((await once(late, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test.runIf(hasSs)('as many wait to be taken as were asked for, where the system allows it', async () => {
  const { tcpPort } = await serveTcp();
  const [, , backlog] = execFileSync('ss', ['-ltnH', `sport = :${tcpPort}`], { encoding: 'utf8' }).split(
    / +/,
  );
  const allowed = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  expect(Number(backlog)).toBe(Math.min(4_096, allowed));
});

test.each([
  ['FIN', 'socket'],
  ['RST', 'socket'],
  ['silence', 'heartbeat'],
  ['a half-open connection', 'heartbeat'],
])('%s ends a session once, reason %s', async (way, reason) => {
  const { stomp, tcpPort, lines } = await serveTcp({ heartbeat: [0, 100], limits: { closeMs: 100 } });
  const one = await rawTcp(tcpPort);
  one.socket.write('CONNECT\naccept-version:1.2\nheart-beat:100,0\n\n\0');
  await eventually(() => expect(lines).toEqual(['connect']));
  if (way === 'FIN') one.socket.end();
  if (way === 'RST') one.socket.resetAndDestroy();
  // Never sees the server's FIN, so it answers with none.
  if (way === 'a half-open connection') one.socket.pause();
  await eventually(() => expect(stomp.stats().sessions.open).toBe(0));
  expect(lines).toEqual(['connect', `disconnect ${reason}`]);
});

test('what a client sent before it ended its side is processed, and answered while it reads', async () => {
  const { stomp, tcpPort } = await serveTcp();
  const bodies: string[] = [];
  stomp.handle('/app/a', (message) => void bodies.push(message.text()));
  const one = await rawTcp(tcpPort);
  one.socket.end(`${connectFrame}SEND\ndestination:/app/a\nreceipt:1\n\none\0`);
  expect(await one.ended).toBe('end');
  expect(bodies).toEqual(['one']);
  expect(one.text()).toContain('receipt-id:1');
});

test('a client that ends its side and reads nothing is cut off after closeMs', async () => {
  const { stomp, tcpPort } = await serveTcp({ limits: { closeMs: 50, outboxBytes: 100_000_000 } });
  const one = await rawTcp(tcpPort);
  one.socket.write(connectFrame + subscribeFrame);
  await eventually(() => expect(one.text()).toContain('receipt-id:s'));
  one.socket.pause();
  for (let index = 0; index < 60; index += 1) stomp.publish('/topic/a', new Uint8Array(500_000));
  expect([...stomp.sessions.values()][0]?.outboxBytes).toBeGreaterThan(0);
  one.socket.end();
  await eventually(() => expect(stomp.stats()).toMatchObject({ sessions: { open: 0 }, outboxBytes: 0 }));
});

test('one that stops reading is ended after writeMs, and delays nobody', async () => {
  const { stomp, tcpPort, lines } = await serveTcp({
    limits: { writeMs: 500, closeMs: 50, outboxBytes: 100_000_000 },
  });
  const [slow, quick] = [await rawTcp(tcpPort), await rawTcp(tcpPort)];
  for (const each of [slow, quick]) {
    each.socket.write(connectFrame + subscribeFrame);
    await eventually(() => expect(each.text()).toContain('receipt-id:s'));
  }
  slow.socket.pause();
  const last = new Promise<void>((resolve) => {
    quick.socket.on('data', (chunk) => chunk.includes('the last one') && resolve());
  });
  // More than the kernel takes for a client that reads nothing.
  for (let index = 0; index < 40; index += 1) stomp.publish('/topic/a', new Uint8Array(500_000));
  stomp.publish('/topic/a', 'the last one');
  await last;
  expect(lines).toEqual(['connect', 'connect']);
  await eventually(() => expect(stomp.stats().sessions.open).toBe(1));
  expect(lines).toEqual(['connect', 'connect', 'disconnect slow']);
});

test('a browser’s HTTP request is refused, whatever its body holds', async () => {
  const { stomp, tcpPort } = await serveTcp();
  const refused: string[] = [];
  stomp.on('refused', ({ code }) => refused.push(code));
  const one = await rawTcp(tcpPort);
  one.socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200\r\n\r\n\0${connectFrame}`);
  expect(await one.ended).toBe('end');
  expect(refused).toEqual(['ERR_STOMP_COMMAND_UNKNOWN']);
  expect(one.text()).not.toContain('CONNECTED');
});

test('one that speaks no TLS to a TLS port is closed and is no session', async () => {
  const { stomp, tcpPort } = await serveTcp({}, true);
  const one = await rawTcp(tcpPort);
  one.socket.write(connectFrame);
  await one.ended;
  expect(stomp.stats().sessions).toMatchObject({ open: 0, total: 0, refused: 0 });
});

test('a port that is taken rejects with the system’s error', async () => {
  const { stomp, tcpPort } = await serveTcp();
  await expect(stomp.listenTcp({ port: tcpPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a listener that is closed takes nobody; those there live on', async () => {
  const { stomp, url } = await serveTcp();
  const listening = await stomp.listenTcp({ port: 0 });
  const one = await rawTcp(listening.port);
  one.socket.write(connectFrame);
  await eventually(() => expect(one.text()).toContain('CONNECTED'));
  await listening.close();
  await listening.close();
  const late = connectTcp({ host: '127.0.0.1', port: listening.port });
  expect((await once(late, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
  expect(stomp.sessions.size).toBe(1);
  await open(url);
});

test('a server that is closed does not listen again', async () => {
  const stomp = createStompServer();
  await stomp.close();
  await expect(stomp.listenTcp({ port: 0 })).rejects.toThrow('closing');
});

test('what waits comes as soon as a client reads again, also where the outbox is smaller than what a socket buffers', async () => {
  const { stomp, tcpPort } = await serveTcp({
    limits: { outboxBytes: 20_000 },
    destinations: { '/topic/a': { retain: true, slow: 'conflate' } },
  });
  const one = await rawTcp(tcpPort);
  one.socket.write('CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0');
  await eventually(() => expect(one.text()).toContain('receipt-id:r'));
  one.socket.pause();
  while (stomp.stats().messages.conflated === 0) {
    for (let index = 0; index < 50; index += 1) stomp.publish('/topic/a', 'x'.repeat(700));
    await new Promise(setImmediate);
  }
  stomp.publish('/topic/a', 'newest');
  one.socket.resume();
  await eventually(() => expect(one.text()).toContain('newest'));
  expect(stomp.stats().outboxBytes).toBe(0);
});
