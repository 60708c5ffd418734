import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../../src/accounts/accounts.ts';
import { makeFolder } from '../support/hostcastProcess.ts';
import { canImitateTerminal, Terminal } from '../support/terminal.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `hostcast <args>` with something piped in, to its end. */
async function hostcast(args: readonly string[], input = '', environment = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: makeFolder(),
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text));
  child.stderr.on('data', (text: Buffer) => (stderr += text));
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

function open(folder: string): Accounts {
  const accounts = Accounts.open(folder);
  onTestFinished(() => accounts.close());
  return accounts;
}

describe('hostcast user', () => {
  it('adds, shows, changes and removes users', async () => {
    const data = join(makeFolder(), 'made');
    const added = await hostcast(
      ['user', 'add', 'kim', '--data', data, '--hosts', 'web-*,db-1', '--tags', 'dc=icn,rack=7'],
      'correct horse\n',
    );
    expect(added).toEqual({
      code: 0,
      stdout: '',
      stderr: 'kim is a viewer now and sees the hosts web-* db-1 dc=icn rack=7.\n',
    });
    expect(await open(data).verifyPassword('kim', 'correct horse')).toMatchObject({
      role: 'viewer',
      scope: { hosts: ['web-*', 'db-1'], tags: { dc: 'icn', rack: '7' } },
    });

    await hostcast(['user', 'add', 'ann', '--role', 'admin', '--data', data], 'correct horse\r\nmore');
    const list = (await hostcast(['user', 'list', '--data', data])).stdout;
    expect(list.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '<time>')).toBe(
      'name  role    hosts                     created\n' +
        'ann   admin   all                       <time>\n' +
        'kim   viewer  web-* db-1 dc=icn rack=7  <time>\n',
    );

    const changed = await hostcast(['user', 'passwd', 'ann', '--data', data], 'battery staple');
    expect(changed.stderr).toBe('ann has a new password, and has to sign in again.\n');
    expect(await open(data).verifyPassword('ann', 'battery staple')).toBeDefined();

    const role = (...args: string[]) => hostcast(['user', 'role', 'kim', ...args, '--data', data]);
    expect((await role('operator')).stderr).toBe(
      'kim is an operator now and sees the hosts web-* db-1 dc=icn rack=7.\n',
    );
    expect(open(data).user('kim')).toMatchObject({ role: 'operator', scope: { hosts: ['web-*', 'db-1'] } });
    expect((await role('viewer', '--hosts', 'db-*')).stderr).toBe(
      'kim is a viewer now and sees the hosts db-*.\n',
    );
    expect(await role('viewer', '--hosts', 'db-*', '--all-hosts')).toMatchObject({ code: 1 });
    expect((await role('operator', '--all-hosts')).stderr).toBe(
      'kim is an operator now and sees all hosts.\n',
    );
    expect(open(data).user('kim')).not.toHaveProperty('scope');

    const refused = await hostcast(['user', 'remove', 'ann', '--data', data]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: 'hostcast: ann is the last admin: add another one first\n',
    });
    expect((await hostcast(['user', 'remove', 'ann', '--force', '--data', data])).stderr).toBe(
      'ann is removed.\n',
    );
    expect(open(data).users.map(({ name }) => name)).toEqual(['kim']);
  });

  it('reads a password from a file or from the environment', async () => {
    const data = makeFolder();
    const file = join(data, 'password');
    writeFileSync(file, 'correct horse\n');
    await hostcast(['user', 'add', 'kim', '--data', data, '--password-file', file]);
    await hostcast(['user', 'add', 'ann', '--data', data], '', { HOSTCAST_USER_PASSWORD: 'correct horse' });
    expect(await open(data).verifyPassword('kim', 'correct horse')).toBeDefined();
    expect(await open(data).verifyPassword('ann', 'correct horse')).toBeDefined();
    const twice = await hostcast(['user', 'add', 'eve', '--data', data, '--password-file', file], '', {
      HOSTCAST_USER_PASSWORD: 'correct horse',
    });
    expect(twice.stderr).toBe(
      'hostcast: the password is given twice: --password-file and HOSTCAST_USER_PASSWORD\n',
    );
  });

  it.each<[string[], string, string]>([
    [
      ['add', 'kim'],
      '',
      'there is no terminal to ask for a password on: pipe it in, or use --password-file or',
    ],
    [['add', 'kim'], 'short\n', 'the password has 5 characters, and at least 8 are needed'],
    [['add', 'kim'], 'a'.repeat(1_025), 'the password has 1025 octets, and at most 1024 are taken'],
    [['add', '../kim'], 'correct horse', '"../kim" is no name for a user: it has 1 to 64 characters of'],
    [['add', 'kim', '--hosts', 'web-?'], '', 'Only * stands for other characters'],
    [['add', 'kim', '--hosts', 'a,,b'], '', 'Between two commas is a name.'],
    [['add', 'kim', '--tags', 'dc'], '', 'They look like dc=icn,rack=7.'],
    [['add', 'kim', '--tags', 'dc=a,dc=b'], '', 'dc is there twice.'],
    [['add', 'kim', '--password-file', '/nowhere'], '', '--password-file /nowhere cannot be read: ENOENT'],
    [['passwd', 'kim'], 'correct horse', 'there is no user "kim"'],
    [['remove', 'kim'], '', 'there is no user "kim"'],
  ])('refuses %j and leaves no file', async (args, input, message) => {
    const data = makeFolder();
    const { code, stdout, stderr } = await hostcast(['user', ...args, '--data', data], input);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(readdirSync(data)).toEqual([]);
  });

  it('names a damaged file and leaves it as it is', async () => {
    const data = makeFolder();
    const file = join(data, 'accounts.json');
    writeFileSync(file, '{"version":1', { mode: 0o600 });
    const { code, stderr } = await hostcast(['user', 'add', 'kim', '--data', data], 'correct horse');
    expect(code).toBe(1);
    expect(stderr).toContain(`hostcast: ${file} is damaged (it is not JSON). It is left as it is`);
    expect(readFileSync(file, 'utf8')).toBe('{"version":1');
  });
});

