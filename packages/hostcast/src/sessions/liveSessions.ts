import { isPattern, matches, type StompServer, type SubscriptionView } from '@hostcast/stomp';
import type { Clock } from '../clock.ts';

/** Who is connected, live; for operators. */
export const sessionsDestination = '/topic/sessions';

export interface LiveSessionsOptions {
  readonly stomp: StompServer;
  readonly clock: Clock;
  /** What is published, JSON. */
  readonly body: () => string;
  /** Sends it to all who look. */
  readonly publish: (destination: string, body: string) => void;
}

/** Published at most so often, where somebody comes or goes … */
const quickestMs = 1_000;
/** … and at least so often, for queues, round trips and rates. */
export const sessionsEveryMs = 5_000;

/**
 * Publishes who is connected when somebody came, went, subscribed, unsubscribed or was turned away, at most once a
 * second, and else every 5 s; all of it only while somebody looks. Who begins to look gets it within that second.
 */
export class LiveSessions {
  readonly #options: LiveSessionsOptions;
  readonly #undo: readonly (() => void)[];
  #watchers = 0;
  #publishedMs = Number.NEGATIVE_INFINITY;
  #dueMs = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  constructor(options: LiveSessionsOptions) {
    this.#options = options;
    const { stomp } = options;
    this.#undo = [
      stomp.on('connected', () => this.#changed()),
      stomp.on('disconnected', () => this.#changed()),
      stomp.on('refused', () => this.#changed()),
      stomp.on('handshakeRefused', () => this.#changed()),
      stomp.on('subscribed', ({ subscription }) => {
        if (isOurs(subscription)) this.#watchers += 1;
        this.#changed();
      }),
      stomp.on('unsubscribed', ({ subscription }) => {
        if (isOurs(subscription)) this.#watchers -= 1;
        this.#changed();
      }),
    ];
  }

  close(): void {
    this.#cancel();
    for (const undo of this.#undo) undo();
  }

  #changed(): void {
    if (this.#watchers > 0) this.#publishBy(this.#publishedMs + quickestMs);
    else this.#rest();
  }

  #publishBy(dueMs: number): void {
    if (this.#dueMs <= dueMs) return;
    const { clock } = this.#options;
    this.#cancel();
    this.#dueMs = dueMs;
    this.#cancel = clock.after(Math.max(0, dueMs - clock.monotonicMs()), () => this.#publish());
  }

  #publish(): void {
    const { clock, body, publish } = this.#options;
    this.#rest();
    this.#publishedMs = clock.monotonicMs();
    publish(sessionsDestination, body());
    this.#publishBy(this.#publishedMs + sessionsEveryMs);
  }

  #rest(): void {
    this.#cancel();
    this.#dueMs = Number.POSITIVE_INFINITY;
  }
}

function isOurs({ destination }: SubscriptionView): boolean {
  if (isPattern(destination)) return matches(destination, sessionsDestination);
  return destination === sessionsDestination;
}
