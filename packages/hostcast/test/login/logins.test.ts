import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jwtSecret } from '../../src/login/jwtSecret.ts';
import { RevokedLogins } from '../../src/login/revokedLogins.ts';
import { makeFolder } from '../support/hostcastProcess.ts';
import { LoginServer, startMs } from '../support/loginServer.ts';

const now = startMs / 1_000;
const issuerSecret = 'a secret of the issuer, 32 octets or more';

const header = { alg: 'HS256', typ: 'hostcast+jwt' };
const claims = {
  sub: 'kim',
  sid: 's1',
  ver: 2,
  auth_time: now,
  iss: 'hostcast',
  aud: 'hostcast',
  exp: now + 60,
};

function sign(payload: object | string, key: string | Uint8Array, head: object = header): string {
  const parts = [JSON.stringify(head), typeof payload === 'string' ? payload : JSON.stringify(payload)];
  const signed = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** What a request with a token is answered: the name of who it is, or the error. */
async function ask(server: LoginServer, token: string): Promise<unknown> {
  const { body } = await server.ask('GET', '/api/hosts', { authorization: `Bearer ${token}` });
  return body?.name ?? body?.error;
}

describe('a token of ours', () => {
  it('is one where our secret has signed all that it has to say', async () => {
    const server = await LoginServer.start();
    expect(await ask(server, sign(claims, jwtSecret(server.folder)))).toBe('kim');
  });

  it.each<[string, object | string, object?]>([
    ['alg none', claims, { ...header, alg: 'none' }],
    ['another alg', claims, { ...header, alg: 'HS512' }],
    ['another typ', claims, { ...header, typ: 'JWT' }],
    ['no typ', claims, { alg: 'HS256' }],
    ['another issuer', { ...claims, iss: 'https://id.example.org' }],
    ['another audience', { ...claims, aud: 'grafana' }],
    ['no exp', { ...claims, exp: undefined }],
    ['exp over', { ...claims, exp: now }],
    ['exp 1e400', JSON.stringify(claims).replace(String(now + 60), '1e400')],
    ['exp text', { ...claims, exp: '99999999999' }],
    ['nbf to come', { ...claims, nbf: now + 1 }],
    ['an older password', { ...claims, ver: 1 }],
    ['a user that is not there', { ...claims, sub: 'kay' }],
    ['a user of another case', { ...claims, sub: 'Kim' }],
    ['a user of Object', { ...claims, sub: '__proto__' }],
  ])('is refused with %s', async (_what, payload, head) => {
    const server = await LoginServer.start();
    expect(await ask(server, sign(payload, jwtSecret(server.folder), head))).toMatch(
      /^(the token is refused: |the token has expired$|this login has ended)/,
    );
  });

  it('is not one that another issuer has signed, whatever it says', async () => {
    const server = await LoginServer.start({ jwt: { secret: issuerSecret } });
    expect(await ask(server, sign(claims, issuerSecret))).toBe(
      'the token is refused: its signature is wrong',
    );
    const brought = { sub: 'kim', role: 'admin', exp: now + 60 };
    const { body } = await server.ask('GET', '/api/hosts', {
      authorization: `Bearer ${sign(brought, issuerSecret, { alg: 'HS256' })}`,
    });
    expect(body).toMatchObject({ kind: 'jwt', name: 'kim', right: 'admin' });
    expect(await ask(server, sign(brought, jwtSecret(server.folder), { alg: 'HS256' }))).toMatch(
      /signature is wrong/,
    );
  });

  it('gives no more than the account has now', async () => {
    const server = await LoginServer.start();
    const token = await server.tokenOf('kim');
    await server.accounts.setRole('kim', 'operator', { hosts: ['web-*'] });
    const { body } = await server.ask('GET', '/api/hosts', { authorization: `Bearer ${token}` });
    expect(body).toMatchObject({ right: 'operator', scope: { hosts: ['web-*'] } });
  });

  it('is refused with any character changed, and nothing breaks', async () => {
    const server = await LoginServer.start();
    const token = await server.tokenOf('kim');
    const signed = token.slice(0, token.lastIndexOf('.'));
    const edits = fc.tuple(fc.nat(signed.length - 1), fc.constantFrom(...'AZaz09-_.=+/ ~'));
    await fc.assert(
      fc.asyncProperty(edits, async ([at, character]) => {
        const edited = token.slice(0, at) + character + token.slice(at + 1);
        fc.pre(edited !== token);
        await expect(server.login.authentication.ofToken(edited)).rejects.toMatchObject({
          name: 'LoginError',
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('a token of another issuer', () => {
  const token = sign({ sub: 'kim', role: 'viewer', exp: now + 600 }, issuerSecret, { alg: 'HS256' });

  it('ends by logout, and is not refreshed here', async () => {
    const server = await LoginServer.start({ jwt: { secret: issuerSecret } });
    const headers = { authorization: `Bearer ${token}` };
    const refused = await server.ask('POST', '/api/refresh', headers);
    expect([refused.status, refused.body?.error]).toEqual([
      401,
      expect.stringContaining('no login by name and password'),
    ]);
    const client = await server.connect({ Authorization: `Bearer ${token}` });
    expect((await server.ask('POST', '/api/logout', headers)).status).toBe(204);
    expect((await client.first('ERROR')).headers.get('message')).toBe('you have signed out');
    expect(await ask(server, token)).toBe('this login has ended: sign in again');
  });

  it('does not renew a session of the user with the same name here, nor the other way round', async () => {
    const server = await LoginServer.start({ jwt: { secret: issuerSecret } });
    const own = await server.tokenOf('kim');
    for (const [first, second] of [
      [own, token],
      [token, own],
    ] as const) {
      const client = await server.connect({ passcode: first });
      client.sendFrame('SEND', { destination: '/app/token' }, second);
      expect((await client.first('ERROR')).headers.get('message')).toMatch(/somebody else/);
    }
  });
});

describe('the files of the login', () => {
  it('are made with the first start, for their owner alone', () => {
    const folder = makeFolder();
    const secret = jwtSecret(folder);
    expect(secret).toHaveLength(48);
    expect(jwtSecret(folder)).toEqual(secret);
    expect(statSync(join(folder, 'jwt-secret')).mode & 0o777).toBe(0o600);
    expect(jwtSecret(makeFolder())).not.toEqual(secret);
  });

  it('are refused where others could have read or changed them, or they are damaged', () => {
    const folder = makeFolder();
    jwtSecret(folder);
    const file = join(folder, 'jwt-secret');
    chmodSync(file, 0o640);
    expect(() => jwtSecret(folder)).toThrow(/mode 0640/);
    chmodSync(file, 0o600);
    for (const text of ['', 'short\n', `${'x'.repeat(65)}\n`, '\0'.repeat(64)]) {
      writeFileSync(file, text);
      expect(() => jwtSecret(folder)).toThrow(/jwt-secret is damaged/);
    }
    const revoked = join(folder, 'revoked-logins.json');
    for (const text of ['', '{', '{"version":2,"revoked":[]}', '{"version":1,"revoked":[["a"]]}']) {
      writeFileSync(revoked, text, { mode: 0o600 });
      expect(() => RevokedLogins.open(folder, () => 0)).toThrow(/revoked-logins\.json is damaged/);
    }
  });

  it('hold a logout for as long as a token could be good', () => {
    const folder = makeFolder();
    let nowMs = 1_000;
    const revoked = RevokedLogins.open(folder, () => nowMs);
    revoked.add('first', 5_000);
    nowMs = 4_999;
    revoked.add('second', 9_000);
    expect([revoked.has('first'), revoked.has('second'), revoked.has('third')]).toEqual([true, true, false]);
    expect(RevokedLogins.open(folder, () => nowMs).has('first')).toBe(true);
    nowMs = 5_000;
    revoked.add('third', 9_000);
    expect(revoked.has('first')).toBe(false);
    expect(JSON.parse(readFileSync(join(folder, 'revoked-logins.json'), 'utf8'))).toEqual({
      version: 1,
      revoked: [
        ['second', 9_000],
        ['third', 9_000],
      ],
    });
  });

  it('end all logins where the secret is removed', async () => {
    const server = await LoginServer.start();
    const token = await server.tokenOf('kim');
    rmSync(join(server.folder, 'jwt-secret'));
    const again = await LoginServer.start({ folder: server.folder });
    expect(existsSync(join(server.folder, 'jwt-secret'))).toBe(true);
    expect(await ask(again, token)).toBe('the token is refused: its signature is wrong');
  });
});
