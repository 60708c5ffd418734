import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A line of hostcast's log, as pino writes it. */
export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The built hostcast in a process of its own, on a free port, with a data folder that goes with the test. */
export class HostcastProcess {
  readonly data: string;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #exitCode: number | null | undefined;

  private constructor(
    args: readonly string[],
    { data, environment, under }: { data: string; environment: NodeJS.ProcessEnv; under: readonly string[] },
  ) {
    this.data = data;
    const [command, ...rest] = [...under, process.execPath, program, '--port', '0', '--data', data, ...args];
    this.#child = spawn(command!, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child.stdout!.on('data', (text: Buffer) => this.#hear(() => (this.#stdout += text)));
    this.#child.stderr!.on('data', (text: Buffer) => this.#hear(() => (this.#stderr += text)));
    this.#child.once('close', (code) => this.#hear(() => (this.#exitCode = code)));
  }

  /** Starts it, `under` another command where one is given, and waits until it listens, or has ended. Ends with the test. */
  static async start(
    args: readonly string[] = [],
    {
      data = makeFolder(),
      environment = {},
      under = [],
    }: { data?: string; environment?: NodeJS.ProcessEnv; under?: readonly string[] } = {},
  ): Promise<HostcastProcess> {
    const hostcast = new HostcastProcess(args, { data, environment, under });
    onTestFinished(async () => {
      await hostcast.stop('SIGKILL');
    });
    await hostcast.until(
      () => hostcast.#exitCode !== undefined || hostcast.#stdout.includes('Ctrl-C stops it'),
    );
    return hostcast;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get output(): string {
    return this.#stdout;
  }

  get errors(): string {
    return this.#stderr;
  }

  /** undefined while it runs; null where a signal ended it. */
  get exitCode(): number | null | undefined {
    return this.#exitCode;
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    const match = /Page +(http:\S+)/.exec(this.#stdout);
    if (match === null) throw new Error(`hostcast does not listen:\n${this.#stdout}\n${this.#stderr}`);
    return match[1]!;
  }

  /** The log so far, of one message where that is given. */
  log(message?: string): LogLine[] {
    const lines = this.#stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
    return message === undefined ? lines : lines.filter(({ msg }) => msg === message);
  }

  /** Waits until something is true of what it has written; asks again at each output. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#listeners.add(resolve));
  }

  async untilLogged(message: string, count = 1): Promise<LogLine[]> {
    await this.until(() => this.log(message).length >= count);
    return this.log(message);
  }

  /** Sends a signal and waits for the end; returns the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#exitCode === undefined) this.#child.kill(signal);
    await this.until(() => this.#exitCode !== undefined);
    return this.#exitCode!;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async fetchJson<Body>(path: string): Promise<Body> {
    const response = await fetch(this.url + path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }

  #hear(note: () => void): void {
    note();
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** A folder that goes with the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hostcast-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
