import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStompServer } from '@hostcast/stomp';
import type { Point } from '@hostcast/tsdb';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createIngest } from '../../src/ingest/ingest.ts';
import { StompIngest, type StompIngestOptions } from '../../src/ingest/stompIngest.ts';
import { type Authentication, authenticateWith } from '../../src/security/authentication.ts';
import { authorize } from '../../src/security/authorize.ts';
import { anonymous, type Principal } from '../../src/security/principal.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { GoStompClient } from '../support/goStompClient.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { StompClient } from '../support/stompClient.ts';

/** Remembers the points, and keeps writes waiting where it is told to. */
class GatedStore extends MemoryStore {
  readonly sizes: number[] = [];
  readonly times: number[] = [];
  isGated = false;
  readonly #waiting: (() => void)[] = [];

  override async write(points: readonly Point[]): Promise<void> {
    this.sizes.push(points.length);
    if (this.isGated) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await super.write(points);
    this.times.push(...points.map(({ timeMs }) => timeMs));
  }

  open(): void {
    this.isGated = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function setup(options: Partial<StompIngestOptions> = {}, principal: Principal = anonymous) {
  const store = new GatedStore();
  const clock = new FakeClock();
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(line) });
  const authentication: Authentication = {
    ofConnect: () => principal,
    ofRequest: async () => principal,
  };
  const stomp = createStompServer({ authenticate: authenticateWith(authentication), authorize });
  const ingest = createIngest({ store, log, clock });
  const stompIngest = new StompIngest({ stomp, ingest, log, clock, ...options });
  const { port } = await stomp.listenTcp({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    store.open();
    await stomp.close({ drainMs: 100 });
    await stompIngest.close();
  });
  const connect = async () => {
    const client = await GoStompClient.connect({ port });
    onTestFinished(() => client.drop());
    return client;
  };
  const messages = () => logged.map((line) => JSON.parse(line));
  return { store, clock, stomp, stompIngest, ingest, connect, messages };
}

const line = (n: number) => `cpu,host=web-1 usage_idle=${n} ${n}000000\n`;
const token: Principal = { ...anonymous, kind: 'token', name: 'the-web', right: 'ingest' };

describe('what outputs.stomp sends to telegraf', () => {
  test('one message per metric, is stored together, in order', async () => {
    const { store, ingest, connect } = await setup();
    const telegraf = await connect();
    for (let n = 1; n <= 500; n += 1) await telegraf.send('telegraf', line(n));
    await telegraf.disconnect();
    expect(store.times).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    expect(store.sizes.length).toBeLessThan(50);
    expect(ingest.stats).toMatchObject({ points: 500, badLines: 0 });
  });

  test('needs no line end, and what one message leaves open is no part of the next', async () => {
    const { store, ingest, connect } = await setup();
    const telegraf = await connect();
    await telegraf.send('telegraf', 'm,host=a f=1 1000000');
    await telegraf.send('telegraf', 'm,host=a s="open');
    await telegraf.send('telegraf', 'm,host=a f=1 2000000');
    await telegraf.disconnect();
    expect(store.times).toEqual([1, 2]);
    expect(ingest.stats).toMatchObject({ points: 2, badLines: 1 });
  });

  test('costs a bad line itself alone, which the log tells with the sender, and Telegraf keeps its connection', async () => {
    const { store, connect, messages } = await setup({}, { ...token, scope: { hosts: ['web-*'] } });
    const telegraf = await connect();
    for (const each of [line(1), 'bad', 'cpu,host=db-1 f=1 5', line(2)])
      await telegraf.send('telegraf', each);
    await telegraf.disconnect();
    expect(telegraf.errorFrame).toBeUndefined();
    expect(store.times).toEqual([1, 2]);
    expect(messages()).toEqual([
      expect.objectContaining({
        msg: 'lines of line protocol refused',
        first: expect.objectContaining({ reason: 'the line ends in a measurement' }),
        address: '127.0.0.1',
        route: 'SEND telegraf',
        token: 'the-web',
      }),
    ]);
  });

  test.each([
    ['{"fields":{"usage_idle":1},"name":"cpu","tags":{},"timestamp":1}', '', 'set data_format = "influx"'],
    [line(1), 'content-encoding:gzip\n', 'the encoding gzip'],
  ])('is refused where all of it is in another form: %j %j', async (body, header, reason) => {
    const { store, connect } = await setup();
    const telegraf = await connect();
    await telegraf.send('telegraf', body, header);
    await telegraf.ended();
    expect(telegraf.errorFrame).toContain(reason);
    await expect(telegraf.send('telegraf', line(1))).rejects.toThrow('connection already closed');
    expect(store.sizes).toEqual([]);
  });

  test.each([
    ['a viewer', { ...token, right: 'viewer' }],
    ['an admin', { ...anonymous, kind: 'user', right: 'admin' }],
  ] as const)('is refused from %s', async (_, principal) => {
    const { store, connect } = await setup({}, principal);
    const telegraf = await connect();
    await telegraf.send('telegraf', line(1));
    await telegraf.ended();
    expect(telegraf.errorFrame).toContain('SEND is not allowed there');
    expect(store.sizes).toEqual([]);
  });

  test.each(['/telegraf', '/queue/telegraf', 'Telegraf', 'telegraf/', 'telegraf2'])(
    'is not taken at %s',
    async (destination) => {
      const { store, connect } = await setup();
      const telegraf = await connect();
      await telegraf.send(destination, line(1));
      await telegraf.ended();
      expect([telegraf.errorFrame === undefined, store.sizes]).toEqual([false, []]);
    },
  );
});

