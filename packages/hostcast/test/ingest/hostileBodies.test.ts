import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../src/http.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { ingestRoutes } from '../../src/ingest/routes.ts';
import { Audit } from '../../src/security/audit.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { exchange, RawClient } from '../support/rawClient.ts';
import { TelegrafClient } from '../support/telegrafClient.ts';

const mebi = 1024 * 1024;

async function setup() {
  const store = new MemoryStore();
  const log = pino({ level: 'silent' });
  const http = createHttp(log, { headersMs: 200, requestMs: 400, checkMs: 50 });
  const ingest = createIngest({ store, log });
  await http.register(ingestRoutes, { ingest, log, audit: new Audit({ log }) });
  const port = Number(new URL(await http.listen({ host: '127.0.0.1', port: 0 })).port);
  const telegraf = new TelegrafClient(port);
  onTestFinished(async () => {
    telegraf.close();
    await http.close();
  });
  const hosts = async () => (await store.hosts()).map(({ host }) => host).sort();
  const sendGzip = (body: Uint8Array) =>
    telegraf.send({ path: '/write', headers: { 'content-encoding': 'gzip' }, chunks: [body] });
  return { ingest, port, telegraf, hosts, sendGzip };
}

const line = (host: string) => `mem,host=${host} used=1i 0\n`;
const post = 'POST /write HTTP/1.1\r\nHost: a\r\n';

describe('a compressed body', () => {
  test('of 48 KiB that becomes 50 MB is refused, and what takes its place in memory is a small part of it', async () => {
    const { ingest, sendGzip, telegraf } = await setup();
    const bomb = gzipSync(Buffer.alloc(50_000_000, '\n'));
    expect(bomb.length).toBeLessThan(64 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    expect((await sendGzip(bomb)).status).toBe(413);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * mebi);
    expect(ingest.stats).toMatchObject({ failedBodies: 1, points: 0 });
    expect((await telegraf.sendBatch('/write', line('a'))).status).toBe(204);
  });

  test('that becomes one line without an end is no more than that line kept', async () => {
    const { ingest, sendGzip } = await setup();
    const answer = await sendGzip(gzipSync(Buffer.alloc(30 * mebi, 'x')));
    expect([answer.status, ingest.stats.badLines]).toEqual([400, 1]);
    expect(JSON.parse(answer.body).error).toMatch('longer than 1048576 octets');
  });

  test('of many members is read as one, and counts as one', async () => {
    const { sendGzip, hosts } = await setup();
    const members = Array.from({ length: 1_000 }, (_, i) => gzipSync(line(`h${i % 3}`)));
    expect((await sendGzip(Buffer.concat(members))).status).toBe(204);
    expect(await hosts()).toEqual(['h0', 'h1', 'h2']);
    const mega = gzipSync(Buffer.alloc(mebi, '\n'));
    expect((await sendGzip(Buffer.concat(Array.from({ length: 33 }, () => mega)))).status).toBe(413);
  });

  test('in a compressed body is no line protocol', async () => {
    const { sendGzip, hosts } = await setup();
    expect((await sendGzip(gzipSync(gzipSync(line('a'))))).status).toBe(400);
    expect(await hosts()).toEqual([]);
  });
});

describe('a body that is not what its head says', () => {
  test.each([
    ['a length below 0', `${post}Content-Length: -1\r\n\r\n`, 400],
    ['a length that is no number', `${post}Content-Length: 1e3\r\n\r\n`, 400],
    ['two lengths', `${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`, 400],
    ['a length and chunks', `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a chunk size that is none', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['another transfer encoding', `${post}Transfer-Encoding: gzip\r\n\r\nabc`, 400],
    ['more to come that never does', `${post}Content-Length: 100\r\n\r\nmem,host=a used=1i 0\n`, 408],
    ['an octet now and then', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nm\r\n1\r\n`, 408],
  ])('with %s stores nothing', async (_, octets, status) => {
    const { port, hosts } = await setup();
    const client = await exchange(port, octets);
    expect(client.statuses.at(-1)).toBe(status);
    expect(await hosts()).toEqual([]);
  });

  test('but longer is a write, and something that is no request', async () => {
    const { port, hosts } = await setup();
    const body = line('a');
    const client = await exchange(port, `${post}Content-Length: ${body.length}\r\n\r\n${body}${line('b')}`);
    expect(client.statuses.at(-1)).toBe(400);
    await expect.poll(hosts).toEqual(['a']);
  });

  test('and ends in the middle stores no half of a line', async () => {
    const { ingest, port, hosts } = await setup();
    const client = await RawClient.open(port);
    client.write(`${post}Content-Length: 100\r\n\r\n${line('a')}mem,host=b used=1`);
    await expect.poll(() => ingest.stats.bodies).toBe(1);
    client.socket.end();
    await client.closed;
    await expect.poll(() => ingest.stats.failedBodies).toBe(1);
    expect(await hosts()).toEqual([]);
  });
});
