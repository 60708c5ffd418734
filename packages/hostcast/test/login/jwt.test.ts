import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JwtConfig } from '../../src/config/config.ts';
import { createJwtVerifier } from '../../src/login/jwt.ts';
import { LoginError } from '../../src/security/loginError.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

/** 2026-11-22T12:00:00Z, in seconds. */
const now = Date.UTC(2026, 10, 22, 12) / 1_000;
const secret = 'a secret of the issuer, 32 octets or more';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

const config: JwtConfig = {
  algorithms: ['HS256'],
  secret,
  issuer: 'https://id.example.org',
  audience: 'hostcast',
  nameClaim: 'sub',
  roleClaim: 'role',
  hostsClaim: 'hosts',
  tagsClaim: 'tags',
  clockToleranceMs: 30_000,
  tokenBytes: 8_192,
};

const claims = {
  iss: 'https://id.example.org',
  aud: 'hostcast',
  sub: 'kim',
  role: 'viewer',
  iat: now,
  exp: now + 600,
};

type Signer = (signed: string) => Buffer;
const hs256 =
  (key: string | Buffer): Signer =>
  (signed) =>
    createHmac('sha256', key).update(signed).digest();
const rs256: Signer = (signed) => sign('sha256', Buffer.from(signed), rsa.privateKey);
const es256: Signer = (signed) =>
  sign('sha256', Buffer.from(signed), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
const eddsa: Signer = (signed) => sign(null, Buffer.from(signed), ed.privateKey);

/** Payloads may be text, for what JSON.stringify would not write. */
function token(payload: object | string = claims, header: object = { alg: 'HS256' }, signer = hs256(secret)) {
  const encoded = [JSON.stringify(header), typeof payload === 'string' ? payload : JSON.stringify(payload)];
  const signed = encoded.map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${signed}.${signer(signed).toString('base64url')}`;
}

function verify(text: string, changes: Partial<JwtConfig> = {}) {
  const options = { nowMs: () => now * 1_000, onTrouble: () => {} };
  return createJwtVerifier({ ...config, ...changes }, options)(text);
}

async function refusal(text: string, changes: Partial<JwtConfig> = {}): Promise<string> {
  try {
    return `taken: ${JSON.stringify(await verify(text, changes))}`;
  } catch (error) {
    if (error instanceof LoginError) return error.message;
    throw error;
  }
}

function signedPart(text: string): string {
  return text.slice(0, text.lastIndexOf('.'));
}

/** `keys` in a file, as the configuration names it. */
function keyFile(...keys: readonly (readonly [KeyObject, object])[]): Partial<JwtConfig> {
  const file = join(makeFolder(), 'jwks.json');
  const set = { keys: keys.map(([key, more]) => ({ ...key.export({ format: 'jwk' }), ...more })) };
  writeFileSync(file, JSON.stringify(set));
  return { jwksFile: file };
}

describe('a token of another issuer', () => {
  it('is the same login however its signature is written', async () => {
    const text = token();
    const twins = ['A', 'B', 'C', 'D'].map((last) => text.slice(0, -1) + last);
    const found = await Promise.all(
      [text, `${text}=`, ...twins].map((each) => verify(each).catch(() => undefined)),
    );
    expect(new Set(found.flatMap((each) => each?.login ?? [])).size).toBe(1);
  });

  it('says who it is about, and until when', async () => {
    expect(await verify(token())).toEqual({
      kind: 'jwt',
      name: 'kim',
      right: 'viewer',
      scope: undefined,
      login: expect.stringMatching(/^jwt:[\w-]{43}$/),
      expiresAtMs: (now + 630) * 1_000,
    });
  });

  it.each([
    ['RS256', rsa.publicKey, rs256],
    ['ES256', ec.publicKey, es256],
    ['EdDSA', ed.publicKey, eddsa],
  ] as const)('is taken signed by %s with a key of the file', async (alg, key, signer) => {
    const file = { ...keyFile([key, { kid: 'k1' }]), algorithms: [alg] };
    expect(await verify(token(claims, { alg, kid: 'k1' }, signer), file)).toMatchObject({ name: 'kim' });
    expect(await verify(token(claims, { alg }, signer), file)).toMatchObject({ name: 'kim' });
    expect(await refusal(token(claims, { alg, kid: 'k2' }, signer), file)).toMatch(
      /no key of the issuer fits/,
    );
    expect(
      await refusal(
        token(claims, { alg, kid: 'k1' }, () => Buffer.alloc(64)),
        file,
      ),
    ).toMatch(/its signature is wrong/);
  });

  const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' });
  const der = rsa.publicKey.export({ format: 'der', type: 'spki' });
  const nothing: Signer = () => Buffer.alloc(0);

  it.each([
    ['alg none', token(claims, { alg: 'none' }, nothing)],
    ['alg None', token(claims, { alg: 'None' }, nothing)],
    ['no alg', token(claims, {}, nothing)],
    ['alg none with a signature', token(claims, { alg: 'none' })],
    ['no signature', token(claims, { alg: 'HS256' }, nothing)],
    ['another secret', token(claims, { alg: 'HS256' }, hs256('another secret, of 32 octets or more too'))],
    ['HS512', token(claims, { alg: 'HS512' })],
    ['an extension that has to be understood', token(claims, { alg: 'HS256', crit: ['x'], x: 1 })],
    ['a payload that is not encoded', token(claims, { alg: 'HS256', b64: false, crit: ['b64'] })],
    ['another issuer', token({ ...claims, iss: 'https://evil.example' })],
    ['no issuer', token({ ...claims, iss: undefined })],
    ['another audience', token({ ...claims, aud: ['grafana', 'Hostcast'] })],
    ['no audience', token({ ...claims, aud: undefined })],
    ['expired', token({ ...claims, exp: now - 30 })],
    ['expired long ago', token({ ...claims, exp: 1 })],
    ['exp 0', token({ ...claims, exp: 0 })],
    ['exp negative', token({ ...claims, exp: -now })],
    ['exp missing', token({ ...claims, exp: undefined })],
    ['exp null', token({ ...claims, exp: null })],
    ['exp text', token({ ...claims, exp: String(now + 600) })],
    ['exp 1e400', token(`{"iss":"${claims.iss}","aud":"hostcast","sub":"kim","role":"admin","exp":1e400}`)],
    ['exp 1e300', token({ ...claims, exp: 1e300 })],
    ['exp in ms, beyond any date', token({ ...claims, exp: 1e18 })],
    ['nbf to come', token({ ...claims, nbf: now + 31 })],
    ['nbf text', token({ ...claims, nbf: '0' })],
    ['a payload that is no object', token('"kim"')],
    ['a payload that is a list', token('[]')],
    ['no role', token({ ...claims, role: undefined })],
    ['an unknown role', token({ ...claims, role: 'root' })],
    ['a role of Object', token({ ...claims, role: 'constructor' })],
    ['the right of writers', token({ ...claims, role: 'ingest' })],
    ['a role in another case', token({ ...claims, role: 'Admin' })],
    ['roles in a text', token({ ...claims, role: 'viewer admin' })],
    ['no name', token({ ...claims, sub: undefined })],
    ['an empty name', token({ ...claims, sub: '' })],
    ['a name with a line end', token({ ...claims, sub: 'kim\nadmin' })],
    ['a name that is a number', token({ ...claims, sub: 7 })],
    ['a long name', token({ ...claims, sub: 'k'.repeat(257) })],
    ['nobody’s name', token({ ...claims, sub: 'Anonymous' })],
    ['hosts that are a text', token({ ...claims, hosts: 'web-*' })],
    ['no hosts at all', token({ ...claims, hosts: [] })],
    ['hosts that are null', token({ ...claims, hosts: null })],
    ['tags that are numbers', token({ ...claims, tags: { dc: 1 } })],
  ])('is refused with %s', async (_what, text) => {
    expect(await refusal(text)).toMatch(/^the token (is refused: |has expired$)/);
  });

  it.each([
    ['the public key as secret, PEM', token(claims, { alg: 'HS256' }, hs256(String(pem)))],
    ['the public key as secret, DER', token(claims, { alg: 'HS256' }, hs256(der))],
    [
      'a key that it brings along',
      token(claims, { alg: 'ES256', jwk: ec.publicKey.export({ format: 'jwk' }) }, es256),
    ],
    ['the address of its own keys', token(claims, { alg: 'RS256', jku: 'http://127.0.0.1:1/' }, es256)],
    ['a kid that is a path', token(claims, { alg: 'HS256', kid: '../../dev/null' }, hs256(''))],
    ['a kid that is no text', token(claims, { alg: 'RS256', kid: { $ne: '' } }, rs256)],
    ['a kid of Object', token(claims, { alg: 'RS256', kid: '__proto__' }, rs256)],
    ['RS256 under another name', token(claims, { alg: 'rs256' }, rs256)],
    ['PS256', token(claims, { alg: 'PS256' }, rs256)],
  ])('is refused by an RS256 key with %s', async (_what, text) => {
    const file = { ...keyFile([rsa.publicKey, { kid: 'k1' }]), algorithms: ['RS256'] as const };
    expect(await refusal(text, file)).toMatch(/^the token is refused: /);
  });

  it('is not looked at above the largest size', async () => {
    const large = (octets: number) => token({ ...claims, pad: 'x'.repeat(octets) });
    expect(await refusal(large(5_000))).toMatch(/^taken/);
    expect(await refusal(large(1_048_576))).toBe('the token is refused: it has more than 8192 octets');
    const exact = large(5_000);
    expect(await refusal(exact, { tokenBytes: exact.length })).toMatch(/^taken/);
    expect(await refusal(exact, { tokenBytes: exact.length - 1 })).toMatch(/has more than/);
  });

  it('is taken as long as the clocks may differ', async () => {
    expect(await refusal(token({ ...claims, exp: now - 29 }))).toMatch(/^taken/);
    expect(await refusal(token({ ...claims, nbf: now + 30 }))).toMatch(/^taken/);
    expect(await refusal(token({ ...claims, exp: now }), { clockToleranceMs: 0 })).toBe(
      'the token has expired',
    );
    expect(await refusal(token({ ...claims, exp: now + 0.5 }), { clockToleranceMs: 0 })).toMatch(/^taken/);
  });

  it.each([
    ['role', { role: 'admin' }, 'admin'],
    ['role', { role: ['offline_access', 'viewer', 'operator'] }, 'operator'],
    ['realm_access.roles', { realm_access: { roles: ['viewer'] } }, 'viewer'],
    ['https://example.org/role', { 'https://example.org/role': 'operator' }, 'operator'],
  ] as const)('has its role in the claim %s: %j', async (roleClaim, given, right) => {
    expect(await verify(token({ ...claims, role: undefined, ...given }), { roleClaim })).toMatchObject({
      right,
    });
  });

  it.each([
    ['realm_access.roles', '{"realm_access":["roles"]}'],
    ['realm_access.roles', '{"realm_access":"roles"}'],
    ['realm_access.roles', '{"realm_access":null}'],
    ['constructor.name', '{}'],
    ['__proto__.role', '{}'],
    ['roles.length', '{"roles":["admin"]}'],
  ])('has no role where the claim %s leads nowhere: %s', async (roleClaim, extra) => {
    const payload = `{${JSON.stringify({ ...claims, role: undefined }).slice(1, -1)},"x":1,${extra.slice(1)}`;
    expect(await refusal(token(payload.replace(',}', '}')), { roleClaim })).toMatch(/has none of viewer/);
  });

  it('has the hosts that may be seen in its claims', async () => {
    expect(await verify(token({ ...claims, hosts: ['web-*'], tags: { dc: 'icn' } }))).toMatchObject({
      scope: { hosts: ['web-*'], tags: { dc: 'icn' } },
    });
  });

  it('is refused in words of ours whatever is sent instead', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    const garbage = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.nat(token().length - 1), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, character]) => token().slice(0, at) + character + token().slice(at + 1)),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (text) => {
        const result = await refusal(text);
        // The last bits of a signature may be written in several ways.
        if (signedPart(text) !== signedPart(token()))
          expect(result).toMatch(/^the token (is refused: |has expired$)/);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused whatever its claims are, or is somebody', async () => {
    const names = fc.constantFrom(
      'iss',
      'aud',
      'sub',
      'role',
      'exp',
      'nbf',
      'iat',
      'hosts',
      'tags',
      '__proto__',
    );
    const payload = fc.dictionary(names, fc.jsonValue()).map((odd) => token({ ...claims, ...odd }));
    await fc.assert(
      fc.asyncProperty(payload, async (text) => {
        expect(await refusal(text)).toMatch(/^(taken: \{"kind":"jwt"|the token (is refused: |has expired$))/);
      }),
      { numRuns: 500 },
    );
  });
});

it('a file without keys is refused at the start, by its name', () => {
  const file = join(makeFolder(), 'jwks.json');
  const open = () =>
    createJwtVerifier({ ...config, ...keyFile(), jwksFile: file }, { nowMs: () => 0, onTrouble() {} });
  expect(open).toThrow(/jwks\.json holds no keys/);
  for (const text of ['', '{', '{}', '{"keys":{}}', '[]']) {
    writeFileSync(file, text);
    expect(open).toThrow(/jwks\.json holds no keys/);
  }
});