describe('a RECEIPT', () => {
  test('comes when the message, and all before it, is durable and not before', async () => {
    const { store, connect } = await setup();
    const client = await connect();
    store.isGated = true;
    await client.send('telegraf', line(1));
    let isAnswered = false;
    const answered = client.sendAndWait('telegraf', line(2)).then(() => {
      isAnswered = true;
    });
    await expect.poll(() => store.sizes).toEqual([1]);
    expect(isAnswered).toBe(false);
    store.open();
    await answered;
    expect(store.times).toEqual([1, 2]);
  });

  test('is an ERROR where a line was left out, and the others are stored', async () => {
    const { store, connect } = await setup();
    const client = await connect();
    await expect(client.sendAndWait('telegraf', `${line(1)}bad\n`)).rejects.toThrow(
      'partial write: 1 bad line left out, 1 point stored; line 2: the line ends in a measurement',
    );
    expect(client.errorFrame).toContain('receipt-id:r1\n');
    expect(store.times).toEqual([1]);
  });

  test('of COMMIT comes when the transaction is durable', async () => {
    const { store, connect } = await setup();
    const client = await connect();
    client.write('BEGIN\ntransaction:t\n\n\0');
    await client.send('telegraf', line(1), 'transaction:t\n');
    await client.send('telegraf', line(2), 'transaction:t\n');
    expect(store.times).toEqual([]);
    store.isGated = true;
    client.write('COMMIT\ntransaction:t\nreceipt:c\n\n\0');
    await expect.poll(() => store.sizes).toEqual([1]);
    store.open();
    await client.sendAndWait('telegraf', line(3));
    expect(store.times).toEqual([1, 2, 3]);
  });

  test('of DISCONNECT comes when all is durable', async () => {
    const { store, connect } = await setup();
    const client = await connect();
    store.isGated = true;
    await client.send('telegraf', line(1));
    await expect.poll(() => store.sizes).toEqual([1]);
    let isAnswered = false;
    const left = client.disconnect().then(() => {
      isAnswered = true;
    });
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    store.open();
    await left;
  });
});

