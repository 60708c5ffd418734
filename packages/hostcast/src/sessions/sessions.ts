import type { StompServer } from '@hostcast/stomp';
import type { Heartbeat } from '@hostcast/stomp/codec';
import type { Clock } from '../clock.ts';
import { Audience } from './audience.ts';
import { Cost } from './cost.ts';
import { LiveSessions, sessionsDestination, sessionsEveryMs } from './liveSessions.ts';
import { SessionBook } from './sessionBook.ts';
import type { QueriesView } from './sessionsBody.ts';

export interface SessionsOptions {
  readonly stomp: StompServer;
  readonly clock: Clock;
  /** What this server offers as `heart-beat`. */
  readonly heartbeat: Heartbeat;
  readonly intervalMs: number;
  /** Questions to the store since the start. */
  readonly asked: () => number;
  /** How the rounds of queries went. */
  readonly rounds: () => Omit<QueriesView, 'intervalMs' | 'lastMs' | 'p95Ms'>;
}

/** Who is connected and what that costs: `book` tells it, and `/topic/sessions` while somebody looks. */
export interface Sessions {
  readonly book: SessionBook;
  /** Publishes a body (JSON), and notes that it was. */
  publish(destination: string, body: string): void;
  /** Takes back what was published there. */
  retract(destination: string): void;
  /** To be called with each tick. */
  ticked(): void;
  /** A round of queries took so long, ms. */
  round(tookMs: number): void;
  close(): void;
}

/** Keeps account of sessions from here on. */
export function createSessions(options: SessionsOptions): Sessions {
  const { stomp, clock, heartbeat, intervalMs, rounds } = options;
  const now = () => clock.nowMs();
  const intervalOf = (destination: string) => {
    if (destination === sessionsDestination) return sessionsEveryMs;
    return destination.startsWith('/topic/hosts') ? intervalMs : null;
  };
  const audience = new Audience({ stomp, intervalOf, now });
  const cost = new Cost({ clock, spent: () => spentBy(options) });
  const book = new SessionBook({
    ...{ stomp, heartbeat, audience, cost, now },
    rounds: () => ({ intervalMs, ...rounds() }),
  });
  const publish = (destination: string, body: string) => {
    audience.published(destination, body);
    stomp.publish(destination, body, { 'content-type': 'application/json' });
  };
  const live = new LiveSessions({ stomp, clock, publish, body: () => JSON.stringify(book.body(100)) });
  return {
    book,
    publish,
    retract(destination) {
      audience.retracted(destination);
      stomp.retract(destination);
    },
    ticked: () => cost.ticked(),
    round: (tookMs) => cost.round(tookMs),
    close: () => live.close(),
  };
}

function spentBy({ stomp, asked }: SessionsOptions) {
  const { frames, bytes } = stomp.stats();
  const { user, system } = process.cpuUsage();
  return {
    queries: asked(),
    messages: frames.sent.MESSAGE ?? 0,
    bytes: bytes.sent,
    cpuMs: (user + system) / 1_000,
  };
}
