import type { Broker, Publication, Subscriber } from './broker/broker.ts';
import { Channel, type Report } from './channel.ts';
import { StompError } from './errors.ts';
import type { ChannelInterceptor } from './interceptor.ts';
import { Message } from './message.ts';

/** How the application itself subscribes. */
export interface SubscribeOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  /** Their receive hooks run for each message taken; `preReceive` false waits for the next message. */
  readonly interceptors?: readonly ChannelInterceptor[];
  /** Messages that may wait to be taken; default 1,000. One more ends the subscription with ERR_STOMP_SLOW. */
  readonly waitingMessages?: number;
}

/**
 * A subscription of the application's own: `for await` takes its messages one by one, leaving the loop ends
 * it. Never a silent gap: one that falls behind too far throws instead of skipping.
 */
export class LocalSubscription implements Subscriber, AsyncIterableIterator<Message, undefined> {
  readonly destination: string;
  readonly isAcknowledging = false;
  readonly #broker: Broker;
  readonly #channel: Channel;
  readonly #waitingMessages: number;
  readonly #queue: Message[] = [];
  #wake: (() => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.end();
  #isEnded = false;
  #error: StompError | undefined;

  constructor(destination: string, options: SubscribeOptions, broker: Broker, report: Report) {
    this.destination = destination;
    this.#broker = broker;
    this.#waitingMessages = options.waitingMessages ?? 1_000;
    this.#channel = new Channel('localChannel', report);
    for (const interceptor of options.interceptors ?? []) this.#channel.use(interceptor);
    if (options.signal?.aborted) this.#isEnded = true;
    else for (const publication of broker.subscribe(this).replay) this.deliver(publication);
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#abort);
  }

  hasRoom(): boolean {
    return this.#queue.length < this.#waitingMessages;
  }

  deliver({ headers, body }: Publication): void {
    if (this.#isEnded) return;
    if (this.#queue.length >= this.#waitingMessages) {
      const text = `more than ${this.#waitingMessages} messages of ${this.destination} wait to be taken`;
      this.#error = new StompError(text, { reason: 'slow' });
      this.end();
      return;
    }
    this.#queue.push(new Message({ command: 'MESSAGE', headers, body }));
    this.#wake?.();
  }

  /** Ends the subscription; what waits is dropped. Idempotent. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#queue.length = 0;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#broker.unsubscribe(this);
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Message, undefined>> {
    for (;;) {
      if (this.#error) throw this.#error;
      if (this.#isEnded) return { done: true, value: undefined };
      const before = this.#queue.length;
      const message = this.#take();
      if (message) return { done: false, value: message };
      // Nothing there, or paused by an interceptor: either way the next message asks again.
      if (this.#queue.length === before) await this.#arrival();
    }
  }

  async return(): Promise<IteratorResult<Message, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  #take(): Message | null {
    if (this.#queue.length === 0) return null;
    return this.#channel.receive(
      () => this.#queue.shift() ?? null,
      () => undefined,
    );
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
