import { type AckMode, type Answer, notWaiting } from './acknowledgement.ts';
import type { Broker, Publication, Subscriber, SubscriberGroup } from './broker/broker.ts';
import type { Events } from './events.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** What a SUBSCRIBE asks for. */
export interface SubscriptionRequest {
  readonly id: string;
  readonly destination: string;
  readonly ack: AckMode;
  /** How many of its messages may be unanswered; undefined: any number. */
  readonly prefetch: number | undefined;
}

/** What a session's subscriptions work with. */
export interface SubscriptionsOptions {
  readonly session: Session;
  readonly broker: Broker;
  readonly events: Events;
  /** False where an interceptor kept the frame back. */
  readonly send: (frame: OutboundFrame, isReplay: boolean) => boolean;
}

/** How many ended subscriptions are remembered, so that late answers to them are told from nonsense. */
const endedSubscriptions = 256;

/** The subscriptions of one session: each is announced and taken back exactly once. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #byId = new Map<string, Subscription>();
  readonly #ended = new Set<string>();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  get byId(): ReadonlyMap<string, SubscriptionView> {
    return this.#byId;
  }

  /** Adds one; its retained messages are sent at once. The id must be new. */
  add(request: SubscriptionRequest): void {
    const { session, broker, events, send } = this.#options;
    const { id, destination } = request;
    const subscription = new Subscription(request, session.version, send);
    this.#byId.set(id, subscription);
    this.#ended.delete(id);
    events.emit('subscribed', { session, subscription: { id, destination } });
    // A listener may have taken it back already.
    if (this.#byId.get(id) === subscription) broker.subscribe(subscription);
  }

  /** Takes one back; false where there is none of that id. */
  remove(id: string): boolean {
    const subscription = this.#byId.get(id);
    if (!subscription) return false;
    const { session, broker, events } = this.#options;
    const { destination } = subscription;
    this.#byId.delete(id);
    this.#remember(id);
    broker.unsubscribe(subscription);
    events.emit('unsubscribed', { session, subscription: { id, destination } });
    return true;
  }

  removeAll(): void {
    for (const id of [...this.#byId.keys()]) this.remove(id);
  }

  /** Does what an ACK or NACK asks for. Throws ERR_STOMP_ACK where it names no message of this session. */
  settle(answer: Answer): void {
    const { subscriptionId } = answer;
    const named = subscriptionId === undefined ? undefined : this.#byId.get(subscriptionId);
    if (named) {
      if (!named.settle(answer)) throw notWaiting();
    } else if (subscriptionId !== undefined) {
      if (!this.#ended.has(subscriptionId)) throw notWaiting();
    } else if ([...this.#byId.values()].filter((each) => each.settle(answer)).length === 0) {
      throw notWaiting();
    }
  }

  #remember(id: string): void {
    this.#ended.add(id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= endedSubscriptions) return;
      this.#ended.delete(oldest);
    }
  }
}

/** One subscription of a client, between the broker and the session's outbox. */
class Subscription implements SubscriptionView, Subscriber {
  readonly id: string;
  readonly destination: string;
  readonly #group: SubscriberGroup;
  readonly #send: SubscriptionsOptions['send'];
  // A topic forgets what it has sent: there, only a window (`prefetch-count`) needs to know.
  readonly #unacknowledged: Unacknowledged | undefined;

  constructor(request: SubscriptionRequest, version: Session['version'], send: SubscriptionsOptions['send']) {
    const { id, destination, ack, prefetch } = request;
    // STOMP 1.2 §MESSAGE: the ack header is there where an answer is needed; 1.1 and 1.0 do not know it.
    const hasAck = version === '1.2' && ack !== 'auto';
    this.id = id;
    this.destination = destination;
    this.#group = { key: `${version} ${hasAck ? 'a' : ''} ${id}`, version, subscriptionId: id, hasAck };
    this.#send = send;
    if (ack !== 'auto' && prefetch !== undefined) this.#unacknowledged = new Unacknowledged(ack === 'client');
  }

  deliver(publication: Publication, isReplay: boolean): void {
    this.#unacknowledged?.add(publication);
    const isSent = this.#send(publication.frameFor(this.#group), isReplay);
    // What an interceptor keeps back will never be answered.
    if (!isSent) this.#unacknowledged?.forget(publication);
  }

  /** Settles what the answer names; on a topic ACK and NACK both only free the window. */
  settle({ number }: Answer): boolean {
    this.#unacknowledged?.settle(number);
    return true;
  }
}
