// What each receiver decodes is exactly what was published, over real sockets: whatever its version, what carries it,
// the id of its subscription and its ack mode, whoever shares its octets, and whatever interceptors do on the way.
import type { ChannelInterceptor, StompServer } from '@hostcast/stomp';
import type { ServerFrame, StompVersion } from '@hostcast/stomp/codec';
import { FrameRecorder } from '@hostcast/stomp/testing';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from './support/eventually.ts';
import { cleanUp } from './support/network.ts';
import { rawTcp, serveTcp } from './support/rawTcp.ts';

vi.setConfig({ testTimeout: 60_000 });

const carriers = ['text', 'binary', 'tcp'] as const;
const versions = ['1.0', '1.1', '1.2'] as const satisfies readonly StompVersion[];
// As they are, and as 1.1 and 1.2 write them.
const ids = [
  ['sub-0', 'sub-0'],
  ['a:b\\c', 'a\\cb\\\\c'],
  ['two\nlines', 'two\\nlines'],
  ['é 🙂', 'é 🙂'],
  ['l'.repeat(300), 'l'.repeat(300)],
] as const;

interface Receiver {
  readonly version: StompVersion;
  readonly id: string;
  readonly hasAck: boolean;
  readonly recorder: FrameRecorder;
  pause(): void;
  resume(): void;
  send(text: string): void;
}

interface Server {
  readonly stomp: StompServer;
  readonly tcpPort: number;
  readonly url: string;
}

async function connect({ url, tcpPort }: Server, carrier: (typeof carriers)[number]) {
  const recorder = new FrameRecorder();
  if (carrier === 'tcp') {
    const { socket } = await rawTcp(tcpPort);
    socket.on('data', (bytes: Buffer) => recorder.record(bytes));
    const send = (text: string) => void socket.write(text);
    return { recorder, send, pause: () => socket.pause(), resume: () => socket.resume() };
  }
  const webSocket = new WebSocket(url, { perMessageDeflate: false });
  cleanUp(() => webSocket.terminate());
  webSocket.on('message', (data) => {
    if (data instanceof Buffer) recorder.record(data);
  });
  await new Promise((resolve) => webSocket.on('open', resolve));
  const send = (text: string) => webSocket.send(carrier === 'text' ? text : Buffer.from(text));
  return { recorder, send, pause: () => webSocket.pause(), resume: () => webSocket.resume() };
}

/** One that has its RECEIPT of a SUBSCRIBE to `/topic/a`. */
async function receive(
  server: Server,
  carrier: (typeof carriers)[number],
  version: StompVersion,
  [id, written]: readonly [string, string],
  ack: 'auto' | 'client',
): Promise<Receiver> {
  const connection = await connect(server, carrier);
  connection.send(`CONNECT\naccept-version:${version}\nhost:/\n\n\0`);
  await connection.recorder.first('CONNECTED');
  const name = version === '1.0' ? id : written;
  connection.send(`SUBSCRIBE\nid:${name}\ndestination:/topic/a\nack:${ack}\nreceipt:r\n\n\0`);
  await connection.recorder.first('RECEIPT');
  connection.recorder.frames.length = 0;
  return { ...connection, version, id, hasAck: version === '1.2' && ack === 'client' };
}

/** One of each kind, and with `times` as many of each. */
async function crowd(server: Server, times: number): Promise<Receiver[]> {
  const all: Promise<Receiver>[] = [];
  for (const carrier of carriers) {
    for (const version of versions) {
      for (const id of ids) {
        // 1.0 has no way to write it.
        if (version === '1.0' && id[0].includes('\n')) continue;
        for (const ack of ['auto', 'client'] as const) {
          for (let time = 0; time < times; time += 1) all.push(receive(server, carrier, version, id, ack));
        }
      }
    }
  }
  return Promise.all(all);
}

const bodies = [
  Buffer.from('{"cpu":12.5}'),
  Buffer.from(''),
  Buffer.from('naïve 🙂 \0 in the middle'),
  Buffer.from([0xff, 0xfe, 0, 0x80, 10]),
  Buffer.alloc(1_100, 'b'),
  Buffer.from('{"host":"web-1","memory":48.1},'.repeat(700)),
  Buffer.alloc(70_000, 'c'),
];

/** What a receiver has to decode of the messages, in their order, with `more` among the headers. */
function expected({ version, id, hasAck }: Receiver, more: Readonly<Record<string, string>> = {}) {
  return bodies.map((body, index) => ({
    headers: {
      subscription: id,
      destination: '/topic/a',
      note: 'a:b\\c',
      // A line end cannot be written in 1.0.
      ...(version === '1.0' ? {} : { lines: 'one\ntwo' }),
      index: `${index}`,
      ...more,
      ...(hasAck ? { ack: 'its own' } : {}),
      'message-id': expect.stringMatching(/^[0-9a-f]{8}-\d+$/),
      'content-length': `${body.length}`,
    },
    body: body.toString('latin1'),
  }));
}

function seen({ recorder, id }: Receiver) {
  return recorder.frames.map(({ headers, body }: ServerFrame) => {
    const number = headers.get('message-id')?.split('-').at(-1);
    const isOwn = headers.get('ack') === `${id}.${number}`;
    return {
      headers: { ...Object.fromEntries(headers), ...(isOwn ? { ack: 'its own' } : {}) },
      body: Buffer.from(body).toString('latin1'),
    };
  });
}

