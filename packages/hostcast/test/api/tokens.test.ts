import { expect, test, vi } from 'vitest';
import { LoginServer } from '../support/loginServer.ts';

vi.setConfig({ testTimeout: 30_000 });

const json = { 'content-type': 'application/json' };

async function ask(server: LoginServer, name: string, body: unknown, headers = {}) {
  const authorization = `Bearer ${await server.tokenOf(name)}`;
  return server.ask('POST', '/api/tokens', { ...json, authorization, ...headers }, JSON.stringify(body));
}

test('an admin makes a token that writes figures of some hosts, and it is audited who did', async () => {
  const server = await LoginServer.start();
  const answer = await ask(server, 'ann', { name: 'telegraf-web-1', hosts: ['web-1'] });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const token = server.accounts.verifyToken(String(answer.body?.token));
  expect(token).toMatchObject({ name: 'telegraf-web-1', right: 'ingest', scope: { hosts: ['web-1'] } });
  expect(answer.body).toMatchObject({ id: token?.id, name: 'telegraf-web-1' });
  const line = { user: 'ann', address: '127.0.0.1', token: token?.id, name: 'telegraf-web-1' };
  expect(server.audited).toContainEqual(['token asked for', line]);
});

test('without hosts the token writes figures of all', async () => {
  const server = await LoginServer.start();
  const { body } = await ask(server, 'ann', { name: 'telegraf' });
  expect(server.accounts.verifyToken(String(body?.token))).not.toHaveProperty('scope');
});

test('nobody but an admin makes one, and no other page in an admin’s name', async () => {
  const server = await LoginServer.start();
  expect((await ask(server, 'kim', { name: 'x' })).status).toBe(403);
  expect((await server.ask('POST', '/api/tokens', json, '{"name":"x"}')).status).toBe(401);
  const cookie = `hostcast=${await server.tokenOf('ann')}`;
  const foreign = { ...json, cookie, origin: 'https://evil.example' };
  expect((await server.ask('POST', '/api/tokens', foreign, '{"name":"x"}')).status).toBe(403);
  expect(server.accounts.tokens).toEqual([]);
});

test.each([
  [{ name: '' }, '"" is no name for a token'],
  [{ name: 'x', hosts: [] }, 'hosts'],
  [{ name: 'x', hosts: [''] }, 'a pattern has 1 to 255 characters'],
  [{ name: 'x', right: 'admin' }, 'right'],
  [{ name: 'x'.repeat(257) }, '"name"'],
  [{ name: 'x', hosts: new Array(65).fill('web') }, '"hosts"'],
  [['x'], 'expected object'],
])('of %j none is made, and it is said why', async (body, words) => {
  const server = await LoginServer.start();
  const answer = await ask(server, 'ann', body);
  expect(answer.status).toBe(400);
  expect(answer.body?.error).toContain(words);
  expect(server.accounts.tokens).toEqual([]);
});
