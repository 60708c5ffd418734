import type { AgreedHeartbeat } from './codec/heartbeat.ts';
import { type CloseReason, StompError } from './errors.ts';
import type { ResolvedOptions } from './options.ts';
import type { Outbox } from './outbox.ts';
import { crowdLateMs, type RunningClock } from './runningClock.ts';
import type { Transport } from './transport/transport.ts';
import { Deadline } from './wheel.ts';

/** The session whose time it is. */
export interface TimedSession {
  /** The time to CONNECTED is over. */
  late(text: string): void;
  /** Another time is over. */
  end(reason: CloseReason, error?: StompError): void;
}

/** What the timers of all sessions share. */
export interface TimersContext {
  readonly options: Pick<ResolvedOptions, 'clock' | 'limits' | 'pingIsLife'>;
  /** Leaves out the time in which this process was held up. */
  readonly runningClock: RunningClock;
}

// Epoch time moves while a login lasts: a clock is set, a machine sleeps. Such a change is seen a minute later.
const longestLookMs = 60_000;

/**
 * Everything that ends a session by time: CONNECTED or heart-beats that don't come, the login, hooks that wait. One
 * deadline for all of them, which is due when the first of them may be: what was written or read meanwhile costs a
 * note of the time, and is found then.
 *
 * Heart-beats, both directions. Ours leave at 0.9 of the promised interval, counted from the last write, so a
 * session that is written to anyway needs none; in a crowd that was written to at once, each after a time of its
 * own. The peer is given twice its interval in which it is read (the clock leaves out what this process was held
 * up), and, because it may just have been busy, one more turn of the loop to read what has arrived.
 */
export class SessionTimers extends Deadline {
  readonly #session: TimedSession;
  readonly #context: TimersContext;
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  // What was agreed on; 0 where nothing was, or nothing is owed any more.
  #sendMs = 0;
  #receiveMs = 0;
  // Times in whole ms of the running clock: what is no fraction takes no room of its own.
  #lastReadMs = 0;
  #beatDueMs = 0;
  #pingDueMs = 0;
  #limitDueMs: number | undefined;
  // When the system is told to ask a peer for life from whom no heart-beats are to come.
  #keepAliveDueMs: number | undefined;
  #limitOver: (() => void) | undefined;
  #expiresAtMs: number | undefined;
  #isReading = true;
  #isLastLook = false;
  #isOverdue = false;

  constructor(session: TimedSession, context: TimersContext, transport: Transport, outbox: Outbox) {
    super();
    this.#session = session;
    this.#context = context;
    this.#transport = transport;
    this.#outbox = outbox;
  }

  /** Whether what is in work, such as a login, has had its time. */
  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  /** The socket is open. */
  opened(): void {
    const { connectMs } = this.#context.options.limits;
    this.#limitDueMs = this.#after(connectMs);
    this.#context.runningClock.arm(this, connectMs);
  }

