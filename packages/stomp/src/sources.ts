import type { Replay } from './broker/broker.ts';
import type { Publication, PublicationHolder } from './broker/publication.ts';
import { messageBytes } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import type { FrameSource } from './outbox.ts';

// What a source takes that has nothing but a few references, rounded up (chosen).
const sourceBytes = 256;

/** What is known of a frame that is taken: undefined where an interceptor kept it back. */
type Taken = OutboundFrame | undefined;

/** Whose messages a source gives. */
export interface SourceOwner {
  /** Counts the octets that it holds. */
  hold(bytes: number): void;
  take(publication: Publication): Taken;
  /** The same of a slot's message. */
  takeWaiting(publication: Publication): Taken;
  /** Is told the number of one that was taken and not written. */
  forget(number: number): void;
  /** The last message of a replay has been taken. */
  replayed(): void;
}

/** Messages that were there before the subscription, one after the other, as there is room for them. */
export class ReplaySource implements FrameSource {
  readonly bytes = sourceBytes;
  readonly #replay: Replay;
  readonly #owner: SourceOwner;
  #taken = 0;

  constructor(replay: Replay, owner: SourceOwner) {
    this.#replay = replay;
    this.#owner = owner;
    replay.countBy((octets) => owner.hold(octets));
  }

  get isEmpty(): boolean {
    return this.#replay.isEmpty;
  }

  next(): Taken {
    const publication = this.#replay.take();
    this.#taken = publication?.number ?? 0;
    const frame = publication && this.#owner.take(publication);
    if (this.isEmpty) this.#owner.replayed();
    return frame;
  }

  unsent(): void {
    this.#owner.forget(this.#taken);
  }

  end(): void {
    this.#replay.end();
  }
}

/** One message whose frame depends on what becomes of those before it. */
export class Late implements FrameSource {
  readonly bytes: number;
  readonly #owner: SourceOwner;
  readonly #publication: Publication;
  isEmpty = false;

  constructor(publication: Publication, owner: SourceOwner) {
    this.bytes = sourceBytes + messageBytes + publication.octets;
    this.#publication = publication;
    this.#owner = owner;
  }

  next(): Taken {
    this.isEmpty = true;
    return this.#owner.take(this.#publication);
  }

  unsent(): void {
    this.#owner.forget(this.#publication.number);
  }
}

/**
 * The place of one destination's newest message while the client cannot take it. As long as the broker retains
 * that message as well it costs next to nothing here; else it counts as what it weighs.
 */
export class Slot implements FrameSource, PublicationHolder {
  // Counted by `hold`, also while it is not in the outbox.
  readonly bytes = 0;
  readonly #owner: SourceOwner;
  #publication: Publication | undefined;
  #heldBytes = 0;
  #number = 0;

  constructor(owner: SourceOwner) {
    this.#owner = owner;
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
    return publication && this.#owner.takeWaiting(publication);
  }

  unsent(): void {
    this.#owner.forget(this.#number);
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
    this.#owner.hold(more);
  }
}

function weightOf({ destination, isRetained, octets }: Publication): number {
  return sourceBytes + destination.length + (isRetained ? 0 : messageBytes + octets);
}
