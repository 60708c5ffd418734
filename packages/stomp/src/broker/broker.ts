import type { Headers, StompVersion } from '../codec/frame.ts';
import type { Message } from '../message.ts';
import { OutboundFrame } from '../outboundFrame.ts';

/** What a publication is made of. */
export interface PublicationParts {
  readonly destination: string;
  /** Of the broker's numbers: another one after each start. */
  readonly epoch: string;
  readonly number: number;
  /** Without the ones that name the message: those of its own. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** One message that the broker gives out, the same object for every subscriber. */
export class Publication {
  readonly destination: string;
  /** The broker's counter: every message another one, the same for all who get it. */
  readonly number: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly #frames = new Map<string, OutboundFrame>();

  constructor({ destination, epoch, number, headers, body }: PublicationParts) {
    this.destination = destination;
    this.number = number;
    this.headers = new Map([['destination', destination], ['message-id', `${epoch}-${number}`], ...headers]);
    this.body = body;
  }

  /** The MESSAGE frame that all subscriptions of one group (version, id, acknowledged or not) share. */
  frameFor(group: SubscriberGroup): OutboundFrame {
    const made = this.#frames.get(group.key);
    if (made) return made;
    const headers = new Map([['subscription', group.subscriptionId], ...this.headers]);
    if (group.hasAck) headers.set('ack', `${group.subscriptionId}.${this.number}`);
    const frame = new OutboundFrame({ command: 'MESSAGE', headers, body: this.body }, group.version);
    this.#frames.set(group.key, frame);
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
  /** An exact destination or a pattern. */
  readonly destination: string;
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
}

/**
 * Where published messages go and subscribers get theirs from. A message reaches local subscribers only
 * through the broker's own hands, so that another broker can stand behind the same interface.
 */
export interface Broker {
  /** Takes a message with a destination under `/topic/`. */
  publish(message: Message): void;
  /** Adds a subscriber; it gets the retained messages of its destinations first. */
  subscribe(subscriber: Subscriber): void;
  unsubscribe(subscriber: Subscriber): void;
  stats(): BrokerStats;
}
