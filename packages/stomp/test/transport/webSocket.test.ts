import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createStompServer } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { OutboundFrame, SharedBody } from '../../src/outboundFrame.ts';
import { FakeClock } from '../../src/testing/fakeClock.ts';
import { Deflater } from '../../src/transport/deflate.ts';
import { WebSocketTransport } from '../../src/transport/webSocket.ts';
import { clientFrame } from '../support/clientFrame.ts';

const limits = { bytes: 1_000, bytesName: 'webSocketMessageBytes', fragments: 10 } as const;
const settings = {
  clock: new FakeClock(),
  closeMs: 1_000,
  unconnectedLimits: limits,
  messageLimits: limits,
  deflater: undefined,
};

const deflating = { ...settings, deflater: new Deflater({ level: 1, minBytes: 100, maxBytes: 10_000 }) };

/** A WebSocket to a client, and each piece of memory that it is written. */
function upgrade(answer = '', common: typeof settings | typeof deflating = settings) {
  const written: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(bytes: Buffer, _, done) {
      written.push(bytes);
      done();
    },
  });
  const parts = {
    socket,
    answer: Buffer.from(answer),
    request: new IncomingMessage(new Socket()),
    remoteAddress: '',
    attributes: undefined,
  };
  return { transport: new WebSocketTransport(parts, common), socket, written };
}

/** The same with a client that has sent one message of this opcode. */
function connect(opcode: 1 | 2, answer = '') {
  const { transport, socket, written } = upgrade(answer);
  const heard = new Promise<void>((resolve) => {
    transport.listen({
      received: () => resolve(),
      alive() {},
      drained() {},
      ended() {},
      closed() {},
      offered() {},
    });
  });
  socket.push(clientFrame('\n', { opcode }));
  return { transport, socket, written, heard };
}

test('clients of text and of binary that share a frame made for one get their own opcode in the same turn', async () => {
  const clients = [connect(1), connect(2), connect(1)];
  await Promise.all(clients.map(({ heard }) => heard));
  const body = Buffer.from('x');
  const frame = new OutboundFrame(
    { command: 'MESSAGE', headers: new Map(), body },
    '1.2',
    new SharedBody(body),
  );
  frame.isForOne = true;
  for (const { transport } of clients) transport.write(frame);
  await expect.poll(() => clients.every(({ written }) => written.length > 0)).toBe(true);
  const octets = clients.map(({ written }) => Buffer.concat(written));
  expect(octets.map((each) => each[0])).toEqual([0x81, 0x82, 0x81]);
  expect(octets.map((each) => each.subarray(2).toString())).toEqual(
    Array(3).fill('MESSAGE\ncontent-length:1\n\nx\0'),
  );
});

test('the answer to the upgrade leaves with the turn, before what a client is sent that is turned away at once', async () => {
  const answer = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';
  const served = connect(1, answer);
  expect(served.written).toEqual([]);
  await expect.poll(() => Buffer.concat(served.written).toString()).toBe(answer);

  const turnedAway = connect(1, answer);
  turnedAway.transport.close(1013, 'full');
  const octets = Buffer.concat(turnedAway.written);
  expect(octets.subarray(0, answer.length).toString()).toBe(answer);
  expect(octets.subarray(answer.length)).toEqual(
    Buffer.from([0x88, 6, 1013 >> 8, 1013 & 255, ...Buffer.from('full')]),
  );
});

test('a pong leaves at once, and what was written before the ping came before it', async () => {
  const { transport, socket, written, heard } = connect(1);
  await heard;
  transport.write(new OutboundFrame({ command: 'RECEIPT', headers: new Map(), body: Buffer.of() }, '1.2'));
  expect(written).toEqual([]);
  socket.push(clientFrame('there?', { opcode: 9 }));
  await expect.poll(() => written.length).toBe(2);
  expect(written[0]?.subarray(2).toString()).toBe('RECEIPT\n\n\0');
  expect(written[1]).toEqual(Buffer.from([0x8a, 6, ...Buffer.from('there?')]));
});

/** Three subscribers of one id over such WebSockets, and what each of them is written from here on. */
async function subscribers(opcode: 1 | 2, common: typeof settings | typeof deflating) {
  const stomp = createStompServer({ clock: new FakeClock() });
  const clients = [upgrade('', common), upgrade('', common), upgrade('', common)];
  const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:s\n\n\0';
  for (const { transport, socket } of clients) {
    stomp.accept(transport);
    for (const frame of ['CONNECT\naccept-version:1.2\nhost:/\n\n\0', subscribe]) {
      socket.push(clientFrame(frame, { opcode }));
    }
  }
  const all = clients.map(({ written }) => written);
  await expect.poll(() => all.every((each) => Buffer.concat(each).includes('receipt-id:s'))).toBe(true);
  for (const each of all) each.length = 0;
  const arrived = () => expect.poll(() => all.every(({ length }) => length > 0)).toBe(true);
  return { stomp, all, arrived };
}

describe.each([
  ['text', 1, settings, 0x81],
  ['binary', 2, settings, 0x82],
  ['compressed text', 1, deflating, 0xc1],
  ['compressed binary', 2, deflating, 0xc2],
] as const)('what subscribers of one id are sent as %s', (_name, opcode, common, first) => {
  test('is the same memory for all', async () => {
    const { stomp, all, arrived } = await subscribers(opcode, common);
    stomp.publish('/topic/a', 'x'.repeat(1_000));
    await arrived();
    const [one] = all[0] ?? [];
    expect(one?.[0]).toBe(first);
    for (const written of all) expectSame(written, one);
  });

  test('leaves in one write where several messages come in one turn, and is the same memory for all then too', async () => {
    const { stomp, all, arrived } = await subscribers(opcode, common);
    for (const letter of ['a', 'b', 'c']) stomp.publish('/topic/a', letter.repeat(1_000));
    await arrived();
    const [one] = all[0] ?? [];
    expect(messagesIn(one)).toBe(3);
    for (const written of all) expectSame(written, one);
  });
});

/** One write, of these octets where they lie in memory. */
function expectSame(written: readonly Buffer[], one: Buffer | undefined): void {
  expect(written).toHaveLength(1);
  expect(written[0]?.buffer).toBe(one?.buffer);
  expect([written[0]?.byteOffset, written[0]?.length]).toEqual([one?.byteOffset, one?.length]);
}

/** How many WebSocket messages of less than 65,536 octets follow each other. */
function messagesIn(octets: Buffer = Buffer.alloc(0)): number {
  let count = 0;
  for (let at = 0; at < octets.length; count += 1) {
    const short = octets.readUInt8(at + 1);
    at += short < 126 ? 2 + short : 4 + octets.readUInt16BE(at + 2);
  }
  return count;
}
