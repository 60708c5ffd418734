import type { Channel, Deliver } from './channel.ts';
import { isThenable } from './maybePromise.ts';
import type { Message } from './message.ts';

/** Messages that may wait for a hook of brokerChannel. */
const waitingMessages = 10_000;

/**
 * Sends what the application publishes through brokerChannel, one after the other: while a hook waits for
 * something, later messages wait for it too, so that subscribers see them in the order of the calls.
 */
export class Publisher {
  readonly #channel: Channel;
  readonly #deliver: Deliver;
  readonly #report: (error: unknown) => void;
  readonly #queue: Message[] = [];
  #isSending = false;

  constructor(channel: Channel, deliver: Deliver, report: (error: unknown) => void) {
    this.#channel = channel;
    this.#deliver = deliver;
    this.#report = report;
  }

  publish(message: Message): void {
    if (this.#queue.length >= waitingMessages) {
      const text = `a message was dropped: ${waitingMessages} already wait for a hook of brokerChannel`;
      this.#report(new Error(text));
      return;
    }
    this.#queue.push(message);
    if (!this.#isSending) this.#sendAll();
  }

  #sendAll(): void {
    this.#isSending = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const sent = this.#send(next);
      if (!sent) continue;
      void sent.then(() => this.#sendAll());
      return;
    }
    this.#isSending = false;
  }

  // Undefined where it is done at once. Never rejects.
  #send(message: Message): PromiseLike<unknown> | undefined {
    try {
      const sent = this.#channel.send(message, this.#deliver);
      return isThenable(sent) ? sent.then(undefined, this.#report) : undefined;
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }
}
