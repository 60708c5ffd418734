import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Point } from '@hostcast/tsdb';
import fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { createIngest, type Ingest, type IngestLimits } from '../../src/ingest/ingest.ts';
import { type IngestRoutesOptions, ingestRoutes } from '../../src/ingest/routes.ts';
import { Audit } from '../../src/security/audit.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { TelegrafClient } from '../support/telegrafClient.ts';

/** A MemoryStore that also remembers the points as they came. */
class RecordingStore extends MemoryStore {
  readonly points: Point[] = [];

  override async write(points: readonly Point[]): Promise<void> {
    await super.write(points);
    this.points.push(...points);
  }
}

interface Setup {
  readonly store: RecordingStore;
  readonly ingest: Ingest;
  readonly telegraf: TelegrafClient;
  readonly port: number;
  readonly logged: string[];
}

const open: { http: FastifyInstance; telegraf: TelegrafClient }[] = [];

afterEach(async () => {
  for (const { http, telegraf } of open.splice(0)) {
    telegraf.close();
    await http.close();
  }
});

async function setup(
  limits: Partial<IngestLimits> = {},
  options: Partial<IngestRoutesOptions> = {},
): Promise<Setup> {
  const store = new RecordingStore();
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(line) });
  const ingest = createIngest({ store, log, limits });
  const http = fastify();
  await http.register(ingestRoutes, { ingest, log, audit: new Audit({ log }), ...options });
  const port = Number(new URL(await http.listen({ host: '127.0.0.1', port: 0 })).port);
  const telegraf = new TelegrafClient(port);
  open.push({ http, telegraf });
  return { store, ingest, telegraf, port, logged };
}

const line = 'cpu,cpu=cpu-total,host=web-1 usage_idle=97.5 1700000000000000000\n';
const writePaths = [
  '/write?db=telegraf',
  '/api/v2/write?bucket=telegraf&org=o',
  '/api/v3/write_lp?db=telegraf',
];
const allPaths = [...writePaths, '/telegraf'];

