import type { Clock } from '../clock.ts';
import { StompError } from '../errors.ts';
import { type Message, octetsOf } from '../message.ts';
import type { Subscriber } from './broker.ts';
import type { Publication } from './publication.ts';
import { Queue, type QueueEvents } from './queue.ts';

/** How much all queues together keep at most, given out and not acknowledged included. */
export interface QueueLimits {
  readonly queueMessages: number;
  readonly queueBytes: number;
}

/** All queues: each there from its first message or consumer to its last. */
export class Queues {
  readonly #limits: QueueLimits;
  readonly #byName = new Map<string, Queue>();
  readonly #events: QueueEvents;
  #messages = 0;
  #bytes = 0;
  #delivered = 0;
  // Room that is kept for what is still to come.
  #reservedMessages = 0;
  #reservedBytes = 0;

  constructor(limits: QueueLimits, clock: Clock) {
    this.#limits = limits;
    this.#events = {
      delivered: () => {
        this.#delivered += 1;
      },
      consumed: ({ octets }) => {
        this.#messages -= 1;
        this.#bytes -= octets;
      },
      later: (callback) => clock.setTimer(0, callback),
    };
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get delivered(): number {
    return this.#delivered;
  }

  #checkRoom(message: Message): void {
    const { queueMessages, queueBytes } = this.#limits;
    const bytes = this.#bytes + this.#reservedBytes + octetsOf(message);
    if (this.#messages + this.#reservedMessages >= queueMessages)
      throw full(`queueMessages ${queueMessages}`);
    if (bytes > queueBytes) throw full(`queueBytes ${queueBytes}`);
  }

  /** Keeps room for a message to come; what it returns gives it back, once. Throws ERR_STOMP_QUEUE_FULL. */
  reserve(message: Message): () => void {
    this.#checkRoom(message);
    let octets = octetsOf(message);
    let messages = 1;
    const change = (sign: 1 | -1) => {
      this.#reservedMessages += sign * messages;
      this.#reservedBytes += sign * octets;
    };
    change(1);
    return () => {
      change(-1);
      messages = 0;
      octets = 0;
    };
  }

  add(publication: Publication): void {
    this.#messages += 1;
    this.#bytes += publication.octets;
    this.#with(publication.destination, (queue) => queue.add(publication));
  }

  join(consumer: Subscriber): void {
    this.#with(consumer.target, (queue) => queue.join(consumer));
  }

  /** Whether it was a consumer. */
  leave(consumer: Subscriber): boolean {
    return this.#with(consumer.target, (queue) => queue.leave(consumer));
  }

  settle(consumer: Subscriber, publications: readonly Publication[]): void {
    this.#with(consumer.target, (queue) => queue.settle(publications));
  }

  takeBack(consumer: Subscriber, publications: readonly Publication[]): void {
    this.#with(consumer.target, (queue) => queue.takeBack(publications, consumer));
  }

  give(consumer: Subscriber): void {
    this.#byName.get(consumer.target)?.give();
  }

  #with<T>(name: string, act: (queue: Queue) => T): T {
    const queue = this.#byName.get(name) ?? new Queue(this.#events);
    this.#byName.set(name, queue);
    const result = act(queue);
    if (queue.isIdle) this.#byName.delete(name);
    return result;
  }
}

function full(limit: string): StompError {
  const details = `The queues keep no more than ${limit}: let messages be consumed first`;
  return new StompError('Queue full', { code: 'ERR_STOMP_QUEUE_FULL', details, reconnect: true });
}
