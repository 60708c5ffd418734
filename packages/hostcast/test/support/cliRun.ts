import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The built hostcast. */
export const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface CliRun {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a command of the built hostcast to its end. */
export async function runCli(args: readonly string[], input?: Uint8Array): Promise<CliRun> {
  const { child, ended } = startCli(args);
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  return await ended;
}

/** The same, without waiting for its end; ends with the test. */
export function startCli(args: readonly string[]): { child: ChildProcess; ended: Promise<CliRun> } {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: endOf(child) };
}

/** What a child process has written when it ends. */
export async function endOf(child: ChildProcess): Promise<CliRun> {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout!.on('data', (bytes: Buffer) => void stdout.push(bytes));
  child.stderr!.on('data', (bytes: Buffer) => {
    stderr += bytes;
  });
  const [code] = await once(child, 'close');
  return { code, stdout: Buffer.concat(stdout), stderr };
}
