import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { FrameDecoder, type StompVersion } from '@hostcast/stomp/codec';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { cleanUp, connect, open, refusal, type Served, serve } from '../support/network.ts';
import { decodeAll } from '../support/octets.ts';

const row = '{"host":"web-17","cpu":12.5,"memory":48.1},';
const text = (length: number) => row.repeat(Math.ceil(length / row.length)).slice(0, length);
const wide = { headerLineBytes: 1_000, headers: 100, bodyBytes: 4_000_000, frameBytes: Infinity };
const noise = randomBytes(20_000);

/** A body as a failure can show it: its length and its digest. */
const short = (body: string | Buffer) =>
  `${body.length} ${createHash('sha256').update(body).digest('hex').slice(0, 16)}`;

interface Got {
  readonly id: string | undefined;
  readonly body: Buffer;
}

/** A subscriber over a socket of `ws`, with the messages it got and how many octets came. */
class Subscriber {
  readonly messages: Got[] = [];
  readonly socket: WebSocket;
  readonly #raw: Socket[] = [];

  constructor(url: string, isCompressed: boolean) {
    this.socket = new WebSocket(url, { perMessageDeflate: isCompressed });
    this.socket.on('upgrade', ({ socket }) => this.#raw.push(socket));
    cleanUp(() => this.socket.terminate());
  }

  get octets(): number {
    return this.#raw[0]?.bytesRead ?? 0;
  }

  async subscribe(version: StompVersion, id = 's', more = ''): Promise<this> {
    await once(this.socket, 'open');
    const subscribe = `SUBSCRIBE\nid:${id}\ndestination:/topic/a\nreceipt:r\n${more}\n\0`;
    this.socket.send(`CONNECT\naccept-version:${version}\nhost:/\n\n\0`);
    this.socket.send(subscribe);
    const decoder = new FrameDecoder((command, headers, body) => ({ command, headers, body }) as never, wide);
    decoder.version = version;
    const subscribed = new Promise<void>((resolve) => {
      this.socket.on('message', (data: Buffer) => {
        for (const { command, headers, body } of decodeAll([data], version, wide)) {
          if (command === 'RECEIPT') resolve();
          if (command === 'MESSAGE')
            this.messages.push({ id: headers.get('subscription'), body: Buffer.from(body) });
        }
      });
    });
    await subscribed;
    return this;
  }

  async got(count: number): Promise<readonly Got[]> {
    await eventually(() => expect(this.messages.length).toBeGreaterThanOrEqual(count));
    return this.messages;
  }
}

describe('what subscribers decode is what was published', () => {
  const bodies: [string, Buffer][] = [
    ['no body', Buffer.alloc(0)],
    ['minBytes - 1', Buffer.from(text(1_023))],
    ['minBytes', Buffer.from(text(1_024))],
    ['20 KB', Buffer.from(text(20_000))],
    ['65,535 octets', Buffer.from(text(65_535))],
    ['65,536 octets', Buffer.from(text(65_536))],
    ['maxBytes', Buffer.from(text(524_288))],
    ['1 MB', Buffer.from(text(1_000_000))],
    ['binary', Buffer.from(Uint8Array.from({ length: 5_000 }, (_, index) => index & 255))],
    ['noise', noise],
    ['NULs', Buffer.alloc(5_000)],
    ['Korean', Buffer.from('한글 🙂\n'.repeat(500))],
  ];

  test.each(['1.0', '1.1', '1.2'] as const)('in STOMP %s, compressed and not', async (version) => {
    const { stomp, url } = await serve({ compression: true, limits: { outboxBytes: 4_000_000 } });
    const subscribers = await Promise.all([
      new Subscriber(url, true).subscribe(version),
      new Subscriber(url, true).subscribe(version, 'other'),
      new Subscriber(url, false).subscribe(version),
    ]);
    expect(subscribers.map(({ socket }) => socket.extensions)).toEqual([
      'permessage-deflate',
      'permessage-deflate',
      '',
    ]);
    for (const [, body] of bodies) stomp.publish('/topic/a', body);
    for (const [index, id] of ['s', 'other', 's'].entries()) {
      const got = await subscribers[index]?.got(bodies.length);
      expect(got?.map((each) => `${each.id} ${short(each.body)}`)).toEqual(
        bodies.map(([, body]) => `${id} ${short(body)}`),
      );
    }
    const [first = 0, , last = 0] = subscribers.map(({ octets }) => octets);
    // All but the noise and 1 MB, which is above maxBytes.
    expect(last - first).toBeGreaterThan(500_000);
  });

  test('where an interceptor changes headers, bodies or nothing', async () => {
    const { stomp, url } = await serve({ compression: { minBytes: 10 } });
    stomp.clientOutboundChannel.use({
      preSend(message) {
        const id = message.headers.get('subscription');
        if (id === 'headers') return message.with({ headers: new Map(message.headers).set('extra', 'x') });
        return id === 'body' ? message.with({ body: `${message.text()}!` }) : undefined;
      },
    });
    const subscribers = await Promise.all(
      ['none', 'headers', 'body'].map((id) => new Subscriber(url, true).subscribe('1.2', id)),
    );
    stomp.publish('/topic/a', text(3_000));
    const [none, headers, body] = await Promise.all(subscribers.map((each) => each.got(1)));
    expect(none?.map(({ body }) => short(body))).toEqual([short(text(3_000))]);
    expect(headers?.map(({ body }) => short(body))).toEqual([short(text(3_000))]);
    expect(body?.map((each) => short(each.body))).toEqual([short(`${text(3_000)}!`)]);
  });

  test('retained, from a history, and with a window', async () => {
    const { stomp, url } = await serve({
      compression: true,
      destinations: { '/topic/a': { history: true, slow: 'conflate' } },
    });
    const first = await new Subscriber(url, true).subscribe('1.2', 'w', 'ack:client\nprefetch-count:1\n');
    for (let n = 0; n < 3; n++) stomp.publish('/topic/a', `${n}${text(5_000)}`);
    expect((await first.got(1)).map(({ body }) => short(body))).toEqual([short(`0${text(5_000)}`)]);
    const late = await new Subscriber(url, true).subscribe('1.2');
    const later = await new Subscriber(url, true).subscribe('1.2');
    expect((await late.got(1)).map(({ body }) => short(body))).toEqual([short(`2${text(5_000)}`)]);
    expect((await later.got(1)).map(({ body }) => short(body))).toEqual([short(`2${text(5_000)}`)]);
  });

  test('many in one turn of the loop, in order', async () => {
    const { stomp, url } = await serve({ compression: true });
    const subscribers = await Promise.all(
      [true, true, false].map((isCompressed) => new Subscriber(url, isCompressed).subscribe('1.2')),
    );
    const sizes = Array.from({ length: 100 }, (_, index) => (index % 4) * 700 + index);
    for (const size of sizes) stomp.publish('/topic/a', text(size));
    for (const subscriber of subscribers) {
      expect((await subscriber.got(100)).map(({ body }) => body.length)).toEqual(sizes);
    }
  });
});

test('statistics tell octets of STOMP, the session counts those that leave', async () => {
  const { stomp, url } = await serve({ compression: true, limits: { outboxBytes: 200_000 } });
  const subscriber = await new Subscriber(url, true).subscribe('1.2');
  const before = stomp.stats().bytes.sent;
  // In one turn of the loop: 500 KB of STOMP, and some KB on the wire.
  for (let n = 0; n < 5; n += 1) stomp.publish('/topic/a', 'x'.repeat(100_000));
  expect([...stomp.sessions.values()][0]?.outboxBytes).toBeLessThan(5_000);
  await subscriber.got(5);
  expect(stomp.stats().bytes.sent - before).toBeGreaterThan(500_000);
  expect(subscriber.octets).toBeLessThan(5_000);
});

test('a buffer that the application fills anew is sent as it was each time', async () => {
  const { stomp, url } = await serve({ compression: true });
  const subscriber = await new Subscriber(url, true).subscribe('1.2');
  const buffer = Buffer.alloc(4_000, 'a');
  stomp.publish('/topic/a', buffer);
  await subscriber.got(1);
  buffer.fill('b');
  stomp.publish('/topic/a', buffer);
  expect((await subscriber.got(2)).map(({ body }) => body.toString('latin1', 0, 2))).toEqual(['aa', 'bb']);
});

describe('the upgrade', () => {
  const answer = async (served: Served, offer: string) => {
    const { socket } = await raw(served.port, offer);
    const [head] = await once(socket, 'data');
    return /^sec-websocket-extensions: (.*)\r$/im.exec(String(head))?.[1];
  };

  test('agrees on deflate without context, in an answer that says so', async () => {
    const served = await serve({ compression: true });
    const plain = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
    expect(await answer(served, 'permessage-deflate; client_max_window_bits')).toBe(plain);
    expect(await answer(served, 'permessage-deflate; server_max_window_bits=15')).toBe(
      `${plain}; server_max_window_bits=15`,
    );
    expect(await answer(served, 'x-unknown, permessage-deflate')).toBe(plain);
  });

  test('goes on without where the offer is declined, or nothing is compressed here', async () => {
    const served = await serve({ compression: true });
    expect(await answer(served, 'permessage-deflate; server_max_window_bits=9')).toBeUndefined();
    expect(await answer(served, 'permessage-deflate; unknown')).toBeUndefined();
    expect(await answer(await serve(), 'permessage-deflate')).toBeUndefined();
  });

  test('fails with what is no list of extensions, and shows `authenticate` what the client sent', async () => {
    const seen: unknown[] = [];
    const { url } = await serve({
      compression: true,
      authenticate({ request }) {
        seen.push(request?.headers['sec-websocket-extensions']);
        return undefined;
      },
    });
    const headers = { 'sec-websocket-extensions': 'permessage-deflate;' };
    expect((await refusal(url, { headers, perMessageDeflate: false })).status).toBe(400);
    await connect(url);
    expect(seen).toEqual(['permessage-deflate; client_max_window_bits']);
  });
});

describe('what clients compress', () => {
  test('is read, in one piece and in fragments, beside what they do not compress', async () => {
    const { url, stomp } = await serve({ compression: true });
    const got: string[] = [];
    stomp.handle('/app/a', (message) => void got.push(message.text()));
    const { socket } = await open(url, [], { perMessageDeflate: { threshold: 0 } });
    socket.send('CONNECT\naccept-version:1.2\nhost:/\n\n\0');
    const send = (body: string) => `SEND\ndestination:/app/a\n\n${body}\0`;
    const whole = send(text(30_000));
    socket.send(whole.slice(0, 10), { fin: false });
    socket.send(whole.slice(10, 20_000), { fin: false });
    socket.send(whole.slice(20_000));
    socket.send(send('plain'), { compress: false });
    socket.send(send(''), { compress: true });
    await eventually(() => expect(got.length).toBe(3));
    expect(got.map(short)).toEqual([text(30_000), 'plain', ''].map(short));
  });

  test('is not unpacked ahead of what the session can take', async () => {
    const { url, port, stomp } = await serve({ compression: true });
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const got: number[] = [];
    stomp.handle('/app/a', (message) => {
      got.push(Number(message.headers.get('n')));
      return released;
    });
    const { socket } = await raw(port, 'permessage-deflate');
    await once(socket, 'data');
    const body = 'a'.repeat(1_000_000);
    const send = (text: string) => masked(0xc1, deflated(Buffer.from(text)));
    // 60 KB that come at once, and 60 MB that wait in memory if all are unpacked.
    const sends = Array.from({ length: 60 }, (_, n) => send(`SEND\ndestination:/app/a\nn:${n}\n\n${body}\0`));
    socket.write(send('CONNECT\naccept-version:1.2\nhost:/\n\n\0'));
    await once(socket, 'data');
    socket.write(Buffer.concat(sends));
    await eventually(() => expect(stomp.stats().bytes.received).toBeGreaterThan(1_000_000));
    // Meanwhile as much of another client is unpacked, one by one.
    const other = await open(url, [], { perMessageDeflate: { threshold: 0 } });
    other.socket.send('CONNECT\naccept-version:1.2\nhost:/\n\n\0');
    await once(other.socket, 'message');
    for (let n = 0; n < 70; n += 1) {
      other.socket.send(`SEND\ndestination:/topic/b\nreceipt:${n}\n\n${body}\0`);
      await once(other.socket, 'message');
    }
    expect(stomp.stats().bytes.received).toBeLessThan(75_000_000);
    expect(got).toEqual([0]);
    release();
    await eventually(() => expect(got).toEqual(Array.from({ length: 60 }, (_, n) => n)));
  });

  test.each([
    ['a bomb', zeros(200_000_000), 1009],
    ['a message above the limit by one octet', deflated(Buffer.alloc(100_001, 'a')), 1009],
    ['what is no deflate', Buffer.from('ffffffff', 'hex'), 1007],
    ['text that is no UTF-8', deflated(Buffer.from('ff', 'hex')), 1007],
  ])('closes by its code where it is %s, and keeps the others', async (_name, payload, code) => {
    const { url, port, stomp } = await serve({
      compression: true,
      limits: { webSocketMessageBytes: 100_000, frameBodyBytes: 99_000 },
    });
    const other = await new Subscriber(url, true).subscribe('1.2');
    const { socket } = await raw(port, 'permessage-deflate');
    await once(socket, 'data');
    const before = process.memoryUsage.rss();
    socket.write(masked(0xc1, payload));
    expect(await closeCode(socket)).toBe(code);
    expect(process.memoryUsage.rss() - before).toBeLessThan(50_000_000);
    stomp.publish('/topic/a', text(2_000));
    expect((await other.got(1))[0]?.body.length).toBe(2_000);
  });

  test('closes with 1002 where nothing was agreed on', async () => {
    const { port } = await serve({ compression: true });
    const { socket } = await raw(port, 'x-other');
    await once(socket, 'data');
    socket.write(masked(0xc1, deflated(Buffer.from('a'))));
    expect(await closeCode(socket)).toBe(1002);
  });
});

function deflated(bytes: Uint8Array): Buffer {
  return deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** So many zeros, compressed in pieces: they are never all in memory. */
function zeros(length: number): Buffer {
  const piece = deflateRawSync(Buffer.alloc(1_000_000), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat(Array.from({ length: length / 1_000_000 }, () => piece));
}

function masked(first: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

async function raw(port: number, offer: string): Promise<{ socket: Socket }> {
  const socket = createConnection(port, '127.0.0.1');
  cleanUp(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Extensions: ${offer}\r\n\r\n`,
  );
  return { socket };
}

/** The code of the close frame that comes. */
async function closeCode(socket: Socket): Promise<number> {
  let read = Buffer.alloc(0);
  for await (const chunk of socket) {
    read = Buffer.concat([read, chunk]);
    const at = read.indexOf(0x88);
    if (at >= 0 && read.length >= at + 4) return read.readUInt16BE(at + 2);
  }
  throw new Error('no close frame');
}
