import type { Broker } from './broker/broker.ts';
import type { Clock } from './clock.ts';
import type { DisconnectReason } from './errors.ts';
import type { Events } from './events.ts';
import type { Session } from './message.ts';

/** What a server has done since it was made, and what it holds now. */
export interface StatsOfServer {
  readonly uptimeMs: number;
  readonly sessions: {
    /** Connections, also those not CONNECTED yet or just closing. */
    readonly open: number;
    readonly connected: number;
    /** Ever connected. */
    readonly total: number;
    readonly refused: number;
    readonly disconnected: Readonly<Partial<Record<DisconnectReason, number>>>;
  };
  readonly subscriptions: number;
  readonly messages: {
    readonly published: number;
    /** Given to subscriptions: one message to ten of them is ten. */
    readonly delivered: number;
    readonly retained: number;
    readonly retainedBytes: number;
    /** In queues, those given out and not acknowledged included. */
    readonly queuedMessages: number;
    readonly queuedBytes: number;
    /** Kept in histories. */
    readonly historyMessages: number;
    readonly historyBytes: number;
    /** Not sent to a client that reads slowly: dropped (`slow: 'drop-oldest'`) … */
    readonly dropped: number;
    /** … or replaced by a newer one (`slow: 'conflate'`). */
    readonly conflated: number;
  };
  /** Subscriptions that asked to go on where they left off: that could, and that were told they could not. */
  readonly resumed: { readonly recovered: number; readonly unrecovered: number };
  /** Octets that wait for clients to read. */
  readonly outboxBytes: number;
  /** Exceptions of hooks and listeners that nobody could be told of. */
  readonly errors: number;
}

/** What slow clients were not sent, counted by their sessions. */
export interface Losses {
  dropped: number;
  conflated: number;
}

interface Counted {
  readonly open: ReadonlyMap<string, Session>;
  readonly connected: ReadonlyMap<string, Session>;
  readonly total: number;
}

/** Counts from the events what cannot be read off the present. */
export class StatsCounter {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #disconnected = new Map<DisconnectReason, number>();
  readonly #events: Events;
  #refused = 0;

  constructor(events: Events, clock: Clock) {
    this.#clock = clock;
    this.#events = events;
    this.#startedMs = clock.monotonicMs();
    events.on('refused', () => {
      this.#refused += 1;
    });
    events.on('disconnected', ({ reason }) => {
      this.#disconnected.set(reason, (this.#disconnected.get(reason) ?? 0) + 1);
    });
  }

  of(sessions: Counted, broker: Broker, { dropped, conflated }: Losses): StatsOfServer {
    const { subscriptions, retainedMessages, retainedBytes, recovered, unrecovered, ...rest } =
      broker.stats();
    let outboxBytes = 0;
    for (const session of sessions.open.values()) outboxBytes += session.outboxBytes;
    return {
      uptimeMs: this.#clock.monotonicMs() - this.#startedMs,
      sessions: {
        open: sessions.open.size,
        connected: sessions.connected.size,
        total: sessions.total,
        refused: this.#refused,
        disconnected: Object.fromEntries(this.#disconnected),
      },
      subscriptions,
      messages: { ...rest, retained: retainedMessages, retainedBytes, dropped, conflated },
      resumed: { recovered, unrecovered },
      outboxBytes,
      errors: this.#events.errors,
    };
  }
}
