import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, it, vi } from 'vitest';
import { LoginServer, password, startMs } from '../support/loginServer.ts';

vi.setConfig({ testTimeout: 30_000 }); // a password takes a fifth of a second of a whole core

const json = { 'content-type': 'application/json' };
const hour = 3_600_000;

describe('POST /api/login', () => {
  it('gives a token in the body and in a cookie that no script can read', async () => {
    const server = await LoginServer.start();
    const { status, body, cookie, token } = await server.signIn('kim');
    expect(status).toBe(200);
    expect(body).toEqual({
      token,
      expiresAtMs: startMs + hour,
      user: { name: 'kim', role: 'viewer' },
    });
    expect(cookie).toMatch(/^hostcast=eyJ[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    expect(server.audited).toEqual([['login', { user: 'kim', address: '127.0.0.1' }]]);
  });

  it('answers an unknown name as it answers a wrong password', async () => {
    const server = await LoginServer.start();
    const wrong = await server.signIn('kim', 'wrong horse');
    const unknown = await server.signIn('nobody', password);
    expect([wrong.status, wrong.body]).toEqual([401, { error: 'name or password is wrong' }]);
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
    expect(wrong.cookie).toBeNull();
    expect(server.audited.map(([event]) => event)).toEqual(['login refused', 'login refused']);
  });

  it('is refused above the limit of attempts, and says when to come again', async () => {
    const server = await LoginServer.start({ loginsPerMinute: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await server.signIn('kim', 'wrong horse')).status);
    expect(statuses).toEqual([401, 401, 429]);
    const refused = await server.signIn('kim', password);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await server.signIn('ann', password)).status).toBe(200);
  });

  it.each([
    ['text/plain', '{"name":"kim","password":"correct horse"}', 415],
    ['application/x-www-form-urlencoded', 'name=kim&password=correct+horse', 415],
    ['application/json', '{"name":"kim"}', 400],
    ['application/json', '["kim","correct horse"]', 400],
    ['application/json', '{"name":"kim","password":"correct horse","role":"admin"}', 400],
    ['application/json', '{"__proto__":{"name":"kim","password":"correct horse"}}', 400],
    ['application/json', '{"name":{"$ne":""},"password":"correct horse"}', 400],
    ['application/json', 'kim', 400],
    ['application/json', `{"name":"kim","password":"${'x'.repeat(10_000)}"}`, 413],
  ])('takes JSON and nothing else: %s %s', async (type, body, status) => {
    const server = await LoginServer.start();
    const answer = await server.ask('POST', '/api/login', { 'content-type': type }, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it.each([
    ['auto', 'http', false],
    ['auto', 'https', true],
    ['always', 'http', true],
    ['never', 'https', false],
  ] as const)('sets the cookie for https only: %s, by %s', async (secureCookie, proto, isSecure) => {
    const server = await LoginServer.start({
      login: { secureCookie },
      network: { trustedProxies: ['127.0.0.1'] },
    });
    const headers = { ...json, 'x-forwarded-proto': proto, 'x-forwarded-for': '192.0.2.7' };
    const body = JSON.stringify({ name: 'kim', password });
    const answer = await server.ask('POST', '/api/login', headers, body);
    expect(answer.headers.get('set-cookie')?.endsWith('; Secure')).toBe(isSecure);
  });

  it('is no other page’s to send', async () => {
    const server = await LoginServer.start();
    const headers = { ...json, origin: 'https://evil.example' };
    const body = JSON.stringify({ name: 'kim', password });
    expect((await server.ask('POST', '/api/login', headers, body)).status).toBe(403);
  });
});

describe('a limit of attempts', () => {
  it('is one for every way to send a password', async () => {
    const server = await LoginServer.start({ loginsPerMinute: 2 });
    const basic = `Basic ${Buffer.from('kim:wrong horse').toString('base64')}`;
    expect((await server.ask('GET', '/api/hosts', { authorization: basic })).status).toBe(401);
    expect((await server.signIn('kim', 'wrong horse')).status).toBe(401);
    const client = new MemoryClient('127.0.0.1');
    server.stomp.accept(client);
    client.sendFrame('CONNECT', { 'accept-version': '1.2', host: '/', login: 'kim', passcode: password });
    expect((await client.first('ERROR')).headers.get('message')).toBe('too many logins: wait a moment');
  });
});

describe('GET /api/me', () => {
  it('says who one is, also where that is nobody', async () => {
    const server = await LoginServer.start();
    const nobody = { mode: 'users', user: null, expiresAtMs: null };
    expect((await server.ask('GET', '/api/me')).body).toEqual(nobody);
    const token = await server.tokenOf('kim');
    const kim = { mode: 'users', user: { name: 'kim', role: 'viewer' }, expiresAtMs: startMs + hour };
    for (const headers of [{ cookie: `a=b; hostcast=${token}` }, { authorization: `Bearer ${token}` }]) {
      expect((await server.ask('GET', '/api/me', headers)).body).toEqual(kim);
    }
    server.clock.advance(hour);
    expect((await server.ask('GET', '/api/me', { cookie: `hostcast=${token}` })).body).toEqual(nobody);
  });
});

describe('POST /api/refresh', () => {
  it('gives another token of the same login, until the login has lasted long enough', async () => {
    const server = await LoginServer.start({ login: { sessionMs: 2.5 * hour } });
    const ends = [];
    let token = await server.tokenOf('kim');
    for (let i = 0; i < 2; i += 1) {
      server.clock.advance(0.9 * hour);
      const { status, body } = await server.ask('POST', '/api/refresh', { authorization: `Bearer ${token}` });
      expect(status).toBe(200);
      token = String(body?.token);
      ends.push(Number(body?.expiresAtMs) - startMs);
    }
    expect(ends).toEqual([1.9 * hour, 2.5 * hour]);
    server.clock.advance(0.7 * hour);
    const late = await server.ask('POST', '/api/refresh', { authorization: `Bearer ${token}` });
    expect([late.status, late.body]).toEqual([401, { error: 'the token has expired' }]);
  });

  it('takes the cookie from a page of this server only', async () => {
    const server = await LoginServer.start();
    const cookie = `hostcast=${await server.tokenOf('kim')}`;
    const own = await server.ask('POST', '/api/refresh', { cookie, origin: server.url });
    expect(own.status).toBe(200);
    expect(own.headers.get('set-cookie')).toMatch(/^hostcast=eyJ/);
    expect((await server.ask('POST', '/api/refresh', { cookie })).status).toBe(401);
    const other = await server.ask('POST', '/api/refresh', { cookie, origin: 'https://evil.example' });
    expect(other.status).toBe(403);
  });
});

describe('POST /api/logout', () => {
  it('ends the login: its tokens are refused from then on, after a restart too', async () => {
    const server = await LoginServer.start();
    const [token, other] = [await server.tokenOf('kim'), await server.tokenOf('kim')];
    const answer = await server.ask('POST', '/api/logout', { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(204);
    const again = await LoginServer.start({ folder: server.folder });
    for (const each of [server, again]) {
      const { status, body } = await each.ask('GET', '/api/hosts', { authorization: `Bearer ${token}` });
      expect([status, body]).toEqual([401, { error: 'this login has ended: sign in again' }]);
      expect((await each.ask('GET', '/api/hosts', { authorization: `Bearer ${other}` })).status).toBe(200);
    }
    expect(server.audited).toContainEqual(['logout', { user: 'kim', address: '127.0.0.1' }]);
  });

  it('by cookie takes the cookie away, for a page of this server', async () => {
    const server = await LoginServer.start();
    const cookie = `hostcast=${await server.tokenOf('kim')}`;
    const foreign = await server.ask('POST', '/api/logout', { cookie });
    expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([204, null]);
    expect((await server.ask('GET', '/api/hosts', { cookie })).status).toBe(200);
    const own = await server.ask('POST', '/api/logout', { cookie, origin: server.url });
    expect(own.headers.get('set-cookie')).toBe('hostcast=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
    expect((await server.ask('GET', '/api/hosts', { cookie })).status).toBe(401);
  });

  it('ends the sessions also where the disk does not take it, and says that something went wrong', async () => {
    const server = await LoginServer.start();
    const token = await server.tokenOf('kim');
    const client = await server.connect({ passcode: token });
    mkdirSync(join(server.folder, 'revoked-logins.json'));
    const answer = await server.ask('POST', '/api/logout', { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(500);
    expect((await client.first('ERROR')).headers.get('message')).toBe('you have signed out');
    expect((await server.ask('GET', '/api/hosts', { authorization: `Bearer ${token}` })).status).toBe(401);
  });
});
