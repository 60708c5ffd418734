import type { Clock } from './clock.ts';
import type { AgreedHeartbeat } from './codec/heartbeat.ts';

/** What keeps one session's heart-beats needs from it. */
export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly agreed: AgreedHeartbeat;
  /** When the session last wrote, in monotonic ms. */
  readonly lastWriteMs: () => number;
  readonly beat: () => void;
  /** Asks the peer for life where it beats too seldom by itself; undefined where that doesn't count. */
  readonly ping: (() => void) | undefined;
  readonly lost: (silentMs: number) => void;
}

/**
 * Both directions of one session's heart-beats. Ours leave at 0.9 of the promised interval, counted from
 * the last write, so a session that is written to anyway needs none. The peer is given twice its interval
 * in which it is read (the clock is to leave out what this process was held up), and, because it may just have
 * been busy, one more turn of the loop to read what has arrived.
 */
export class HeartbeatWatch {
  readonly #options: HeartbeatOptions;
  readonly #cancels = new Map<string, () => void>();
  #lastReadMs: number;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#lastReadMs = options.clock.monotonicMs();
    const { sendMs } = options.agreed;
    if (sendMs > 0) this.#beatAfter(0.9 * sendMs);
    this.resume();
  }

  /** The peer showed life. */
  heard(): void {
    this.#lastReadMs = this.#options.clock.monotonicMs();
  }

  /** The peer is not read, or owes nothing more: its silence says nothing. Ours would. */
  pause(): void {
    this.#cancel('check');
    this.#cancel('ping');
  }

  /** The peer is read again: its silence begins now. */
  resume(): void {
    this.heard();
    const { agreed, ping } = this.#options;
    const { receiveMs } = agreed;
    if (receiveMs > 0) this.#checkAfter(2 * receiveMs);
    if (receiveMs > 0 && ping) this.#pingAfter(receiveMs, ping);
  }

  stop(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #cancel(what: string): void {
    this.#cancels.get(what)?.();
    this.#cancels.delete(what);
  }

  #after(what: string, ms: number, then: () => void): void {
    this.#cancels.set(what, this.#options.clock.setTimer(Math.ceil(ms), then));
  }

  #beatAfter(ms: number): void {
    this.#after('beat', ms, () => {
      const { agreed, clock, lastWriteMs, beat } = this.#options;
      const restMs = lastWriteMs() + 0.9 * agreed.sendMs - clock.monotonicMs();
      if (restMs < 1) beat();
      this.#beatAfter(restMs < 1 ? 0.9 * agreed.sendMs : restMs);
    });
  }

  #pingAfter(ms: number, ping: () => void): void {
    this.#after('ping', ms, () => {
      ping();
      this.#pingAfter(ms, ping);
    });
  }

  #checkAfter(ms: number): void {
    this.#after('check', ms, () => {
      const restMs = this.#restMs();
      if (restMs > 0) this.#checkAfter(restMs);
      else this.#after('check', 0, () => this.#checkAgain());
    });
  }

  #checkAgain(): void {
    const restMs = this.#restMs();
    if (restMs > 0) this.#checkAfter(restMs);
    else this.#options.lost(this.#options.clock.monotonicMs() - this.#lastReadMs);
  }

  #restMs(): number {
    return this.#lastReadMs + 2 * this.#options.agreed.receiveMs - this.#options.clock.monotonicMs();
  }
}
