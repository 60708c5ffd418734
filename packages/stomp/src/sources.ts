import type { Publication, PublicationHolder } from './broker/broker.ts';
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
  readonly take: (publication: Publication) => Taken;
  /** Is told the number of one that was taken and not written. */
  readonly forget: (number: number) => void;
}

/**
 * The place of one destination's newest message while the client cannot take it. As long as the broker retains
 * that message as well it costs next to nothing here; else it counts as what it weighs.
 */
export class Slot implements FrameSource, PublicationHolder {
  // Counted by `hold`, also while it is not in the outbox.
  readonly bytes = 0;
  readonly #options: SlotOptions;
  #publication: Publication | undefined;
  #heldBytes = 0;
  #number = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#publication === undefined;
  }

  /** Takes in a newer message. */
  put(publication: Publication): void {
    this.#publication?.notHeldBy(this);
    this.#publication = publication;
    this.#number = publication.number;
    if (publication.isRetained) publication.heldBy(this);
    this.#count();
  }

  letGo(): void {
    this.#count();
  }

  next(): Taken {
    const publication = this.#publication;
    this.end();
    return publication && this.#options.take(publication);
  }

  unsent(): void {
    this.#options.forget(this.#number);
  }

  end(): void {
    this.#publication?.notHeldBy(this);
    this.#publication = undefined;
    this.#count();
  }

  #count(): void {
    const bytes = this.#publication ? weightOf(this.#publication) : 0;
    const more = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    this.#options.hold(more);
  }
}

function weightOf({ destination, isRetained, octets }: Publication): number {
  return sourceBytes + destination.length + (isRetained ? 0 : octets);
}
