import type { DisconnectReason, Session, StompServer } from '@hostcast/stomp';
import { agreeHeartbeat, type Heartbeat, parseHeartbeat } from '@hostcast/stomp/codec';
import { principalOf } from '../security/authorize.ts';
import type { Principal } from '../security/principal.ts';

/** One viewer who is connected. Texts that clients chose are cut. */
export interface SessionView {
  readonly id: string;
  /** Null where nobody signed in. */
  readonly user: string | null;
  readonly kind: Principal['kind'];
  readonly right: Principal['right'];
  readonly address: string;
  /** `websocket`, `tcp` or `tls`. */
  readonly transport: string;
  /** Of STOMP. */
  readonly version: string;
  /** Epoch ms. */
  readonly since: number;
  /** At least how often either side sends something, ms; 0: it need not. Null where it was not told. */
  readonly heartbeat: { readonly fromClient: number; readonly fromServer: number } | null;
  /** The first 20. */
  readonly subscriptions: readonly { readonly id: string; readonly destination: string }[];
  readonly subscriptionCount: number;
  /** Octets that wait for the client to read. */
  readonly outboxBytes: number;
}

/** Somebody came or went. */
export interface SessionEvent {
  /** Epoch ms. */
  readonly time: number;
  readonly event: 'connect' | 'disconnect';
  readonly session: string;
  readonly user: string | null;
  readonly address: string;
  readonly transport: string;
  /** Of a disconnect. */
  readonly reason?: DisconnectReason;
}

/** The body of `/topic/sessions` and of `GET /api/sessions`. */
export interface SessionsBody {
  /** Epoch ms. */
  readonly time: number;
  /** All that are connected. */
  readonly total: number;
  /** The newest 1,000 of them, the newest first. */
  readonly sessions: readonly SessionView[];
  /** Who came and went last, the newest first. */
  readonly recent: readonly SessionEvent[];
}

export interface SessionBookOptions {
  readonly stomp: StompServer;
  /** What this server offers as `heart-beat`. */
  readonly heartbeat: Heartbeat;
  readonly now?: () => number;
}

const keptEvents = 1_000;
const shownSessions = 1_000;
const shownSubscriptions = 20;
const longestText = 200;

/** Who is connected, and who came and went. */
export class SessionBook {
  readonly #options: SessionBookOptions;
  readonly #now: () => number;
  readonly #events: SessionEvent[] = [];
  readonly #heartbeats = new WeakMap<Session, Heartbeat>();

  constructor(options: SessionBookOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { stomp } = options;
    stomp.on('connect', ({ session, message }) => {
      this.#heartbeats.set(session, parseHeartbeat(message.headers.get('heart-beat')));
    });
    stomp.on('connected', ({ session }) => this.#note('connect', session));
    stomp.on('disconnected', ({ session, reason }) => this.#note('disconnect', session, reason));
  }

  /** @param events how many of those who came and went; all that are kept are 1,000 */
  body(events = keptEvents): SessionsBody {
    const all = [...this.#options.stomp.sessions.values()];
    const shown = all.slice(-shownSessions).reverse();
    return {
      time: this.#now(),
      total: all.length,
      sessions: shown.map((session) => this.#view(session)),
      recent: this.#events.slice(-events).reverse(),
    };
  }

  #view(session: Session): SessionView {
    const { kind = 'anonymous', right = 'viewer' } = principalOf(session) ?? {};
    const subscriptions = [...session.subscriptions.values()].slice(0, shownSubscriptions);
    return {
      id: session.id,
      user: userOf(session),
      kind,
      right,
      address: session.remoteAddress,
      transport: session.transport,
      version: session.version,
      since: session.connectedAtMs,
      heartbeat: this.#heartbeatOf(session),
      subscriptions: subscriptions.map(({ id, destination }) => ({
        id: cut(id),
        destination: cut(destination),
      })),
      subscriptionCount: session.subscriptions.size,
      outboxBytes: session.outboxBytes,
    };
  }

  #heartbeatOf(session: Session): SessionView['heartbeat'] {
    const offered = this.#heartbeats.get(session);
    if (offered === undefined) return null;
    const { sendMs, receiveMs } = agreeHeartbeat(this.#options.heartbeat, offered);
    return { fromClient: receiveMs, fromServer: sendMs };
  }

  #note(event: SessionEvent['event'], session: Session, reason?: DisconnectReason): void {
    const { id, remoteAddress: address, transport } = session;
    const who = { session: id, user: userOf(session), address, transport };
    this.#events.push({ time: this.#now(), event, ...who, ...(reason && { reason }) });
    if (this.#events.length > keptEvents) this.#events.shift();
  }
}

function userOf({ user }: Session): string | null {
  return user === undefined ? null : cut(user.name);
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
