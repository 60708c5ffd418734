import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'hostcast-stomp-'));
const children: ChildProcess[] = [];

// A project of its own, with the package as it is published.
beforeAll(() => {
  const installed = join(folder, 'node_modules/@hostcast/stomp');
  mkdirSync(installed, { recursive: true });
  mkdirSync(join(folder, 'node_modules/@stomp'));
  cpSync(join(root, 'packages/stomp/package.json'), join(installed, 'package.json'));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [
    tsc,
    '-p',
    join(root, 'packages/stomp'),
    '--outDir',
    join(installed, 'dist'),
  ]);
  symlinkSync(join(root, 'node_modules/ws'), join(folder, 'node_modules/ws'));
  symlinkSync(join(root, 'node_modules/@stomp/stompjs'), join(folder, 'node_modules/@stomp/stompjs'));
  writeFileSync(
    join(folder, 'webSocket.mjs'),
    "import { WebSocket } from 'ws'; globalThis.WebSocket = WebSocket;",
  );
});

afterAll(() => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function run(name: string, code: string): AsyncIterator<string> {
  writeFileSync(join(folder, name), code);
  const args = ['--import', './webSocket.mjs', name];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

test('the quick start of the README runs as it stands', async () => {
  const readme = readFileSync(join(root, 'packages/stomp/README.md'), 'utf8');
  const [serverCode = '', clientCode = ''] = [...readme.matchAll(/```js\n([^`]+)```/g)].map(
    (match) => match[1] ?? '',
  );
  const port = String(await freePort());
  const server = run('server.mjs', serverCode.replaceAll('8080', port));
  expect((await server.next()).value).toBe(`ws://127.0.0.1:${port}/ws`);
  const client = run('client.mjs', clientCode.replaceAll('8080', port));
  expect((await server.next()).value).toBe('connect 127.0.0.1');
  for (let message = 0; message < 2; message += 1) {
    expect((await client.next()).value).toMatch(/^20\d\d-\d\d-\d\dT/);
  }
  children.at(-1)?.kill();
  expect((await server.next()).value).toBe('disconnect 127.0.0.1 socket');
});
