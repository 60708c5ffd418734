import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { makeFolder } from '../../../hostcast/test/support/hostcastProcess.ts';
import { find } from '../../../hostcast/test/support/reverseProxy.ts';
import { proxiesFor } from '../../src/diagnosis/proxies.ts';

const run = promisify(execFile);

function linesOf(proxy: string): string {
  return proxiesFor('hostcast.example.org').find(({ name }) => name === proxy)?.lines ?? '';
}

it.skipIf(find('nginx') === undefined)('nginx takes the lines that the page shows', async () => {
  const folder = makeFolder();
  const [map = '', location = ''] = linesOf('nginx').split('# in server { … }');
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `pid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${map}\nserver { listen 127.0.0.1:8080; ${location} }\n}\n`,
  );
  const { stderr } = await run(find('nginx')!, [
    '-t',
    '-e',
    join(folder, 'error.log'),
    '-p',
    folder,
    '-c',
    file,
  ]);
  expect(stderr).toContain('test is successful');
});

it.skipIf(find('caddy') === undefined)('Caddy takes the lines that the page shows', async () => {
  const folder = makeFolder();
  const file = join(folder, 'Caddyfile');
  writeFileSync(file, linesOf('Caddy'));
  const environment = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, PATH: '' };
  const { stdout } = await run(find('caddy')!, ['adapt', '--config', file, '--adapter', 'caddyfile'], {
    env: environment,
  });
  expect(stdout).toContain('"dial":"127.0.0.1:4678"');
});
