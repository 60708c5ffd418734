import { MessageDeliveryError, StompError } from './errors.ts';
import type { ChannelInterceptor, MessageChannel } from './interceptor.ts';
import { isThenable, type MaybePromise } from './maybePromise.ts';
import { Message, type Session } from './message.ts';

/** Takes what a channel delivers; false says that it was not taken. */
export type Deliver = (message: Message) => MaybePromise<boolean | undefined>;

/** Told of exceptions that a contract swallows. */
export type Report = (error: unknown) => void;

// A send that may wait is written as steps that yield the promises to wait for: run straight through where there
// are none, so that order is the same for hooks that wait and hooks that do not. Where none may wait, `sendNow`
// has the same steps without the cost of a generator: thousands are sent at once there.
type Steps<T> = Generator<Pending, T, unknown>;

/** What a step waits for, and whose promise it is. */
interface Pending {
  readonly hook: string;
  readonly promise: Promise<unknown>;
}

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
    return run(this.#send(message, this.#interceptors, deliver));
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
        const next = this.#changed('preSend', message, result);
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
      const wrapped = this.#deliveryError(error);
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
      const thrown = error instanceof Error ? error : this.#deliveryError(error);
      this.#received(passed, null, thrown);
      throw thrown;
    }
  }

  #postReceive(interceptors: readonly ChannelInterceptor[], taken: Message | null): Message | null {
    let message = taken;
    for (const interceptor of interceptors) {
      if (message === null) break;
      const result: unknown = this.#atOnce('postReceive', interceptor.postReceive?.(message, this));
      message = this.#changed('postReceive', message, result);
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

  *#send(original: Message, interceptors: readonly ChannelInterceptor[], deliver: Deliver): Steps<boolean> {
    let message = original;
    let passed = 0;
    let sent = false;
    try {
      for (const interceptor of interceptors) {
        const result = yield* settle('preSend', interceptor.preSend?.(message, this));
        const next = this.#changed('preSend', message, result);
        if (next === null) {
          yield* this.#complete(interceptors, passed, message, false, undefined);
          return false;
        }
        message = next;
        passed += 1;
      }
      sent = (yield* settle('delivery', this.#deliver(deliver, message))) !== false;
      for (const interceptor of interceptors) {
        yield* settle('postSend', interceptor.postSend?.(message, this, sent));
      }
    } catch (error) {
      const wrapped = this.#deliveryError(error);
      // As in Spring, hooks get what was thrown; here it is always an Error, whatever was thrown.
      yield* this.#complete(interceptors, passed, message, sent, error instanceof Error ? error : wrapped);
      throw wrapped;
    }
    yield* this.#complete(interceptors, passed, message, sent, undefined);
    return sent;
  }

  #deliver(deliver: Deliver, message: Message): MaybePromise<boolean | undefined> {
    try {
      const result = deliver(message);
      if (!isThenable(result)) return result;
      return result.then(undefined, (error: unknown) => {
        throw this.#deliveryError(error);
      });
    } catch (error) {
      throw this.#deliveryError(error);
    }
  }

  *#complete(
    interceptors: readonly ChannelInterceptor[],
    passed: number,
    message: Message,
    sent: boolean,
    error: unknown,
  ): Steps<void> {
    for (const interceptor of interceptors.slice(0, passed).toReversed()) {
      try {
        const completed = interceptor.afterSendCompletion?.(message, this, sent, error);
        yield* settle('afterSendCompletion', completed);
      } catch (thrown) {
        this.#report(thrown);
      }
    }
  }

  #deliverNow(deliver: (message: Message) => boolean | undefined, message: Message): boolean {
    try {
      return deliver(message) !== false;
    } catch (error) {
      throw this.#deliveryError(error);
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

  // What preSend and postReceive make of a message.
  #changed(hook: string, message: Message, result: unknown): Message | null {
    if (result === undefined) return message;
    if (result === null || result instanceof Message) return result;
    const text = `a hook ${hook} of ${this.name} returned a ${typeof result}`;
    throw new TypeError(`${text}; it has to be a message, null or nothing`);
  }

  #atOnce<T>(hook: string, value: T): T {
    if (!isThenable(value)) return value;
    throw this.#mayNotWait({ hook, promise: Promise.resolve(value) });
  }

  #mayNotWait({ hook, promise }: Pending): TypeError {
    // What it is rejected with has nowhere else to go.
    promise.then(undefined, this.#report);
    const text = `a hook ${hook} of ${this.name} returned a promise; hooks are synchronous there`;
    return new TypeError(`${text}: leave out async, or wait in preSend of an earlier channel`);
  }

  #deliveryError(error: unknown): Error {
    const isOurs = error instanceof StompError || error instanceof MessageDeliveryError;
    return isOurs ? error : new MessageDeliveryError(this.name, error);
  }
}

function isNotFalse(value: unknown): boolean {
  return value !== false;
}

function* settle<T>(hook: string, value: MaybePromise<T>): Steps<T | undefined> {
  if (!isThenable(value)) return value;
  const settled: { value: T | undefined } = { value: undefined };
  const promise = Promise.resolve(value).then((result) => {
    settled.value = result;
  });
  yield { hook, promise };
  return settled.value;
}

function run<T>(steps: Steps<T>): MaybePromise<T> {
  const step = steps.next();
  return step.done ? step.value : runLater(steps, step.value);
}

async function runLater<T>(steps: Steps<T>, first: Pending): Promise<T> {
  let { promise } = first;
  for (;;) {
    const step = await promise.then(
      () => steps.next(),
      (error: unknown) => steps.throw(error),
    );
    if (step.done) return step.value;
    promise = step.value.promise;
  }
}
