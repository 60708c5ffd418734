import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { Session } from './message.ts';
import type { Traffic } from './traffic.ts';

/** Whom an outbox works for. */
export interface OutboxOwner extends Session {
  /** The client doesn't take what it gets: over the cap, or over the deadline. */
  overflowed(text: string): void;
  /** There is room again after there was none. */
  hasRoomAgain(): void;
  /** A hook threw; the message is lost. */
  report(error: unknown): void;
}

/** What the outboxes of a server share. */
export interface OutboxContext {
  /** clientOutboundChannel. */
  readonly outbound: Channel;
  readonly traffic: Traffic;
  /** Leaves out the time in which this process was held up: the client could not show that it reads. */
  readonly runningClock: Clock;
  readonly options: {
    readonly clock: Clock;
    readonly limits: { readonly outboxBytes: number; readonly writeMs: number };
  };
}
