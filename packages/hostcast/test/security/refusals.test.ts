import { request } from 'node:http';
import { expect, it } from 'vitest';
import { LoginServer } from '../support/loginServer.ts';

const address = '127.0.0.1';

/** The status of a GET by that name of the server; fetch doesn't let one choose it. */
function askAs(host: string, { url }: LoginServer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/api/hosts?token=hct_secret`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.on('error', reject).end();
  });
}

it('a request that the policy refuses is a line of the audit: who, from where, what and why', async () => {
  const server = await LoginServer.start();
  const host = new URL(server.url).host;
  const authorization = `Bearer ${await server.tokenOf('kim')}`;
  expect((await server.ask('GET', '/api/hosts')).status).toBe(401);
  expect((await server.ask('POST', '/api/sessions/1/kick', { authorization })).status).toBe(403);
  const noLogin = { address, use: 'GET /api/hosts', reason: 'sign in first, or send a token', host };
  const noRight = 'you may not do this: ask an admin for the right';
  expect(server.audited).toEqual([
    ['request refused', noLogin],
    ['request refused', { user: 'kim', address, use: 'POST /api/sessions/:id/kick', reason: noRight, host }],
  ]);
});

it('so is one of another site’s page, and one by another name, without the address that was asked for', async () => {
  const server = await LoginServer.start();
  const origin = 'https://evil.example';
  expect((await server.ask('POST', '/api/logout', { origin })).status).toBe(403);
  expect(await askAs('evil.example', server)).toBe(403);
  expect(server.audited).toMatchObject([
    ['request refused', { address, use: 'POST /api/logout', origin }],
    ['request refused', { address, use: 'GET /api/hosts', host: 'evil.example' }],
  ]);
  expect(JSON.stringify(server.audited)).not.toContain('hct_secret');
});

it('so is a refresh without a login that lasts, and a header that shows none is a login refused', async () => {
  const server = await LoginServer.start();
  expect((await server.ask('POST', '/api/refresh')).status).toBe(401);
  expect((await server.ask('GET', '/api/hosts', { authorization: 'Digest x' })).status).toBe(401);
  expect(server.audited).toMatchObject([
    ['request refused', { address, use: 'POST /api/refresh', reason: 'sign in first' }],
    [
      'login refused',
      { address, reason: 'the header Authorization is Bearer, Token or Basic, and something behind it' },
    ],
  ]);
});

it('a destination that the policy refuses is one too', async () => {
  const server = await LoginServer.start();
  for (const [command, destination] of [
    ['SUBSCRIBE', '/topic/sessions'],
    ['SEND', '/topic/hosts'],
  ] as const) {
    const client = await server.connect({ Authorization: `Bearer ${await server.tokenOf('kim')}` });
    client.sendFrame(command, { id: '1', destination });
    await client.first('ERROR');
  }
  const refused = () => server.audited.filter(([event]) => event === 'destination refused');
  await expect.poll(refused).toHaveLength(2);
  const who = { user: 'kim', address: '192.0.2.1', session: expect.any(String) };
  expect(refused()).toEqual([
    ['destination refused', { ...who, use: 'SUBSCRIBE /topic/sessions' }],
    ['destination refused', { ...who, use: 'SEND /topic/hosts' }],
  ]);
});

it('of one address ten a minute are told', async () => {
  const server = await LoginServer.start();
  for (let i = 0; i < 15; i += 1) expect((await server.ask('GET', '/api/hosts')).status).toBe(401);
  expect(server.audited).toHaveLength(10);
});
