import { readFileSync, statSync } from 'node:fs';

const largestSecretBytes = 64 * 1024;

/** What a file for a secret holds, and what is wrong with who may read it. */
export interface SecretFile {
  readonly secret: string;
  /** Everybody on this machine may read it. */
  readonly isOpen: boolean;
}

/**
 * Reads a secret: all that the file holds, without the space around it.
 * @throws Error where it can't be read, is empty, or too large to be a secret
 */
export function readSecretFile(file: string): SecretFile {
  const { size, mode } = statSync(file);
  if (size > largestSecretBytes) throw new Error(`it is larger than ${largestSecretBytes} octets`);
  const secret = readFileSync(file, 'utf8').trim();
  if (secret === '') throw new Error('it is empty');
  return { secret, isOpen: process.platform !== 'win32' && (mode & 0o004) !== 0 };
}
