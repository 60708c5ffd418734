import type { Session, StompServer } from '@hostcast/stomp';
import { agreeHeartbeat, type Heartbeat, parseHeartbeat } from '@hostcast/stomp/codec';
import { principalOf } from '../security/authorize.ts';
import type { Audience } from './audience.ts';
import type { Cost } from './cost.ts';
import { cutText } from './cutText.ts';
import { SessionEvents } from './sessionEvents.ts';
import type { QueriesView, SessionsBody, SessionView } from './sessionsBody.ts';

export interface SessionBookOptions {
  readonly stomp: StompServer;
  /** What this server offers as `heart-beat`. */
  readonly heartbeat: Heartbeat;
  readonly audience: Audience;
  readonly cost: Cost;
  /** How the rounds of queries went. */
  readonly rounds: () => Omit<QueriesView, 'lastMs' | 'p95Ms'>;
  readonly now?: () => number;
}

const shownSessions = 1_000;
const shownSubscriptions = 20;

/** Who is connected, who came and went, what they look at and what that costs. */
export class SessionBook {
  readonly #options: SessionBookOptions;
  readonly #now: () => number;
  readonly #events: SessionEvents;
  readonly #heartbeats = new WeakMap<Session, Heartbeat>();

  constructor(options: SessionBookOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { stomp } = options;
    this.#events = new SessionEvents(stomp, this.#now);
    stomp.on('connect', ({ session, message }) => {
      this.#heartbeats.set(session, parseHeartbeat(message.headers.get('heart-beat')));
    });
  }

  /** @param events how many of those who came and went; all that are kept are 1,000 */
  body(events?: number): SessionsBody {
    const { stomp, audience, cost, rounds } = this.#options;
    const all = [...stomp.sessions.values()];
    const shown = all.slice(-shownSessions).reverse();
    return {
      time: this.#now(),
      total: all.length,
      cost: {
        viewers: all.filter(({ subscriptions }) => subscriptions.size > 0).length,
        ...cost.rates(),
        rssBytes: process.memoryUsage.rss(),
      },
      queries: { ...rounds(), ...cost.rounds },
      ...audience.view(),
      sessions: shown.map((session) => this.#view(session)),
      recent: this.#events.recent(events),
    };
  }

  /** Ends a session and notes on whose behalf. */
  kick(session: Session, by: string | undefined): void {
    this.#events.kicks(session, by);
    session.close('kicked');
  }

  #view(session: Session): SessionView {
    const { kind = 'anonymous', right = 'viewer' } = principalOf(session) ?? {};
    const subscriptions = [...session.subscriptions.values()].slice(0, shownSubscriptions);
    const { roundTripMs = null, ...sent } = session.stats();
    return {
      id: session.id,
      user: session.user === undefined ? null : cutText(session.user.name),
      kind,
      right,
      address: session.remoteAddress,
      transport: session.transport,
      version: session.version,
      since: session.connectedAtMs,
      heartbeat: this.#heartbeatOf(session),
      subscriptions: subscriptions.map(({ id, destination }) => ({
        id: cutText(id),
        destination: cutText(destination),
      })),
      subscriptionCount: session.subscriptions.size,
      outboxBytes: session.outboxBytes,
      ...sent,
      roundTripMs,
    };
  }

  #heartbeatOf(session: Session): SessionView['heartbeat'] {
    const offered = this.#heartbeats.get(session);
    if (offered === undefined) return null;
    const { sendMs, receiveMs } = agreeHeartbeat(this.#options.heartbeat, offered);
    return { fromClient: receiveMs, fromServer: sendMs };
  }
}
