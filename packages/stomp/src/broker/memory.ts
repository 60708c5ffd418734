import type { Message } from '../message.ts';
import type { DestinationOptions } from '../options.ts';
import { type Broker, type BrokerStats, Publication, type Subscriber } from './broker.ts';
import { isPattern, shownDestination } from './destination.ts';
import { DestinationMap, matches } from './matching.ts';
import { type QueueLimits, Queues } from './queues.ts';
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
  readonly limits: RetainedLimits & QueueLimits;
}

/**
 * The broker of one process: topics, with the newest message retained where an option asks for it, queues,
 * and private destinations in a map of their own, where no pattern reaches.
 */
export class MemoryBroker implements Broker {
  readonly #subscribers = new DestinationMap<Subscriber>();
  readonly #private = new Map<string, Set<Subscriber>>();
  readonly #queues: Queues;
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
    this.#queues = new Queues(options.limits);
    for (const [destination, each] of options.destinations) this.#options.add(destination, each);
  }

  publish(message: Message): void {
    if (message.destination?.startsWith('/queue/')) this.#queues.checkRoom(message);
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

  retract(destination: string): void {
    this.#retained.delete(destination);
  }

  subscribe(subscriber: Subscriber): void {
    const { destination, aliases = [] } = subscriber;
    this.#subscriptions += 1;
    if (destination.startsWith('/queue/')) {
      this.#queues.join(subscriber);
    } else if (destination.startsWith('/topic/')) {
      this.#subscribers.add(destination, subscriber);
      for (const publication of this.#retainedFor(destination)) subscriber.deliver(publication, true);
    } else {
      for (const each of [destination, ...aliases]) {
        this.#private.set(each, (this.#private.get(each) ?? new Set()).add(subscriber));
      }
    }
  }

  unsubscribe(subscriber: Subscriber): void {
    if (this.#takeOut(subscriber)) this.#subscriptions -= 1;
  }

  ready(subscriber: Subscriber): void {
    this.#queues.give(subscriber);
  }

  acknowledge(subscriber: Subscriber, publications: readonly Publication[]): void {
    this.#queues.settle(subscriber, publications);
  }

  requeue(subscriber: Subscriber, publications: readonly Publication[]): void {
    this.#queues.takeBack(subscriber, publications);
  }

  stats(): BrokerStats {
    return {
      published: this.#published,
      delivered: this.#delivered + this.#queues.delivered,
      subscriptions: this.#subscriptions,
      retainedMessages: this.#retained.size,
      retainedBytes: this.#retained.bytes,
      queuedMessages: this.#queues.messages,
      queuedBytes: this.#queues.bytes,
    };
  }

  #giveOut(message: Message): void {
    const destination = message.destination ?? '';
    this.#published += 1;
    const headers = new Map([...message.headers].filter(([name]) => !isServers(name)));
    const isQueue = destination.startsWith('/queue/');
    if (isQueue) headers.set('redelivered', 'false');
    const publication = new Publication({
      destination: shownDestination(destination),
      epoch: this.#epoch,
      number: this.#published,
      headers,
      body: message.body,
      isForOne: isQueue,
    });
    if (isQueue) {
      this.#queues.add(publication);
    } else if (destination.startsWith('/topic/')) {
      if (this.#isRetained(destination)) this.#retained.set(publication);
      this.#subscribers.forEach(destination, (subscriber) => this.#deliver(publication, subscriber));
    } else {
      for (const each of this.#private.get(destination) ?? []) this.#deliver(publication, each);
    }
  }

  #deliver(publication: Publication, subscriber: Subscriber): void {
    this.#delivered += 1;
    subscriber.deliver(publication, false);
  }

  #takeOut(subscriber: Subscriber): boolean {
    const { destination, aliases = [] } = subscriber;
    if (destination.startsWith('/queue/')) return this.#queues.leave(subscriber);
    if (destination.startsWith('/topic/')) return this.#subscribers.delete(destination, subscriber);
    let isFound = false;
    for (const each of [destination, ...aliases]) {
      const subscribers = this.#private.get(each);
      isFound = subscribers?.delete(subscriber) || isFound;
      if (subscribers?.size === 0) this.#private.delete(each);
    }
    return isFound;
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
