import { createHash } from 'node:crypto';
import type { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, it, vi } from 'vitest';
import type { StoredToken } from '../../src/accounts/accountsFile.ts';
import { LoginServer, password, startMs } from '../support/loginServer.ts';

vi.setConfig({ testTimeout: 30_000 }); // a password takes a fifth of a second of a whole core

const hour = 3_600_000;

const text = `hct_0123456789ab_${'A'.repeat(43)}`;
const token: StoredToken = {
  id: '0123456789ab',
  name: 'dashboard',
  right: 'viewer',
  createdMs: startMs,
  expiresAtMs: startMs + 2 * hour,
  sha256: createHash('sha256').update(text).digest('hex'),
};

function bearer(jwt: string): Record<string, string> {
  return { Authorization: `Bearer ${jwt}` };
}

async function subscribe(client: MemoryClient, destination: string): Promise<void> {
  client.sendFrame('SUBSCRIBE', { id: destination, destination, receipt: destination });
  await client.first('RECEIPT');
}

/** The ERROR's code and message. */
async function ending(client: MemoryClient): Promise<string> {
  const { headers } = await client.first('ERROR');
  return `${headers.get('code')}: ${headers.get('message')}`;
}

function messages(client: MemoryClient): unknown[] {
  return client.heard
    .filter((frame) => frame.startsWith('MESSAGE:'))
    .map((frame) => JSON.parse(frame.slice('MESSAGE:'.length)));
}

const expired = 'ERR_STOMP_EXPIRED: the login has expired';
const signedOut = 'ERR_STOMP_UNAUTHORIZED: you have signed out';
const passwordChanged = 'ERR_STOMP_UNAUTHORIZED: your password was changed';
const removed = 'ERR_STOMP_UNAUTHORIZED: your account was removed';
const revoked = 'ERR_STOMP_UNAUTHORIZED: the token was revoked';

describe('a session that only listens', () => {
  it('ends when its login does, to the millisecond', async () => {
    const server = await LoginServer.start();
    const client = await server.connect(bearer(await server.tokenOf()));
    server.clock.advance(hour - 1);
    expect(client.heard).toEqual(['CONNECTED']);
    server.clock.advance(1);
    expect(await ending(client)).toBe(expired);
    expect(server.stomp.sessions.size).toBe(0);
  });

  it('gets no message later than the end of its login: 1,000 sessions that end one after the other', async () => {
    const server = await LoginServer.start();
    const clients: MemoryClient[] = [];
    for (let i = 0; i < 1_000; i += 1) {
      if (i % 50 === 0) server.clock.advance(1_000);
      const client = await server.connect(bearer(await server.tokenOf(i % 2 === 0 ? 'kim' : 'ann')));
      await subscribe(client, '/topic/hosts');
      clients.push(client);
    }
    const ends = clients.map((_, i) => startMs + hour + 1_000 * (1 + Math.floor(i / 50)));
    server.clock.advance(startMs + hour - server.clock.now());
    for (let tick = 0; tick < 50; tick += 1) {
      server.clock.advance(500);
      server.stomp.publish('/topic/hosts', JSON.stringify({ time: server.clock.now(), rows: [] }));
    }
    const late = clients.flatMap((client, i) =>
      messages(client).filter((message) => (message as { time: number }).time >= ends[i]!),
    );
    expect(late).toEqual([]);
    expect(clients.map((client) => messages(client).length)).toEqual(
      clients.map((_, i) => 2 * (1 + Math.floor(i / 50)) - 1),
    );
    expect(server.stomp.sessions.size).toBe(0);
  });

  it('is warned a minute before, and goes on where its login is refreshed', async () => {
    const server = await LoginServer.start();
    const jwt = await server.tokenOf();
    const client = await server.connect(bearer(jwt));
    await subscribe(client, '/user/queue/notices');
    server.clock.advance(hour - 60_001);
    expect(messages(client)).toEqual([]);
    server.clock.advance(1);
    const [session] = [...server.stomp.sessions.keys()];
    expect(messages(client)).toEqual([{ type: 'expiring', session, expiresAtMs: startMs + hour }]);
    await server.ask('POST', '/api/refresh', { authorization: `Bearer ${jwt}` });
    server.clock.advance(hour - 60_001);
    expect(messages(client)).toHaveLength(1);
    server.clock.advance(1);
    expect(messages(client)).toHaveLength(2);
    server.clock.advance(60_000);
    expect(await ending(client)).toBe(expired);
  });

  it('is warned at once where it listens in its last minute', async () => {
    const server = await LoginServer.start();
    const client = await server.connect(bearer(await server.tokenOf()));
    server.clock.advance(hour - 1_000);
    await subscribe(client, '/user/queue/notices');
    expect(messages(client)).toMatchObject([{ type: 'expiring', expiresAtMs: startMs + hour }]);
  });
});

