import type { MaybePromise } from '../maybePromise.ts';
import type { Message } from '../message.ts';
import {
  type Arrival,
  type Broker,
  type BrokerStats,
  type Position,
  Publication,
  type Subscriber,
} from './broker.ts';
import { shownDestination } from './destination.ts';
import { FanOut } from './fanOut.ts';
import { Line, type Work } from './line.ts';
import { type QueueLimits, Queues } from './queues.ts';
import { Topics, type TopicsOptions } from './topics.ts';

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
export interface MemoryBrokerOptions extends TopicsOptions {
  readonly limits: TopicsOptions['limits'] & QueueLimits;
}

interface PrivateSubscription {
  readonly subscriber: Subscriber;
  /** The newest message there was when it came. */
  readonly since: number;
}

/**
 * The broker of one process: topics, queues, and private destinations in a map of their own, where no
 * pattern reaches.
 */
export class MemoryBroker implements Broker {
  readonly #epoch = crypto.randomUUID().slice(0, 8);
  readonly #topics: Topics;
  readonly #queues: Queues;
  readonly #private = new Map<string, Set<PrivateSubscription>>();
  readonly #privateSubscriptions = new Map<Subscriber, PrivateSubscription>();
  readonly #line: Line;
  #published = 0;
  #delivered = 0;
  #subscriptions = 0;

  /** `report` is told of what throws where nobody waits for it. */
  constructor(options: MemoryBrokerOptions, report: (error: unknown) => void) {
    this.#line = new Line(options.clock, report);
    this.#topics = new Topics(this.#epoch, options);
    this.#queues = new Queues(options.limits, options.clock);
  }

  publish(message: Message): MaybePromise<void> {
    // What is published while another message is given out waits for its turn: all see the same order.
    const release = this.reserve(message);
    let goOn: Work | undefined;
    const work: Work = (isTurnOver) => {
      if (!goOn) release();
      goOn ??= this.#giveOut(message);
      return goOn(isTurnOver);
    };
    // The application begins at once where nothing waits; a thousand clients may SEND in one round of the loop.
    return this.#line.add(work, message.session !== undefined);
  }

  finish(): MaybePromise<void> {
    return this.#line.finish();
  }

  reserve(message: Message): () => void {
    return message.destination?.startsWith('/queue/') ? this.#queues.reserve(message) : nothingReserved;
  }

  retract(destination: string): void {
    // In its place: what is published before and still waits is retracted too.
    void this.#line.add(() => {
      this.#topics.retract(destination);
      return true;
    });
  }

  subscribe(subscriber: Subscriber, after?: Position): Arrival {
    const { destination, aliases = [] } = subscriber;
    this.#subscriptions += 1;
    if (destination.startsWith('/topic/')) return this.#topics.subscribe(subscriber, after);
    if (destination.startsWith('/queue/')) {
      this.#queues.join(subscriber);
      // Whatever it has missed, others have got or it gets now.
      return { replay: undefined, position: undefined, isRecovered: undefined };
    }
    const subscription = { subscriber, since: this.#published };
    this.#privateSubscriptions.set(subscriber, subscription);
    for (const each of [destination, ...aliases]) {
      this.#private.set(each, (this.#private.get(each) ?? new Set()).add(subscription));
    }
    return { replay: undefined, position: undefined, isRecovered: after && false };
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
    const { delivered, ...kept } = this.#topics.stats;
    return {
      ...kept,
      published: this.#published,
      delivered: this.#delivered + delivered + this.#queues.delivered,
      subscriptions: this.#subscriptions,
      queuedMessages: this.#queues.messages,
      queuedBytes: this.#queues.bytes,
    };
  }

  #giveOut(message: Message): Work {
    const { destination = '', body } = message;
    this.#published += 1;
    const headers = new Map([...message.headers].filter(([name]) => !isServers(name)));
    const isQueue = destination.startsWith('/queue/');
    const isTopic = destination.startsWith('/topic/');
    if (isQueue) headers.set('redelivered', 'false');
    const publication = new Publication({
      destination: shownDestination(destination),
      epoch: this.#epoch,
      number: this.#published,
      headers,
      body,
      isForOne: isQueue,
      ...(isTopic ? this.#topics.partsFor(destination) : {}),
    });
    if (isTopic) return this.#topics.add(publication);
    if (!isQueue) return this.#giveToPrivate(publication, this.#private.get(destination));
    this.#queues.add(publication);
    return isDone;
  }

  #giveToPrivate(
    publication: Publication,
    subscriptions: ReadonlySet<PrivateSubscription> | undefined,
  ): Work {
    if (!subscriptions) return isDone;
    const deliver = ({ subscriber, since }: PrivateSubscription) => {
      // One that comes while this message is given out came after it.
      if (since >= publication.number || subscriber.hasEnded) return;
      this.#delivered += 1;
      subscriber.deliver(publication);
    };
    const fanOut = new FanOut([subscriptions].values(), deliver);
    return (isTurnOver) => fanOut.goOn(isTurnOver);
  }

  #takeOut(subscriber: Subscriber): boolean {
    const { destination, aliases = [] } = subscriber;
    if (destination.startsWith('/queue/')) return this.#queues.leave(subscriber);
    if (destination.startsWith('/topic/')) return this.#topics.unsubscribe(subscriber);
    const subscription = this.#privateSubscriptions.get(subscriber);
    if (!subscription) return false;
    this.#privateSubscriptions.delete(subscriber);
    for (const each of [destination, ...aliases]) {
      const subscriptions = this.#private.get(each);
      subscriptions?.delete(subscription);
      if (subscriptions?.size === 0) this.#private.delete(each);
    }
    return true;
  }
}

const isDone = () => true;
const nothingReserved = () => {};

function isServers(name: string): boolean {
  return notPassedOn.has(name) || name.startsWith('simp');
}
