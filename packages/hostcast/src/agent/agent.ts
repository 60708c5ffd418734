import type { Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import type { Answer, Sender } from './httpSender.ts';
import { type BufferLimits, LineBuffer } from './lineBuffer.ts';

export interface AgentOptions {
  readonly sender: Sender;
  readonly log: Logger;
  readonly clock?: Clock;
  /** What may wait for a hostcast that is away. Default 100,000 lines and 32 MiB: about half a day of one host. */
  readonly buffer?: BufferLimits;
  /** One write. Default 5,000 lines, 1 MiB. */
  readonly batch?: BufferLimits;
  /** Between 0 and 1, for the jitter. */
  readonly random?: () => number;
}

const mebibyte = 1024 * 1024;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** What can never be stored, however often it is sent: the batch itself is at fault. */
const hopeless = new Set([400, 406, 415, 422]);

/**
 * Sends lines to a hostcast, in order, one write at a time. What can't be sent now is kept and tried again, later
 * each time up to a minute, with jitter, or when the hostcast asks for it; what can never be stored is dropped with
 * a line in the log.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #buffer: LineBuffer;
  readonly #batch: BufferLimits;
  /** Fewer than the batch's limit where that was too much. */
  #batchLines: number;
  #failures = 0;
  /** What is wrong now. */
  #fault = '';
  #isClosed = false;
  #cancelWait: (() => void) | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#buffer = new LineBuffer(options.buffer ?? { lines: 100_000, bytes: 32 * mebibyte });
    this.#batch = options.batch ?? { lines: 5_000, bytes: mebibyte };
    this.#batchLines = this.#batch.lines;
  }

  /** Lines that wait. */
  get waiting(): number {
    return this.#buffer.size;
  }

  /** Takes lines, each with its end; they leave as soon as they can. */
  push(lines: readonly string[]): void {
    this.#buffer.push(lines);
    const dropped = this.#buffer.takeDropped();
    if (dropped > 0) this.#options.log.warn({ dropped }, 'too much waits: the oldest lines are dropped');
    if (this.#cancelWait === undefined) this.#start();
  }

  /** Tries once more to send what waits, and ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWaiting();
    await this.#sending;
    this.#stopWaiting();
    await this.#sendAll();
    this.#stopWaiting();
    this.#options.sender.close();
    const lost = this.#buffer.size;
    if (lost > 0)
      this.#options.log.warn({ lines: lost, reason: this.#fault }, 'lines are lost that could not be sent');
  }

  #start(): void {
    if (this.#isClosed) return;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      // What came between the last look and now.
      if (this.#buffer.size > 0 && this.#cancelWait === undefined) this.#start();
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#buffer.size > 0) {
      const lines = this.#buffer.take({ ...this.#batch, lines: this.#batchLines });
      if (!(await this.#send(lines))) return;
    }
  }

  /** False where it has to wait. */
  async #send(lines: readonly string[]): Promise<boolean> {
    let answer: Answer;
    try {
      answer = await this.#options.sender.send(lines.join(''));
    } catch (error) {
      return this.#wait(lines, error instanceof Error ? error.message : String(error));
    }
    const { status, message, retryAfterMs } = answer;
    if (status === 204) return this.#sent();
    if (status === 413 && lines.length > 1) {
      this.#buffer.putBack(lines);
      this.#batchLines = Math.ceil(lines.length / 2);
      return true;
    }
    if (hopeless.has(status) || status === 413) {
      // So hostcast says it of lines that are bad, or not for the token's hosts.
      const what = message.startsWith('partial write')
        ? 'hostcast has left out some of these lines, which are dropped, and stored the others'
        : 'hostcast refused these lines: they are dropped';
      this.#options.log.warn({ status, lines: lines.length, reason: message }, what);
      return this.#sent();
    }
    return this.#wait(lines, reasonOf(answer), retryAfterMs);
  }

  #sent(): true {
    if (this.#fault !== '')
      this.#options.log.info({ waiting: this.#buffer.size }, 'hostcast takes figures again');
    this.#fault = '';
    this.#failures = 0;
    this.#batchLines = Math.min(this.#batch.lines, this.#batchLines * 2);
    return true;
  }

  #wait(lines: readonly string[], fault: string, retryAfterMs = 0): false {
    this.#buffer.putBack(lines);
    const said = { reason: fault, waiting: this.#buffer.size };
    if (fault === this.#fault) this.#options.log.debug(said, 'hostcast still takes no figures');
    else this.#options.log.warn(said, 'hostcast takes no figures: they are kept');
    this.#fault = fault;
    const mostMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    const random = this.#options.random ?? Math.random;
    const waitMs = Math.max(retryAfterMs, mostMs / 2) + (random() * mostMs) / 2;
    this.#cancelWait = this.#clock.after(waitMs, () => {
      this.#cancelWait = undefined;
      this.#start();
    });
    return false;
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }
}

function reasonOf({ status, message }: Answer): string {
  const said = message === '' ? '' : `: ${message}`;
  if (status === 401) return `the token (HOSTCAST_TOKEN or --token-file) is missing or wrong (401)${said}`;
  if (status === 403) return `the token may not write this (403)${said}`;
  if (status === 404 || (status >= 200 && status < 400)) {
    return `what answers there is no hostcast (${status}): is --url right?`;
  }
  return `it answers ${status}${said}`;
}
