import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';

/** Who has sent something, as far as the log tells. */
export interface Sender {
  readonly address: string;
  /** A route, or `SEND telegraf`. */
  readonly route: string;
  /** The name of the token it came with; undefined where there was none. */
  readonly token?: string | undefined;
}

export interface SenderLogOptions {
  readonly log: Logger;
  readonly clock: Clock;
  readonly message: string;
  /** One sender is told of at most this often. */
  readonly everyMs: number;
  /** Default `warn`. */
  readonly level?: 'info' | 'warn';
  /** What it counts, as the log calls it. Default `lines`. */
  readonly counts?: 'lines' | 'bodies';
}

/** So many senders are told apart; of any more only the number is told, with the next one. */
const senders = 100;

/** Warns of what senders do wrong, each of them now and then: a Telegraf does it again every second. */
export class SenderLog {
  readonly #options: SenderLogOptions;
  /** When a sender was told of, in that order, and how many lines it has sent since. */
  readonly #told = new Map<string, { readonly atMs: number; lines: number }>();
  #others = 0;

  constructor(options: SenderLogOptions) {
    this.#options = options;
  }

  /**
   * @param lines how many of what it counts
   * @param details of the first of them
   */
  note(sender: Sender | undefined, lines: number, details: object): void {
    const { log, clock, message, everyMs, level = 'warn', counts = 'lines' } = this.#options;
    const key = `${sender?.route} ${sender?.token} ${sender?.address}`;
    const now = clock.monotonicMs();
    const before = this.#told.get(key);
    if (before !== undefined && now - before.atMs < everyMs) {
      before.lines += lines;
      return;
    }
    if (before === undefined && !this.#hasRoom(now)) {
      this.#others += lines;
      return;
    }
    this.#told.delete(key);
    this.#told.set(key, { atMs: now, lines: 0 });
    const others = this.#others === 0 ? {} : { [`${counts}OfOthers`]: this.#others };
    log[level]({ [counts]: lines + (before?.lines ?? 0), ...details, ...sender, ...others }, message);
    this.#others = 0;
  }

  #hasRoom(now: number): boolean {
    for (const [key, { atMs, lines }] of this.#told) {
      if (this.#told.size < senders || now - atMs < this.#options.everyMs) break;
      this.#told.delete(key);
      this.#others += lines;
    }
    return this.#told.size < senders;
  }
}
