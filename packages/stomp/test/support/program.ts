import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { cleanUp } from './network.ts';

/** The first of these programs that can run this line of code, or undefined. */
export function firstThatRuns(programs: readonly string[], ...args: string[]): string | undefined {
  return programs.find((program) => spawnSync(program, args).status === 0);
}

/** Runs a script, of test/interop where it is no path, to its end; the lines that it has printed. Throws where it fails. */
export async function run(program: string, script: string, ...args: string[]): Promise<string[]> {
  const child = spawn(program, [resolve(import.meta.dirname, '../interop', script), ...args], {
    env: { ...process.env, PYTHONIOENCODING: 'utf-8', LANG: 'C.UTF-8' },
  });
  cleanUp(() => child.kill('SIGKILL'));
  let out = '';
  let errors = '';
  child.stdout.on('data', (text: Buffer) => (out += text));
  child.stderr.on('data', (text: Buffer) => (errors += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${out}\n${errors}`);
  return out.split('\n').filter((line) => line !== '');
}
