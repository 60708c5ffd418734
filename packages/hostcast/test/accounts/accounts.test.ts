import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AccountChange, Accounts, type AccountsOptions } from '../../src/accounts/accounts.ts';
import { Passwords } from '../../src/accounts/passwords.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

vi.setConfig({ testTimeout: 30_000 }); // a hash takes a fifth of a second of a whole core

const password = 'correct horse';

function open(folder: string, options: AccountsOptions = {}): Accounts {
  const accounts = Accounts.open(folder, options);
  onTestFinished(() => accounts.close());
  return accounts;
}

function fileOf(folder: string): string {
  return join(folder, 'accounts.json');
}

let adminFile: string | undefined;

/** `ann` is admin there; her hash is computed once for all tests. */
async function folderWithAdmin(): Promise<string> {
  const folder = makeFolder();
  if (adminFile === undefined) {
    await open(folder).addUser({ name: 'ann', role: 'admin', password });
    adminFile = readFileSync(fileOf(folder), 'utf8');
  }
  writeFileSync(fileOf(folder), adminFile, { mode: 0o600 });
  return folder;
}

function nextChanges(accounts: Accounts): Promise<readonly AccountChange[]> {
  return new Promise((resolve) => {
    const undo = accounts.onChange((changes) => {
      undo();
      resolve(changes);
    });
  });
}