describe('a session ends at once', () => {
  it('where its login is ended, and no other of the same user', async () => {
    const server = await LoginServer.start();
    const [jwt, other] = [await server.tokenOf(), await server.tokenOf()];
    const [client, stays] = [await server.connect(bearer(jwt)), await server.connect(bearer(other))];
    await server.ask('POST', '/api/logout', { authorization: `Bearer ${jwt}` });
    expect(await ending(client)).toBe(signedOut);
    expect(stays.heard).toEqual(['CONNECTED']);
  });

  it('where its password is changed, whichever way it signed in', async () => {
    const server = await LoginServer.start();
    const byToken = await server.connect(bearer(await server.tokenOf()));
    const byPassword = await server.connect({ login: 'kim', passcode: password });
    const other = await server.connect(bearer(await server.tokenOf('ann')));
    await server.accounts.setPassword('kim', 'battery staple');
    expect([await ending(byToken), await ending(byPassword)]).toEqual([passwordChanged, passwordChanged]);
    expect(other.heard).toEqual(['CONNECTED']);
  });

  it('where its user is removed, or its token revoked', async () => {
    const server = await LoginServer.start({ tokens: [token] });
    const [user, program] = [
      await server.connect(bearer(await server.tokenOf())),
      await server.connect({ passcode: text }),
    ];
    await server.accounts.removeUser('kim');
    expect(await ending(user)).toBe(removed);
    expect(program.heard).toEqual(['CONNECTED']);
    await server.accounts.revokeToken('0123456789ab');
    expect(await ending(program)).toBe(revoked);
  });

  it('where its token expires, and where it came by password after as long as a login lasts', async () => {
    const server = await LoginServer.start({ tokens: [token], login: { sessionMs: 3 * hour } });
    const program = await server.connect({ passcode: text });
    const person = await server.connect({ login: 'kim', passcode: password });
    server.clock.advance(2 * hour);
    expect(await ending(program)).toBe(expired);
    expect(person.heard).toEqual(['CONNECTED']);
    server.clock.advance(hour);
    expect(await ending(person)).toBe(expired);
  });

  it('where the login ended while CONNECT was checked', async () => {
    const server = await LoginServer.start();
    const jwt = await server.tokenOf();
    const principal = await server.login.logins.verify(jwt);
    server.stomp.clientInboundChannel.use({
      preSend: ({ command }) => (command === 'CONNECT' ? server.login.logins.revoke(principal) : undefined),
    });
    expect(await ending(server.connecting(bearer(jwt)))).toBe(signedOut);
  });
});

describe('other rights', () => {
  it('hold for a session as it is', async () => {
    const server = await LoginServer.start();
    const client = await server.connect(bearer(await server.tokenOf()));
    await subscribe(client, '/topic/hosts');
    await server.accounts.setRole('kim', 'viewer', { hosts: ['web-*'] });
    const row = (host: string) => [host, ...Array(15).fill(null), {}];
    server.stomp.publish('/topic/hosts', JSON.stringify({ rows: [row('db-1'), row('web-1')] }));
    expect(messages(client)).toEqual([{ rows: [row('web-1')] }]);
    await server.accounts.setRole('kim', 'operator', undefined);
    client.sendFrame('SUBSCRIBE', { id: 'all', destination: '/topic/**', receipt: 'all' });
    await vi.waitFor(() => expect(client.heard).toContain('RECEIPT:all'));
    await server.accounts.setRole('kim', 'viewer', undefined);
    expect(await ending(client)).toBe('ERR_STOMP_FORBIDDEN: your rights have changed: connect again');
  });

  it('end a session that listens to what it may not see any more', async () => {
    const server = await LoginServer.start();
    const [db, web] = [
      await server.connect(bearer(await server.tokenOf())),
      await server.connect(bearer(await server.tokenOf())),
    ];
    await subscribe(db, '/topic/hosts.db-1');
    await subscribe(web, '/topic/hosts.web-1');
    await server.accounts.setRole('kim', 'viewer', { hosts: ['web-*'] });
    expect(await ending(db)).toContain('ERR_STOMP_FORBIDDEN');
    server.stomp.publish('/topic/hosts.web-1', '{"host":"web-1","tags":{}}');
    expect(messages(web)).toEqual([{ host: 'web-1', tags: {} }]);
  });
});

describe('SEND to /app/token', () => {
  async function send(client: MemoryClient, body: string): Promise<void> {
    client.sendFrame('SEND', { destination: '/app/token', receipt: 'token' }, body);
    await Promise.race([client.first('RECEIPT'), client.first('ERROR')]);
  }

  it('renews the session in place', async () => {
    const server = await LoginServer.start();
    const client = await server.connect(bearer(await server.tokenOf()));
    server.clock.advance(hour / 2);
    await send(client, `${await server.tokenOf()}\n`);
    expect(client.heard).toEqual(['CONNECTED', 'RECEIPT:token']);
    server.clock.advance(hour - 1);
    expect(client.heard).toHaveLength(2);
    server.clock.advance(1);
    expect(await ending(client)).toBe(expired);
  });

  it('binds the session to the new login', async () => {
    const server = await LoginServer.start();
    const [before, after] = [await server.tokenOf(), await server.tokenOf()];
    const client = await server.connect(bearer(before));
    await send(client, after);
    await server.ask('POST', '/api/logout', { authorization: `Bearer ${before}` });
    expect(client.heard).toEqual(['CONNECTED', 'RECEIPT:token']);
    await server.ask('POST', '/api/logout', { authorization: `Bearer ${after}` });
    expect(await ending(client)).toBe(signedOut);
  });

  it.each([
    ['somebody else’s token', (server: LoginServer) => server.tokenOf('ann'), 'somebody else’s'],
    ['an access token', () => text, 'somebody else’s'],
    ['no token', () => 'hello', 'it is no token'],
    ['nothing', () => '', 'it is no token'],
  ])('ends the session with %s', async (_what, body, message) => {
    const server = await LoginServer.start({ tokens: [token] });
    const client = await server.connect(bearer(await server.tokenOf()));
    await send(client, await body(server));
    expect(await ending(client)).toContain(message);
    expect(server.stomp.sessions.size).toBe(0);
    expect(server.audited).toMatchObject([['login refused', { user: 'kim', address: expect.any(String) }]]);
  });
});
