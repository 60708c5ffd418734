import { type Clock, callAt } from './clock.ts';
import type { AgreedHeartbeat } from './codec/heartbeat.ts';
import { type CloseReason, StompError } from './errors.ts';
import { HeartbeatWatch } from './heartbeat.ts';
import type { Outbox } from './outbox.ts';
import type { Transport } from './transport/transport.ts';

/** What the timers of one session work for and with. */
export interface SessionTimersOptions {
  readonly clock: Clock;
  /** ms from the socket's opening to CONNECTED. */
  readonly connectMs: number;
  readonly pingIsLife: boolean;
  readonly transport: Transport;
  readonly outbox: Outbox;
  /** A time is over. */
  readonly end: (reason: CloseReason, error?: StompError) => void;
}

/** Everything that ends a session by time: CONNECTED that doesn't come, heart-beats that don't, the login's end. */
export class SessionTimers {
  readonly #options: SessionTimersOptions;
  #heartbeat: HeartbeatWatch | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: SessionTimersOptions) {
    this.#options = options;
  }

  /** The socket is open. */
  opened(): void {
    const { clock, connectMs, end } = this.#options;
    this.#cancel = clock.setTimer(connectMs, () => {
      const text = `not connected within ${connectMs} ms`;
      end('protocol', new StompError(text, { code: 'ERR_STOMP_CONNECT_TIMEOUT' }));
    });
  }

  /** CONNECT was granted; no more than the login's end is to be watched before CONNECTED. */
  admitted(): void {
    this.#cancel?.();
  }

  /** CONNECTED is sent: from here on both sides owe heart-beats. */
  connected(agreed: AgreedHeartbeat, expiresAtMs: number | undefined): void {
    const { clock, pingIsLife, transport, outbox, end } = this.#options;
    this.#heartbeat = new HeartbeatWatch({
      clock,
      agreed,
      lastWriteMs: () => outbox.lastWriteMs,
      beat: () => outbox.beat(),
      ping: pingIsLife ? () => transport.ping() : undefined,
      lost: (silentMs) => {
        const text = `no heart-beat for ${Math.round(silentMs)} ms`;
        end('heartbeat', new StompError(text, { reason: 'heartbeat' }));
      },
    });
    if (expiresAtMs !== undefined) this.expireAt(expiresAtMs);
  }

  /** The login ends at this moment, epoch ms, and not at the one before. */
  expireAt(expiresAtMs: number): void {
    const { clock, end } = this.#options;
    this.#cancel?.();
    this.#cancel = callAt(clock, expiresAtMs, () => end('auth-expired'));
  }

  /** Octets came. */
  heard(): void {
    this.#heartbeat?.heard();
  }

  /** The peer showed life without sending octets. */
  alive(): void {
    if (this.#options.pingIsLife) this.#heartbeat?.heard();
  }

  /** The peer is gone: nobody owes heart-beats any more. */
  stopHeartbeat(): void {
    this.#heartbeat?.stop();
  }

  stop(): void {
    this.#cancel?.();
    this.#heartbeat?.stop();
  }
}
