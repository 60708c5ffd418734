import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../../src/accounts/accounts.ts';
import type { FleetSnapshot, HostHistory } from '../../src/publish/snapshots.ts';
import { HostcastProcess, makeFolder } from '../support/hostcastProcess.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The built `hostcast agent`. */
class AgentProcess {
  readonly #child: ChildProcess;
  #seen = (): void => {};
  output = '';
  exitCode: number | null | undefined;

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [program, 'agent', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
      cwd: makeFolder(),
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (text: Buffer) => {
        this.output += text;
        this.#seen();
      });
    }
    this.#child.once('close', (code) => {
      this.exitCode = code;
      this.#seen();
    });
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => (this.#seen = resolve));
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await this.until(() => this.exitCode !== undefined);
    return this.exitCode!;
  }

  count(message: string): number {
    return this.output.split(message).length - 1;
  }
}

async function refuse(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const agent = new AgentProcess(args, environment);
  await agent.until(() => agent.exitCode !== undefined);
  expect(agent.exitCode).toBe(1);
  return agent.output;
}

describe('hostcast agent', () => {
  it('loses no figure while hostcast is away, and shows its host with its tags', async () => {
    const data = makeFolder();
    const everySecond = ['--no-collect', '--interval', '1s'];
    const first = await HostcastProcess.start(everySecond, { data });
    const port = new URL(first.url).port;
    const startMs = Date.now();
    const agent = new AgentProcess([
      '--log-level',
      'debug',
      '--url',
      first.url,
      '--interval',
      '1s',
      '--host-name',
      'web-7',
      '--tag',
      'dc=icn',
    ]);
    const rows = async (hostcast: HostcastProcess) =>
      (await hostcast.fetchJson<FleetSnapshot>('/api/hosts')).rows;
    while ((await rows(first)).length === 0) await first.fetchJson('/api/hosts/web-7').catch(() => undefined);
    expect(await first.stop()).toBe(0);
    await agent.until(() => agent.count('nothing listens there') > 0);
    // It goes on measuring, about a second between its attempts.
    await agent.until(() => agent.count('still takes no figures') >= 2);
    const second = await HostcastProcess.start([...everySecond, '--port', port], { data });
    await agent.until(() => agent.count('hostcast takes figures again') === 1);
    expect(await agent.stop()).toBe(0);
    const to = Date.now();
    const history = await second.fetchJson<HostHistory>(
      `/api/hosts/web-7/history?from=${startMs}&to=${to}&points=2000`,
    );
    const used = (history.panels.mem as Record<string, (number | null)[]>).used_percent!;
    expect(history.bucketMs).toBe(1_000);
    // Two gathers never fall into the same second.
    expect(used.filter((value) => value !== null)).toHaveLength(agent.count('"measured"'));
    expect(agent.count('"measured"')).toBeGreaterThan(3);
    const [row] = await rows(second);
    expect([row![0], row![16]]).toEqual(['web-7', { dc: 'icn' }]);
  });

  it('writes with its token, keeps its figures without, and never shows it', async () => {
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect']);
    const accounts = Accounts.open(hostcast.data);
    const { text } = await accounts.createToken({ name: 'web-8', right: 'ingest' });
    accounts.close();
    await hostcast.untilLogged('token created');
    const wrong = new AgentProcess(['--url', hostcast.url], { HOSTCAST_TOKEN: `${text.slice(0, -4)}AAAA` });
    await wrong.until(() => wrong.count('they are kept') === 1);
    expect(wrong.output).toContain('the token (HOSTCAST_TOKEN or --token-file) is missing or wrong (401)');
    const file = join(makeFolder(), 'token');
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    const right = new AgentProcess(['--url', hostcast.url, '--token-file', file]);
    expect(await hostcast.untilLogged('token first used')).toMatchObject([
      { user: 'web-8', use: 'POST /api/v2/write' },
    ]);
    await right.stop();
    expect(right.output).not.toContain('they are kept');
    expect(right.output + wrong.output).not.toContain(text.slice(4, -4));
  });

  it('says what is wrong with how it is called', async () => {
    expect(await refuse([])).toContain("required option '--url <url>' not specified");
    expect(await refuse(['--url', 'hostcast.example.org'])).toContain(
      'It looks like https://hostcast.example.org.',
    );
    expect(await refuse(['--url', 'http://kim:pw@127.0.0.1'])).toContain(
      'the token comes from HOSTCAST_TOKEN or a file',
    );
    const url = ['--url', 'http://127.0.0.1:1'];
    expect(await refuse([...url, '--tag', 'dc'])).toContain('It looks like dc=icn.');
    expect(await refuse([...url, '--tag', 'host=x'])).toContain('what --host-name says');
    expect(await refuse([...url, '--token-file', '/nowhere'])).toContain('--token-file /nowhere: ENOENT');
    expect(await refuse([...url, '--ca-file', program])).toContain('there is no certificate in it');
    expect(await refuse([...url, '--token', 'hct_x'])).toContain("unknown option '--token'");
  });
});
