import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeFolder } from './support/hostcastProcess.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The working tree without what is built, beside the packages that are installed. */
function copyWorkspace(): string {
  const copy = makeFolder();
  const isSource = (path: string) => !/\/(node_modules|dist|\.git|data)$/.test(path);
  cpSync(root, copy, { recursive: true, filter: isSource });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === '.cache' || name === '@hostcast' || name === 'hostcast') continue;
    symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  mkdirSync(join(copy, 'node_modules', '@hostcast'));
  for (const name of ['stomp', 'tsdb', 'page']) {
    symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules/@hostcast', name));
  }
  symlinkSync(join(copy, 'packages/hostcast'), join(copy, 'node_modules/hostcast'));
  return copy;
}

/** Runs a program to its end, or to the line that says that hostcast runs, which it then ends by SIGTERM. */
async function run(
  command: string,
  args: string[],
  cwd: string,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      const before = output;
      output += text;
      if (!before.includes('Ctrl-C stops it') && output.includes('Ctrl-C stops it')) child.kill('SIGTERM');
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

describe('npm start', () => {
  it('builds what is missing, runs, ends by SIGTERM with 0, and builds nothing the second time', async () => {
    const copy = copyWorkspace();
    const start = ['start', '--', '--port', '0', '--data', makeFolder(), '--no-collect'];
    const first = await run('npm', start, copy);
    expect(first.output.match(/Building \S+/g)).toEqual([
      'Building packages/stomp',
      'Building packages/tsdb',
      'Building packages/hostcast',
      'Building packages/page',
    ]);
    expect(first.output).toContain('hostcast runs.');
    expect(first.code).toBe(0);
    const second = await run('npm', start, copy);
    expect(second.output).not.toContain('Building');
    expect(second.output).toContain('npm start -- --port 0');
    expect(second.code).toBe(0);

    const soon = new Date(Date.now() + 5_000);
    utimesSync(join(copy, 'packages/hostcast/src/clock.ts'), soon, soon);
    const third = await run('node', ['scripts/start.mjs', '--help'], copy);
    expect(third.output.match(/Building \S+/g)).toEqual([
      'Building packages/hostcast',
      'Building packages/page',
    ]);
    expect(third.output).toContain('--influx-url <url>');
  });

  it('says what is wrong with a build that fails, and how', async () => {
    const copy = copyWorkspace();
    cpSync(join(root, 'LICENSE'), join(copy, 'packages/stomp/src/broken.ts'));
    const { code, output } = await run('npm', ['start'], copy);
    expect(code).not.toBe(0);
    expect(output).toContain('packages/stomp could not be built');
    expect(output).toContain('src/broken.ts');
  });
});

describe('the Node that is asked for', () => {
  it.each([
    ['18.20.0', false],
    ['20.18.9', false],
    ['20.19.0', true],
    ['21.7.3', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['24.0.0', true],
  ])('is %s: %s', async (version, isEnough) => {
    const workspace = JSON.stringify(join(root, 'scripts/workspace.mjs'));
    const program = `
      const { satisfies } = await import(${workspace});
      process.stdout.write(String(satisfies('${version}', '^20.19.0 || >=22.12.0')));`;
    expect((await run('node', ['--input-type=module', '-e', program], root)).output).toBe(String(isEnough));
  });
});
