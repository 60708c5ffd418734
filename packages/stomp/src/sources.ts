import type { Publication, PublicationHolder, Replay } from './broker/broker.ts';
import { messageBytes } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import type { FrameSource } from './outbox.ts';

// What a source takes that has nothing but a few references, rounded up (chosen).
const sourceBytes = 256;

/** What is known of a frame that is taken: undefined where an interceptor kept it back. */
type Taken = OutboundFrame | undefined;

/** What a source does with what it gives. */
export interface SourceOptions {
  /** Counts the octets that it holds. */
  readonly hold: (bytes: number) => void;
  readonly take: (publication: Publication) => Taken;
  /** Is told the number of one that was taken and not written. */
  readonly forget: (number: number) => void;
}

/** Messages that were there before the subscription, one after the other, as there is room for them. */
export class ReplaySource implements FrameSource {
  readonly bytes = sourceBytes;
  readonly #replay: Replay;
  readonly #options: SourceOptions;
  readonly #finished: () => void;
  #taken = 0;

  /** `finished` is called when the last one has been taken, not where it was ended. */
  constructor(replay: Replay, options: SourceOptions, finished: () => void) {
    this.#replay = replay;
    this.#options = options;
    this.#finished = finished;
    replay.countBy(options.hold);
  }

  get isEmpty(): boolean {
    return this.#replay.isEmpty;
  }

  next(): Taken {
    const publication = this.#replay.take();
    this.#taken = publication?.number ?? 0;
    const frame = publication && this.#options.take(publication);
    if (this.isEmpty) this.#finished();
    return frame;
  }

  unsent(): void {
    this.#options.forget(this.#taken);
  }

  end(): void {
    this.#replay.end();
  }
}

/** One message whose frame depends on what becomes of those before it. */
export class Late implements FrameSource {
  readonly bytes: number;
  readonly #options: Omit<SourceOptions, 'hold'>;
  readonly #publication: Publication;
  isEmpty = false;

  constructor(publication: Publication, options: Omit<SourceOptions, 'hold'>) {
    this.bytes = sourceBytes + messageBytes + publication.octets;
    this.#publication = publication;
    this.#options = options;
  }

  next(): Taken {
    this.isEmpty = true;
    return this.#options.take(this.#publication);
  }

  unsent(): void {
    this.#options.forget(this.#publication.number);
  }
}

/**
 * The place of one destination's newest message while the client cannot take it. As long as the broker retains
 * that message as well it costs next to nothing here; else it counts as what it weighs.
 */
export class Slot implements FrameSource, PublicationHolder {
  // Counted by `hold`, also while it is not in the outbox.
  readonly bytes = 0;
  readonly #options: SourceOptions;
  #publication: Publication | undefined;
  #heldBytes = 0;
  #number = 0;

  constructor(options: SourceOptions) {
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
  return sourceBytes + destination.length + (isRetained ? 0 : messageBytes + octets);
}
