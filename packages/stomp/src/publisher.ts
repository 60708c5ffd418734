import type { Broker } from './broker/broker.ts';
import type { Channel } from './channel.ts';
import { isThenable } from './maybePromise.ts';
import type { Message } from './message.ts';

/**
 * Sends what the application publishes through brokerChannel, one after the other: while a hook waits for
 * something, later messages wait for it too, so that subscribers see them in the order of the calls.
 */
export class Publisher {
  readonly #channel: Channel;
  readonly #broker: Pick<Broker, 'publish' | 'finish'>;
  readonly #report: (error: unknown) => void;
  readonly #maxMessages: number;
  readonly #queue: Message[] = [];
  #isSending = false;
  // Those that the broker has not given out yet.
  #atBroker = 0;

  /** `maxMessages`: so many may wait for a hook, and as many for the broker. */
  constructor(
    channel: Channel,
    broker: Pick<Broker, 'publish' | 'finish'>,
    report: (error: unknown) => void,
    maxMessages: number,
  ) {
    this.#channel = channel;
    this.#broker = broker;
    this.#report = report;
    this.#maxMessages = maxMessages;
  }

  publish(message: Message): void {
    if (this.#queue.length >= this.#maxMessages) {
      const text = `a message was dropped: ${this.#maxMessages} wait for a hook of brokerChannel (limit publishedMessages)`;
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

  readonly #deliver = (message: Message) => {
    const given = this.#broker.publish(message);
    if (isThenable(given)) this.#follow(given);
    return true;
  };

  // The broker keeps the order, so nobody has to wait; but not for any number of messages.
  #follow(given: PromiseLike<void>): void {
    this.#atBroker += 1;
    const done = () => {
      this.#atBroker -= 1;
    };
    given.then(done, (error: unknown) => {
      done();
      this.#report(error);
    });
    if (this.#atBroker >= this.#maxMessages) void this.#broker.finish();
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
