import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../../src/accounts/accounts.ts';
import { HostcastProcess, makeFolder } from '../support/hostcastProcess.ts';
import { canImitateTerminal, Terminal } from '../support/terminal.ts';

function open(folder: string): Accounts {
  const accounts = Accounts.open(folder);
  onTestFinished(() => accounts.close());
  return accounts;
}

/** Folders of the store lie there too. */
function ownFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^a/.test(name));
}

describe('the first admin', () => {
  it('is made with a password in a file where nobody looks, once', async () => {
    const first = await HostcastProcess.start(['--auth', 'users', '--no-collect']);
    const { data } = first;
    const file = join(data, 'admin-password');
    expect(first.output).toContain(
      `Sign in   as admin; the password is in ${file}, which only you can read\n`,
    );
    expect(statSync(file).mode & 0o077).toBe(0);
    const password = readFileSync(file, 'utf8').trim();
    expect(first.output + first.errors).not.toContain(password);
    expect(await open(data).verifyPassword('admin', password)).toMatchObject({ role: 'admin' });
    await first.stop();

    const second = await HostcastProcess.start(['--auth', 'users', '--no-collect'], { data });
    expect(second.output).toContain('Sign in   by name and password; a user more: ');
    expect(readFileSync(file, 'utf8').trim()).toBe(password);
    expect(open(data).users.map(({ name }) => name)).toEqual(['admin']);
  });

  it('is not made without need: on loopback, and with `--auth none`', async () => {
    const closed = await HostcastProcess.start(['--no-collect']);
    expect(ownFiles(closed.data)).toEqual([]);
    expect(closed.output).not.toContain('Sign in');
    expect(closed.output).toContain(' --host 0.0.0.0 --auth users\n');
  });

  it('is not made where a user is there', async () => {
    const data = makeFolder();
    await open(data).addUser({ name: 'kim', role: 'admin', password: 'correct horse' });
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect'], { data });
    expect(hostcast.output).toContain('Sign in   by name and password');
    expect(ownFiles(data)).toEqual(['accounts.json']);
  });

  it.skipIf(!canImitateTerminal)(
    'is shown with the password on a terminal, and written nowhere',
    async () => {
      const data = makeFolder();
      const terminal = new Terminal(['--auth', 'users', '--no-collect', '--port', '0', '--data', data]);
      await terminal.until('Ctrl-C stops it');
      const password = /as admin with the password (\S+)/.exec(terminal.screen)?.[1] ?? '';
      expect(password).toMatch(/^(\w{5}-){3}\w{5}$/);
      expect(terminal.screen.split(password)).toHaveLength(2);
      expect(ownFiles(data)).toEqual(['accounts.json']);
      expect(await open(data).verifyPassword('admin', password)).toBeDefined();
      terminal.type('\x03');
      expect(await terminal.end()).toBe(0);
    },
  );
});

describe('a hostcast that needs a login', () => {
  it('logs what other processes change about users and tokens, and nothing that is secret', async () => {
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect']);
    const accounts = open(hostcast.data);
    await accounts.addUser({ name: 'kim', role: 'viewer', password: 'correct horse' });
    expect(await hostcast.untilLogged('user added', 2)).toMatchObject([
      { audit: true, user: 'admin' },
      { audit: true, user: 'kim' },
    ]);
    const { text, token } = await accounts.createToken({ name: 'web-1', right: 'ingest' });
    expect(await hostcast.untilLogged('token created')).toMatchObject([
      { audit: true, token: token.id, name: 'web-1' },
    ]);
    await accounts.setPassword('kim', 'battery staple');
    await hostcast.untilLogged('password changed');
    for (const secret of [text, text.slice(17), 'correct horse', 'battery staple', 'scrypt']) {
      expect(hostcast.output + hostcast.errors).not.toContain(secret);
    }
    writeFileSync(join(hostcast.data, 'accounts.json'), '{');
    expect(await hostcast.untilLogged('users and tokens stay as they were')).toMatchObject([
      { err: { code: 'ERR_ACCOUNTS_DAMAGED' } },
    ]);
    expect(await hostcast.stop()).toBe(0);
  });

  it('lets nobody in without one', async () => {
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect']);
    for (const [method, path] of [
      ['GET', '/api/hosts'],
      ['POST', '/write?db=telegraf'],
      ['POST', '/api/v2/write?bucket=telegraf&org=x'],
    ] as const) {
      const response = await fetch(hostcast.url + path, {
        method,
        ...(method === 'POST' && { body: 'cpu v=1' }),
      });
      expect([path, response.status]).toEqual([path, 401]);
    }
  });
});
