import { networkOf } from '@hostcast/stomp';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';

/** What is logged of a writer that is refused: nothing that is secret. */
export interface Refusal {
  readonly address: string;
  readonly route: string | undefined;
  readonly reason: string;
  readonly tokenId: string | undefined;
}

/** One address is logged at most this often … */
const everyMs = 60_000;
/** … and no more than so many in that time, whoever comes: the rest is counted in the next line. */
const linesPerMinute = 100;

/** Tells the log which writers are refused and why, without letting them fill it: a Telegraf comes every second. */
export class RefusalLog {
  readonly #log: Logger;
  readonly #clock: Clock;
  /** When an address, IPv6 by /64, was logged, in that order. */
  readonly #loggedMs = new Map<string, number>();
  #unlogged = 0;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  note(refusal: Refusal): void {
    const now = this.#clock.monotonicMs();
    for (const [key, atMs] of this.#loggedMs) {
      if (now - atMs < everyMs) break;
      this.#loggedMs.delete(key);
    }
    const key = networkOf(refusal.address);
    if (this.#loggedMs.has(key) || this.#loggedMs.size >= linesPerMinute) {
      this.#unlogged += 1;
      return;
    }
    this.#loggedMs.set(key, now);
    this.#log.warn({ ...refusal, unlogged: this.#unlogged }, 'a writer was refused');
    this.#unlogged = 0;
  }
}
