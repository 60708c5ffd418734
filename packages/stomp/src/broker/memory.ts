import type { Headers } from '../codec/frame.ts';
import type { MaybePromise } from '../maybePromise.ts';
import type { Message } from '../message.ts';
import type { Arrival, Broker, BrokerStats, Position, Subscriber } from './broker.ts';
import { shownDestination } from './destination.ts';
import { FanOut } from './fanOut.ts';
import { Line, type Work } from './line.ts';
import { Publication, type PublicationParts } from './publication.ts';
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

/**
 * The broker of one process: topics, queues, and private destinations in a map of their own, where no
 * pattern reaches.
 */
export class MemoryBroker implements Broker {
  readonly #epoch = crypto.randomUUID().slice(0, 8);
  readonly #topics: Topics;
  readonly #queues: Queues;
  readonly #private = new Map<string, Set<Subscriber>>();
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
    const { target, aliases = [] } = subscriber;
    this.#subscriptions += 1;
    if (target.startsWith('/topic/')) return this.#topics.subscribe(subscriber, after);
    if (target.startsWith('/queue/')) {
      this.#queues.join(subscriber);
      // Whatever it has missed, others have got or it gets now.
      return { replay: undefined, position: undefined, isRecovered: undefined };
    }
    subscriber.since = this.#published;
    for (const each of [target, ...aliases]) {
      this.#private.set(each, (this.#private.get(each) ?? new Set()).add(subscriber));
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
    const { destination = '' } = message;
    this.#published += 1;
    if (destination.startsWith('/topic/')) {
      const rule = this.#topics.ruleOf(destination);
      const publication = this.#publicationOf(message, this.#topics.partsFor(destination, rule));
      return this.#topics.add(publication, rule);
    }
    if (!destination.startsWith('/queue/')) {
      return this.#giveToPrivate(this.#publicationOf(message), this.#private.get(destination));
    }
    this.#queues.add(this.#publicationOf(message, { isForOne: true }));
    return isDone;
  }

  #publicationOf(message: Message, parts: Partial<PublicationParts> = {}): Publication {
    let headers: Map<string, string> | undefined;
    for (const [name, value] of message.headers) {
      if (isServers(name)) continue;
      headers ??= new Map();
      headers.set(name, value);
    }
    if (parts.isForOne) headers = (headers ?? new Map<string, string>()).set('redelivered', 'false');
    const destination = shownDestination(message.destination ?? '');
    const number = this.#published;
    return new Publication({
      ...parts,
      destination,
      epoch: this.#epoch,
      number,
      headers: headers ?? noHeaders,
      body: message.body,
    });
  }

  #giveToPrivate(publication: Publication, subscribers: ReadonlySet<Subscriber> | undefined): Work {
    if (!subscribers) return isDone;
    const fanOut = new FanOut(publication, subscribers);
    return (isTurnOver) => {
      const isOver = fanOut.goOn(isTurnOver);
      this.#delivered += fanOut.takeCount();
      return isOver;
    };
  }

  #takeOut(subscriber: Subscriber): boolean {
    const { target, aliases = [] } = subscriber;
    if (target.startsWith('/queue/')) return this.#queues.leave(subscriber);
    if (target.startsWith('/topic/')) return this.#topics.unsubscribe(subscriber);
    let isFound = false;
    for (const each of [target, ...aliases]) {
      const subscribers = this.#private.get(each);
      isFound = subscribers?.delete(subscriber) === true || isFound;
      if (subscribers?.size === 0) this.#private.delete(each);
    }
    return isFound;
  }
}

const noHeaders: Headers = new Map();
const isDone = () => true;
const nothingReserved = () => {};

function isServers(name: string): boolean {
  return notPassedOn.has(name) || name.startsWith('simp');
}