describe.skipIf(!canImitateTerminal)('on a terminal, hostcast user', () => {
  it('asks for the password twice and shows it never', async () => {
    const data = makeFolder();
    const terminal = new Terminal(['user', 'add', 'kim', '--data', data]);
    await terminal.until('Password: ');
    terminal.type('correct horse\r');
    await terminal.until('The same again: ');
    terminal.type('correct horse\r');
    expect(await terminal.end()).toBe(0);
    expect(terminal.screen).toBe(
      'Password: \r\nThe same again: \r\nkim is a viewer now and sees all hosts.\r\n',
    );
    expect(await open(data).verifyPassword('kim', 'correct horse')).toBeDefined();
  });

  it('changes nothing where the two differ, or at Ctrl-C', async () => {
    const data = makeFolder();
    const differing = new Terminal(['user', 'add', 'kim', '--data', data]);
    await differing.until('Password: ');
    differing.type('correct horse\rbattery staple\r');
    expect(await differing.end()).toBe(1);
    expect(differing.screen).toContain('hostcast: the two passwords differ, nothing was changed');

    const interrupted = new Terminal(['user', 'add', 'kim', '--data', data]);
    await interrupted.until('Password: ');
    interrupted.type('corr\x03');
    expect(await interrupted.end()).toBe(1);
    expect(interrupted.screen).toContain('hostcast: no password was given, nothing was changed');
    expect(readdirSync(data)).toEqual([]);
  });
});