describe('over a WebSocket', () => {
  test('line protocol is taken as over TCP, and a RECEIPT comes when it is durable', async () => {
    const { store, stomp } = await setup();
    const http = createServer();
    stomp.attach(http);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    onTestFinished(() => void http.close());
    const { port } = http.address() as AddressInfo;
    const { client } = await StompClient.connect(`http://127.0.0.1:${port}`);
    store.isGated = true;
    const receipts: string[] = [];
    client.watchForReceipt('r', ({ headers }) => receipts.push(headers['receipt-id']!));
    client.publish({ destination: 'telegraf', body: line(1), headers: { receipt: 'r' } });
    await expect.poll(() => store.sizes).toEqual([1]);
    expect(receipts).toEqual([]);
    store.open();
    await expect.poll(() => receipts).toEqual(['r']);
    expect(store.times).toEqual([1]);
  });
});

describe('while the store takes nothing', () => {
  test.each(['ERR_STORE_OVERLOADED', 'ERR_STORE_UNAVAILABLE'] as const)(
    'what was sent is kept and tried again (%s)',
    async (code) => {
      const { store, clock, connect, messages } = await setup();
      const telegraf = await connect();
      store.failure = new StoreError(code, 'disk full');
      for (const n of [1, 2, 3]) await telegraf.send('telegraf', line(n));
      await expect.poll(() => messages().length).toBe(1);
      expect(messages()[0]).toMatchObject({
        msg: 'what was sent by STOMP waits for the store',
        reason: 'disk full',
        address: '127.0.0.1',
      });
      const tried = store.sizes.length;
      await clock.advance(1_000);
      await expect.poll(() => store.sizes.length).toBeGreaterThan(tried);
      expect(messages()).toHaveLength(1);
      store.failure = undefined;
      await clock.advance(2_000);
      await telegraf.sendAndWait('telegraf', line(4));
      expect(store.times).toEqual([1, 2, 3, 4]);
    },
  );

  test('a client is not read on once it has sent its share, and loses nothing', async () => {
    const { store, clock, connect, messages } = await setup({ queueBytes: 64 * 1024 });
    const telegraf = await connect();
    store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'disk full');
    const body = Array.from({ length: 1_000 }, (_, i) => line(i)).join('');
    const bodies = 1_500;
    const sent = (async () => {
      for (let n = 0; n < bodies; n += 1) await telegraf.send('telegraf', body);
    })();
    await expect.poll(() => telegraf.unsentBytes, { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => messages().length).toBe(1);
    store.failure = undefined;
    await clock.advance(1_000);
    await sent;
    await telegraf.sendAndWait('telegraf', line(1));
    expect(store.times).toHaveLength(bodies * 1_000 + 1);
  }, 30_000);

  test('what waits when the server ends is lost, and the log says how much', async () => {
    const { store, stomp, stompIngest, connect, messages } = await setup();
    const telegraf = await connect();
    store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'disk full');
    await telegraf.send('telegraf', line(1));
    await expect.poll(() => messages().length).toBe(1);
    await stomp.close({ drainMs: 100 });
    await stompIngest.close();
    expect(messages().at(-1)).toMatchObject({
      msg: 'messages that were sent by STOMP could not be stored and are lost',
      messages: 1,
      bytes: line(1).length,
      address: '127.0.0.1',
    });
  });

  test('what was sent before the server ended is stored where the store takes it', async () => {
    const { store, stomp, stompIngest, connect } = await setup();
    const telegraf = await connect();
    store.isGated = true;
    await telegraf.send('telegraf', line(1));
    await expect.poll(() => store.sizes).toEqual([1]);
    telegraf.drop();
    await stomp.close({ drainMs: 100 });
    store.open();
    await stompIngest.close();
    expect(store.times).toEqual([1]);
  });

  test('what the store refuses for good is logged and not tried again; who asked for a RECEIPT is told', async () => {
    const { store, connect, messages } = await setup();
    const telegraf = await connect();
    store.failure = new StoreError('ERR_STORE_REFUSED', 'the database refused it');
    await telegraf.send('telegraf', line(1));
    await expect(telegraf.sendAndWait('telegraf', line(2))).rejects.toThrow('the database refused it');
    expect(messages()[0]).toMatchObject({ level: 50, messages: 1, route: 'SEND telegraf' });
  });
});
