import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify, SignJWT } from 'jose';
import { expect, it, onTestFinished } from 'vitest';
import { type RemoteKeysOptions, remoteKeys } from '../../src/login/jwks.ts';

const first = generateKeyPairSync('ed25519');
const second = generateKeyPairSync('ed25519');

function jwks(keys: Readonly<Record<string, KeyObject>>): string {
  return JSON.stringify({
    keys: Object.entries(keys).map(([kid, key]) => ({ ...key.export({ format: 'jwk' }), kid })),
  });
}

/** An issuer whose answer can be changed, and one that asks it. */
async function issuer(answer: (response: ServerResponse) => void, options: Partial<RemoteKeysOptions> = {}) {
  const state = { answer, asked: 0, troubles: [] as string[] };
  const server = createServer((_request, response) => {
    state.asked += 1;
    state.answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  const onTrouble = (error: Error) => state.troubles.push(error.message);
  const getKey = remoteKeys(url, { onTrouble, cooldownMs: 0, ...options });
  const check = async (kid: string, key: KeyObject): Promise<string> => {
    const token = await new SignJWT({ sub: kid }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(key);
    return jwtVerify(token, getKey, { algorithms: ['EdDSA'] }).then(
      ({ payload }) => `taken: ${payload.sub}`,
      (error: Error) => error.message,
    );
  };
  return Object.assign(state, { check });
}

it('keys are asked for once, and again where a new one is named', async () => {
  const { check, ...state } = await issuer((response) => response.end(jwks({ k1: first.publicKey })));
  const all = await Promise.all([1, 2, 3].map(() => check('k1', first.privateKey)));
  expect(all).toEqual(['taken: k1', 'taken: k1', 'taken: k1']);
  expect(state.troubles).toEqual([]);
});

it('a key that the issuer changed to is found, and the one before is not taken any more', async () => {
  const issuing = await issuer((response) => response.end(jwks({ k1: first.publicKey })));
  expect(await issuing.check('k1', first.privateKey)).toBe('taken: k1');
  expect(issuing.asked).toBe(1);
  issuing.answer = (response) => response.end(jwks({ k2: second.publicKey }));
  expect(await issuing.check('k2', second.privateKey)).toBe('taken: k2');
  expect(issuing.asked).toBe(2);
  expect(await issuing.check('k1', first.privateKey)).toMatch(/no applicable key/);
});

it('keys that nobody knows do not make it ask each time', async () => {
  const issuing = await issuer((response) => response.end(jwks({ k1: first.publicKey })), {
    cooldownMs: 30_000,
  });
  for (const kid of ['x1', 'x2', 'x3']) {
    expect(await issuing.check(kid, first.privateKey)).toMatch(/no applicable key/);
  }
  expect(issuing.asked).toBe(1);
});

const unreachable = 'the keys of the token issuer cannot be reached: try again in a moment';

it.each<[string, (response: ServerResponse) => void]>([
  ['an error', (response) => response.writeHead(500).end(jwks({ k1: first.publicKey }))],
  ['another address', (response) => response.writeHead(302, { location: '/other' }).end()],
  ['no JSON', (response) => response.end('<html>')],
  ['no keys', (response) => response.end('{"keys":{}}')],
  ['nothing', (response) => response.destroy()],
  ['too much', (response) => response.end(`{"keys":[],"pad":"${'x'.repeat(1_048_576)}"}`)],
  ['silence', () => {}],
])('an issuer that answers %s lets nobody in, until it is back', async (_what, answer) => {
  const issuing = await issuer(answer, { failureMs: 0, timeoutMs: 300 });
  expect(await issuing.check('k1', first.privateKey)).toBe(unreachable);
  expect(issuing.troubles).toHaveLength(1);
  issuing.answer = (response) => response.end(jwks({ k1: first.publicKey }));
  expect(await issuing.check('k1', first.privateKey)).toBe('taken: k1');
});

it('an issuer that does not answer is left alone for a while', async () => {
  const issuing = await issuer((response) => response.destroy());
  for (let i = 0; i < 5; i += 1) expect(await issuing.check('k1', first.privateKey)).toBe(unreachable);
  expect([issuing.asked, issuing.troubles.length]).toEqual([1, 1]);
});
