import { describe, expect, test } from 'vitest';
import { firstThatRuns, run } from '../support/program.ts';
import { serveTcp } from '../support/rawTcp.ts';
import { type Skipped, suiteLogin, suiteTitle } from '../support/suite.ts';

const skipped: readonly Skipped[] = [
  ...['test_asterisk_wildcard_subscribe', 'test_greater_than_wildcard_subscribe'].map((name) => ({
    name,
    why: "patterns of queues are ActiveMQ's",
  })),
  ...['0080', '0090', '0100', '0130', '0135', '0140'].map((number) => ({
    name: `test_conn_1p_${number}`,
    why: 'a minute of heart-beats each, off unless asked for; stompRuby has seconds of them',
  })),
  ...['test_con_iss99_ok', 'test_cli_iss99_ok', 'test_cli_iss99_ex'].map((name) => ({
    name,
    why: 'takes for granted that the server has port 61613',
  })),
];

const ruby = firstThatRuns(['ruby', '/usr/bin/ruby'], '-e', 'require "stomp"');
const missing = ruby ? '' : ' (skipped: Debian package ruby-stomp is not installed)';

describe.skipIf(!ruby)(suiteTitle('the Ruby gem stomp', 51, skipped) + missing, () => {
  test.skip.each(skipped)('$name: $why', () => undefined);

  test.each([
    ['1.0', 'guest', 43],
    ['1.1', 'guest', 51],
    ['1.2', 'guest', 51],
    ['1.2', 'anonymous', 51],
  ])('%s as %s: all %d', { timeout: 120_000 }, async (version, login, cases) => {
    const { tcpPort } = await serveTcp({ authenticate: suiteLogin });
    const lines = await run(ruby ?? '', 'stompRubySuite.rb', `${tcpPort}`, version, login);
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([]);
    expect(lines).toHaveLength(cases);
  });
});
