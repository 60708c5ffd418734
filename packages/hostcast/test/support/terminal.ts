import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Of util-linux. */
const script = 'script';

/** Whether a terminal can be imitated here, by `script` of util-linux. */
export const canImitateTerminal = spawnSync(script, ['--version']).stdout?.includes('util-linux') ?? false;

/** The built hostcast on a terminal: its three streams are one, and what is typed would be echoed by it. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #screen = '';
  #seen = (): void => {};

  constructor(args: readonly string[]) {
    const words = [process.execPath, program, ...args].map((word) => `'${word}'`);
    // exec: dash would stay before hostcast, and be ended by the Ctrl-C itself.
    const command = `exec ${words.join(' ')}`;
    this.#child = spawn(script, ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#closed = once(this.#child, 'close');
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#child.stdout!.on('data', (text: Buffer) => {
      this.#screen += text;
      this.#seen();
    });
  }

  get screen(): string {
    return this.#screen;
  }

  /** Waits until a text is on the screen. */
  async until(text: string): Promise<void> {
    while (!this.#screen.includes(text)) await new Promise<void>((resolve) => (this.#seen = resolve));
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Waits for the end; returns the exit code. */
  async end(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }
}