/** All in one turn of the loop. */
function publishAll(stomp: StompServer): void {
  for (const [index, body] of bodies.entries()) {
    stomp.publish('/topic/a', body, { note: 'a:b\\c', lines: 'one\ntwo', index: `${index}` });
  }
}

const isMessage = ({ command }: { command: string }) => command === 'MESSAGE';
const interceptors: Record<string, ChannelInterceptor | undefined> = {
  none: undefined,
  'that does nothing': { preSend: () => undefined, postSend: () => undefined },
  'that gives the message back': { preSend: (message) => message },
  'that changes a header': {
    preSend: (message) =>
      isMessage(message) ? message.with({ headers: new Map(message.headers).set('more', 'x') }) : undefined,
  },
  'that takes it out of the outbox': { preReceive: () => true, postReceive: (message) => message },
};

test.each(Object.entries(interceptors))(
  'several messages in a turn, with an outbound interceptor %s',
  async (name, interceptor) => {
    const server = await serveTcp({ limits: { sessionsPerAddress: 1_000 } });
    // Groups of one for whose id nobody else has, and of several.
    const receivers = [
      ...(await crowd(server, 1)),
      ...(await Promise.all(
        carriers.map((each) => receive(server, each, '1.2', [`${each}-only`, `${each}-only`], 'client')),
      )),
    ];
    if (interceptor) server.stomp.clientOutboundChannel.use(interceptor);
    publishAll(server.stomp);
    await eventually(() =>
      expect(receivers.map(({ recorder }) => recorder.frames.length)).toEqual(
        receivers.map(() => bodies.length),
      ),
    );
    const more = name === 'that changes a header' ? { more: 'x' } : {};
    for (const receiver of receivers) expect(seen(receiver)).toEqual(expected(receiver, more));
  },
);

test('what an interceptor makes of a body, or keeps back, is so for that receiver alone', async () => {
  const server = await serveTcp({ limits: { sessionsPerAddress: 1_000 } });
  const receivers = await crowd(server, 1);
  server.stomp.clientOutboundChannel.use({
    preSend: (message) => {
      if (!isMessage(message)) return undefined;
      const id = message.headers.get('subscription');
      if (id === 'sub-0') return null;
      return id === 'a:b\\c' ? message.with({ body: `for ${message.session?.version}` }) : undefined;
    },
  });
  publishAll(server.stomp);
  const kept = receivers.filter(({ id }) => id !== 'sub-0');
  await eventually(() =>
    expect(kept.map(({ recorder }) => recorder.frames.length)).toEqual(kept.map(() => bodies.length)),
  );
  for (const receiver of receivers) {
    const whole = expected(receiver);
    const own = `for ${receiver.version}`;
    const changed = whole.map(({ headers }) => ({
      headers: { ...headers, 'content-length': `${own.length}` },
      body: own,
    }));
    if (receiver.id === 'sub-0') expect(receiver.recorder.frames).toEqual([]);
    else expect(seen(receiver)).toEqual(receiver.id === 'a:b\\c' ? changed : whole);
  }
});

test('one that reads nothing for a while gets the same as the others, later, and they wait for nobody', async () => {
  const server = await serveTcp({ limits: { sessionsPerAddress: 1_000, outboxBytes: 64 * 1024 * 1024 } });
  const [behind, beside] = [await crowd(server, 1), await crowd(server, 1)];
  for (const each of behind) each.pause();
  const rounds = 20;
  for (let round = 0; round < rounds; round += 1) {
    publishAll(server.stomp);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const count = rounds * bodies.length;
  await eventually(() => expect(beside.every(({ recorder }) => recorder.frames.length === count)).toBe(true));
  for (const each of behind) each.resume();
  await eventually(() => expect(behind.every(({ recorder }) => recorder.frames.length === count)).toBe(true));
  for (const receiver of [...behind, ...beside]) {
    const each = expected(receiver);
    expect(seen(receiver)).toEqual(Array.from({ length: rounds }, () => each).flat());
  }
});

test.each(carriers)(
  'who reads is not slow where more is published at once than outboxBytes: %s',
  async (carrier) => {
    const server = await serveTcp({ limits: { outboxBytes: 100_000 } });
    const one = await receive(server, carrier, '1.2', ids[0], 'auto');
    for (let index = 0; index < 200; index += 1) {
      server.stomp.publish('/topic/a', Buffer.from(`${index} ${'x'.repeat(2_000)}`));
    }
    await eventually(() => expect(one.recorder.frames).toHaveLength(200));
    const numbers = one.recorder.frames.map(({ body }) => Number.parseInt(Buffer.from(body).toString(), 10));
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => index));
  },
);

test('who joins a group while its only member’s octets are on their way changes nothing in them', async () => {
  const server = await serveTcp({ destinations: { '/topic/a': { retain: true } } });
  const id = ['alone', 'alone'] as const;
  const first = await receive(server, 'text', '1.2', id, 'auto');
  server.stomp.publish('/topic/a', Buffer.from('x'.repeat(2_000)));
  const second = await receive(server, 'binary', '1.2', id, 'auto');
  const third = await receive(server, 'tcp', '1.2', id, 'auto');
  server.stomp.publish('/topic/a', Buffer.from('y'.repeat(2_000)));
  const last = 'y'.repeat(2_000);
  for (const { recorder } of [first, second, third]) {
    await eventually(() => expect(Buffer.from(recorder.frames.at(-1)?.body ?? []).toString()).toBe(last));
  }
  expect(first.recorder.heard).toEqual([`MESSAGE:${'x'.repeat(2_000)}`, `MESSAGE:${last}`]);
});
