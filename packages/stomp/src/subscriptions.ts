import type { Broker, Publication, Subscriber } from './broker/broker.ts';
import type { Events } from './events.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';

interface Subscription extends SubscriptionView, Subscriber {}

/** What a session's subscriptions work with. */
export interface SubscriptionsOptions {
  readonly session: Session;
  readonly broker: Broker;
  readonly events: Events;
  readonly send: (frame: OutboundFrame, isReplay: boolean) => void;
}

/** The subscriptions of one session: each is announced and taken back exactly once. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #byId = new Map<string, Subscription>();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  get byId(): ReadonlyMap<string, SubscriptionView> {
    return this.#byId;
  }

  /** Adds one; its retained messages are sent at once. The id must be new. */
  add(id: string, destination: string): void {
    const { session, broker, events, send } = this.#options;
    const { version } = session;
    const group = { key: `${version} ${id}`, version, subscriptionId: id };
    const deliver = (publication: Publication, isReplay: boolean) =>
      send(publication.frameFor(group), isReplay);
    const subscription: Subscription = { id, destination, deliver };
    this.#byId.set(id, subscription);
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
    broker.unsubscribe(subscription);
    events.emit('unsubscribed', { session, subscription: { id, destination } });
    return true;
  }

  removeAll(): void {
    for (const id of [...this.#byId.keys()]) this.remove(id);
  }
}
