import type { Broker } from './broker/broker.ts';
import type { Channel } from './channel.ts';
import type { SessionFrameLimits } from './connect.ts';
import type { Events } from './events.ts';
import type { MaybePromise } from './maybePromise.ts';
import type { Message } from './message.ts';
import type { ResolvedOptions } from './options.ts';
import type { RunningClock } from './runningClock.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import type { Traffic } from './traffic.ts';
import type { SharedTurns } from './turn.ts';

/** What all sessions of a server share. */
export interface SessionContext<S extends OpenSession> {
  readonly options: ResolvedOptions;
  readonly frameLimits: SessionFrameLimits;
  /** Leaves out the time in which this process was held up. */
  readonly runningClock: RunningClock;
  readonly inbound: Channel;
  readonly outbound: Channel;
  readonly broker: Broker;
  readonly events: Events;
  readonly sessions: Sessions<S>;
  /** Sessions end one after the other, in turns. */
  readonly departures: SharedTurns;
  readonly traffic: Traffic;
  /** Does what a message from a client asks for; see commands.ts. */
  readonly dispatch: (session: S, message: Message) => MaybePromise<boolean>;
}
