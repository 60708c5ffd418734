import { type Clock, callAt } from './clock.ts';
import type { AgreedHeartbeat } from './codec/heartbeat.ts';
import { type CloseReason, StompError } from './errors.ts';
import { HeartbeatWatch } from './heartbeat.ts';
import type { ResolvedOptions } from './options.ts';
import type { Outbox } from './outbox.ts';
import type { Transport } from './transport/transport.ts';

/** What the timers of one session work for and with. */
export interface SessionTimersOptions {
  readonly options: Pick<ResolvedOptions, 'clock' | 'limits' | 'pingIsLife'>;
  /** Leaves out the time in which this process was held up. */
  readonly runningClock: Clock;
  readonly transport: Transport;
  readonly outbox: Outbox;
  /** The time to CONNECTED is over. */
  readonly late: (text: string) => void;
  /** Another time is over. */
  readonly end: (reason: CloseReason, error?: StompError) => void;
}

/** Everything that ends a session by time: CONNECTED or heart-beats that don't come, the login, hooks that wait. */
export class SessionTimers {
  readonly #options: SessionTimersOptions;
  #heartbeat: HeartbeatWatch | undefined;
  #isReading = true;
  #isOverdue = false;
  #cancelConnect: (() => void) | undefined;
  #cancelExpiry: (() => void) | undefined;
  #cancelWork: (() => void) | undefined;

  constructor(options: SessionTimersOptions) {
    this.#options = options;
  }

  /** Whether what is in work, such as a login, has had its time. */
  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  /** The socket is open. */
  opened(): void {
    const { runningClock, options, late } = this.#options;
    const { connectMs } = options.limits;
    this.#cancelConnect = runningClock.setTimer(connectMs, () => {
      this.#isOverdue = true;
      late(`not connected within ${connectMs} ms`);
    });
  }

  /** CONNECT was granted. */
  admitted(): void {
    this.#cancelConnect?.();
  }

  /** CONNECTED is sent: from here on both sides owe heart-beats. */
  connected(agreed: AgreedHeartbeat, expiresAtMs: number | undefined): void {
    const { runningClock, options, transport, outbox, end } = this.#options;
    this.#heartbeat = new HeartbeatWatch({
      clock: runningClock,
      agreed,
      lastWriteMs: () => outbox.lastWriteMs,
      beat: () => outbox.beat(),
      ping: options.pingIsLife ? () => transport.ping() : undefined,
      lost: (silentMs) => {
        const text = `no heart-beat for ${Math.round(silentMs)} ms`;
        end('heartbeat', new StompError(text, { reason: 'heartbeat' }));
      },
    });
    if (!this.#isReading) this.#heartbeat.pause();
    if (options.pingIsLife) transport.ping(); // its answer tells how far away the client is
    if (expiresAtMs !== undefined) this.expireAt(expiresAtMs);
  }

  /** The login ends at this moment, epoch ms, and not at the one before. */
  expireAt(expiresAtMs: number): void {
    const { options, end } = this.#options;
    this.#cancelExpiry?.();
    this.#cancelExpiry = callAt(options.clock, expiresAtMs, () => end('auth-expired'));
  }

  /** Octets came. */
  heard(): void {
    this.#heartbeat?.heard();
  }

  /** The peer showed life without sending octets. */
  alive(): void {
    if (this.#options.options.pingIsLife) this.#heartbeat?.heard();
  }

  /** Whether what the peer sends is read: its silence counts only then. */
  reading(isReading: boolean): void {
    this.#isReading = isReading;
    if (isReading) this.#heartbeat?.resume();
    else this.#heartbeat?.pause();
  }

  /** The peer is gone: nobody owes heart-beats any more. */
  gone(): void {
    this.#heartbeat?.stop();
  }

  /** The end is decided. A login that is at work still has its time. */
  ended(): void {
    this.#heartbeat?.stop();
    this.#cancelExpiry?.();
  }

  /** What still waits for hooks has so long from here on; `then` gets what to report of it. */
  limitWork(what: string, limit: 'closeMs' | 'leftFramesMs', then: (overdue: Error) => void): void {
    const { runningClock, options } = this.#options;
    const ms = options.limits[limit];
    this.#cancelWork?.();
    this.#cancelWork = runningClock.setTimer(ms, () => {
      this.#isOverdue = true;
      then(new Error(`a hook has not answered ${what} within ${limit} ${ms}`));
    });
  }

  stop(): void {
    this.ended();
    this.#cancelConnect?.();
    this.#cancelWork?.();
  }
}
