import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanUp } from './network.ts';

/** A program that runs: its lines of output, one by one, and its end. */
export interface Running {
  /** The next line of standard output; undefined where there is none any more. */
  line(): Promise<string | undefined>;
  /** Ends it as a service manager would; resolves with the exit code. */
  end(): Promise<number | null>;
}

/** Runs a Node program on a port of its own choice; it is killed after the test. */
export function runNode(
  folder: string,
  file: string,
  env: NodeJS.ProcessEnv = {},
  args: string[] = [],
): Running {
  const child = spawn(process.execPath, [...args, file], {
    cwd: folder,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  cleanUp(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    line: async () => (await lines.next()).value,
    end: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** Runs one of packages/stomp/examples, against the built package, and gives its first line: its address. */
export async function runExample(
  file: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Running & { url: string }> {
  const running = runNode(join(import.meta.dirname, '../../examples'), file, env);
  const url = await running.line();
  if (url === undefined) throw new Error(`${file} has ended without a word`);
  return { ...running, url };
}
