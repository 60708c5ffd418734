import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { StoredToken } from '../../src/accounts/accountsFile.ts';
import { LoginServer, password, startMs } from '../support/loginServer.ts';

vi.setConfig({ testTimeout: 30_000 }); // a password takes a fifth of a second of a whole core

const text = `hct_0123456789ab_${'A'.repeat(43)}`;
const token: StoredToken = {
  id: '0123456789ab',
  name: 'dashboard',
  right: 'viewer',
  createdMs: startMs,
  expiresAtMs: startMs + 60_000,
  sha256: createHash('sha256').update(text).digest('hex'),
};

function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/** CONNECTED, or the message of the ERROR. */
async function connect(server: LoginServer, headers: Record<string, string>): Promise<string | undefined> {
  const client = server.connecting(headers);
  const frame = await Promise.race([client.first('CONNECTED'), client.first('ERROR')]);
  return frame.command === 'CONNECTED' ? frame.command : frame.headers.get('message');
}

function userOf(server: LoginServer): string | undefined {
  return [...server.stomp.sessions.values()].at(-1)?.user?.name;
}

describe('CONNECT', () => {
  it('takes a login by header, by passcode, or by name and password', async () => {
    const server = await LoginServer.start({ tokens: [token] });
    const jwt = await server.tokenOf('kim');
    for (const [name, headers] of [
      ['kim', { Authorization: `Bearer ${jwt}` }],
      ['kim', { authorization: `bearer ${jwt}` }],
      ['kim', { passcode: jwt }],
      ['kim', { login: 'whoever', passcode: jwt }],
      ['kim', { login: 'kim', passcode: password }],
      ['dashboard', { Authorization: `Bearer ${text}` }],
      ['dashboard', { login: 'telegraf', passcode: text }],
      ['ann', { Authorization: `Bearer ${await server.tokenOf('ann')}`, login: 'kim', passcode: password }],
    ] as const) {
      expect(await connect(server, headers)).toBe('CONNECTED');
      expect(userOf(server)).toBe(name);
    }
  });

  it.each<[string, Record<string, string>, string]>([
    ['nothing', {}, 'login is needed'],
    ['a name alone', { login: 'kim' }, 'login is needed'],
    ['an empty passcode', { login: 'kim', passcode: '' }, 'login is needed'],
    ['a wrong password', { login: 'kim', passcode: 'wrong horse' }, 'name or password is wrong'],
    ['an unknown name', { login: 'kay', passcode: password }, 'name or password is wrong'],
    ['a password alone', { passcode: password }, 'name or password is wrong'],
    ['an unknown token', { passcode: text }, 'the token is unknown, revoked or expired'],
    ['a token cut short', { passcode: text.slice(0, -1) }, 'the token is unknown, revoked or expired'],
    [
      'a scheme of its own',
      { Authorization: 'Negotiate abc' },
      'the header Authorization is Bearer, Token or Basic',
    ],
    [
      'a wrong header and a right password',
      { Authorization: 'Bearer x', login: 'kim', passcode: password },
      'it is no token',
    ],
  ])('is refused with %s', async (_what, headers, message) => {
    const server = await LoginServer.start();
    expect(await connect(server, headers)).toContain(message);
    expect(server.stomp.sessions.size).toBe(0);
  });

  it('says by its reason whether another login helps', async () => {
    const server = await LoginServer.start({ loginsPerMinute: 1 });
    const jwt = await server.tokenOf();
    const endings = [];
    for (const headers of [{ passcode: 'wrong horse' }, { passcode: 'wrong horse' }, { passcode: jwt }]) {
      if ('passcode' in headers && headers.passcode === jwt) server.clock.advance(3_600_000);
      const client = server.connecting({ login: 'kim', ...headers });
      const error = await client.first('ERROR');
      endings.push([error.headers.get('code'), error.headers.get('reconnect')]);
    }
    expect(endings).toEqual([
      ['ERR_STOMP_UNAUTHORIZED', 'false'],
      ['ERR_STOMP_UNAUTHORIZED', 'true'],
      ['ERR_STOMP_EXPIRED', 'false'],
    ]);
  });

  it('takes the cookie of the upgrade from a page of this server, and from no other', async () => {
    const server = await LoginServer.start({ network: { allowedOrigins: ['https://friend.example'] } });
    const cookie = `theme=dark; hostcast=${await server.tokenOf()}`;
    expect(await server.socket({ cookie, origin: server.url })).toBe('CONNECTED');
    expect(await server.socket({ cookie, origin: 'https://friend.example' })).toBe('login is needed');
    expect(await server.socket({ cookie })).toBe('login is needed');
    expect(await server.socket({ cookie: 'hostcast=', origin: server.url })).toBe('login is needed');
    expect(await server.socket({ cookie: 'hostcast=x', origin: server.url })).toContain('it is no token');
    await expect(server.socket({ cookie, origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(server.socket({ cookie, origin: 'null' })).rejects.toThrow('403');
  });

  it('computes a password that was right once, not with each CONNECT', async () => {
    const server = await LoginServer.start({ loginsPerMinute: 1 });
    for (let i = 0; i < 5; i += 1) {
      expect(await connect(server, { login: 'kim', passcode: password })).toBe('CONNECTED');
    }
    expect(server.passwords.computed).toBe(1);
    await server.accounts.setPassword('kim', 'battery staple');
    expect(await connect(server, { login: 'kim', passcode: password })).toBe('name or password is wrong');
  });

  it('with a password that was right is refused above the limit too: nobody goes on guessing there', async () => {
    const server = await LoginServer.start({ loginsPerMinute: 2 });
    expect(await connect(server, { login: 'kim', passcode: password })).toBe('CONNECTED');
    for (let i = 0; i < 3; i += 1) await connect(server, { login: 'kim', passcode: `guess ${i}` });
    expect(await connect(server, { login: 'kim', passcode: password })).toBe(
      'too many logins: wait a moment',
    );
  });

  it('is answered whatever the headers are', async () => {
    const server = await LoginServer.start();
    const value = fc.oneof(
      fc.string(),
      fc.string().map((end) => `Bearer ${end}`),
      fc.base64String().map((end) => `Basic ${end}`),
    );
    const headers = fc.record({ Authorization: value }).map((given) => {
      const clean = given.Authorization.replace(/[\0\r\n:\\]/g, '');
      return { Authorization: `eyJ${clean}`.slice(clean.length % 2 === 0 ? 3 : 0) };
    });
    await fc.assert(
      fc.asyncProperty(headers, async (each) => {
        expect(await connect(server, each)).not.toBe('CONNECTED');
      }),
      { numRuns: 200 },
    );
  });
});

describe('while something is not there', () => {
  it('the issuer’s keys: its tokens are refused for now, ours are not', async () => {
    const server = await LoginServer.start({
      jwt: { algorithms: ['RS256'], jwksUrl: 'http://127.0.0.1:1/jwks.json' },
    });
    const brought = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.AAAA`;
    const { status, headers, body } = await server.ask('GET', '/api/hosts', {
      authorization: `Bearer ${brought}`,
    });
    const error = 'the keys of the token issuer cannot be reached: try again in a moment';
    expect([status, headers.get('retry-after'), body]).toEqual([503, '5', { error }]);
    const refused = await server.connecting({ passcode: brought }).first('ERROR');
    expect(refused.headers.get('message')).toBe(error);
    expect([refused.headers.get('reconnect'), refused.headers.get('reconnect-after')]).toEqual([
      'true',
      '5000',
    ]);
    expect(await connect(server, { passcode: await server.tokenOf() })).toBe('CONNECTED');
  });

  it('room for another password: it is to be tried again', async () => {
    const server = await LoginServer.start();
    const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => server.signIn(`kim${i}`)));
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy[0]?.headers.get('retry-after')).toBe('1');
    expect(busy[0]?.body).toEqual({ error: 'many are signing in: try again in a moment' });
  });
});

it('a password that was right of late is audited where somebody signs in by it, and where it comes from elsewhere', async () => {
  const server = await LoginServer.start({ network: { trustedProxies: ['127.0.0.1'] } });
  const headers = (address: string) => ({
    'x-forwarded-for': address,
    authorization: basic('kim', password),
  });
  for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.1']) {
    expect((await server.ask('GET', '/api/hosts', headers(address))).status).toBe(200);
  }
  for (let i = 0; i < 2; i += 1) expect((await server.signIn()).status).toBe(200);
  expect(server.audited).toEqual(
    ['192.0.2.1', '192.0.2.2', '127.0.0.1', '127.0.0.1'].map((address) => [
      'login',
      { user: 'kim', address },
    ]),
  );
});

it('one address that has passwords checked without end leaves room for others', async () => {
  const server = await LoginServer.start({ network: { trustedProxies: ['127.0.0.1'] } });
  const from = async (address: string) => {
    const headers = { authorization: basic('kim', 'wrong horse'), 'x-forwarded-for': address };
    return (await server.ask('GET', '/api/hosts', headers)).status;
  };
  const flood = Array.from({ length: 30 }, () => from('203.0.113.5'));
  await Promise.race(flood); // one of them is refused
  expect(await from('198.51.100.1')).toBe(401);
  const statuses = await Promise.all(flood);
  expect([statuses.filter((status) => status === 401).length, new Set(statuses)]).toEqual([
    6,
    new Set([401, 503]),
  ]);
});

describe('a request', () => {
  it('takes a login by Bearer, Token and Basic', async () => {
    const server = await LoginServer.start({ tokens: [token] });
    const jwt = await server.tokenOf('kim');
    for (const [name, authorization] of [
      ['kim', `Bearer ${jwt}`],
      ['kim', `Token ${jwt}`],
      ['kim', basic('kim', password)],
      ['dashboard', `Bearer ${text}`],
      ['dashboard', `Token ${text}`],
      ['dashboard', basic('anybody', text)],
    ] as const) {
      const { status, body } = await server.ask('GET', '/api/hosts', { authorization });
      expect([status, body?.name]).toEqual([200, name]);
    }
    server.clock.advance(60_000);
    expect((await server.ask('GET', '/api/hosts', { authorization: `Token ${text}` })).status).toBe(401);
  });

  it.each([
    ['Bearer'],
    ['Bearer '],
    ['Bearer a b'],
    ['Bearer eyJ.eyJ.'],
    ['Digest x'],
    ['Basic kim'],
    [basic('kim', 'wrong horse')],
    [basic('', '')],
  ])('is refused with the header %s, and said how to sign in', async (authorization) => {
    const server = await LoginServer.start();
    const { status, headers, body } = await server.ask('GET', '/api/hosts', { authorization });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="hostcast"');
    expect(body?.error).toEqual(expect.any(String));
  });

  it('is refused above the limit of logins, and said when to come again', async () => {
    const server = await LoginServer.start({ loginsPerMinute: 1 });
    const authorization = basic('kim', 'wrong horse');
    expect((await server.ask('GET', '/api/hosts', { authorization })).status).toBe(401);
    const { status, headers } = await server.ask('GET', '/api/hosts', { authorization });
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
  });

  it('reaches what is open to all with whatever header a proxy left there', async () => {
    const server = await LoginServer.start();
    const { status } = await server.ask('GET', '/healthz', { authorization: 'Basic cHJveHk6cHJveHk=' });
    expect(status).toBe(200);
    expect(server.audited).toEqual([]);
  });

  it('changes something by cookie from a page of this server only', async () => {
    const server = await LoginServer.start({ network: { allowedOrigins: ['https://friend.example'] } });
    const cookie = `hostcast=${await server.tokenOf('ann')}`;
    const kick = async (headers: Record<string, string>) =>
      (await server.ask('POST', '/api/sessions/1/kick', { cookie, ...headers })).status;
    expect(await kick({ origin: server.url })).toBe(200);
    expect(await kick({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await kick({})).toBe(401);
    expect(await kick({ 'sec-fetch-site': 'none' })).toBe(401);
    expect(await kick({ origin: 'https://friend.example' })).toBe(401);
    expect(await kick({ origin: 'https://evil.example' })).toBe(403);
    expect(await kick({ origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await kick({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect((await server.ask('GET', '/api/hosts', { cookie })).status).toBe(200);
  });

  it('above the limit of logins is audited a few times', async () => {
    const server = await LoginServer.start({ loginsPerMinute: 1 });
    const authorization = basic('kim', 'wrong horse');
    for (let i = 0; i < 20; i += 1) await server.ask('GET', '/api/hosts', { authorization });
    expect(server.audited).toHaveLength(11);
    expect(server.audit.counts.get('login refused')).toBe(20);
    const who = { user: 'kim', address: '127.0.0.1' };
    expect(server.audited[0]).toEqual(['login refused', { ...who, reason: 'wrong name or password' }]);
    expect(server.audited[10]).toEqual(['login refused', { ...who, reason: 'too many attempts' }]);
  });

  it('with a token many times wrong is audited a few times', async () => {
    const server = await LoginServer.start();
    for (let i = 0; i < 15; i += 1) await server.ask('GET', '/api/hosts', { authorization: 'Bearer x' });
    expect(server.audited).toHaveLength(10);
    expect(server.audit.counts.get('login refused')).toBe(15);
    expect(server.audited[0]).toEqual([
      'login refused',
      { address: '127.0.0.1', reason: 'the token is refused: it is no token' },
    ]);
  });
});