describe('a batch of Telegraf', () => {
  test.each(allPaths)('to %s is stored and answered with 204 and no body', async (path) => {
    const { store, telegraf } = await setup();
    const answer = await telegraf.sendBatch(path, line, { authorization: 'Token ' });
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(store.points).toEqual([
      {
        measurement: 'cpu',
        tags: [
          ['cpu', 'cpu-total'],
          ['host', 'web-1'],
        ],
        fields: [{ name: 'usage_idle', type: 'float', value: 97.5 }],
        timeMs: 1_700_000_000_000,
      },
    ]);
  });

  test('is stored before it is answered', async () => {
    const { store, telegraf } = await setup();
    const write = store.write.bind(store);
    let answered = false;
    let release = (): void => {};
    const reached = new Promise<void>((resolve) => {
      store.write = async (points) => {
        resolve();
        await new Promise<void>((go) => {
          release = go;
        });
        expect(answered).toBe(false);
        await write(points);
      };
    });
    const answer = telegraf.sendBatch('/write', line).then((result) => {
      answered = true;
      return result;
    });
    await reached;
    release();
    expect((await answer).status).toBe(204);
    expect(store.points).toHaveLength(1);
  });

  test.each([undefined, 'identity', 'none'])(
    'may be sent uncompressed (content-encoding %s)',
    async (encoding) => {
      const { store, telegraf } = await setup();
      const answer = await telegraf.send({
        path: '/write?db=telegraf',
        headers: encoding === undefined ? {} : { 'content-encoding': encoding },
        chunks: [Buffer.from(line.slice(0, 10)), Buffer.from(line.slice(10))],
      });
      expect(answer.status).toBe(204);
      expect(store.points).toHaveLength(1);
    },
  );

  test.each([
    'text/plain',
    'application/json',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
  ])('may have the content type %s', async (type) => {
    const { store, telegraf } = await setup();
    const answer = await telegraf.sendBatch('/api/v2/write', line, { 'content-type': type });
    expect(answer.status).toBe(204);
    expect(store.points).toHaveLength(1);
  });

  test('may be gzip of several members', async () => {
    const { store, telegraf } = await setup();
    const answer = await telegraf.send({
      path: '/write',
      headers: { 'content-encoding': 'gzip' },
      chunks: [gzipSync(line), gzipSync('m f=1\nm'), gzipSync(' f=2\n')],
    });
    expect(answer.status).toBe(204);
    expect(store.points).toHaveLength(3);
  });

  test('may be empty', async () => {
    const { telegraf } = await setup();
    expect((await telegraf.send({ path: '/write', headers: { 'content-length': '0' } })).status).toBe(204);
    expect((await telegraf.sendBatch('/write', '')).status).toBe(204);
  });

  test('goes over the same connection as the ones before, good or bad', async () => {
    const { telegraf } = await setup();
    for (const path of allPaths) {
      await telegraf.sendBatch(path, line);
      await telegraf.sendBatch(path, 'bad\n');
      await telegraf.sendBatch(`${path}?precision=x`, line);
    }
    expect(telegraf.ports.size).toBe(1);
  });

  test.each([
    ['/write?precision=s', '1700000000'],
    ['/api/v2/write?precision=ms', '1700000000000'],
    ['/api/v3/write_lp?precision=microsecond', '1700000000000000'],
    ['/telegraf?precision=ns', '1700000000000000000'],
    ['/write?precision=n', '1700000000000000000'],
    ['/api/v3/write_lp?precision=second', '1700000000'],
    ['/api/v3/write_lp?precision=millisecond', '1700000000000'],
    ['/api/v3/write_lp?precision=nanosecond', '1700000000000000000'],
    ['/api/v3/write_lp?precision=auto', '1700000000'],
    ['/api/v3/write_lp?precision=auto', '1700000000000'],
    ['/api/v3/write_lp?precision=auto', '1700000000000000'],
    ['/api/v3/write_lp?precision=auto', '1700000000000000000'],
    ['/api/v3/write_lp', '1700000000'],
    ['/api/v3/write_lp', '1700000000000000000'],
  ])('to %s may have the timestamp %s', async (path, timestamp) => {
    const { store, telegraf } = await setup();
    expect((await telegraf.sendBatch(path, `m f=1 ${timestamp}\n`)).status).toBe(204);
    expect(store.points[0]?.timeMs).toBe(1_700_000_000_000);
  });
});

