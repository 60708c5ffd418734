import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { endOf, program } from './support/cliRun.ts';
import { HostcastProcess, makeFolder } from './support/hostcastProcess.ts';

const text = readFileSync(new URL('../../../docs/telegraf.md', import.meta.url), 'utf8');
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, command]) => command!);

/** Runs a command of the page by a shell that finds hostcast, on that data folder. */
async function runInShell(command: string, data: string) {
  const folder = makeFolder();
  const path = join(folder, 'hostcast');
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(path, 0o755);
  const PATH = `${folder}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH, HOSTCAST_DATA: data };
  const { code, stdout, stderr } = await endOf(spawn('sh', ['-c', command], { env, stdio: 'pipe' }));
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout.toString();
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;

it.runIf(hasCurl)('the commands of docs/telegraf.md make a token, and write by it', async () => {
  expect(commands).toHaveLength(2);
  const [create, write] = commands as [string, string];
  const data = makeFolder();
  const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect'], { data });
  const [token = ''] = /hct_[\w-]+/.exec(await runInShell(create, data)) ?? [];
  const sent = write.replace('http://hostcast.example.org:4678', hostcast.url);
  const withoutToken = await runInShell(sent.replace('hct_…', 'hct_0123456789ab_wrong'), data);
  expect(withoutToken).toMatch(/^HTTP\/1\.1 401 /);
  // A running hostcast takes new tokens within half a second: until then a Telegraf would keep its data.
  let answer = '';
  while (!answer.startsWith('HTTP/1.1 204 ')) answer = await runInShell(sent.replace('hct_…', token), data);
  const ofAnother = await runInShell(sent.replace('hct_…', token).replace('web-1', 'web-2'), data);
  expect(ofAnother).toMatch(/^HTTP\/1\.1 400 [\s\S]*the token is not for the host/);
});
