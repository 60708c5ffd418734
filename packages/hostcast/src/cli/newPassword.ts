import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UserError } from '../config/userError.ts';
import type { CliContext } from './context.ts';

/** The variable that a new user's password may be in. */
export const passwordVariable = 'HOSTCAST_USER_PASSWORD';

/** More is no password, in octets. */
const maxOctets = 8_192;

/**
 * A new password: from a file, from the environment, else asked for twice on a terminal, else the first line of
 * what is piped in. Never a flag: everybody can read those in the list of processes.
 * @throws UserError where it can't be read, or where what was typed the second time differs
 */
export async function readNewPassword(
  file: string | undefined,
  { environment, folder }: CliContext,
): Promise<string> {
  const inEnvironment = environment[passwordVariable];
  if (file !== undefined && inEnvironment !== undefined) {
    throw new UserError(`the password is given twice: --password-file and ${passwordVariable}`);
  }
  if (file !== undefined) return readPasswordFile(resolve(folder, file));
  if (inEnvironment !== undefined) return inEnvironment;
  return process.stdin.isTTY ? await askTwice() : await readPiped();
}

function readPasswordFile(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > maxOctets) throw new Error(`it has ${size} octets, and at most ${maxOctets} are read`);
    return firstLine(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`--password-file ${file} cannot be read: ${why}`);
  }
}

/** Asks on stderr, so that stdout can be piped; what is typed is not shown. */
async function askTwice(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 });
  const lines = terminal[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    process.stderr.write(question);
    const { value, done } = await lines.next();
    process.stderr.write('\n');
    if (done) throw new UserError('no password was given, nothing was changed');
    return value;
  };
  try {
    const password = await ask('Password: ');
    if ((await ask('The same again: ')) === password) return password;
    throw new UserError('the two passwords differ, nothing was changed');
  } finally {
    terminal.close();
  }
}

async function readPiped(): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of process.stdin) {
    const part = Buffer.from(chunk);
    chunks.push(part);
    octets += part.length;
    if (part.includes('\n') || octets > maxOctets) break;
  }
  if (octets === 0) {
    throw new UserError(
      `there is no terminal to ask for a password on: pipe it in, or use --password-file or ${passwordVariable}`,
    );
  }
  return firstLine(Buffer.concat(chunks).toString('utf8'));
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0]!;
}