describe('hostcast token', () => {
  it('creates a token that stands alone on the standard output, shows it without secret, and revokes it', async () => {
    const data = makeFolder();
    const created = await hostcast([
      'token',
      'create',
      '--name',
      'telegraf-web-1',
      '--hosts',
      'web-1',
      '--expires',
      '90d',
      '--data',
      data,
    ]);
    expect(created.stdout).toMatch(/^hct_[0-9a-f]{12}_[\w-]{43}\n$/);
    expect(created.stderr).toContain('[[outputs.influxdb_v2]]\n    token = "<the token>"\n');
    const text = created.stdout.trim();
    const token = open(data).verifyToken(text)!;
    expect(token).toMatchObject({ name: 'telegraf-web-1', right: 'ingest', scope: { hosts: ['web-1'] } });
    expect(token.expiresAtMs! - token.createdMs).toBeLessThanOrEqual(90 * 86_400_000);
    expect(token.expiresAtMs! - token.createdMs).toBeGreaterThan(89 * 86_400_000);

    const list = (await hostcast(['token', 'list', '--data', data])).stdout;
    expect(list.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '<time>')).toBe(
      'id            name            right   hosts  created               expires               state\n' +
        `${token.id}  telegraf-web-1  ingest  web-1  <time>  <time>  valid\n`,
    );
    expect(list).not.toContain(text.slice(17));

    expect((await hostcast(['token', 'revoke', token.id, '--data', data])).stderr).toBe(
      `Token ${token.id} (telegraf-web-1) is revoked.\n`,
    );
    expect(open(data).verifyToken(text)).toBeUndefined();
  });

  it('tells how to use a token that reads, and shows which have expired', async () => {
    const data = makeFolder();
    const created = await hostcast([
      'token',
      'create',
      '--name',
      'wall',
      '--right',
      'viewer',
      '--data',
      data,
    ]);
    expect(created.stderr).toContain('Authorization: Bearer <the token>');
    await open(data).createToken({ name: 'old', right: 'ingest', expiresAtMs: 1_000 });
    const list = (await hostcast(['token', 'list', '--data', data])).stdout;
    expect(list).toMatch(/wall +viewer +all +\S+ \S+ UTC +never +valid\n/);
    expect(list).toMatch(/old +ingest +all +\S+ \S+ UTC +1970-01-01 00:00 UTC +expired\n/);
  });

  it.each([
    [['create'], "required option '--name <name>' not specified"],
    [['create', '--name', 'a b'], '"a b" is no name for a token'],
    [['create', '--name', 'a', '--right', 'root'], 'Allowed choices are ingest, viewer, operator, admin.'],
    [
      ['create', '--name', 'a', '--expires', '0d'],
      'It is a number and m, h, d or w, up to 3650d, such as 90d.',
    ],
    [
      ['create', '--name', 'a', '--expires', '3651d'],
      'It is a number and m, h, d or w, up to 3650d, such as 90d.',
    ],
    [['revoke', 'nothing'], 'there is no token with the id "nothing": `hostcast token list` shows the ids'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await hostcast(['token', ...args, '--data', makeFolder()]);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('says in which folder it found none', async () => {
    const data = makeFolder();
    expect((await hostcast(['user', 'list', '--data', data])).stderr).toBe(
      `There are no users in ${data} yet.\n`,
    );
    expect((await hostcast(['token', 'list', '--data', data])).stderr).toBe(
      `There are no tokens in ${data} yet.\n`,
    );
  });

  it('offers no default for a tag of the agent', async () => {
    expect((await hostcast(['agent', '--help'])).stdout).not.toContain('[]');
  });
});

describe('several processes that write at the same time', () => {
  it('lose nothing, and a hostcast that looks on notices each', async () => {
    const data = makeFolder();
    const running = Accounts.open(data, { watch: true });
    onTestFinished(() => running.close());
    const names = Array.from({ length: 16 }, (_, i) => `t${i}`);
    const seen = new Set<string>();
    const allSeen = new Promise<void>((resolve) => {
      running.onChange((changes) => {
        for (const change of changes) if (change.type === 'token created') seen.add(change.name);
        if (seen.size === names.length) resolve();
      });
    });
    const ends = await Promise.all(
      names.map((name) => hostcast(['token', 'create', '--name', name, '--data', data])),
    );
    await allSeen;
    expect(ends.map(({ code }) => code)).toEqual(names.map(() => 0));
    expect(running.tokens.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const { stdout } of ends) expect(running.verifyToken(stdout.trim())).toBeDefined();
    expect(readdirSync(data)).toEqual(['accounts.json']);
    expect(statSync(join(data, 'accounts.json')).mode & 0o077).toBe(0);
  });
});
