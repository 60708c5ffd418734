import type { Headers, StompVersion } from '../codec/frame.ts';
import { type Message, octetsOf } from '../message.ts';
import { OutboundFrame } from '../outboundFrame.ts';

/** What a publication is made of. */
export interface PublicationParts {
  /** As its subscribers know it. */
  readonly destination: string;
  /** Of the broker's numbers: another one after each start. */
  readonly epoch: string;
  readonly number: number;
  /** Without the ones that name the message: those of its own. */
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Of a queue: nobody shares its frame, so it is not kept beside the message. */
  readonly isForOne?: boolean;
}

/** One message that the broker gives out, the same object for every subscriber. */
export class Publication {
  readonly destination: string;
  /** The broker's counter: every message another one, the same for all who get it. */
  readonly number: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** About what it takes in memory. */
  readonly octets: number;
  readonly #parts: PublicationParts;
  readonly #frames = new Map<string, OutboundFrame>();

  constructor(parts: PublicationParts, octets = octetsOf(parts)) {
    const { destination, epoch, number, headers, body } = parts;
    this.destination = destination;
    this.number = number;
    this.headers = new Map([['destination', destination], ['message-id', `${epoch}-${number}`], ...headers]);
    this.body = body;
    this.octets = octets;
    this.#parts = parts;
  }

  /** The same message, given out once more. */
  again(): Publication {
    const headers = new Map(this.#parts.headers).set('redelivered', 'true');
    return new Publication({ ...this.#parts, headers }, this.octets);
  }

  /** The MESSAGE frame that all subscriptions of one group (version, id, acknowledged or not) share. */
  frameFor(group: SubscriberGroup): OutboundFrame {
    const made = this.#frames.get(group.key);
    if (made) return made;
    const headers = new Map([['subscription', group.subscriptionId], ...this.headers]);
    if (group.hasAck) headers.set('ack', `${group.subscriptionId}.${this.number}`);
    const frame = new OutboundFrame({ command: 'MESSAGE', headers, body: this.body }, group.version);
    if (!this.#parts.isForOne) this.#frames.set(group.key, frame);
    return frame;
  }
}

/** What decides which octets a subscription gets. */
export interface SubscriberGroup {
  readonly key: string;
  readonly version: StompVersion;
  readonly subscriptionId: string;
  /** Whether MESSAGE has an `ack` header. */
  readonly hasAck: boolean;
}

/** The broker's side of a subscription. */
export interface Subscriber {
  /** An exact destination, a pattern of topics, or a private destination (destination.ts). */
  readonly destination: string;
  /** Further private destinations whose messages it gets. */
  readonly aliases?: readonly string[];
  /** Whether what it gets from a queue stays there until `acknowledge` or `requeue`; else it is gone with `deliver`. */
  readonly isAcknowledging: boolean;
  /** Whether it can take another message of a queue now. Topics do not ask. */
  hasRoom(): boolean;
  /** Takes one message; `isReplay` where it was published before the subscription. */
  deliver(publication: Publication, isReplay: boolean): void;
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
}

/**
 * Where published messages go and subscribers get theirs from. A message reaches local subscribers only
 * through the broker's own hands, so that another broker can stand behind the same interface. What every
 * broker has to do is told by its contract suite (`test/broker/brokerContract.ts`).
 */
export interface Broker {
  /**
   * Takes a message: to everyone under `/topic/`, to one consumer under `/queue/`, to the subscribers of a
   * private destination anywhere else. Throws ERR_STOMP_QUEUE_FULL.
   */
  publish(message: Message): void;
  /** Forgets the retained message of a topic: what it says is no longer so. */
  retract(destination: string): void;
  /** Adds a subscriber; it gets the retained messages of its topics first, or what waits in its queue. */
  subscribe(subscriber: Subscriber): void;
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
