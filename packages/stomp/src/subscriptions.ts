import type { Answer } from './acknowledgement.ts';
import type { Arrival, Broker } from './broker/broker.ts';
import type { Clock } from './clock.ts';
import type { Events } from './events.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { Limits } from './options.ts';
import type { Outbound } from './outbound.ts';
import { Subscription, type SubscriptionOptions, type SubscriptionRequest } from './subscription.ts';
import { Turn } from './turn.ts';

/** Whose subscriptions they are. */
export interface SubscribingSession extends Session {
  /** Whether the client is there to be sent messages. */
  readonly isReading: boolean;
}

/** What the subscriptions of all sessions work with. */
export interface SubscriptionsContext {
  readonly broker: Broker;
  readonly events: Events;
  readonly options: {
    readonly clock: Clock;
    readonly limits: Pick<Limits, 'subscriptions' | 'windowMessages'>;
  };
}

/** What a SUBSCRIBE has come to. */
export interface Granted extends Omit<Arrival, 'replay'> {
  /** How wide its window is, where that is less than was asked for. */
  readonly window: number | undefined;
}

/** The subscriptions of one session: each is announced and taken back exactly once. */
export class Subscriptions implements SubscriptionOptions {
  readonly session: SubscribingSession;
  readonly outbound: Outbound;
  readonly #context: SubscriptionsContext;
  // Most clients have one: that needs no Map.
  #only: Subscription | undefined;
  #byId: Map<string, Subscription> | undefined;
  #ended: Set<string> | undefined;
  #hasEnded = false;

  constructor(session: SubscribingSession, context: SubscriptionsContext, outbound: Outbound) {
    this.session = session;
    this.outbound = outbound;
    this.#context = context;
  }

  get byId(): ReadonlyMap<string, SubscriptionView> {
    return this.#map();
  }

  get size(): number {
    return this.#byId ? this.#byId.size : Number(this.#only !== undefined);
  }

  get broker(): Broker {
    return this.#context.broker;
  }

  get limits(): SubscriptionsContext['options']['limits'] {
    return this.#context.options.limits;
  }

  get clock(): Clock {
    return this.#context.options.clock;
  }

  get hasRoom(): boolean {
    return this.session.isReading && this.outbound.hasRoom;
  }

  get(id: string): Subscription | undefined {
    if (this.#byId) return this.#byId.get(id);
    return this.#only?.id === id ? this.#only : undefined;
  }

  /** Adds one and sends what it comes to, retained or missed messages. The id must be new. `announce` tells of it. */
  add(request: SubscriptionRequest): Granted {
    const { id } = request;
    const subscription = new Subscription(request, this);
    if (this.#hasEnded) subscription.stop();
    if (this.size === 0 && !this.#byId) this.#only = subscription;
    else this.#map().set(id, subscription);
    this.#ended?.delete(id);
    const arrival = this.broker.subscribe(subscription, request.after);
    subscription.start(arrival);
    const { position, isRecovered } = arrival;
    const { window } = subscription;
    return { position, isRecovered, window: window < (request.prefetch ?? 0) ? window : undefined };
  }

  /** Tells that one is there, once its client has the RECEIPT: what listeners publish reaches it, after that. */
  announce(id: string): void {
    const subscription = this.get(id);
    if (!subscription || subscription.isAnnounced) return;
    subscription.isAnnounced = true;
    const { destination } = subscription;
    this.#context.events.emit('subscribed', { session: this.session, subscription: { id, destination } });
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
    for (const each of this.#all()) each.stop();
  }

  /** Takes all back. What they have not answered goes to others: none of them is left to get it. */
  removeAll(): void {
    const taken = this.#all().map(({ id }) => this.#take(id));
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

  acknowledged(ageMs: number): void {
    this.#context.events.emit('acknowledged', { session: this.session, ageMs });
  }

  /** The client can take more: queues may give it what waits. */
  ready(): void {
    if (this.#byId) for (const each of this.#byId.values()) this.#ready(each);
    else if (this.#only) this.#ready(this.#only);
  }

  #ready(subscription: Subscription): void {
    if (subscription.isQueue) this.#context.broker.ready(subscription);
  }

  #map(): Map<string, Subscription> {
    this.#byId ??= new Map(this.#only && [[this.#only.id, this.#only]]);
    this.#only = undefined;
    return this.#byId;
  }

  #all(): readonly Subscription[] {
    if (this.#byId) return [...this.#byId.values()];
    return this.#only ? [this.#only] : [];
  }

  // Hundreds of them may have thousands of messages: others are served in between.
  #giveBack(ended: readonly Subscription[]): void {
    const { clock } = this.#context.options;
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
    if (subscriptionId === undefined) return this.#all();
    const named = this.get(subscriptionId);
    return named ? [named] : [];
  }

  #isLate({ subscriptionId }: Answer): boolean {
    return subscriptionId !== undefined && this.#ended?.has(subscriptionId) === true;
  }

  #take(id: string): Subscription | undefined {
    const subscription = this.get(id);
    if (!subscription) return undefined;
    const { session } = this;
    const { broker, events } = this.#context;
    const { destination, isQueue } = subscription;
    this.#only = undefined;
    this.#byId?.delete(id);
    if (!isQueue && !this.#hasEnded) this.#remember(id);
    broker.unsubscribe(subscription);
    subscription.end();
    if (subscription.isAnnounced) events.emit('unsubscribed', { session, subscription: { id, destination } });
    return subscription;
  }

  // As many as there may be: late answers are told from nonsense.
  #remember(id: string): void {
    this.#ended ??= new Set();
    this.#ended.delete(id);
    this.#ended.add(id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= this.limits.subscriptions) return;
      this.#ended.delete(oldest);
    }
  }
}
