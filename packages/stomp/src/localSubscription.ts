import { allOf, type Broker, type Subscriber } from './broker/broker.ts';
import type { Publication } from './broker/publication.ts';
import { Channel } from './channel.ts';
import { StompError } from './errors.ts';
import type { ChannelInterceptor } from './interceptor.ts';
import { Message } from './message.ts';
import type { Report } from './passage.ts';

/** How the application itself subscribes. */
export interface SubscribeOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  /**
   * Their receive hooks run for each message taken; `preReceive` false waits for the next message or `next()`,
   * a hook that throws ends the subscription.
   */
  readonly interceptors?: readonly ChannelInterceptor[];
  /** Messages that may wait to be taken; default 1,000. One more ends the subscription with ERR_STOMP_SLOW. */
  readonly waitingMessages?: number;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A subscription of the application's own: `for await` takes its messages one by one, leaving the loop ends
 * it. Several `next()` at a time get the messages in the order of the calls. Never a silent gap: one that falls
 * behind too far, or whose hook throws, ends and throws instead of skipping.
 */
export class LocalSubscription implements Subscriber, AsyncIterableIterator<Message, undefined> {
  readonly target: string;
  readonly isAcknowledging = false;
  readonly #broker: Broker;
  readonly #channel: Channel;
  readonly #waitingMessages: number;
  readonly #queue: Message[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.end();
  #isTaking = false;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(destination: string, options: SubscribeOptions, broker: Broker, report: Report) {
    this.target = destination;
    this.#broker = broker;
    this.#waitingMessages = options.waitingMessages ?? 1_000;
    this.#channel = new Channel('localChannel', report);
    for (const interceptor of options.interceptors ?? []) this.#channel.use(interceptor);
    if (options.signal?.aborted) this.#isEnded = true;
    else {
      const { replay } = broker.subscribe(this);
      if (replay) for (const publication of allOf(replay)) this.deliver(publication);
    }
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#abort);
  }

  hasRoom(): boolean {
    return this.#queue.length < this.#waitingMessages;
  }

  deliver({ headers, body }: Publication): void {
    if (this.#isEnded) return;
    if (this.#queue.length >= this.#waitingMessages) {
      const text = `more than ${this.#waitingMessages} messages of ${this.target} wait to be taken`;
      this.#fail(new StompError(text, { reason: 'slow' }));
      return;
    }
    this.#queue.push(new Message({ command: 'MESSAGE', headers, body }));
    this.#serve();
  }

  /** Ends the subscription; what waits is dropped. Idempotent. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#queue.length = 0;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#broker.unsubscribe(this);
    this.#serve();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#serve();
    });
  }

  async return(): Promise<IteratorResult<Message, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  // A `for await` loop that gets an exception does not call `return`.
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.end();
  }

  // Gives what is there to those who wait, unless a hook that runs just now brought us here.
  #serve(): void {
    if (this.#isTaking) return;
    while (this.#waiters.length > 0 && this.#queue.length > 0 && this.#take());
    if (!this.#isEnded) return;
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      if (this.#failure) reject(this.#failure.error);
      else resolve({ done: true, value: undefined });
    }
  }

  // False where an interceptor pauses: the next message and the next `next` ask it again.
  #take(): boolean {
    let isTaken = false;
    const take = () => {
      isTaken = true;
      return this.#queue.shift() ?? null;
    };
    this.#isTaking = true;
    try {
      const message = this.#channel.receive(take, () => undefined);
      if (message) this.#waiters.shift()?.resolve({ done: false, value: message });
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isTaking = false;
    }
    return isTaken;
  }
}
