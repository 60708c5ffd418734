import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { HostcastProcess } from './support/hostcastProcess.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const pages = ['README.md', 'SECURITY.md', 'bench/README.md'].concat(
  readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);

it.each(pages)('links and pictures of %s lead somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, target] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
    if (/^https?:/.test(target!)) continue;
    expect(existsSync(join(root, page, '..', target!)), target).toBe(true);
  }
});

it.each(pages)('tests that %s names by their whole path are there', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, path] of text.matchAll(/`(packages\/[\w./-]+\.(?:ts|mjs))/g)) {
    expect(existsSync(join(root, path!)), path).toBe(true);
  }
});

it('the STOMP example of the README prints the fleet', async () => {
  const hostcast = await HostcastProcess.start(['--interval', '1s']);
  const example = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
  const [, forNode20] = /\/\/ Node 20 [^:]*: (.*)/.exec(example)!;
  // In the workspace, where the packages are found; the README's way for a Node without WebSocket.
  const file = join(root, `node_modules/readme-example-${process.pid}.mjs`);
  onTestFinished(() => rmSync(file));
  const url = hostcast.url.replace('http', 'ws');
  writeFileSync(file, `${forNode20}\n${example.replace('ws://127.0.0.1:4678', url)}`);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += chunk;
    if (printed.includes('rows: [')) break;
  }
  expect(printed).toContain("source: 'live'");
});
