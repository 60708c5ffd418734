import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { CommandLine } from '../../src/commandLine.ts';
import { UserError } from '../../src/config/userError.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

/** What `hostcast <args>` prints in a folder with this hostcast.toml. */
async function run(args: string[], file = '', environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const folder = makeFolder();
  writeFileSync(join(folder, 'hostcast.toml'), file);
  let printed = '';
  const write = (text: string) => {
    printed += text;
  };
  const commandLine = new CommandLine('hostcast', args);
  await runProgram({ args, environment, folder, commandLine, write, note: write });
  return printed;
}

/** The rows of these settings, their columns joined by one `|`. */
function rows(printed: string, ...keys: string[]): string[] {
  const lines = printed.split('\n').filter((line) => keys.includes(line.split(' ')[0]!));
  return lines.map((line) => line.split(/ {2,}/).join('|'));
}

it('prints each setting with its value and where that comes from', async () => {
  const file = 'interval = "60s"\n[network]\nallowed-hosts = ["a.example", "b.example"]';
  const printed = await run(['check-config', '--port', '5000'], file, { HOSTCAST_LIMITS_BODY: '1024KiB' });
  expect(
    rows(printed, 'port', 'interval', 'network.allowed-hosts', 'limits.body', 'auth', 'jwt.issuer'),
  ).toEqual([
    'port|5000|--port',
    'interval|1m|hostcast.toml:1:1',
    'auth|none|default',
    'network.allowed-hosts|a.example,b.example|hostcast.toml:3:1',
    'jwt.issuer|-|default',
    'limits.body|1MiB|HOSTCAST_LIMITS_BODY',
  ]);
  expect(printed).toMatch(/\nThe configuration is right\.\n$/);
});

it('takes flags before its name as well', async () => {
  expect(rows(await run(['--port', '5000', 'check-config']), 'port')).toEqual(['port|5000|--port']);
});

it('prints no secret', async () => {
  const printed = await run(['check-config', '--influx-url', 'http://x'], '', {
    HOSTCAST_INFLUX_TOKEN: 'hunter2',
  });
  expect(rows(printed, 'influx.token')).toEqual(['influx.token|********|HOSTCAST_INFLUX_TOKEN']);
  expect(printed).not.toContain('hunter2');
});

it.each([
  ['not there', undefined, 'ENOENT'],
  ['no JSON', '<keys>', 'it is not JSON'],
  ['no key set', '{"key":[]}', 'JSON Web Key Set malformed'],
  ['empty', '{"keys":[]}', 'there are none in it'],
])('refuses a file of keys that is %s, as the server would', async (_, content, reason) => {
  const keys = join(makeFolder(), 'keys.json');
  if (content !== undefined) writeFileSync(keys, content);
  const said = run(['check-config', '--jwt-jwks-file', keys, '--jwt-algorithms', 'ES256']);
  await expect(said).rejects.toThrow(UserError);
  await expect(said).rejects.toThrow(`jwt.jwks-file ${keys} holds no keys (JWKS)`);
  await expect(said).rejects.toThrow(reason);
});

it('says all that is wrong', async () => {
  const said = run(['check-config', '--port', 'x'], 'prot = 1');
  await expect(said).rejects.toThrow(
    new UserError(
      'hostcast.toml:1:1: prot: there is no such setting; did you mean port?\n' +
        '--port: it is a number from 0 to 65535, not "x"\nSee --help for all options.',
    ),
  );
});

it('is named where something near it was written', async () => {
  await expect(run(['chek-config'])).rejects.toThrow(
    'too many arguments: "chek-config" is no command and belongs to no flag\n(Did you mean check-config?)',
  );
});