describe('a batch that is refused', () => {
  test.each(writePaths)('in part is stored in part and reported: %s', async (path) => {
    const { store, ingest, telegraf } = await setup();
    const answer = await telegraf.sendBatch(path, 'm f=1 0\nm,t f=1\nm f=2 0\nm f=x 0\n');
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch('application/json');
    const message =
      "partial write: 2 bad lines left out, 2 points stored; line 2: expected '=' after a tag key";
    expect(JSON.parse(answer.body)).toEqual({
      error: message,
      code: 'invalid',
      message,
      line: 2,
      data: [
        { original_line: 'm,t ', line_number: 2, error_message: "expected '=' after a tag key" },
        {
          original_line: 'm f=x ',
          line_number: 4,
          error_message: 'the value of a field is neither number, boolean nor string',
        },
      ],
    });
    expect(store.points).toHaveLength(2);
    expect(ingest.stats).toMatchObject({ bodies: 1, points: 2, badLines: 2, failedBodies: 0 });
  });

  test('in one line says so in words for one', async () => {
    const { telegraf } = await setup();
    const { body } = await telegraf.sendBatch('/write', 'm f=1 0\nbad\n');
    expect(JSON.parse(body).error).toBe(
      'partial write: 1 bad line left out, 1 point stored; line 2: the line ends in a measurement',
    );
  });

  test.each([
    '{"metrics":[{"fields":{"used":1},"name":"mem","tags":{"host":"a"},"timestamp":0}]}',
    '{"fields":{"used":1},"name":"mem","tags":{"host":"a"},"timestamp":0}\n',
    ' [ {"fields":{}}]',
  ])('because it is JSON names the setting of Telegraf that is wrong, and stays there: %s', async (body) => {
    const { store, ingest, telegraf } = await setup();
    for (const path of allPaths) {
      const answer = await telegraf.sendBatch(path, body);
      expect([answer.status, JSON.parse(answer.body).error]).toEqual([
        415,
        'the body is JSON, and hostcast reads line protocol: set data_format = "influx" in telegraf.conf',
      ]);
    }
    expect([store.points, ingest.stats.badLines]).toEqual([[], 0]);
    expect((await telegraf.sendBatch('/telegraf', '{m f=1 0\n[m f=1 0\n')).status).toBe(204);
    expect(store.points).toHaveLength(2);
  });

  test('in part is no failure for outputs.http, which would repeat it for ever, but is logged', async () => {
    const { store, ingest, telegraf, logged } = await setup();
    const answer = await telegraf.sendBatch('/telegraf', 'm f=1 0\nbad\n');
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(store.points).toHaveLength(1);
    expect(ingest.stats.badLines).toBe(1);
    expect(logged.map((entry) => JSON.parse(entry))).toContainEqual(
      expect.objectContaining({
        msg: 'lines of line protocol refused',
        lines: 1,
        address: '127.0.0.1',
        route: '/telegraf',
      }),
    );
  });

  test.each(allPaths)('because of an unknown precision is not stored: %s', async (path) => {
    const { store, telegraf } = await setup();
    const answer = await telegraf.sendBatch(`${path.split('?')[0]}?precision=fortnight`, line);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid' });
    expect(store.points).toEqual([]);
  });

  test.each(
    allPaths.flatMap((path) => [
      [path, 'ERR_STORE_OVERLOADED' as const],
      [path, 'ERR_STORE_UNAVAILABLE' as const],
    ]),
  )('at %s by a store that says %s is to be sent again: 503 with Retry-After', async (path, code) => {
    const { store, ingest, telegraf } = await setup();
    store.failure = new StoreError(code, 'the queue of 100,000 points is full');
    const answer = await telegraf.sendBatch(path, line);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(JSON.parse(answer.body)).toEqual({
      error: 'the queue of 100,000 points is full',
      code: 'unavailable',
      message: 'the queue of 100,000 points is full',
    });
    expect(ingest.stats).toMatchObject({ points: 0, failedBodies: 1 });
  });

  test('for good by the store is not to be sent again', async () => {
    const { store, telegraf } = await setup();
    store.failure = new StoreError('ERR_STORE_REFUSED', 'too many series');
    expect((await telegraf.sendBatch('/write', line)).status).toBe(400);
    expect((await telegraf.sendBatch('/telegraf', line)).status).toBe(204);
  });

  test('by a fault of our own says nothing of it, and is to be sent again', async () => {
    const { store, telegraf, logged } = await setup();
    store.write = async () => {
      throw new TypeError('secret detail');
    };
    const answer = await telegraf.sendBatch('/write', line);
    expect(answer.status).toBe(500);
    expect(answer.body).not.toMatch('secret');
    expect(logged.join('')).toMatch('secret detail');
  });

  test.each(allPaths)('because it comes from a browser: %s', async (path) => {
    const { store, telegraf, logged } = await setup();
    const answer = await telegraf.sendBatch(path, line, { origin: 'http://127.0.0.1:4678' });
    expect(answer.status).toBe(403);
    expect(JSON.parse(logged[0]!)).toMatchObject({
      audit: true,
      event: 'writer refused',
      address: '127.0.0.1',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'forbidden' });
    expect(store.points).toEqual([]);
  });

  test.each(['cross-site', 'same-site', 'same-origin'])(
    'because a page of a browser that names no origin made it: %s',
    async (site) => {
      const { store, telegraf } = await setup();
      const answer = await telegraf.sendBatch('/write', line, { 'sec-fetch-site': site });
      expect([answer.status, store.points]).toEqual([403, []]);
    },
  );

  test('because it is not gzip, or cut off', async () => {
    const { telegraf } = await setup();
    const headers = { 'content-encoding': 'gzip' };
    const whole = gzipSync(line);
    for (const chunk of [Buffer.from(line), whole.subarray(0, whole.length - 9)]) {
      const answer = await telegraf.send({ path: '/write', headers, chunks: [chunk] });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body).error).toMatch('not a gzip body');
    }
  });

  test('because of another encoding', async () => {
    const { telegraf } = await setup();
    const answer = await telegraf.sendBatch('/write', line, { 'content-encoding': 'br' });
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.body).error).toMatch('content-encoding');
  });

  test('because its content type is none, with JSON', async () => {
    const { telegraf } = await setup();
    const answer = await telegraf.sendBatch('/write', line, { 'content-type': '/' });
    expect(answer.headers['content-type']).toMatch('application/json');
  });
});