describe('users', () => {
  it('are none where there is no file, and no file is made by looking', () => {
    const folder = makeFolder();
    const accounts = open(folder);
    expect(accounts.users).toEqual([]);
    expect(accounts.tokens).toEqual([]);
    expect(accounts.user('ann')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are known by their password, now and after a restart', async () => {
    const folder = makeFolder();
    const accounts = open(folder, { nowMs: () => 1_795_305_602_000 });
    const scope = { hosts: ['web-*'], tags: { dc: 'icn' } };
    await accounts.addUser({ name: 'kim', role: 'viewer', scope, password });
    for (const opened of [accounts, open(folder)]) {
      expect(await opened.verifyPassword('kim', password)).toMatchObject({
        name: 'kim',
        role: 'viewer',
        scope: { hosts: ['web-*'], tags: { dc: 'icn' } },
        version: 1_795_305_602_000,
        createdMs: 1_795_305_602_000,
      });
    }
    expect(await accounts.verifyPassword('kim', 'wrong horse')).toBeUndefined();
    expect(accounts.user('Kim')).toBeUndefined();
  });

  it('cost the same work where they are not there', async () => {
    const passwords = new Passwords();
    const accounts = open(await folderWithAdmin(), { passwords });
    expect(await accounts.verifyPassword('nobody', password)).toBeUndefined();
    expect(await accounts.verifyPassword('__proto__', password)).toBeUndefined();
    expect(passwords.computed).toBe(2);
    await accounts.verifyPassword('ann', 'wrong');
    expect(passwords.computed).toBe(3);
  });

  it('get a greater version with a new password, and the old one is over', async () => {
    const accounts = open(await folderWithAdmin(), { nowMs: () => 5 }); // a clock that went back
    const before = accounts.user('ann')!.version;
    const { version } = await accounts.setPassword('ann', 'battery staple');
    expect(version).toBe(before + 1);
    expect(await accounts.verifyPassword('ann', password)).toBeUndefined();
    expect(await accounts.verifyPassword('ann', 'battery staple')).toMatchObject({ name: 'ann' });
  });

  it('are not let in by a password that is changed while it is checked', async () => {
    const folder = await folderWithAdmin();
    const accounts = open(folder, { passwords: new Passwords({ atOnce: 1 }) });
    const changed = accounts.setPassword('ann', 'battery staple');
    const checked = accounts.verifyPassword('ann', password);
    const checkedLater = changed.then(() => checked);
    expect(await checkedLater).toBeUndefined();
  });

  it('whose name is given anew get a greater version than the one before had', async () => {
    const accounts = open(await folderWithAdmin(), { nowMs: () => 5 });
    const { version } = await accounts.addUser({ name: 'kim', role: 'viewer', password });
    await accounts.removeUser('kim');
    const again = await accounts.addUser({ name: 'kim', role: 'viewer', password });
    expect(again.version).toBeGreaterThan(version);
  });

  it('keep their password with another role and scope', async () => {
    const accounts = open(await folderWithAdmin());
    const { version } = await accounts.addUser({
      name: 'kim',
      role: 'viewer',
      scope: { hosts: ['a'] },
      password,
    });
    await accounts.setRole('kim', 'operator', undefined);
    expect(accounts.user('kim')).toMatchObject({ role: 'operator', version });
    expect(accounts.user('kim')).not.toHaveProperty('scope');
    expect(await accounts.verifyPassword('kim', password)).toBeDefined();
  });

  it('always have an admin among them, unless that is forced', async () => {
    const accounts = open(await folderWithAdmin());
    await accounts.addUser({ name: 'kim', role: 'operator', password });
    const lastAdmin = {
      code: 'ERR_ACCOUNTS_LAST_ADMIN',
      message: 'ann is the last admin: add another one first',
    };
    await expect(accounts.removeUser('ann')).rejects.toMatchObject(lastAdmin);
    await expect(accounts.setRole('ann', 'viewer', undefined)).rejects.toMatchObject(lastAdmin);
    await accounts.removeUser('kim');
    await accounts.removeUser('ann', { force: true });
    expect(accounts.users).toEqual([]);
  });

  it('are refused where the name is taken, also in other letters, and unknown ones are named', async () => {
    const accounts = open(await folderWithAdmin());
    await expect(accounts.addUser({ name: 'Ann', role: 'viewer', password })).rejects.toMatchObject({
      code: 'ERR_ACCOUNTS_EXISTS',
      message: 'there is a user ann already',
    });
    await expect(accounts.setPassword('bob', password)).rejects.toThrow('there is no user "bob"');
    await expect(accounts.removeUser('bob')).rejects.toThrow('there is no user "bob"');
    await expect(accounts.revokeToken('bob')).rejects.toThrow('there is no token with the id "bob"');
  });

  it.each(['', '-kim', '__proto__', 'a/b', 'kim\n', '김', 'a'.repeat(65), 'anonymous', 'Anonymous'])(
    'are refused with the name %j',
    async (name) => {
      const accounts = open(makeFolder());
      await expect(accounts.addUser({ name, role: 'viewer', password })).rejects.toMatchObject({
        code: 'ERR_ACCOUNTS_VALUE',
      });
      await expect(accounts.createToken({ name, right: 'ingest' })).rejects.toThrow('is no name for a token');
    },
  );

  it.each([
    [{}],
    [{ hosts: [] }],
    [{ tags: {} }],
    [{ hosts: [''] }],
    [{ hosts: ['a\nb'] }],
    [{ hosts: ['a'.repeat(256)] }],
    [{ hosts: Array.from({ length: 65 }, String) }],
    [{ tags: { dc: '' } }],
  ])('are refused with the scope %j', async (scope) => {
    const accounts = open(makeFolder());
    await expect(accounts.addUser({ name: 'kim', role: 'viewer', scope, password })).rejects.toMatchObject({
      code: 'ERR_ACCOUNTS_VALUE',
    });
  });

  it('keep a tag in their scope whatever it is called', async () => {
    const folder = await folderWithAdmin();
    const tags = JSON.parse('{"__proto__":"x","constructor":"y"}');
    await open(folder).addUser({ name: 'kim', role: 'viewer', scope: { tags }, password });
    expect(Object.entries(open(folder).user('kim')!.scope!.tags!)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

describe('tokens', () => {
  it('are known by their text, which is kept nowhere', async () => {
    const folder = makeFolder();
    const accounts = open(folder);
    const { text, token } = await accounts.createToken({ name: 'telegraf-web-1', right: 'ingest' });
    expect(text).toMatch(/^hct_[0-9a-f]{12}_[\w-]{43}$/);
    expect(accounts.verifyToken(text)).toEqual(token);
    expect(open(folder).verifyToken(text)).toEqual(token);
    expect(accounts.token(token.id)).toEqual(token);
    expect(readFileSync(fileOf(folder), 'utf8')).not.toContain(text.slice(17));
    expect(Object.keys(token)).toEqual(['id', 'name', 'right', 'createdMs']);
  });

  it('are not known by another text', async () => {
    const accounts = open(makeFolder());
    const { text } = await accounts.createToken({ name: 'a', right: 'viewer' });
    const other = (await accounts.createToken({ name: 'b', right: 'viewer' })).text;
    const mixed = text.slice(0, 17) + other.slice(17);
    const flipped = text.slice(0, -2) + (text.at(-2) === 'A' ? 'B' : 'A') + text.at(-1);
    for (const wrong of [
      mixed,
      flipped,
      `${text}A`,
      `${text}\n`,
      text.slice(0, -1),
      text.toUpperCase(),
      '',
      'hct_',
    ]) {
      expect(accounts.verifyToken(wrong)).toBeUndefined();
    }
  });

  it('end when they expire and when they are revoked', async () => {
    let nowMs = 1_000;
    const accounts = open(makeFolder(), { nowMs: () => nowMs });
    const { text, token } = await accounts.createToken({ name: 'a', right: 'viewer', expiresAtMs: 2_000 });
    nowMs = 1_999;
    expect(accounts.verifyToken(text)).toEqual(token);
    nowMs = 2_000;
    expect(accounts.verifyToken(text)).toBeUndefined();
    expect(accounts.token(token.id)).toEqual(token);
    nowMs = 1_500;
    expect(await accounts.revokeToken(token.id)).toEqual(token);
    expect(accounts.verifyToken(text)).toBeUndefined();
    expect(accounts.token(token.id)).toBeUndefined();
  });
});

describe('the file', () => {
  it.skipIf(process.platform === 'win32')(
    'is for its owner alone, and nothing else is left beside it',
    async () => {
      const folder = await folderWithAdmin();
      expect((statSync(fileOf(folder)).mode & 0o777).toString(8)).toBe('600');
      expect(readdirSync(folder)).toEqual(['accounts.json']);
    },
  );

  it.skipIf(process.platform === 'win32').each([0o644, 0o640, 0o602])(
    'is refused with mode %o: neither read nor written',
    async (mode) => {
      const folder = await folderWithAdmin();
      const accounts = open(folder);
      chmodSync(fileOf(folder), mode);
      expect(() => open(folder)).toThrow(/has mode 06.., so others.*chmod 600 '.*accounts.json'/s);
      const adding = accounts.addUser({ name: 'kim', role: 'admin', password });
      await expect(adding).rejects.toMatchObject({ code: 'ERR_ACCOUNTS_EXPOSED' });
      chmodSync(fileOf(folder), 0o600);
      expect(open(folder).users.map(({ name }) => name)).toEqual(['ann']);
    },
  );

  it('is refused where it is cut anywhere, and left as it is', async () => {
    const folder = await folderWithAdmin();
    const accounts = open(folder);
    const whole = readFileSync(fileOf(folder), 'utf8');
    for (let length = 0; length < whole.length - 1; length += 1) {
      writeFileSync(fileOf(folder), whole.slice(0, length));
      expect(() => Accounts.open(folder)).toThrow('is damaged (it is not JSON)');
    }
    await expect(accounts.createToken({ name: 'a', right: 'admin' })).rejects.toMatchObject({
      code: 'ERR_ACCOUNTS_DAMAGED',
    });
    expect(readFileSync(fileOf(folder), 'utf8')).toBe(whole.slice(0, -2));
    expect(readdirSync(folder)).toEqual(['accounts.json']);
  });

  type Parts = {
    users: Record<string, unknown>[];
    tokens: Record<string, unknown>[];
    [key: string]: unknown;
  };

  it.each<[string, (file: Parts) => unknown, string]>([
    ['a list', () => [], 'the whole'],
    ['null', () => null, 'the whole'],
    ['no version', ({ version: _, ...file }) => file, 'version'],
    ['version 0', (file) => ({ ...file, version: 0 }), 'version'],
    ['no users', ({ users: _, ...file }) => file, 'users'],
    ['an unknown part', (file) => ({ ...file, groups: [] }), 'Unrecognized key: "groups"'],
    ['a negative revision', (file) => ({ ...file, revision: -1 }), 'revision'],
    [
      'an unknown role',
      (file) => {
        file.users[0]!.role = 'root';
      },
      'users.0.role',
    ],
    ['no role', (file) => delete file.users[0]!.role, 'users.0.role'],
    [
      'no password',
      (file) => {
        file.users[0]!.passwordHash = '';
      },
      'users.0.passwordHash: not a hash of a password',
    ],
    [
      'an unknown member',
      (file) => {
        file.users[0]!.disabled = true;
      },
      'Unrecognized key: "disabled"',
    ],
    [
      'a name with a slash',
      (file) => {
        file.users[0]!.name = 'a/b';
      },
      'users.0.name',
    ],
    [
      'a user twice',
      (file) => file.users.push({ ...file.users[0], name: 'ANN' }),
      'users: a name is there twice',
    ],
    [
      'an empty scope',
      (file) => {
        file.users[0]!.scope = {};
      },
      'users.0.scope: it names neither hosts nor tags',
    ],
    [
      'a scope of no tags',
      (file) => {
        file.users[0]!.scope = { tags: {} };
      },
      'users.0.scope.tags',
    ],
    [
      'a scope of no text',
      (file) => {
        file.users[0]!.scope = { tags: { dc: 1 } };
      },
      'users.0.scope.tags',
    ],
    [
      'a scope null',
      (file) => {
        file.users[0]!.scope = null;
      },
      'users.0.scope',
    ],
    ['a token twice', (file) => file.tokens.push({ ...file.tokens[0] }), 'tokens: an id is there twice'],
    [
      'a token for nothing',
      (file) => {
        file.tokens[0]!.right = 'none';
      },
      'tokens.0.right',
    ],
    ['a token without hash', (file) => delete file.tokens[0]!.sha256, 'tokens.0.sha256'],
    [
      'a token until a word',
      (file) => {
        file.tokens[0]!.expiresAtMs = 'never';
      },
      'tokens.0.expiresAtMs',
    ],
    [
      'a token until null',
      (file) => {
        file.tokens[0]!.expiresAtMs = null;
      },
      'tokens.0.expiresAtMs',
    ],
  ])('is refused with %s', async (_, damage, where) => {
    const folder = await folderWithAdmin();
    await open(folder).createToken({ name: 'a', right: 'ingest' });
    const file: Parts = JSON.parse(readFileSync(fileOf(folder), 'utf8'));
    const result = damage(file);
    const damaged = JSON.stringify(typeof result === 'object' ? result : file);
    writeFileSync(fileOf(folder), damaged);
    expect(() => open(folder)).toThrow(`is damaged (`);
    expect(() => open(folder)).toThrow(where);
    expect(readFileSync(fileOf(folder), 'utf8')).toBe(damaged);
  });

  it('is refused where a newer hostcast wrote it', async () => {
    const folder = await folderWithAdmin();
    const file = JSON.parse(readFileSync(fileOf(folder), 'utf8'));
    writeFileSync(fileOf(folder), JSON.stringify({ ...file, version: 2, groups: [] }));
    expect(() => open(folder)).toThrow('is of format 2, and this hostcast reads up to 1: use a newer one');
  });

  it('shows none of its content where it is refused', async () => {
    const folder = await folderWithAdmin();
    const text = readFileSync(fileOf(folder), 'utf8');
    writeFileSync(fileOf(folder), text.replace('"passwordHash": ', '"passwordHash" '));
    expect(() => open(folder)).toThrow(/^(?!.*scrypt).*it is not JSON/s);
  });

  it('cannot be a folder', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'x'), '');
    expect(() => open(join(folder, 'x'))).toThrow('accounts.json cannot be used: ENOTDIR');
  });
});

describe('a change by another process', () => {
  it('is noticed, said in words, and used', async () => {
    const folder = await folderWithAdmin();
    const running = open(folder, { watch: true });
    const other = open(folder);
    const steps: [() => Promise<unknown>, AccountChange[]][] = [
      [
        () =>
          other.addUser({ name: 'kim', role: 'viewer', scope: { tags: { dc: 'icn', rack: '7' } }, password }),
        [{ type: 'user added', user: 'kim', role: 'viewer', tags: 'dc=icn,rack=7' }],
      ],
      [() => other.setPassword('kim', 'battery staple'), [{ type: 'password changed', user: 'kim' }]],
      [
        () => other.setRole('kim', 'admin', { hosts: ['a', 'web-*'] }),
        [{ type: 'user changed', user: 'kim', role: 'admin', hosts: 'a,web-*' }],
      ],
      [() => other.removeUser('kim'), [{ type: 'user removed', user: 'kim' }]],
    ];
    for (const [act, changes] of steps) {
      const noticed = nextChanges(running);
      await act();
      expect(await noticed).toEqual(changes);
      expect(running.users).toEqual(other.users);
    }
  });

  it('makes tokens and takes them back', async () => {
    const folder = await folderWithAdmin();
    const running = open(folder, { watch: true });
    const created = nextChanges(running);
    const { text, token } = await open(folder).createToken({ name: 'web-1', right: 'ingest' });
    expect(await created).toEqual([
      { type: 'token created', token: token.id, name: 'web-1', right: 'ingest' },
    ]);
    expect(running.verifyToken(text)).toEqual(token);
    const revoked = nextChanges(running);
    await open(folder).revokeToken(token.id);
    expect(await revoked).toEqual([{ type: 'token revoked', token: token.id, name: 'web-1' }]);
    expect(running.verifyToken(text)).toBeUndefined();
  });

  it('that damages, exposes or removes the file is told once, and those known before stay known', async () => {
    const folder = await folderWithAdmin();
    const troubles: string[] = [];
    let told = (): void => {};
    const onTrouble = (error: Error) => {
      troubles.push('code' in error ? String(error.code) : error.message);
      told();
    };
    const running = open(folder, { watch: true, onTrouble });
    const whole = readFileSync(fileOf(folder), 'utf8');
    const steps: [string, () => void][] = [
      ['ERR_ACCOUNTS_DAMAGED', () => writeFileSync(fileOf(folder), '{}')],
      ['ERR_ACCOUNTS_MISSING', () => rmSync(fileOf(folder))],
    ];
    for (const [code, act] of steps) {
      const telling = new Promise<void>((resolve) => (told = resolve));
      act();
      await telling;
      expect(troubles.at(-1)).toBe(code);
      expect(await running.verifyPassword('ann', password)).toBeDefined();
      await expect(running.setPassword('ann', 'battery staple')).rejects.toMatchObject({ code });
    }
    writeFileSync(join(folder, 'aside'), whole.replace('"ann"', '"eve"'), { mode: 0o600 });
    const noticed = nextChanges(running);
    renameSync(join(folder, 'aside'), fileOf(folder));
    expect(await noticed).toEqual([
      { type: 'user added', user: 'eve', role: 'admin' },
      { type: 'user removed', user: 'ann' },
    ]);
    expect(troubles).toEqual(['ERR_ACCOUNTS_DAMAGED', 'ERR_ACCOUNTS_MISSING']);
  });

  it('does not get lost beside another one', async () => {
    const folder = await folderWithAdmin();
    const all = [open(folder), open(folder), open(folder)];
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => all[i % 3]!.createToken({ name: `t${i}`, right: 'ingest' })),
    );
    const names = open(folder).tokens.map(({ name }) => name);
    expect(names.sort()).toEqual(Array.from({ length: 60 }, (_, i) => `t${i}`).sort());
  });

  it('waits for the lock, and takes over one that a dead process left behind', async () => {
    const folder = await folderWithAdmin();
    const lock = `${fileOf(folder)}.lock`;
    writeFileSync(lock, 'of a process that died');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, longAgo, longAgo);
    await open(folder).createToken({ name: 'a', right: 'ingest' });
    expect(readdirSync(folder)).toEqual(['accounts.json']);
  });
});

it('ends with nothing left that holds the process', async () => {
  const accounts = Accounts.open(await folderWithAdmin(), { watch: true });
  accounts.close();
  accounts.close();
  expect(process.getActiveResourcesInfo()).not.toContain('FSReqCallback');
});
