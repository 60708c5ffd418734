import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { OutboundFrame, SharedBody } from '../../src/outboundFrame.ts';
import { FakeClock } from '../../src/testing/fakeClock.ts';
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

/** A WebSocket to a client that has sent one message of this opcode, and what it is written. */
function connect(opcode: 1 | 2, answer = '') {
  const written: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(bytes: Buffer, _, done) {
      written.push(Buffer.from(bytes));
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
  const transport = new WebSocketTransport(parts, settings);
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
