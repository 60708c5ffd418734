import type { Broker } from './broker/broker.ts';
import type { Clock } from './clock.ts';
import type { ClientCommand, ServerCommand } from './codec/frame.ts';
import { type DisconnectReason, StompError } from './errors.ts';
import type { Events } from './events.ts';
import type { Session } from './message.ts';
import type { Traffic } from './traffic.ts';

/**
 * What a server has done since it was made, and what it holds now: everything that Spring's
 * WebSocketMessageBrokerStats tells of a server without relay and SockJS, and more.
 */
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
    /** Of those open, by what carries them: `{ websocket: 3, tcp: 1 }`. */
    readonly byTransport: Readonly<Record<string, number>>;
    /** Ended abnormally, also before CONNECTED, as Spring tells them apart. */
    readonly abnormal: {
      /** Not CONNECTED in time (`connectMs`). */
      readonly connectTimeouts: number;
      /** Too slow in reading (`outboxBytes`, `writeMs`). */
      readonly sendLimits: number;
      /** WebSocket or TLS broken by the peer. */
      readonly transportErrors: number;
    };
  };
  /** Frames by command: `received.CONNECT`, `sent.CONNECTED`, `received.DISCONNECT`, … */
  readonly frames: {
    readonly received: Readonly<Partial<Record<ClientCommand, number>>>;
    readonly sent: Readonly<Partial<Record<ServerCommand, number>>>;
  };
  /** Octets of STOMP, without what carries it. */
  readonly bytes: { readonly received: number; readonly sent: number };
  /** Frames of clients that are in work now, because a hook or handler waits. */
  readonly activeFrames: number;
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
  #connectTimeouts = 0;
  #transportErrors = 0;

  constructor(events: Events, clock: Clock) {
    this.#clock = clock;
    this.#events = events;
    this.#startedMs = clock.monotonicMs();
    events.on('refused', ({ code }) => {
      this.#refused += 1;
      this.#count(code);
    });
    events.on('disconnected', ({ reason, error }) => {
      if (error instanceof StompError) this.#count(error.code);
      this.#disconnected.set(reason, (this.#disconnected.get(reason) ?? 0) + 1);
    });
  }

  of(sessions: Counted, broker: Broker, traffic: Traffic): StatsOfServer {
    const { subscriptions, retainedMessages, retainedBytes, recovered, unrecovered, ...rest } =
      broker.stats();
    let outboxBytes = 0;
    const byTransport = new Map<string, number>();
    for (const session of sessions.open.values()) {
      outboxBytes += session.outboxBytes;
      byTransport.set(session.transport, (byTransport.get(session.transport) ?? 0) + 1);
    }
    return {
      uptimeMs: this.#clock.monotonicMs() - this.#startedMs,
      sessions: {
        open: sessions.open.size,
        connected: sessions.connected.size,
        total: sessions.total,
        refused: this.#refused,
        disconnected: Object.fromEntries(this.#disconnected),
        byTransport: Object.fromEntries(byTransport),
        abnormal: {
          connectTimeouts: this.#connectTimeouts,
          sendLimits: this.#disconnected.get('slow') ?? 0,
          transportErrors: this.#transportErrors,
        },
      },
      frames: {
        received: Object.fromEntries(traffic.received),
        sent: Object.fromEntries(traffic.sent),
      },
      bytes: { received: traffic.receivedBytes, sent: traffic.sentBytes },
      activeFrames: traffic.active,
      subscriptions,
      messages: { ...rest, retained: retainedMessages, retainedBytes, ...traffic.losses },
      resumed: { recovered, unrecovered },
      outboxBytes,
      errors: this.#events.errors,
    };
  }

  #count(code: string): void {
    if (code === 'ERR_STOMP_CONNECT_TIMEOUT') this.#connectTimeouts += 1;
    if (code === 'ERR_STOMP_TRANSPORT') this.#transportErrors += 1;
  }
}
