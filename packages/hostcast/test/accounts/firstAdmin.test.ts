import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Accounts } from '../../src/accounts/accounts.ts';
import { forgetFirstPassword, makeFirstAdmin } from '../../src/accounts/firstAdmin.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

vi.setConfig({ testTimeout: 30_000 }); // a hash takes a fifth of a second of a whole core

const form = /^([a-hjkmnp-z2-9]{5}-){3}[a-hjkmnp-z2-9]{5}$/;

it('is shown on a terminal, and written nowhere', async () => {
  const folder = makeFolder();
  const accounts = Accounts.open(folder);
  const admin = await makeFirstAdmin(accounts, { folder, isTerminal: true });
  expect(admin).toEqual({ name: 'admin', password: expect.stringMatching(form) });
  const password = admin !== undefined && 'password' in admin ? admin.password : '';
  expect(await accounts.verifyPassword('admin', password)).toMatchObject({ role: 'admin' });
  expect(readdirSync(folder)).toEqual(['accounts.json']);
  expect(readFileSync(join(folder, 'accounts.json'), 'utf8')).not.toContain(password);
});

it('is in a file for its owner alone where nobody looks, until it is forgotten', async () => {
  const folder = makeFolder();
  const accounts = Accounts.open(folder);
  const file = join(folder, 'admin-password');
  expect(await makeFirstAdmin(accounts, { folder, isTerminal: false })).toEqual({ name: 'admin', file });
  expect(statSync(file).mode & 0o077).toBe(0);
  const password = readFileSync(file, 'utf8');
  expect(password).toMatch(new RegExp(`${form.source.slice(0, -1)}\n$`));
  expect(await accounts.verifyPassword('admin', password.trim())).toBeDefined();
  forgetFirstPassword(folder);
  forgetFirstPassword(folder);
  expect(readdirSync(folder)).toEqual(['accounts.json']);
});

it('is not made where there is any user', async () => {
  const folder = makeFolder();
  const accounts = Accounts.open(folder);
  await accounts.addUser({ name: 'kim', role: 'viewer', password: 'correct horse' });
  expect(await makeFirstAdmin(accounts, { folder, isTerminal: false })).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['accounts.json']);
  expect(accounts.users.map(({ name }) => name)).toEqual(['kim']);
});

it('is not made a second time by a process that read the users before, and leaves no password behind', async () => {
  const folder = makeFolder();
  const late = Accounts.open(folder);
  await makeFirstAdmin(Accounts.open(folder), { folder, isTerminal: true });
  expect(await makeFirstAdmin(late, { folder, isTerminal: false })).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['accounts.json']);
});
