import type { Headers } from '../codec/frame.ts';
import { octetsOf } from '../message.ts';
import type { SlowPolicy } from '../options.ts';
import type { OutboundFrame } from '../outboundFrame.ts';
import type { SubscriberGroup } from './groups.ts';
import type { FrameHolder, LateFrames } from './lateFrames.ts';
import { MessageFrames } from './messageFrames.ts';

/** What a publication is made of. */
export interface PublicationParts {
  /** As its subscribers know it. */
  readonly destination: string;
  /** Of the broker's numbers: another one after each start. */
  readonly epoch: string;
  readonly number: number;
  /** Its number in the history of its destination, where there is one. */
  readonly seq?: number | undefined;
  /** What becomes of it where a client is slow; default `close`. */
  readonly slow?: SlowPolicy;
  /** Without the ones that name the message: those of its own. */
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Of a queue: nobody shares its frame, so it is not kept beside the message. */
  readonly isForOne?: boolean;
}

/** Who holds a message beside the broker. */
export interface PublicationHolder {
  /** The broker keeps it no longer: from here on it is there for who holds it alone. */
  letGo(): void;
}

/** One message that the broker gives out, the same object for every subscriber. */
export class Publication implements FrameHolder {
  readonly destination: string;
  /** The broker's counter: every message another one, the same for all who get it. */
  readonly number: number;
  readonly slow: SlowPolicy;
  readonly body: Uint8Array;
  /** About what it takes in memory. */
  readonly octets: number;
  readonly #epoch: string;
  readonly #seq: number | undefined;
  readonly #others: Headers;
  readonly #isForOne: boolean;
  #frames: MessageFrames | undefined;
  #late: LateFrames | undefined;
  #isRetained = false;
  #holders: Set<PublicationHolder> | undefined;

  constructor(parts: PublicationParts, octets = octetsOf(parts)) {
    this.destination = parts.destination;
    this.number = parts.number;
    this.slow = parts.slow ?? 'close';
    this.body = parts.body;
    this.octets = octets;
    this.#epoch = parts.epoch;
    this.#seq = parts.seq;
    this.#others = parts.headers;
    this.#isForOne = parts.isForOne ?? false;
  }

  /** Made anew each time: few look at them. */
  get headers(): Map<string, string> {
    const headers = new Map<string, string>();
    headers.set('destination', this.destination).set('message-id', `${this.#epoch}-${this.number}`);
    if (this.#seq !== undefined) headers.set('epoch', this.#epoch).set('seq', String(this.#seq));
    for (const [name, value] of this.#others) headers.set(name, value);
    return headers;
  }

  /** Whether the broker keeps it anyway, so that it costs next to nothing to hold it. */
  get isRetained(): boolean {
    return this.#isRetained;
  }

  /** The broker keeps it, until there is a newer one of its destination or it has to go. */
  keep(): void {
    this.#isRetained = true;
  }

  /** The broker keeps it no longer, and nothing newer comes in its place: those who hold it are told. */
  letGo(): void {
    this.#isRetained = false;
    const holders = this.#holders;
    this.#holders = undefined;
    for (const holder of holders ?? []) holder.letGo();
  }

  /** Somebody holds it, and is to be told when the broker lets it go. */
  heldBy(holder: PublicationHolder): void {
    this.#holders ??= new Set();
    this.#holders.add(holder);
  }

  notHeldBy(holder: PublicationHolder): void {
    this.#holders?.delete(holder);
  }

  /** The same message, given out once more. */
  again(): Publication {
    const { destination, number, slow, body } = this;
    const headers = new Map(this.#others).set('redelivered', 'true');
    const [epoch, seq, isForOne] = [this.#epoch, this.#seq, this.#isForOne];
    return new Publication({ destination, epoch, number, seq, slow, headers, body, isForOne }, this.octets);
  }

  /** The MESSAGE frame that all subscriptions of one group share. */
  frameFor(group: SubscriberGroup): OutboundFrame {
    const made = this.#frames?.get(group);
    if (made) return made;
    if (this.#isForOne) return new MessageFrames(this).make(group, false);
    // Of a group of one nobody else can ask for the frame, and who joins later may be written to in another way; but
    // who comes late has the body in common with others.
    const isAlone = group.members === 1;
    if (isAlone && !this.#frames) this.#late?.made(this);
    this.#frames ??= new MessageFrames(this);
    const frame = this.#frames.make(group, true);
    if (isAlone) return frame;
    this.#late?.made(this);
    // Where there was no room for it, what is made now is the first again.
    this.#frames ??= new MessageFrames(this);
    this.#frames.keep(group, frame);
    return frame;
  }

  /** Everyone there has got it: its frames are not needed any more, but by those who come late. */
  givenOut(late: LateFrames): void {
    this.forgetFrames();
    this.#late = late;
  }

  forgetFrames(): void {
    this.#frames = undefined;
  }
}
