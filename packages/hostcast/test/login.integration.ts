import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../src/accounts/accounts.ts';
import type { FleetSnapshot } from '../src/publish/snapshots.ts';
import { HostcastProcess, makeFolder } from './support/hostcastProcess.ts';
import { StompClient } from './support/stompClient.ts';

const flags = ['--auth', 'users', '--interval', '1s'];
const password = 'correct horse';

/** A data folder with the viewer `kim`. */
async function folderWithKim(): Promise<{ data: string; accounts: Accounts }> {
  const data = makeFolder();
  const accounts = Accounts.open(data);
  onTestFinished(() => accounts.close());
  await accounts.addUser({ name: 'kim', role: 'viewer', password });
  return { data, accounts };
}

async function signIn({ url }: HostcastProcess): Promise<{ token: string; cookie: string }> {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ name: 'kim', password }),
  });
  const { token } = (await response.json()) as { token: string };
  return { token, cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
}

/** The code of the ERROR that ends a client's session, and of its WebSocket's close. */
function ending({ client, socket }: StompClient): Promise<string> {
  return new Promise((resolve) => {
    let error = '';
    client.onStompError = ({ headers }) => {
      error = `${headers.code}: ${headers.message}`;
    };
    socket.once('close', (code) => resolve(`${error} (${code})`));
  });
}

it('a page signs in, looks by its cookie, refreshes, and is out at once when it signs out', async () => {
  const { data } = await folderWithKim();
  const hostcast = await HostcastProcess.start(flags, { data });
  const { cookie, token } = await signIn(hostcast);
  const headers = { cookie, origin: hostcast.url };
  const client = await StompClient.connect(hostcast.url, { socket: { headers } });
  const fleet = client.subscribe<FleetSnapshot>('/topic/hosts');
  await fleet.next();
  const refreshed = await fetch(`${hostcast.url}/api/refresh`, { method: 'POST', headers });
  expect(refreshed.status).toBe(200);
  await fleet.next();
  const ended = ending(client);
  const out = await fetch(`${hostcast.url}/api/logout`, { method: 'POST', headers });
  expect([out.status, out.headers.get('set-cookie')]).toEqual([
    204,
    'hostcast=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
  ]);
  expect(await ended).toBe('ERR_STOMP_UNAUTHORIZED: you have signed out (4401)');
  await expect(StompClient.connect(hostcast.url, { socket: { headers } })).rejects.toThrow(
    'this login has ended',
  );
  expect(await hostcast.stop()).toBe(0);
  const again = await HostcastProcess.start(flags, { data });
  const me = await again.fetchJson('/api/me');
  expect(me).toEqual({ mode: 'users', user: null, expiresAtMs: null });
  await expect(StompClient.connect(again.url, { headers: { passcode: token } })).rejects.toThrow(
    'this login has ended',
  );
});

it('sessions end within a second of what another process changes', async () => {
  const { data, accounts } = await folderWithKim();
  const hostcast = await HostcastProcess.start(flags, { data });
  const { text, token } = await accounts.createToken({ name: 'wall', right: 'viewer' });
  await hostcast.untilLogged('token created');
  const clients = [
    await StompClient.connect(hostcast.url, { headers: { Authorization: `Bearer ${text}` } }),
    await StompClient.connect(hostcast.url, { headers: { login: 'kim', passcode: password } }),
  ];
  const fleets = clients.map((client) => client.subscribe<FleetSnapshot>('/topic/hosts'));
  await Promise.all(fleets.map((fleet) => fleet.next()));
  const ends = clients.map((client) => ending(client));
  await accounts.revokeToken(token.id);
  await accounts.setPassword('kim', 'battery staple');
  expect(await Promise.all(ends)).toEqual([
    'ERR_STOMP_UNAUTHORIZED: the token was revoked (4401)',
    'ERR_STOMP_UNAUTHORIZED: your password was changed (4401)',
  ]);
});

it('a token of another issuer lets in until it expires, and a session that only listens ends then', async () => {
  const secret = 'a secret of the issuer, 32 octets or more';
  const hostcast = await HostcastProcess.start(flags, {
    environment: {
      HOSTCAST_JWT_SECRET: secret,
      HOSTCAST_JWT_CLOCK_TOLERANCE: '0s',
      HOSTCAST_JWT_AUDIENCE: 'hostcast',
    },
  });
  const endMs = (Math.floor(Date.now() / 1_000) + 3) * 1_000;
  const token = await new SignJWT({ role: 'operator' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('robin')
    .setAudience('hostcast')
    .setExpirationTime(endMs / 1_000)
    .sign(new TextEncoder().encode(secret));
  const client = await StompClient.connect(hostcast.url, { headers: { passcode: token } });
  const times: number[] = [];
  client.client.subscribe('/topic/*', ({ body }) => times.push((JSON.parse(body) as FleetSnapshot).time));
  expect(await ending(client)).toBe('ERR_STOMP_EXPIRED: the login has expired (4401)');
  expect(hostcast.log('login')).toMatchObject([
    { audit: true, user: 'robin', right: 'operator', address: '127.0.0.1', use: 'CONNECT' },
  ]);
  expect(times.length).toBeGreaterThan(0);
  expect(times.filter((time) => time > endMs + 1_000)).toEqual([]);
  expect(await hostcast.untilLogged('disconnect')).toMatchObject([{ user: 'robin', reason: 'auth-expired' }]);
});

it('what is secret of a login is in no log, and its files are their owner’s alone', async () => {
  const { data } = await folderWithKim();
  const hostcast = await HostcastProcess.start([...flags], {
    data,
    environment: { HOSTCAST_LOG_LEVEL: 'debug' },
  });
  const { token, cookie } = await signIn(hostcast);
  const basic = Buffer.from(`kim:${password}`).toString('base64');
  for (const authorization of [
    `Bearer ${token}`,
    `Bearer ${token}x`,
    `Basic ${basic}`,
    'Basic a2ltOndyb25nIGhvcnNl',
  ]) {
    await fetch(`${hostcast.url}/api/hosts`, { headers: { authorization } });
  }
  await StompClient.connect(hostcast.url, { headers: { login: 'kim', passcode: password } });
  await expect(
    StompClient.connect(hostcast.url, { headers: { login: 'kim', passcode: 'wrong horse' } }),
  ).rejects.toThrow('name or password is wrong');
  await fetch(`${hostcast.url}/api/logout`, { method: 'POST', headers: { cookie, origin: hostcast.url } });
  await hostcast.untilLogged('logout');
  const secrets = [token, token.split('.')[2]!, password, 'wrong horse', basic, 'scrypt'];
  secrets.push(readFileSync(join(data, 'jwt-secret'), 'utf8').trim());
  expect(secrets.filter((secret) => (hostcast.output + hostcast.errors).includes(secret))).toEqual([]);
  for (const file of ['jwt-secret', 'revoked-logins.json', 'accounts.json']) {
    expect([file, statSync(join(data, file)).mode & 0o777]).toEqual([file, 0o600]);
  }
});
