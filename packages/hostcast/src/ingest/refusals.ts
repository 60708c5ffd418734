import { networkOf } from '@hostcast/stomp';
import type { Clock } from '../clock.ts';
import type { Audit } from '../security/audit.ts';

/** What is told of a writer that is refused: nothing that is secret. */
export interface Refusal {
  readonly address: string;
  readonly route: string | undefined;
  readonly reason: string;
  readonly tokenId: string | undefined;
}

/** One address is told of at most this often … */
const everyMs = 60_000;
/** … and no more than so many in that time, whoever comes: the rest is counted in the next line. */
const linesPerMinute = 100;

/** Tells the audit which writers are refused and why, without letting them fill it: a Telegraf comes every second. */
export class Refusals {
  readonly #audit: Audit;
  readonly #clock: Clock;
  /** When an address, IPv6 by /64, was told of, in that order. */
  readonly #toldMs = new Map<string, number>();
  #untold = 0;

  constructor(audit: Audit, clock: Clock) {
    this.#audit = audit;
    this.#clock = clock;
  }

  note(refusal: Refusal): void {
    const now = this.#clock.monotonicMs();
    for (const [key, atMs] of this.#toldMs) {
      if (now - atMs < everyMs) break;
      this.#toldMs.delete(key);
    }
    const key = networkOf(refusal.address);
    if (this.#toldMs.has(key) || this.#toldMs.size >= linesPerMinute) {
      this.#untold += 1;
      return;
    }
    this.#toldMs.set(key, now);
    this.#audit.record('writer refused', { ...refusal, untold: this.#untold });
    this.#untold = 0;
  }
}