describe('limits of a body', () => {
  test('what is larger than bodyBytes decompressed is answered with 413, what is as large is not', async () => {
    const { telegraf } = await setup({ bodyBytes: 1000 });
    const body = (bytes: number) => `m f=1 0\n${'#'.repeat(bytes - 8)}`;
    expect((await telegraf.sendBatch('/write', body(1000))).status).toBe(204);
    const answer = await telegraf.sendBatch('/write', body(1001));
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body).error).toMatch('1000 octets');
  });

  test('what is larger than bodyBytes uncompressed is answered with 413', async () => {
    const { telegraf } = await setup({ bodyBytes: 1000 });
    const chunks = Array.from({ length: 200 }, () => Buffer.from(`${'#'.repeat(99)}\n`));
    expect((await telegraf.send({ path: '/write', chunks })).status).toBe(413);
    expect((await telegraf.sendBatch('/write', line)).status).toBe(204);
  });

  test('what is larger than compressedBytes as sent is answered with 413, what is as large is not', async () => {
    const wire = gzipSync(line).length;
    const exact = await setup({}, { compressedBytes: wire });
    expect((await exact.telegraf.sendBatch('/write', line)).status).toBe(204);
    const short = await setup({}, { compressedBytes: wire - 1 });
    expect((await short.telegraf.sendBatch('/write', line)).status).toBe(413);
  });

  test('by default 32 MiB are stored and a bomb of 100 MiB is not', async () => {
    const { store, telegraf } = await setup();
    const spaces = Buffer.alloc(32 * 1024 * 1024, ' '.repeat(1023).concat('\n'));
    spaces.write(line);
    expect((await telegraf.sendBatch('/write', spaces.toString('latin1'))).status).toBe(204);
    expect(store.points).toHaveLength(1);
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, '\n'));
    const headers = { 'content-encoding': 'gzip' };
    expect((await telegraf.send({ path: '/write', headers, chunks: [bomb] })).status).toBe(413);
  });

  test('a client that is still sending far too much sees the 413, and keeps its connection', async () => {
    const { telegraf } = await setup({ bodyBytes: 1000 });
    const chunks = Array.from({ length: 40 }, () => Buffer.alloc(1024 * 1024, '\n'));
    expect((await telegraf.send({ path: '/write', chunks })).status).toBe(413);
    expect((await telegraf.sendBatch('/write', line)).status).toBe(204);
    expect(telegraf.ports.size).toBe(1);
  });

  test('bodies that a store which is away does not take fill no log', async () => {
    const { store, telegraf, logged } = await setup();
    store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'its disk is full');
    for (let i = 0; i < 20; i += 1) expect((await telegraf.sendBatch('/write', line)).status).toBe(503);
    expect(logged.map((entry) => JSON.parse(entry))).toEqual([
      expect.objectContaining({
        msg: 'a body could not be stored',
        ...{ reason: 'its disk is full', bodies: 1, address: '127.0.0.1', route: '/write' },
      }),
    ]);
  });

  test.each([
    ['uncompressed', '', Buffer.from(line.repeat(50))],
    ['compressed', 'content-encoding: gzip\r\n', gzipSync(line.repeat(50)).subarray(0, 60)],
  ])('a client that goes away in the middle, %s, leaves the server working', async (_, header, part) => {
    const { ingest, telegraf, port, logged } = await setup();
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST /write HTTP/1.1\r\nhost: a\r\n${header}transfer-encoding: chunked\r\n\r\n`);
    socket.write(Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]));
    await expect.poll(() => ingest.stats.bodies).toBe(1);
    socket.destroy();
    await expect.poll(() => ingest.stats.failedBodies).toBe(1);
    expect((await telegraf.sendBatch('/write', line)).status).toBe(204);
    expect(logged.map((entry) => JSON.parse(entry))).toEqual([
      expect.objectContaining({
        level: 30,
        msg: 'a client went away in the middle of a body',
        route: '/write',
      }),
    ]);
    expect(logged.join('')).not.toMatch('stack');
  });
});

describe('what clients ask on start-up', () => {
  test('CREATE DATABASE, as outputs.influxdb sends it, succeeds', async () => {
    const { telegraf } = await setup();
    const answer = await telegraf.send({
      path: '/query',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      chunks: [Buffer.from('q=CREATE+DATABASE+%22telegraf%22')],
    });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { results: [{ statement_id: 0 }] }]);
  });

  test('SHOW DATABASES shows the one that Telegraf writes to', async () => {
    const { telegraf } = await setup();
    const answer = await telegraf.send({ method: 'GET', path: '/query?q=SHOW%20DATABASES' });
    expect(JSON.parse(answer.body).results[0].series[0].values).toEqual([['telegraf']]);
  });

  test('any other statement has no results, and none is an error', async () => {
    const { telegraf } = await setup();
    const other = await telegraf.send({ path: '/query?q=DROP+DATABASE+x' });
    expect([other.status, JSON.parse(other.body)]).toEqual([200, { results: [] }]);
    expect((await telegraf.send({ path: '/query' })).status).toBe(400);
    expect((await telegraf.send({ method: 'GET', path: '/query' })).status).toBe(400);
  });

  test('a statement has at most 64 KiB', async () => {
    const { telegraf } = await setup();
    const statement = (bytes: number) => [Buffer.from(`q=${'x'.repeat(bytes - 2)}`)];
    expect((await telegraf.send({ path: '/query', chunks: statement(65_536) })).status).toBe(200);
    expect((await telegraf.send({ path: '/query', chunks: statement(65_537) })).status).toBe(413);
    const compressed = [gzipSync(statement(65_537)[0]!)];
    const headers = { 'content-encoding': 'gzip' };
    expect((await telegraf.send({ path: '/query', headers, chunks: compressed })).status).toBe(413);
  });

  test.each(['GET', 'HEAD'])('%s /ping says which InfluxDB this speaks like', async (method) => {
    const { telegraf } = await setup();
    const answer = await telegraf.send({ method, path: '/ping' });
    expect([answer.status, answer.headers['x-influxdb-version'], answer.headers['x-influxdb-build']]).toEqual(
      [204, '1.8.10', 'OSS'],
    );
  });

  test.each([
    ['/ping?verbose=true', 200, '{"version":"1.8.10"}'],
    ['/ping?verbose=1', 200, '{"version":"1.8.10"}'],
    ['/ping?verbose=false', 204, ''],
  ])('GET %s tells the version in its body where that is asked for', async (path, status, body) => {
    const { telegraf } = await setup();
    const answer = await telegraf.send({ method: 'GET', path });
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  test('GET /health passes', async () => {
    const { telegraf } = await setup();
    const answer = await telegraf.send({ method: 'GET', path: '/health' });
    expect(JSON.parse(answer.body)).toMatchObject({ status: 'pass' });
  });
});
