import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { cleanUp } from '../support/network.ts';
import { firstThatRuns } from '../support/program.ts';
import { serveTcp } from '../support/rawTcp.ts';
import { copyOfSuite, type Skipped, suiteLogin, suiteTitle } from '../support/suite.ts';

/** The files of the suite that speak with a server, and how many cases of each are run. */
const files: readonly (readonly [string, number])[] = [
  ['test_activemq', 1],
  ['test_basic', 9],
  ['test_cli', 11],
  ['test_context', 3],
  ['test_ipv6', 1],
  ['test_misc', 6],
  ['test_nonascii', 4],
  ['test_override_threading', 1],
  ['test_rabbitmq', 1],
  ['test_s10', 2],
  ['test_s11', 2],
  ['test_s12', 6],
  ['test_ssl', 1],
  ['test_stompserver', 1],
];

const fixedPort = 'takes for granted that the server has port 61613';
const stub = 'the client against a stub of its own, no server';
const skipped: readonly Skipped[] = [
  { name: 'test_basic.py::TestBasic::test_default_to_localhost', why: fixedPort },
  { name: 'test_basic.py::TestBasic::test_host_bind_port', why: fixedPort },
  {
    name: 'test_basic.py::TestBasic::test_timeout',
    why: 'needs a network that swallows what goes to 192.0.2.0',
  },
  { name: 'test_cli.py::TestCLI::test_multicast', why: 'multicast, no server' },
  {
    name: 'test_cli.py::TestCLI::teststats',
    why: 'a race of its own: it says what it expects only after it has sent what brings it',
  },
  { name: 'test_misc.py::TestNoResponseConnectionKill::test_noresponse', why: stub },
  { name: 'test_s11.py::Test11Send::testheartbeat_timeout', why: stub },
  { name: 'test_s11.py::Test11Send::testheartbeat_shutdown', why: stub },
  { name: 'test_s12.py::Test12Connect::test_timeout', why: stub },
  {
    name: 'test_threading.py::TestThreading::test_threads_dont_wedge',
    why: 'off unless asked for, and then ends before it connects: the client refuses its listener None',
  },
];

const python = firstThatRuns(['python3', '/usr/bin/python3'], '-c', 'import stomp, pytest, pytest_mock');
const missing = python
  ? ''
  : ' (skipped: Debian packages python3-stomp, python3-pytest, python3-pytest-mock are not installed)';
const title = suiteTitle(
  'stomp.py',
  files.reduce((sum, [, cases]) => sum + cases, 0),
  skipped,
);

describe.skipIf(!python)(title + missing, () => {
  test.skip.each(skipped)('$name: $why', () => undefined);

  // Most of a case is waiting: all files at the same time. The suite waits for fixed times instead of for events, so on
  // a busy machine a case may look before its answer is there: a file that failed has another try, by itself.
  test('all others pass', { timeout: 400_000 }, async () => {
    const outcomes = await Promise.all(files.map(([file]) => pytest(python ?? '', file)));
    for (const [index, [file]] of files.entries()) {
      if (outcomes[index]?.failed.length) outcomes[index] = await pytest(python ?? '', file);
    }
    expect(outcomes.flatMap(({ failed }) => failed)).toEqual([]);
    expect(files.map(([file], index) => [file, outcomes[index]?.passed])).toEqual(files);
  });
});

/** How many cases passed, and what the others said. */
async function pytest(program: string, file: string): Promise<{ passed: number; failed: string[] }> {
  // A server each: the files use the same queues.
  const { stomp, tcpPort } = await serveTcp({ authenticate: suiteLogin });
  const tls = await serveTcp({ authenticate: suiteLogin }, true);
  const v6 = file === 'test_ipv6' ? await stomp.listenTcp({ host: '::1', port: 0 }) : { port: 0 };
  const env = environment(tcpPort, tls.tcpPort, v6.port);
  const without = skipped.flatMap(({ name }) => ['--deselect', `tests/${name}`]);
  const only = file === 'test_ssl' ? ['-k', 'test_ssl_connection'] : [];
  const args = ['-m', 'pytest', '-v', '-p', 'no:cacheprovider', `tests/${file}.py`, ...without, ...only];
  const child = spawn(program, args, { cwd: copyOfSuite('stomp.py'), env, timeout: 150_000 });
  cleanUp(() => child.kill('SIGKILL'));
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (out += text));
  const [code] = await once(child, 'close');
  // What the client prints beside may stand within a case's line: the summary counts.
  const passed = Number(/(\d+) passed.* in [\d.]+s/.exec(out)?.[1] ?? 0);
  return { passed, failed: code === 0 ? [] : [`${file}: ${out.slice(-4_000)}`] };
}

function environment(port: number, tlsPort: number, v6Port: number): NodeJS.ProcessEnv {
  const servers = ['STD', 'RABBITMQ', 'STOMPSERVER'].map((name) => ({
    [`${name}_HOST`]: '127.0.0.1',
    [`${name}_PORT`]: `${port}`,
    [`${name}_USER`]: 'guest',
    [`${name}_PASSWORD`]: 'guest',
  }));
  return Object.assign({}, process.env, ...servers, {
    STD_SSL_PORT: `${tlsPort}`,
    IPV6_HOST: '::1',
    IPV6_PORT: `${v6Port}`,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
    LANG: 'C.UTF-8',
  });
}
