import { MessageDeliveryError, StompError } from './errors.ts';
import type { ChannelInterceptor, MessageChannel } from './interceptor.ts';
import { isThenable, type MaybePromise } from './maybePromise.ts';
import { Message } from './message.ts';

/** Takes what a channel delivers; false says that it was not taken. */
export type Deliver = (message: Message) => MaybePromise<boolean | undefined>;

/** Told of exceptions that a contract swallows. */
export type Report = (error: unknown) => void;

/** What a message passes on its way. */
export interface Way {
  readonly channel: MessageChannel;
  /** One at least. */
  readonly interceptors: readonly ChannelInterceptor[];
  readonly deliver: Deliver;
  readonly report: Report;
}

/**
 * One message on its way through a channel in which hooks may wait: a step is taken at once where the one before did
 * not wait, else when what that waited for is there. So order is the same for hooks that wait and hooks that do not.
 */
export class Passage {
  readonly #way: Way;
  #message: Message;
  #phase: 'preSend' | 'delivery' | 'postSend' | 'completion' = 'preSend';
  // Whose turn it is in that phase.
  #at = 0;
  // How many have let it pass: they are told of its end.
  #passed = 0;
  #sent = false;
  // What a step threw: as hooks are told it, and as the sender is.
  #thrown: unknown;
  #failure: Error | undefined;

  constructor(message: Message, way: Way) {
    this.#message = message;
    this.#way = way;
  }

  /** Whether it was delivered; to be called once. Throws what a StompError step threw, or a MessageDeliveryError. */
  run(): MaybePromise<boolean> {
    const waitsFor = this.#goOn();
    return waitsFor ? this.#runLater(waitsFor) : this.#result();
  }

  async #runLater(first: PromiseLike<unknown>): Promise<boolean> {
    for (let waitsFor: PromiseLike<unknown> | undefined = first; waitsFor; waitsFor = this.#goOn()) {
      try {
        this.#take(await waitsFor);
      } catch (error) {
        this.#fail(error);
      }
    }
    return this.#result();
  }

  // As far as it can without waiting; what it has to wait for then.
  #goOn(): PromiseLike<unknown> | undefined {
    while (this.#phase !== 'completion' || this.#at >= 0) {
      try {
        const value = this.#step();
        if (isThenable(value)) return value;
        this.#take(value);
      } catch (error) {
        this.#fail(error);
      }
    }
    return undefined;
  }

  #step(): unknown {
    const { channel, interceptors, deliver } = this.#way;
    const interceptor = interceptors[this.#at];
    switch (this.#phase) {
      case 'preSend':
        return interceptor?.preSend?.(this.#message, channel);
      case 'delivery':
        return deliver(this.#message);
      case 'postSend':
        return interceptor?.postSend?.(this.#message, channel, this.#sent);
      case 'completion':
        return interceptor?.afterSendCompletion?.(this.#message, channel, this.#sent, this.#thrown);
    }
  }

  #take(value: unknown): void {
    switch (this.#phase) {
      case 'preSend':
        this.#takeMessage(changedBy('preSend', this.#way.channel, this.#message, value));
        break;
      case 'delivery':
        this.#sent = value !== false;
        this.#phase = 'postSend';
        this.#at = 0;
        break;
      case 'postSend':
        this.#at += 1;
        if (this.#at === this.#way.interceptors.length) this.#complete();
        break;
      case 'completion':
        this.#at -= 1;
        break;
    }
  }

  #takeMessage(message: Message | null): void {
    if (message === null) {
      this.#complete();
      return;
    }
    this.#message = message;
    this.#passed += 1;
    this.#at += 1;
    if (this.#at === this.#way.interceptors.length) this.#phase = 'delivery';
  }

  // As in Spring, hooks get what was thrown; here it is always an Error, whatever was thrown.
  #fail(error: unknown): void {
    const { channel, report } = this.#way;
    if (this.#phase === 'completion') {
      report(error);
      this.#at -= 1;
      return;
    }
    this.#failure = deliveryError(channel, error);
    this.#thrown = this.#phase !== 'delivery' && error instanceof Error ? error : this.#failure;
    this.#complete();
  }

  // Backwards from the last that has let it pass.
  #complete(): void {
    this.#phase = 'completion';
    this.#at = this.#passed - 1;
  }

  #result(): boolean {
    if (this.#failure) throw this.#failure;
    return this.#sent;
  }
}

/** What preSend and postReceive make of a message. TypeError for anything that is none of their answers. */
export function changedBy(
  hook: string,
  { name }: MessageChannel,
  message: Message,
  result: unknown,
): Message | null {
  if (result === undefined) return message;
  if (result === null || result instanceof Message) return result;
  const text = `a hook ${hook} of ${name} returned a ${typeof result}`;
  throw new TypeError(`${text}; it has to be a message, null or nothing`);
}

/** What a sender is told of an error in a channel. */
export function deliveryError({ name }: MessageChannel, error: unknown): Error {
  const isOurs = error instanceof StompError || error instanceof MessageDeliveryError;
  return isOurs ? error : new MessageDeliveryError(name, error);
}
