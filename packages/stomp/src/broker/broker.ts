import type { MaybePromise } from '../maybePromise.ts';
import type { Message } from '../message.ts';
import type { Publication } from './publication.ts';

/** A place in the history of a destination: after that message. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/**
 * What was published before a subscription and is its to get first, taken one by one as there is room for it:
 * the broker keeps it, or did so when the subscriber came.
 */
export interface Replay {
  /** Whether nothing can come any more. */
  readonly isEmpty: boolean;
  /** The next one; undefined where there is none, or it is still to be looked for: see `isEmpty`. */
  take(): Publication | undefined;
  /** Tells of octets that the broker keeps no longer and only this replay does; less than 0 where they are let go. */
  countBy(hold: (octets: number) => void): void;
  /** Lets go of what is left. */
  end(): void;
}

/** Everything there is in a replay, at once. */
export function* allOf(replay: Replay): Generator<Publication, void> {
  while (!replay.isEmpty) {
    const publication = replay.take();
    if (publication) yield publication;
  }
}

/** What a subscriber comes to. */
export interface Arrival {
  /** What was published before and is its to get first; undefined where there is nothing. */
  readonly replay: Replay | undefined;
  /** The newest message of its destination, where that one has a history. */
  readonly position: Position | undefined;
  /** Whether the replay is all that came after the place it asked for; undefined where it asked for none. */
  readonly isRecovered: boolean | undefined;
}

/** The broker's side of a subscription. */
export interface Subscriber {
  /** An exact destination, a pattern of topics, or a private destination (destination.ts). */
  readonly target: string;
  /** Further private destinations whose messages it gets. */
  readonly aliases?: readonly string[] | undefined;
  /** The broker's: the newest message there was when it came. */
  since?: number;
  /** Whether what it gets from a queue stays there until `acknowledge` or `requeue`; else it is gone with `deliver`. */
  readonly isAcknowledging: boolean;
  /** Whether it gets nothing any more, though it is still there. */
  readonly hasEnded?: boolean;
  /** Whether it can take another message of a queue now. Topics do not ask. */
  hasRoom(): boolean;
  /** Takes one message. */
  deliver(publication: Publication): void;
  /** What it was given of a topic is no longer so: what of it is not sent yet can go. */
  retracted?(destination: string): void;
}

/** What a broker can be asked about itself. */
export interface BrokerStats {
  readonly published: number;
  readonly delivered: number;
  readonly subscriptions: number;
  readonly retainedMessages: number;
  readonly retainedBytes: number;
  /** In queues, those given out and not acknowledged included. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly historyMessages: number;
  readonly historyBytes: number;
  /** Subscriptions that asked to be resumed, and were. */
  readonly recovered: number;
  /** Those that were not, and were told so. */
  readonly unrecovered: number;
}

/**
 * Where published messages go and subscribers get theirs from. A message reaches local subscribers only
 * through the broker's own hands, so that another broker can stand behind the same interface. What every
 * broker has to do is told by its contract suite (`test/broker/brokerContract.ts`).
 */
export interface Broker {
  /**
   * Takes a message: to everyone under `/topic/`, to one consumer under `/queue/`, to the subscribers of a
   * private destination anywhere else. All see messages in the order of the calls. A promise where it takes longer than
   * a turn to give it out, or others wait that came before; undefined where that is done at once, or this was called
   * from within `deliver`. Throws ERR_STOMP_QUEUE_FULL.
   */
  publish(message: Message): MaybePromise<void>;
  /** Gives out all that waits, however long that takes; a promise of it where this is called from within `deliver`. */
  finish(): MaybePromise<void>;
  /**
   * Keeps room for a message that will be published, so that others cannot take it. What it returns gives it
   * back, once, to be called right before `publish`, or where nothing comes of it. Throws ERR_STOMP_QUEUE_FULL.
   */
  reserve(message: Message): () => void;
  /** Forgets the retained message of a topic, and tells its subscribers: what it says is no longer so. */
  retract(destination: string): void;
  /**
   * Adds a subscriber and says what is its to get before all that it is given from here on; what waits in a
   * queue it is given at once. `after`: the place in the history of its topic where it left off.
   */
  subscribe(subscriber: Subscriber, after?: Position): Arrival;
  /** Takes it out. What it has not answered is still its own: see `requeue`. */
  unsubscribe(subscriber: Subscriber): void;
  /** A subscriber of a queue has room again. */
  ready(subscriber: Subscriber): void;
  /** Messages of a queue have done their work. */
  acknowledge(subscriber: Subscriber, publications: readonly Publication[]): void;
  /** Messages of a queue come back unused: to another subscriber if there is one, with `redelivered:true`. */
  requeue(subscriber: Subscriber, publications: readonly Publication[]): void;
  stats(): BrokerStats;
}
