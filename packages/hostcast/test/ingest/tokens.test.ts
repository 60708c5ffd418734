import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Accounts } from '../../src/accounts/accounts.ts';
import { createHttp } from '../../src/http.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { ingestRoutes } from '../../src/ingest/routes.ts';
import { withWriters } from '../../src/login/writers.ts';
import { checkAccess } from '../../src/security/access.ts';
import { Audit } from '../../src/security/audit.ts';
import type { Right, Scope } from '../../src/security/principal.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { makeFolder } from '../support/hostcastProcess.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { TelegrafClient } from '../support/telegrafClient.ts';
import { type OutputKind, TelegrafOutput } from '../support/telegrafOutput.ts';

/** The ingest where writing takes a token. */
async function setup() {
  const accounts = Accounts.open(makeFolder());
  const store = new MemoryStore();
  const clock = new FakeClock();
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(line) });
  const http = createHttp(log);
  const nobody = {
    ofConnect: () => Promise.reject(new Error('unused')),
    ofRequest: async () => undefined,
  };
  const writers = withWriters(nobody, accounts);
  const audit = new Audit({ log });
  checkAccess(http, (request) => writers.ofRequest(request), audit);
  await http.register(ingestRoutes, {
    ingest: createIngest({ store, log, clock }),
    log,
    audit,
    clock,
  });
  const port = Number(new URL(await http.listen({ host: '127.0.0.1', port: 0 })).port);
  const telegraf = new TelegrafClient(port);
  onTestFinished(async () => {
    telegraf.close();
    await http.close();
    accounts.close();
  });
  const tokenOf = async (right: Right, scope?: Scope, expiresAtMs?: number) =>
    (await accounts.createToken({ name: `the-${right}`, right, scope, expiresAtMs })).text;
  const hosts = async () => (await store.hosts()).map(({ host }) => host).sort();
  return { accounts, store, clock, logged, port, telegraf, tokenOf, hosts };
}

const line = (host: string) => `mem,host=${host} used=1i\n`;
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const paths = ['/write', '/api/v2/write', '/api/v3/write_lp', '/telegraf'];
const kinds: OutputKind[] = ['influxdb', 'influxdb_v2', 'influxdb_v3', 'http'];

