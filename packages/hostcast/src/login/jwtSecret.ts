import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AccountsError } from '../accounts/accountsError.ts';
import { readPrivately, writePrivately } from '../accounts/accountsFile.ts';

/** The file with the secret that logins are signed with. */
export const jwtSecretName = 'jwt-secret';

/**
 * The secret that logins are signed with, from `jwt-secret` in the data folder; made where there is none. Who
 * removes the file ends all logins.
 * @throws AccountsError where it can't be used, or others than its owner could have read it
 */
export function jwtSecret(folder: string): Uint8Array {
  const path = join(folder, jwtSecretName);
  const text = readPrivately(folder, path)?.text ?? make(folder, path);
  if (!/^[\w-]{64}\s*$/.test(text)) {
    throw new AccountsError(
      'ERR_ACCOUNTS_DAMAGED',
      `${path} is damaged: remove it, and everybody has to sign in again`,
    );
  }
  return Buffer.from(text.trim(), 'base64url');
}

function make(folder: string, path: string): string {
  const text = randomBytes(48).toString('base64url');
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  writePrivately(folder, path, `${text}\n`);
  return text;
}
