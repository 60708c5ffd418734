import type { AckMode, Answer } from './acknowledgement.ts';
import type { Broker, Publication, Subscriber, SubscriberGroup } from './broker/broker.ts';
import type { Events } from './events.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** What a SUBSCRIBE asks for. */
export interface SubscriptionRequest {
  readonly id: string;
  /** As the client named it. */
  readonly destination: string;
  /** As the broker knows it, where that is something else: its private destinations. */
  readonly targets?: readonly [string, ...string[]];
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
  /** Whether the client takes what it is sent, so that a queue may give it more. */
  readonly hasRoom: () => boolean;
}

/** How many ended subscriptions to topics are remembered, so that late answers are told from nonsense. */
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
    const { session, broker, events } = this.#options;
    const { id, destination } = request;
    const subscription = new Subscription(request, this.#options);
    this.#byId.set(id, subscription);
    this.#ended.delete(id);
    events.emit('subscribed', { session, subscription: { id, destination } });
    // A listener may have taken it back already.
    if (this.#byId.get(id) === subscription) broker.subscribe(subscription.subscriber);
  }

  /** Takes one back, and what it has not answered to its queue; false where there is none of that id. */
  remove(id: string): boolean {
    const subscription = this.#take(id);
    subscription?.giveBack();
    return subscription !== undefined;
  }

  /** Takes all back. What they have not answered goes to others: none of them is left to get it. */
  removeAll(): void {
    const taken = [...this.#byId.keys()].map((id) => this.#take(id));
    for (const each of taken) each?.giveBack();
  }

  /** Whether an ACK or NACK names a message that this session was sent. */
  knows(answer: Answer): boolean {
    return this.#namedBy(answer).some((each) => each.knows(answer.number)) || this.#isLate(answer);
  }

  /** Does what an ACK or NACK asks for. */
  settle(answer: Answer): void {
    for (const each of this.#namedBy(answer)) each.settle(answer);
  }

  /** The client can take more: queues may give it what waits. */
  ready(): void {
    const { broker } = this.#options;
    for (const { subscriber, isQueue } of this.#byId.values()) if (isQueue) broker.ready(subscriber);
  }

  #namedBy({ subscriptionId }: Answer): readonly Subscription[] {
    if (subscriptionId === undefined) return [...this.#byId.values()];
    const named = this.#byId.get(subscriptionId);
    return named ? [named] : [];
  }

  #isLate({ subscriptionId }: Answer): boolean {
    return subscriptionId !== undefined && this.#ended.has(subscriptionId);
  }

  #take(id: string): Subscription | undefined {
    const subscription = this.#byId.get(id);
    if (!subscription) return undefined;
    const { session, broker, events } = this.#options;
    const { destination, subscriber, isQueue } = subscription;
    this.#byId.delete(id);
    if (!isQueue) this.#remember(id);
    broker.unsubscribe(subscriber);
    events.emit('unsubscribed', { session, subscription: { id, destination } });
    return subscription;
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
class Subscription implements SubscriptionView {
  readonly id: string;
  readonly destination: string;
  readonly isQueue: boolean;
  /** What the broker has of it. */
  readonly subscriber: Subscriber;
  readonly #options: SubscriptionsOptions;
  readonly #group: SubscriberGroup;
  readonly #prefetch: number;
  // A topic forgets what it has sent: there, only a window (`prefetch-count`) needs to know.
  readonly #unacknowledged: Unacknowledged | undefined;

  constructor(request: SubscriptionRequest, options: SubscriptionsOptions) {
    const { id, destination, ack, prefetch, targets = [destination] } = request;
    const { version } = options.session;
    const isAcknowledging = ack !== 'auto';
    // STOMP 1.2 §MESSAGE: the ack header is there where an answer is needed; 1.1 and 1.0 do not know it.
    const hasAck = version === '1.2' && isAcknowledging;
    const [target, ...aliases] = targets;
    this.id = id;
    this.destination = destination;
    this.isQueue = target.startsWith('/queue/');
    this.#options = options;
    this.#group = { key: `${version} ${hasAck ? 'ack' : 'auto'} ${id}`, version, subscriptionId: id, hasAck };
    this.#prefetch = prefetch ?? Infinity;
    if (isAcknowledging && (this.isQueue || prefetch !== undefined)) {
      this.#unacknowledged = new Unacknowledged(ack === 'client');
    }
    this.subscriber = {
      destination: target,
      aliases,
      isAcknowledging,
      hasRoom: () => (this.#unacknowledged?.size ?? 0) < this.#prefetch && options.hasRoom(),
      deliver: (publication, isReplay) => this.#deliver(publication, isReplay),
    };
  }

  knows(number: number): boolean {
    return !this.isQueue || (this.#unacknowledged?.knows(number) ?? true);
  }

  /** On a queue ACK consumes and NACK gives back what is named; on a topic both only free the window. */
  settle({ number, command }: Answer): void {
    const settled = this.#unacknowledged?.settle(number) ?? [];
    if (!this.isQueue || settled.length === 0) return;
    if (command === 'ACK') this.#options.broker.acknowledge(this.subscriber, settled);
    else this.#options.broker.requeue(this.subscriber, settled);
  }

  giveBack(): void {
    const unanswered = this.#unacknowledged?.takeAll() ?? [];
    if (this.isQueue && unanswered.length > 0) this.#options.broker.requeue(this.subscriber, unanswered);
  }

  #deliver(publication: Publication, isReplay: boolean): void {
    this.#unacknowledged?.add(publication);
    if (this.#options.send(publication.frameFor(this.#group), isReplay)) return;
    // What an interceptor keeps back will never be answered: it is dropped.
    if (!this.#unacknowledged?.forget(publication) || !this.isQueue) return;
    this.#options.broker.acknowledge(this.subscriber, [publication]);
  }
}
