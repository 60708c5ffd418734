import type { Publication } from './broker/broker.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import type { FrameSource } from './outbox.ts';

// What a source takes that has nothing but a few references, rounded up (chosen).
const sourceBytes = 256;

/** What is known of a frame that is taken: undefined where an interceptor kept it back. */
type Taken = OutboundFrame | undefined;

/** Messages that were there before the subscription, one after the other. */
export class Replay implements FrameSource {
  readonly bytes = sourceBytes;
  readonly #take: (publication: Publication) => Taken;
  readonly #forget: (number: number) => void;
  // In reverse. What has been taken is let go: a subscription lasts much longer than its replay.
  #left: Publication[];
  #taken = 0;

  /** `forget` is told the number of one that was taken and not written. */
  constructor(
    publications: readonly Publication[],
    take: (publication: Publication) => Taken,
    forget: (number: number) => void,
  ) {
    this.#left = publications.toReversed();
    this.#take = take;
    this.#forget = forget;
  }

  get left(): number {
    return this.#left.length;
  }

  get isEmpty(): boolean {
    return this.#left.length === 0;
  }

  next(): Taken {
    for (let next = this.#left.pop(); next; next = this.#left.pop()) {
      this.#taken = next.number;
      const frame = this.#take(next);
      if (frame) return frame;
    }
    return undefined;
  }

  unsent(): void {
    this.#forget(this.#taken);
  }

  end(): void {
    this.#left = [];
  }
}

/** What a slot works with. */
export interface SlotOptions {
  /** Counts the octets that it holds. */
  readonly hold: (bytes: number) => void;
  readonly take: (slot: Slot) => Taken;
  /** Is told the number of one that was taken and not written. */
  readonly forget: (number: number) => void;
}

/**
 * The place of one destination's newest message while the client cannot take it. What the broker retains is
 * asked of it when there is room, so that only other messages cost what they weigh.
 */
export class Slot implements FrameSource {
  // Counted by `hold`, also while it is not in the outbox.
  readonly bytes = 0;
  readonly destination: string;
  readonly #options: SlotOptions;
  /** Undefined where the broker has it. */
  publication: Publication | undefined;
  isEmpty = false;
  #heldBytes = 0;
  #number = 0;

  constructor(destination: string, options: SlotOptions) {
    this.destination = destination;
    this.#options = options;
  }

  /** Takes in a newer message. */
  put(publication: Publication): void {
    this.#number = publication.number;
    this.publication = publication.isRetained ? undefined : publication;
    this.#hold(sourceBytes + this.destination.length + (this.publication?.octets ?? 0));
  }

  next(): Taken {
    if (this.isEmpty) return undefined;
    this.end();
    return this.#options.take(this);
  }

  unsent(): void {
    this.#options.forget(this.#number);
  }

  end(): void {
    this.isEmpty = true;
    this.#hold(0);
  }

  #hold(bytes: number): void {
    const more = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    this.#options.hold(more);
  }
}
