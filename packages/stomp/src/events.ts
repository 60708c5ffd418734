import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import type { DisconnectReason } from './errors.ts';
import { expectKind } from './kinds.ts';
import { isThenable } from './maybePromise.ts';
import type { Message, Session, SubscriptionView } from './message.ts';

/** What `stomp.on` reports, by name. Per session in this order, each at most once (subscriptions: once each). */
export interface StompEvents {
  /** CONNECT has passed every check; CONNECTED is about to be sent. */
  connect: { readonly session: Session; readonly message: Message };
  connected: { readonly session: Session };
  /** The broker knows the subscription, and its client has the RECEIPT: what a listener publishes reaches it after that. */
  subscribed: { readonly session: Session; readonly subscription: SubscriptionView };
  /** The subscription is over, by UNSUBSCRIBE or with its session. */
  unsubscribed: { readonly session: Session; readonly subscription: SubscriptionView };
  /** An ACK on a topic has come, within the window of its subscription (`prefetch-count`): so long after its message was sent. */
  acknowledged: { readonly session: Session; readonly ageMs: number };
  /** A connected session has ended. `error` where something went wrong; `closeCode` of a WebSocket gone by itself: 1001, 1006. */
  disconnected: {
    readonly session: Session;
    readonly reason: DisconnectReason;
    readonly error: unknown;
    readonly closeCode?: number | undefined;
  };
  /**
   * A client that never got as far as CONNECTED was turned away. Of one that goes before its login is decided no event
   * tells: it was neither connected nor turned away.
   */
  refused: { readonly session: Session; readonly code: string; readonly message: string };
  /** A WebSocket upgrade was turned away, by Host, Origin, an interceptor or for want of room, with this HTTP status. */
  handshakeRefused: {
    readonly request: IncomingMessage;
    readonly remoteAddress: string;
    readonly status: number;
  };
  /** Something of the application's threw where nobody could be told: a hook, a listener. */
  error: { readonly error: unknown; readonly session: Session | undefined };
}

type Listener<E> = (event: E) => void;
type Listeners = { readonly [K in keyof StompEvents]: Set<Listener<StompEvents[K]>> };

/** Typed events. A listener that throws, now or as a promise, stops neither the others nor the server. */
export class Events {
  readonly #listeners: Listeners = {
    connect: new Set(),
    connected: new Set(),
    subscribed: new Set(),
    unsubscribed: new Set(),
    acknowledged: new Set(),
    disconnected: new Set(),
    refused: new Set(),
    handshakeRefused: new Set(),
    error: new Set(),
  };

  #errors = 0;

  /** How many exceptions were reported. */
  get errors(): number {
    return this.#errors;
  }

  /** Adds a listener; what it returns takes it out again. TypeError for an event that does not exist. */
  on<K extends keyof StompEvents>(name: K, listener: Listener<StompEvents[K]>): () => void {
    if (!Object.hasOwn(this.#listeners, name))
      throw new TypeError(`there is no event ${JSON.stringify(name)}`);
    expectKind(listener, 'a function', `a listener of ${name}`);
    const once: Listener<StompEvents[K]> = (event) => listener(event);
    this.#listeners[name].add(once);
    return () => {
      this.#listeners[name].delete(once);
    };
  }

  emit<K extends keyof StompEvents>(name: K, event: StompEvents[K]): void {
    for (const listener of this.#listeners[name]) {
      try {
        const returned: unknown = listener(event);
        if (isThenable(returned)) returned.then(undefined, (error: unknown) => this.#failed(name, error));
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  /** Reports what nobody could be told: to the listeners of `error`, else as a process warning. */
  report(error: unknown, session?: Session): void {
    this.#errors += 1;
    if (this.#listeners.error.size > 0) this.emit('error', { error, session });
    else warn(error);
  }

  #failed(name: keyof StompEvents, error: unknown): void {
    if (name === 'error') warn(error);
    else this.report(error);
  }
}

// Anything can be thrown, also what cannot be made text: an object without a prototype, for one.
function warn(error: unknown): void {
  const text = typeof error === 'string' ? error : inspect(error, { customInspect: false });
  process.emitWarning(error instanceof Error ? error : new Error(text, { cause: error }));
}
