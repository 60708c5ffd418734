import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanUp } from '../support/network.ts';
import { firstThatRuns } from '../support/program.ts';
import { serveTcp } from '../support/rawTcp.ts';
import { copyOfSuite, suiteLogin, suiteTitle } from '../support/suite.ts';

const cases = readdirSync(resolve(import.meta.dirname, 'suites/php-stomp/tests'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.phpt'))
  .sort();
const php = firstThatRuns(['php', '/usr/bin/php'], '-r', 'exit(extension_loaded("stomp") ? 0 : 1);');
const missing = php ? '' : ' (skipped: Debian package php-stomp is not installed)';

describe.skipIf(!php)(suiteTitle("PHP's extension stomp", cases.length, []) + missing, () => {
  test.each(cases)('%s', async (name) => {
    const { tcpPort } = await serveTcp({ authenticate: suiteLogin });
    const folder = join(copyOfSuite('php-stomp'), 'tests');
    const address = `127.0.0.1:${tcpPort}`;
    const config = `<?php\ndefine("STOMP_ADDRESS", "tcp://${address}");\n`;
    writeFileSync(join(folder, 'config.inc'), config);
    const parts = partsOf(readFileSync(join(folder, name), 'utf8'));
    const script = join(folder, name.replace(/phpt$/, 'php'));
    writeFileSync(script, (parts.get('FILE') ?? '').replaceAll('localhost:61613', address));
    const out = await run(php ?? '', `tcp://${address}`, parts.get('INI') ?? '', script);
    expect(out).toMatch(patternOf(parts));
  });
});

/** The parts of a phpt file, by the names that stand between dashes. */
function partsOf(text: string): Map<string, string> {
  const parts = text.split(/^--([A-Z_]+)--\r?\n/m).slice(1);
  return new Map(
    parts.flatMap((name, index) => (index % 2 ? [] : [[name, parts[index + 1] ?? ''] as const])),
  );
}

// As PHP's own run-tests sets them.
const reported = [
  'display_errors=1',
  'html_errors=0',
  'log_errors=0',
  'zend.exception_ignore_args=0',
  'zend.exception_string_param_max_len=15',
];

async function run(program: string, broker: string, ini: string, script: string): Promise<string> {
  const settings = [`stomp.default_broker=${broker}`, ...reported];
  const all = [...settings, ...ini.split('\n').filter((line) => line !== '')];
  const child = spawn(program, [...all.flatMap((each) => ['-d', each]), script]);
  cleanUp(() => child.kill('SIGKILL'));
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text));
  await once(child, 'close');
  return out.trim();
}

/** What has to be written: as it stands, or with the wildcards of EXPECTF. */
function patternOf(parts: ReadonlyMap<string, string>): RegExp {
  const quoted = (text: string) => text.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const plain = parts.get('EXPECT');
  if (plain !== undefined) return new RegExp(`^${quoted(plain)}$`);
  const wildcards = new Map(
    Object.entries({
      '%s': '[^\\n]+',
      '%S': '[^\\n]*',
      '%a': '[^]+',
      '%A': '[^]*',
      '%d': '\\d+',
      '%i': '[+-]?\\d+',
      '%c': '.',
      '%e': '/',
    }),
  );
  const formatted = quoted(parts.get('EXPECTF') ?? 'EXPECTF is missing');
  return new RegExp(`^${formatted.replace(/%[sSaAdice]/g, (each) => wildcards.get(each) ?? each)}$`);
}