describe('a Telegraf', () => {
  test.each(kinds)('with outputs.%s loses nothing while its token is wrong', async (kind) => {
    const { accounts, port, tokenOf, hosts } = await setup();
    const output = new TelegrafOutput(kind, port);
    onTestFinished(() => output.close());
    await output.flush(line('a'));
    output.token = 'hct_0123456789ab_wrong';
    await output.flush(line('b'));
    output.token = await tokenOf('viewer');
    await output.flush(line('c'));
    output.token = await tokenOf('ingest', undefined, Date.now() - 1);
    await output.flush(line('d'));
    const revoked = await tokenOf('ingest');
    await accounts.revokeToken(revoked.split('_')[1]!);
    output.token = revoked;
    await output.flush(line('e'));
    expect(output.answers.map(({ status }) => status)).toEqual([401, 401, 403, 401, 401]);
    expect([output.kept.length, output.dropped, await hosts()]).toEqual([5, [], []]);
    output.token = await tokenOf('ingest');
    await output.flush(line('f'));
    expect([output.kept, output.dropped]).toEqual([[], []]);
    expect(await hosts()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test.each(kinds)('with outputs.%s is told what to do', async (kind) => {
    const { port } = await setup();
    const output = new TelegrafOutput(kind, port);
    onTestFinished(() => output.close());
    await output.flush(line('a'));
    const { body, headers } = output.answers[0]!;
    expect(body).toContain('to write takes a token, and none was sent');
    expect(body).toContain('hostcast token create --name telegraf --right ingest');
    expect(headers['www-authenticate']).toBe('Token realm="hostcast"');
    expect(headers['content-type']).toMatch(kind === 'influxdb' ? 'text/plain' : 'application/json');
  });

  test('that is refused keeps its connection', async () => {
    const { telegraf, tokenOf } = await setup();
    expect((await telegraf.sendBatch('/write', line('a').repeat(10_000))).status).toBe(401);
    const authorization = `Token ${await tokenOf('ingest')}`;
    expect((await telegraf.sendBatch('/write', line('a'), { authorization })).status).toBe(204);
    expect(telegraf.ports.size).toBe(1);
  });
});

describe('a token of the right ingest', () => {
  test.each(paths)('writes to %s in every form that clients of InfluxDB have', async (path) => {
    const { telegraf, tokenOf } = await setup();
    const token = await tokenOf('ingest');
    const headers = [
      `Token ${token}`,
      `Bearer ${token}`,
      `Token telegraf:${token}`,
      basic(`telegraf:${token}`),
      basic(`${token}:`),
    ];
    for (const authorization of headers) {
      expect((await telegraf.sendBatch(path, line('a'), { authorization })).status).toBe(204);
    }
    expect((await telegraf.sendBatch(`${path}?u=telegraf&p=${token}`, line('a'))).status).toBe(204);
  });

  test.each(['PUT', 'PATCH'])('writes to /telegraf by %s, as outputs.http may be set to', async (method) => {
    const { telegraf, tokenOf, hosts } = await setup();
    const send = (authorization: string) =>
      telegraf.send({
        method,
        path: '/telegraf',
        headers: { authorization },
        chunks: [Buffer.from(line('a'))],
      });
    expect((await send('')).status).toBe(401);
    expect((await send(`Bearer ${await tokenOf('viewer')}`)).status).toBe(403);
    expect(await hosts()).toEqual([]);
    expect((await send(`Bearer ${await tokenOf('ingest')}`)).status).toBe(204);
    expect(await hosts()).toEqual(['a']);
  });

  test('asks CREATE DATABASE, as outputs.influxdb does, and nobody else may', async () => {
    const { telegraf, tokenOf } = await setup();
    const sent = (authorization: string) =>
      telegraf.send({
        path: '/query',
        headers: { 'content-type': 'application/x-www-form-urlencoded', authorization },
        chunks: [Buffer.from('q=CREATE+DATABASE+%22telegraf%22')],
      });
    expect((await sent(basic(`telegraf:${await tokenOf('ingest')}`))).status).toBe(200);
    expect((await sent('Token ')).status).toBe(401);
    expect((await telegraf.send({ method: 'GET', path: '/ping' })).status).toBe(204);
    expect((await telegraf.send({ method: 'GET', path: '/health' })).status).toBe(200);
  });

  test('may be of no user: names and passwords do not write', async () => {
    const { accounts, telegraf } = await setup();
    await accounts.addUser({ name: 'kim', role: 'admin', password: 'correct horse battery' });
    const authorization = basic('kim:correct horse battery');
    expect((await telegraf.sendBatch('/write', line('a'), { authorization })).status).toBe(401);
  });

  test('of a scope writes for its hosts, and costs the other lines of a batch alone', async () => {
    const { telegraf, tokenOf, hosts } = await setup();
    const authorization = `Token ${await tokenOf('ingest', { hosts: ['web-*'] })}`;
    const lines = `${line('web-1')}${line('db-1')}mem used=1i\n${line('web-2')}`;
    const answer = await telegraf.sendBatch('/api/v2/write', lines, { authorization });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      error:
        'partial write: 2 bad lines left out, 2 points stored; line 2: the token is not for the host "db-1"',
      data: [
        {
          line_number: 2,
          error_message: 'the token is not for the host "db-1"',
          original_line: 'mem,host=db-1 used=1i',
        },
        {
          line_number: 3,
          error_message: 'it has no tag host, and the token is for certain hosts alone',
          original_line: 'mem used=1i',
        },
      ],
    });
    expect(await hosts()).toEqual(['web-1', 'web-2']);
    expect((await telegraf.sendBatch('/telegraf', line('db-1'), { authorization })).status).toBe(204);
    expect(await hosts()).toEqual(['web-1', 'web-2']);
  });

  test('of a scope with tags writes what carries all of them', async () => {
    const { telegraf, tokenOf, hosts } = await setup();
    const authorization = `Token ${await tokenOf('ingest', { tags: { dc: 'icn', env: 'prod' } })}`;
    const lines =
      'mem,host=a,dc=icn,env=prod used=1i\nmem,host=b,dc=icn used=1i\nmem,host=c,dc=icn,env=test used=1i\n';
    expect((await telegraf.sendBatch('/write', lines, { authorization })).status).toBe(400);
    expect(await hosts()).toEqual(['a']);
  });
});

describe('the audit', () => {
  test('names the reason and the token by its id, once a minute for an address, and no secret', async () => {
    const { telegraf, tokenOf, clock, logged } = await setup();
    const token = await tokenOf('viewer');
    const authorization = `Token ${token}`;
    for (let i = 0; i < 3; i += 1) await telegraf.sendBatch('/write', line('a'), { authorization });
    await clock.advance(60_000);
    await telegraf.sendBatch(`/api/v2/write?u=kim&p=${token}`, line('a'));
    const id = token.split('_')[1];
    expect(logged.map((entry) => JSON.parse(entry))).toEqual([
      expect.objectContaining({
        audit: true,
        event: 'writer refused',
        address: '127.0.0.1',
        route: '/write',
        tokenId: id,
        untold: 0,
        reason: expect.stringMatching(
          '^the token the-viewer has the right viewer, and to write takes ingest',
        ),
      }),
      expect.objectContaining({ route: '/api/v2/write', untold: 2 }),
    ]);
    expect(logged.join('')).not.toContain(token);
    expect(logged.join('')).not.toContain(token.slice(-43));
  });

  test('shows no token of a query when a body can not be stored', async () => {
    const { telegraf, store, tokenOf, logged } = await setup();
    const token = await tokenOf('ingest');
    store.write = async () => {
      throw new TypeError('a fault');
    };
    expect((await telegraf.sendBatch(`/write?p=${token}`, line('a'))).status).toBe(500);
    expect(logged.join('')).toContain('a fault');
    expect(logged.join('')).not.toContain(token);
  });
});
