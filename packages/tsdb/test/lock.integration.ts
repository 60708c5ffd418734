import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { newFolder } from './folder.ts';

const built = new URL('../dist/index.js', import.meta.url).href;
const script = `
  import { openDatabase } from ${JSON.stringify(built)};
  process.stdin.once('data', () => {
    try {
      openDatabase({ folder: process.argv[1] });
      process.stdout.write('opened');
    } catch (error) {
      process.stdout.write(error.code);
    }
    process.stdin.once('data', () => process.exit(0));
  });
  process.stdout.write('ready ');
`;

it('is given to exactly one of many processes that find the same stale one at once', async () => {
  for (let round = 0; round < 6; round++) {
    const folder = newFolder();
    writeFileSync(join(folder, 'LOCK'), JSON.stringify({ pid: 2 ** 22 + 1, started: null }));
    const openers = Array.from({ length: 8 }, () => start(folder));
    await Promise.all(openers.map(({ until }) => until(/ready /)));
    for (const { child } of openers) child.stdin.write('go');
    const answers = await Promise.all(openers.map(({ until }) => until(/ready (opened|ERR_\w+)/)));
    expect(answers.sort()).toEqual([...Array(7).fill('ERR_TSDB_LOCKED'), 'opened']);
    await Promise.all(
      openers.map(async ({ child }) => {
        child.stdin.write('end');
        await once(child, 'exit');
      }),
    );
  }
}, 60_000);

/** As a container does: with ids of processes of its own, whose first one is 1. */
const apart = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const cannotBeApart = spawnSync(apart[0]!, [...apart.slice(1), 'true']).status !== 0;

it.skipIf(cannotBeApart)(
  'is refused to a process of another container, and taken over when that is gone',
  {
    timeout: 60_000,
  },
  async () => {
    const folder = newFolder();
    const first = start(folder, apart);
    onTestFinished(() => void first.child.kill('SIGKILL'));
    await first.until(/ready /);
    first.child.stdin.write('go');
    expect(await first.until(/ready (opened|ERR_\w+)/)).toBe('opened');
    const second = start(folder, apart);
    onTestFinished(() => void second.child.kill('SIGKILL'));
    await second.until(/ready /);
    second.child.stdin.write('go');
    expect(await second.until(/ready (opened|ERR_\w+)/)).toBe('ERR_TSDB_LOCKED');
    first.child.kill('SIGKILL'); // what it runs goes with it, and gives nothing back
    await once(first.child, 'close');
    const third = start(folder, apart);
    onTestFinished(() => void third.child.kill('SIGKILL'));
    await third.until(/ready /);
    third.child.stdin.write('go');
    expect(await third.until(/ready (opened|ERR_\w+)/)).toBe('opened');
  },
);

function start(folder: string, under: readonly string[] = []) {
  const [command, ...args] = [...under, process.execPath, '--input-type=module', '-e', script, folder];
  const child = spawn(command!, args, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(output)) await once(child.stdout, 'data');
    return pattern.exec(output)![1] ?? '';
  };
  return { child, until };
}
