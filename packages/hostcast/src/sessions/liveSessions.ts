import { isPattern, matches, type StompServer, type SubscriptionView } from '@hostcast/stomp';
import type { Clock } from '../clock.ts';

/** Who is connected, live; for operators. */
export const sessionsDestination = '/topic/sessions';

export interface LiveSessionsOptions {
  readonly stomp: StompServer;
  readonly clock: Clock;
  /** What is published, JSON. */
  readonly body: () => string;
}

/** Published at most so often. */
const everyMs = 1_000;

/**
 * Publishes who is connected when somebody came, went, subscribed or unsubscribed: at most once a second, and only
 * while somebody looks. Who begins to look gets it within that second.
 */
export class LiveSessions {
  readonly #options: LiveSessionsOptions;
  readonly #undo: readonly (() => void)[];
  #watchers = 0;
  #publishedMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: LiveSessionsOptions) {
    this.#options = options;
    const { stomp } = options;
    this.#undo = [
      stomp.on('connected', () => this.#changed()),
      stomp.on('disconnected', () => this.#changed()),
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
    this.#cancel?.();
    for (const undo of this.#undo) undo();
  }

  #changed(): void {
    if (this.#watchers === 0 || this.#cancel !== undefined) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#publishedMs + everyMs - clock.monotonicMs());
    this.#cancel = clock.after(waitMs, () => this.#publish());
  }

  #publish(): void {
    const { stomp, clock, body } = this.#options;
    this.#cancel = undefined;
    if (this.#watchers === 0) return;
    this.#publishedMs = clock.monotonicMs();
    stomp.publish(sessionsDestination, body(), { 'content-type': 'application/json' });
  }
}

function isOurs({ destination }: SubscriptionView): boolean {
  if (isPattern(destination)) return matches(destination, sessionsDestination);
  return destination === sessionsDestination;
}