  /** CONNECT was granted. */
  admitted(): void {
    // There is no hurry: who comes back with thousands is spared it for now, and what is armed needs no change.
    if (this.#transport.keepAlive) this.#keepAliveDueMs = this.#limitDueMs;
    this.#limitDueMs = undefined;
  }

  /** CONNECTED is sent: from here on both sides owe heart-beats. */
  connected(agreed: AgreedHeartbeat, expiresAtMs: number | undefined): void {
    const { sendMs, receiveMs } = agreed;
    if (sendMs > 0 || receiveMs > 0) this.#startBeats(agreed);
    if (this.#context.options.pingIsLife) this.#transport.ping(); // its answer tells how far away the client is
    if (expiresAtMs !== undefined) this.expireAt(expiresAtMs);
    else if (sendMs > 0 || receiveMs > 0 || this.#keepAliveDueMs === undefined) this.#schedule();
  }

  /** The login ends at this moment, epoch ms, and not at the one before; at once where that is no number. */
  expireAt(expiresAtMs: number): void {
    this.#expiresAtMs = expiresAtMs;
    if (this.#isExpired()) this.#session.end('auth-expired');
    else this.#schedule();
  }

  /** Octets came. */
  heard(): void {
    if (this.#receiveMs > 0) this.#lastReadMs = this.#after(0);
  }

  /** The peer showed life without sending octets. */
  alive(): void {
    if (this.#context.options.pingIsLife) this.heard();
  }

  /** Whether what the peer sends is read: its silence counts only then. */
  reading(isReading: boolean): void {
    this.#isReading = isReading;
    this.#listen();
    this.#schedule();
  }

  /** The peer is gone: nobody owes heart-beats any more. */
  gone(): void {
    this.#sendMs = 0;
    this.#receiveMs = 0;
    this.#keepAliveDueMs = undefined;
    this.#schedule();
  }

  /** The end is decided. A login that is at work still has its time. */
  ended(): void {
    this.#expiresAtMs = undefined;
    this.gone();
  }

  /** What still waits for hooks has so long from here on; `then` gets what to report of it. */
  limitWork(what: string, limit: 'closeMs' | 'leftFramesMs', then: (overdue: Error) => void): void {
    const ms = this.#context.options.limits[limit];
    this.#limitDueMs = this.#after(ms);
    this.#limitOver = () => then(new Error(`a hook has not answered ${what} within ${limit} ${ms}`));
    this.#schedule();
  }

  stop(): void {
    this.#limitDueMs = undefined;
    this.ended();
  }

  fire(): void {
    const nowMs = this.#context.runningClock.monotonicMs();
    if (this.#limitDueMs !== undefined && this.#limitDueMs <= nowMs) this.#endWork();
    else if (this.#isExpired()) this.#session.end('auth-expired');
    else if (this.#isWatching() && this.#silentDueMs() <= nowMs) this.#lookOnce(nowMs);
    else this.#showLife(nowMs);
    this.#schedule();
  }

  #startBeats({ sendMs, receiveMs }: AgreedHeartbeat): void {
    this.#sendMs = sendMs;
    this.#receiveMs = receiveMs;
    if (receiveMs > 0) this.#keepAliveDueMs = undefined;
    this.#beatLater();
    this.#listen();
  }

  #after(ms: number): number {
    return Math.ceil(this.#context.runningClock.monotonicMs()) + ms;
  }

  // Its silence begins now.
  #listen(): void {
    this.#lastReadMs = this.#after(0);
    this.#pingDueMs = this.#lastReadMs + this.#receiveMs;
    this.#isLastLook = false;
  }

  #endWork(): void {
    this.#limitDueMs = undefined;
    this.#isOverdue = true;
    if (this.#limitOver) this.#limitOver();
    else
      this.#session.late(
        `not connected within ${this.#context.options.limits.connectMs} ms (limit connectMs)`,
      );
  }

  #isExpired(): boolean {
    return this.#expiresAtMs !== undefined && !(this.#expiresAtMs > this.#context.options.clock.now());
  }

  #isWatching(): boolean {
    return this.#receiveMs > 0 && this.#isReading;
  }

  #silentDueMs(): number {
    return this.#lastReadMs + 2 * this.#receiveMs;
  }

  #lookOnce(nowMs: number): void {
    if (!this.#isLastLook) {
      this.#isLastLook = true;
      return;
    }
    const text = `no heart-beat for ${Math.round(nowMs - this.#lastReadMs)} ms`;
    this.#session.end('heartbeat', new StompError(text, { reason: 'heartbeat' }));
  }

  #showLife(nowMs: number): void {
    this.#isLastLook = false;
    if (this.#keepAliveDueMs !== undefined && this.#keepAliveDueMs <= nowMs) {
      this.#keepAliveDueMs = undefined;
      this.#transport.keepAlive?.();
    }
    if (this.#sendMs > 0 && this.#beatDueMs <= nowMs) this.#beat(nowMs);
    if (!this.#pings() || this.#pingDueMs > nowMs) return;
    this.#transport.ping();
    this.#pingDueMs = this.#after(this.#receiveMs);
  }

  #beat(nowMs: number): void {
    const latestMs = this.#outbox.lastWriteMs + this.#beatAfterMs();
    if (latestMs - nowMs >= 1 + this.#spreadMs()) this.#beatLater();
    else {
      this.#outbox.beat();
      this.#beatDueMs = Math.ceil(nowMs + this.#beatAfterMs());
    }
  }

  // Who was written to together, in a broadcast or in a storm of connects, would beat together.
  #beatLater(): void {
    const latestMs = this.#outbox.lastWriteMs + this.#beatAfterMs();
    this.#beatDueMs = Math.ceil(latestMs - this.#context.runningClock.nextPlace() * this.#spreadMs());
  }

  // Ahead by what the clock may be late.
  #beatAfterMs(): number {
    return Math.max(this.#sendMs / 2, Math.min(0.9 * this.#sendMs, this.#sendMs - 2 * crowdLateMs));
  }

  #spreadMs(): number {
    return this.#context.runningClock.isCrowded ? 0.2 * this.#sendMs : 0;
  }

  #pings(): boolean {
    return this.#context.options.pingIsLife && this.#isWatching();
  }

  #schedule(): void {
    const { options, runningClock } = this.#context;
    const dueMs = this.#dueMs();
    const expiresAtMs = this.#expiresAtMs ?? Infinity;
    if (dueMs !== Infinity) {
      const restMs = dueMs - runningClock.monotonicMs();
      const loginMs = expiresAtMs === Infinity ? Infinity : expiresAtMs - options.clock.now();
      runningClock.arm(this, Math.max(0, Math.min(restMs, loginMs, longestLookMs)));
    } else if (expiresAtMs === Infinity) runningClock.disarm(this);
    else runningClock.arm(this, Math.min(expiresAtMs - options.clock.now(), longestLookMs), false);
  }

  // In time of the running clock: all but the login.
  #dueMs(): number {
    let dueMs = this.#limitDueMs ?? this.#keepAliveDueMs ?? Infinity;
    if (this.#sendMs > 0) dueMs = Math.min(dueMs, this.#beatDueMs);
    if (this.#isWatching()) dueMs = this.#isLastLook ? 0 : Math.min(dueMs, this.#silentDueMs());
    if (this.#pings()) dueMs = Math.min(dueMs, this.#pingDueMs);
    return dueMs;
  }
}
