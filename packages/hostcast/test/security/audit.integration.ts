import { describe, expect, it } from 'vitest';
import { Accounts } from '../../src/accounts/accounts.ts';
import type { SessionsAnswer } from '../../src/api/sessions.ts';
import { HostcastProcess } from '../support/hostcastProcess.ts';
import { StompClient } from '../support/stompClient.ts';

function post(hostcast: HostcastProcess, path: string, init: RequestInit): Promise<Response> {
  return fetch(hostcast.url + path, { method: 'POST', ...init });
}

function signIn(hostcast: HostcastProcess, name: string, password: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return post(hostcast, '/api/login', { headers, body: JSON.stringify({ name, password }) });
}

async function sessionsFor(hostcast: HostcastProcess, token: string): Promise<Response> {
  return fetch(`${hostcast.url}/api/sessions`, { headers: { authorization: `Bearer ${token}` } });
}

describe('the audit of a hostcast with users', () => {
  it('has logins, refusals, tokens at their first use, and shows them to admins alone', async () => {
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect']);
    const accounts = Accounts.open(hostcast.data);
    await accounts.addUser({ name: 'root', role: 'admin', password: 'correct horse' });
    const ingest = await accounts.createToken({ name: 'telegraf', right: 'ingest' });
    const reader = await accounts.createToken({ name: 'prometheus', right: 'viewer' });
    const operator = await accounts.createToken({ name: 'desk', right: 'operator' });
    await hostcast.untilLogged('token created', 3);
    accounts.close();

    expect((await signIn(hostcast, 'root\u001b[2J\n', 'wrong')).status).toBe(401);
    const login = await signIn(hostcast, 'root', 'correct horse');
    const { token } = (await login.json()) as { token: string };
    for (const body of ['cpu,host=a usage=1', 'cpu,host=a usage=2']) {
      const headers = { authorization: `Token ${ingest.text}` };
      expect((await post(hostcast, '/api/v2/write', { headers, body })).status).toBe(204);
    }
    const scrape = { headers: { authorization: `Bearer ${reader.text}` } };
    expect((await fetch(`${hostcast.url}/metrics`, scrape)).status).toBe(200);
    expect((await fetch(`${hostcast.url}/metrics`)).status).toBe(401);

    expect((await sessionsFor(hostcast, reader.text)).status).toBe(403);
    expect(await (await sessionsFor(hostcast, operator.text)).json()).not.toHaveProperty('audit');
    const { audit } = (await (await sessionsFor(hostcast, token)).json()) as SessionsAnswer;
    expect(audit!.map(({ event, user }) => [event, user])).toEqual([
      ['token first used', 'desk'],
      ['request refused', 'prometheus'],
      ['request refused', undefined],
      ['token first used', 'prometheus'],
      ['token first used', 'telegraf'],
      ['login', 'root'],
      ['login refused', undefined],
      ...[1, 2, 3].map(() => ['token created', undefined]),
      ['user added', 'root'],
      ['user added', 'admin'],
    ]);
    expect(audit![4]).toMatchObject({
      token: ingest.token.id,
      address: '127.0.0.1',
      use: 'POST /api/v2/write',
    });
    expect(hostcast.log().filter((line) => line.audit === true)).toHaveLength(audit!.length);
    for (const secret of [ingest.text, reader.text, operator.text, token, 'correct horse']) {
      expect(JSON.stringify(audit) + hostcast.output).not.toContain(secret);
    }
  });

  it('has the sessions refused of one address a few times a minute', async () => {
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect']);
    const headers = { Authorization: 'Bearer x' };
    for (let i = 0; i < 12; i += 1) {
      await expect(StompClient.connect(hostcast.url, { headers })).rejects.toThrow('it is no token');
    }
    expect((await signIn(hostcast, 'admin', 'wrong')).status).toBe(401);
    await hostcast.until(() => hostcast.log('login refused').some(({ user }) => user === 'admin'));
    expect(hostcast.log('session refused')).toHaveLength(10);
  });
});
