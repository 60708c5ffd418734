import { randomBytes, randomInt } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Accounts } from './accounts.ts';
import { AccountsError } from './accountsError.ts';
import { writePrivately } from './accountsFile.ts';

/** The first user, and where their password is: here, to be shown once, or in a file that only its owner can read. */
export type FirstAdmin = { readonly name: string } & (
  | { readonly password: string }
  | { readonly file: string }
);

export interface FirstAdminOptions {
  /** The data folder. */
  readonly folder: string;
  /** Somebody looks: the password is shown, and written nowhere. */
  readonly isTerminal: boolean;
}

/** The first admin's name. */
export const firstAdminName = 'admin';

/**
 * Where there are no users yet, makes an admin with a random password, and says where that is. Nobody else ever
 * knows it: hostcast keeps its hash.
 * @throws AccountsError where it can't be written; there is no admin then
 */
export async function makeFirstAdmin(
  accounts: Accounts,
  { folder, isTerminal }: FirstAdminOptions,
): Promise<FirstAdmin | undefined> {
  if (accounts.users.length > 0) return undefined;
  const name = firstAdminName;
  const password = randomPassword();
  if (isTerminal) return (await add(accounts, password)) ? { name, password } : undefined;
  const file = passwordFile(folder);
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  // Written first: a file without its admin is useless, an admin without the file would lock everybody out.
  writePrivately(folder, aside, `${password}\n`);
  try {
    if (!(await add(accounts, password))) return undefined;
    renameSync(aside, file);
    return { name, file };
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Removes the file with the first admin's password, which is theirs no longer. */
export function forgetFirstPassword(folder: string): void {
  rmSync(passwordFile(folder), { force: true });
}

/** False where another process was faster. */
async function add(accounts: Accounts, password: string): Promise<boolean> {
  try {
    await accounts.addUser({ name: firstAdminName, role: 'admin', password });
    return true;
  } catch (error) {
    if (error instanceof AccountsError && error.code === 'ERR_ACCOUNTS_EXISTS') return false;
    throw error;
  }
}

function passwordFile(folder: string): string {
  return join(folder, 'admin-password');
}

/** 99 random bits in characters that are not mistaken for each other, such as `k7m2p-…` (4 groups of 5). */
function randomPassword(): string {
  const characters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = () => Array.from({ length: 5 }, () => characters[randomInt(characters.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}
