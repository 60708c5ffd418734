import type { ChannelInterceptor, MessageChannel } from './interceptor.ts';
import { expectHooks } from './kinds.ts';
import { isThenable, type MaybePromise } from './maybePromise.ts';
import type { Message, Session } from './message.ts';
import { changedBy, type Deliver, deliveryError, Passage, type Report } from './passage.ts';

const hooks: readonly (keyof ChannelInterceptor)[] = [
  ...(['preSend', 'postSend', 'afterSendCompletion'] as const),
  ...(['preReceive', 'postReceive', 'afterReceiveCompletion'] as const),
];

/**
 * A list of interceptors and what happens around each message: the only place where their order lives.
 * The contract is told at {@link ChannelInterceptor}.
 */
export class Channel implements MessageChannel {
  readonly name: string;
  readonly #report: Report;
  // An interceptor may be registered twice; each registration is taken out by its own undo.
  #entries: readonly { readonly interceptor: ChannelInterceptor }[] = [];
  // Replaced, never changed: a send that has begun keeps the list it began with.
  #interceptors: readonly ChannelInterceptor[] = [];
  #hasReceiveHooks = false;

  constructor(name: string, report: Report) {
    this.name = name;
    this.#report = report;
  }

  use(interceptor: ChannelInterceptor): () => void {
    expectHooks(interceptor, hooks);
    const entry = { interceptor };
    this.#set([...this.#entries, entry]);
    return () => this.#set(this.#entries.filter((each) => each !== entry));
  }

  #set(entries: readonly { readonly interceptor: ChannelInterceptor }[]): void {
    this.#entries = entries;
    this.#interceptors = entries.map((each) => each.interceptor);
    this.#hasReceiveHooks = this.#interceptors.some(
      (each) => each.preReceive ?? each.postReceive ?? each.afterReceiveCompletion,
    );
  }

  /** Whether anything has to see the messages. */
  get isIntercepted(): boolean {
    return this.#interceptors.length > 0;
  }

  /** Whether a hook has to be asked before a message is taken to be written. */
  get isReceiveIntercepted(): boolean {
    return this.#hasReceiveHooks;
  }

  /**
   * Sends one message to `deliver` through the interceptors. True: delivered; false: dropped or not taken.
   * A promise only if a hook or `deliver` returned one. Throws what a StompError step threw, or a
   * MessageDeliveryError around anything else.
   */
  send(message: Message, deliver: Deliver): MaybePromise<boolean> {
    if (!message) throw new TypeError('a channel sends a message, not nothing');
    if (this.#interceptors.length === 0) {
      const delivered = this.#deliver(deliver, message);
      return isThenable(delivered) ? delivered.then(isNotFalse) : delivered !== false;
    }
    const way = { channel: this, interceptors: this.#interceptors, deliver, report: this.#report };
    return new Passage(message, way).run();
  }

  /** As `send`, where nothing may wait: a hook that returns a promise has thrown a TypeError. */
  sendNow(original: Message, deliver: (message: Message) => boolean | undefined): boolean {
    const interceptors = this.#interceptors;
    let message = original;
    let passed = 0;
    let sent = false;
    try {
      for (const interceptor of interceptors) {
        const result = this.#atOnce('preSend', interceptor.preSend?.(message, this));
        const next = changedBy('preSend', this, message, result);
        if (next === null) {
          this.#completeNow(interceptors, passed, message, false, undefined);
          return false;
        }
        message = next;
        passed += 1;
      }
      sent = this.#deliverNow(deliver, message);
      for (const interceptor of interceptors) {
        this.#atOnce('postSend', interceptor.postSend?.(message, this, sent));
      }
    } catch (error) {
      const wrapped = deliveryError(this, error);
      this.#completeNow(interceptors, passed, message, sent, error instanceof Error ? error : wrapped);
      throw wrapped;
    }
    this.#completeNow(interceptors, passed, message, sent, undefined);
    return sent;
  }

  /**
   * Takes one message from `take` through the receive hooks and hands it to `write`. Returns what was
   * written, or null where a hook paused or dropped it or there was none. Throws the Error that a step threw,
   * or a MessageDeliveryError around anything else. A hook that returns a promise has thrown a TypeError.
   */
  receive(take: () => Message | null, write: (message: Message) => void, session?: Session): Message | null {
    const interceptors = this.#interceptors;
    const passed: ChannelInterceptor[] = [];
    try {
      for (const interceptor of interceptors) {
        const mayTake = this.#atOnce('preReceive', interceptor.preReceive?.(this, session));
        if (mayTake === false) return this.#received(passed, null, undefined);
        passed.push(interceptor);
      }
      const message = this.#postReceive(interceptors, take());
      if (message) write(message);
      return this.#received(passed, message, undefined);
    } catch (error) {
      const thrown = error instanceof Error ? error : deliveryError(this, error);
      this.#received(passed, null, thrown);
      throw thrown;
    }
  }

  #postReceive(interceptors: readonly ChannelInterceptor[], taken: Message | null): Message | null {
    let message = taken;
    for (const interceptor of interceptors) {
      if (message === null) break;
      const result: unknown = this.#atOnce('postReceive', interceptor.postReceive?.(message, this));
      message = changedBy('postReceive', this, message, result);
    }
    return message;
  }

  #received(passed: readonly ChannelInterceptor[], message: Message | null, error: unknown): Message | null {
    for (const interceptor of passed.toReversed()) {
      try {
        this.#atOnce('afterReceiveCompletion', interceptor.afterReceiveCompletion?.(message, this, error));
      } catch (thrown) {
        this.#report(thrown);
      }
    }
    return message;
  }

  #deliver(deliver: Deliver, message: Message): MaybePromise<boolean | undefined> {
    try {
      const result = deliver(message);
      if (!isThenable(result)) return result;
      return result.then(undefined, (error: unknown) => {
        throw deliveryError(this, error);
      });
    } catch (error) {
      throw deliveryError(this, error);
    }
  }

  #deliverNow(deliver: (message: Message) => boolean | undefined, message: Message): boolean {
    try {
      return deliver(message) !== false;
    } catch (error) {
      throw deliveryError(this, error);
    }
  }

  #completeNow(
    interceptors: readonly ChannelInterceptor[],
    passed: number,
    message: Message,
    sent: boolean,
    error: unknown,
  ): void {
    for (let index = passed - 1; index >= 0; index -= 1) {
      try {
        const completed = interceptors[index]?.afterSendCompletion?.(message, this, sent, error);
        this.#atOnce('afterSendCompletion', completed);
      } catch (thrown) {
        this.#report(thrown);
      }
    }
  }

  #atOnce<T>(hook: string, value: T): T {
    if (!isThenable(value)) return value;
    // What it is rejected with has nowhere else to go.
    Promise.resolve(value).then(undefined, this.#report);
    const text = `a hook ${hook} of ${this.name} returned a promise; hooks are synchronous there`;
    throw new TypeError(`${text}: leave out async, or wait in preSend of an earlier channel`);
  }
}

function isNotFalse(value: unknown): boolean {
  return value !== false;
}
