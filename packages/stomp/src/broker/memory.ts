import type { Message } from '../message.ts';
import type { DestinationOptions } from '../options.ts';
import { type Broker, type BrokerStats, Publication, type Subscriber } from './broker.ts';
import { isPattern } from './destination.ts';
import { DestinationMap, matches } from './matching.ts';
import { Retained, type RetainedLimits } from './retained.ts';

/** Headers of SEND that are the server's to set on MESSAGE, or concern the sender alone. */
const notPassedOn = new Set([
  'destination',
  'message-id',
  'subscription',
  'content-length',
  'receipt',
  'ack',
  'transaction',
  'redelivered',
  'epoch',
  'seq',
  'recovered',
  'user-name',
]);

/** What a memory broker needs to know. */
export interface MemoryBrokerOptions {
  readonly destinations: ReadonlyMap<string, DestinationOptions>;
  readonly limits: RetainedLimits;
}

/** The broker of one process: topics, with the newest message retained where an option asks for it. */
export class MemoryBroker implements Broker {
  readonly #subscribers = new DestinationMap<Subscriber>();
  readonly #options = new DestinationMap<DestinationOptions>();
  readonly #retained: Retained;
  readonly #epoch = crypto.randomUUID().slice(0, 8);
  readonly #waiting: Message[] = [];
  #isDelivering = false;
  #published = 0;
  #delivered = 0;
  #subscriptions = 0;

  constructor(options: MemoryBrokerOptions) {
    this.#retained = new Retained(options.limits);
    for (const [destination, each] of options.destinations) this.#options.add(destination, each);
  }

  publish(message: Message): void {
    // What is published while another message is given out waits for its turn: all see the same order.
    this.#waiting.push(message);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#giveOut(next);
    } finally {
      this.#isDelivering = false;
    }
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber.destination, subscriber);
    this.#subscriptions += 1;
    for (const publication of this.#retainedFor(subscriber.destination))
      subscriber.deliver(publication, true);
  }

  unsubscribe(subscriber: Subscriber): void {
    if (this.#subscribers.delete(subscriber.destination, subscriber)) this.#subscriptions -= 1;
  }

  stats(): BrokerStats {
    return {
      published: this.#published,
      delivered: this.#delivered,
      subscriptions: this.#subscriptions,
      retainedMessages: this.#retained.size,
      retainedBytes: this.#retained.bytes,
    };
  }

  #giveOut(message: Message): void {
    const destination = message.destination ?? '';
    this.#published += 1;
    const headers = new Map([...message.headers].filter(([name]) => !isServers(name)));
    const publication = new Publication({
      destination,
      epoch: this.#epoch,
      number: this.#published,
      headers,
      body: message.body,
    });
    if (this.#isRetained(destination)) this.#retained.set(publication);
    this.#subscribers.forEach(destination, (subscriber) => {
      this.#delivered += 1;
      subscriber.deliver(publication, false);
    });
  }

  #isRetained(destination: string): boolean {
    let retain = false;
    this.#options.forEach(destination, (options) => {
      retain = options.retain ?? retain;
    });
    return retain;
  }

  #retainedFor(destination: string): Publication[] {
    if (!isPattern(destination)) {
      const publication = this.#retained.get(destination);
      return publication ? [publication] : [];
    }
    return this.#retained.all().filter((each) => matches(destination, each.destination));
  }
}

function isServers(name: string): boolean {
  return notPassedOn.has(name) || name.startsWith('simp');
}
