import type { Answer } from './acknowledgement.ts';
import type { Arrival, Broker } from './broker/broker.ts';
import type { Clock } from './clock.ts';
import type { Events } from './events.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { Limits } from './options.ts';
import type { Outbound } from './outbound.ts';
import { Subscription, type SubscriptionRequest } from './subscription.ts';
import { Turn } from './turn.ts';

/** What a session's subscriptions work with. */
export interface SubscriptionsOptions {
  readonly session: Session;
  readonly broker: Broker;
  readonly events: Events;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'subscriptions' | 'windowMessages'>;
  /** Whether the client takes what it is sent, so that a queue may give it more. */
  readonly hasRoom: () => boolean;
}

/** What a SUBSCRIBE has come to. */
export interface Granted extends Arrival {
  /** How wide its window is, where that is less than was asked for. */
  readonly window: number | undefined;
}

/** The subscriptions of one session: each is announced and taken back exactly once. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #byId = new Map<string, Subscription>();
  readonly #ended = new Set<string>();
  #hasEnded = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  get byId(): ReadonlyMap<string, SubscriptionView> {
    return this.#byId;
  }

  /**
   * Adds one and sends what it comes to, retained or missed messages. The id must be new. Undefined where a
   * listener has taken it back already.
   */
  add(request: SubscriptionRequest): Granted | undefined {
    const { session, broker, events } = this.#options;
    const { id, destination } = request;
    const subscription = new Subscription(request, this.#options);
    if (this.#hasEnded) subscription.stop();
    this.#byId.set(id, subscription);
    this.#ended.delete(id);
    events.emit('subscribed', { session, subscription: { id, destination } });
    if (this.#byId.get(id) !== subscription) return undefined;
    const arrival = broker.subscribe(subscription, request.after);
    subscription.start(arrival);
    const { window } = subscription;
    return { ...arrival, window: window < (request.prefetch ?? 0) ? window : undefined };
  }

  /** Takes one back, and what it has not answered to its queue; false where there is none of that id. */
  remove(id: string): boolean {
    const subscription = this.#take(id);
    subscription?.giveBack();
    return subscription !== undefined;
  }

  /** The session has ended: nothing more is delivered to it, what it has not answered waits for `removeAll`. */
  stop(): void {
    this.#hasEnded = true;
    for (const each of this.#byId.values()) each.stop();
  }

  /** Takes all back. What they have not answered goes to others: none of them is left to get it. */
  removeAll(): void {
    const taken = [...this.#byId.keys()].map((id) => this.#take(id));
    this.#giveBack(taken.filter((each) => each !== undefined));
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
    for (const each of this.#byId.values()) if (each.isQueue) broker.ready(each);
  }

  // Hundreds of them may have thousands of messages: others are served in between.
  #giveBack(ended: readonly Subscription[]): void {
    const { clock } = this.#options;
    const turn = new Turn(clock);
    for (const [index, each] of ended.entries()) {
      if (turn.isOver) {
        clock.setTimer(0, () => this.#giveBack(ended.slice(index)));
        return;
      }
      each.giveBack();
    }
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
    const { destination, isQueue } = subscription;
    this.#byId.delete(id);
    if (!isQueue && !this.#hasEnded) this.#remember(id);
    broker.unsubscribe(subscription);
    subscription.end();
    events.emit('unsubscribed', { session, subscription: { id, destination } });
    return subscription;
  }

  // As many as there may be: late answers are told from nonsense.
  #remember(id: string): void {
    this.#ended.delete(id);
    this.#ended.add(id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= this.#options.limits.subscriptions) return;
      this.#ended.delete(oldest);
    }
  }
}
