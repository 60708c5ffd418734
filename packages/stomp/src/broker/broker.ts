import type { Headers } from '../codec/frame.ts';
import type { MaybePromise } from '../maybePromise.ts';
import { type Message, octetsOf } from '../message.ts';
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

/** A place in the history of a destination: after that message. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/**
 * What was published before a subscription and is its to get first, taken one by one as there is room for it:
 * the broker keeps it, or did so when the subscriber came.
 */
export interface Replay {
  /** Whether nothing can come any more. */
  readonly isEmpty: boolean;
  /** The next one; undefined where there is none, or it is still to be looked for: see `isEmpty`. */
  take(): Publication | undefined;
  /** Tells of octets that the broker keeps no longer and only this replay does; less than 0 where they are let go. */
  countBy(hold: (octets: number) => void): void;
  /** Lets go of what is left. */
  end(): void;
}

/** Everything there is in a replay, at once. */
export function* allOf(replay: Replay): Generator<Publication, void> {
  while (!replay.isEmpty) {
    const publication = replay.take();
    if (publication) yield publication;
  }
}

/** What a subscriber comes to. */
export interface Arrival {
  /** What was published before and is its to get first; undefined where there is nothing. */
  readonly replay: Replay | undefined;
  /** The newest message of its destination, where that one has a history. */
  readonly position: Position | undefined;
  /** Whether the replay is all that came after the place it asked for; undefined where it asked for none. */
  readonly isRecovered: boolean | undefined;
}

/** The broker's side of a subscription. */
export interface Subscriber {
  /** An exact destination, a pattern of topics, or a private destination (destination.ts). */
  readonly target: string;
  /** Further private destinations whose messages it gets. */
  readonly aliases?: readonly string[] | undefined;
  /** The broker's: the newest message there was when it came. */
  since?: number;
  /** Whether what it gets from a queue stays there until `acknowledge` or `requeue`; else it is gone with `deliver`. */
  readonly isAcknowledging: boolean;
  /** Whether it gets nothing any more, though it is still there. */
  readonly hasEnded?: boolean;
  /** Whether it can take another message of a queue now. Topics do not ask. */
  hasRoom(): boolean;
  /** Takes one message. */
  deliver(publication: Publication): void;
  /** What it was given of a topic is no longer so: what of it is not sent yet can go. */
  retracted?(destination: string): void;
}

/** What a broker can be asked about itself. */
export interface BrokerStats {
  readonly published: number;
  readonly delivered: number;
  readonly subscriptions: number;
  readonly retainedMessages: number;
  readonly retainedBytes: number;
  /** In queues, those given out and not acknowledged included. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly historyMessages: number;
  readonly historyBytes: number;
  /** Subscriptions that asked to be resumed, and were. */
  readonly recovered: number;
  /** Those that were not, and were told so. */
  readonly unrecovered: number;
}

/**
 * Where published messages go and subscribers get theirs from. A message reaches local subscribers only
 * through the broker's own hands, so that another broker can stand behind the same interface. What every
 * broker has to do is told by its contract suite (`test/broker/brokerContract.ts`).
 */
export interface Broker {
  /**
   * Takes a message: to everyone under `/topic/`, to one consumer under `/queue/`, to the subscribers of a
   * private destination anywhere else. All see messages in the order of the calls. A promise where it takes longer than
   * a turn to give it out, or others wait that came before; undefined where that is done at once, or this was called
   * from within `deliver`. Throws ERR_STOMP_QUEUE_FULL.
   */
  publish(message: Message): MaybePromise<void>;
  /** Gives out all that waits, however long that takes; a promise of it where this is called from within `deliver`. */
  finish(): MaybePromise<void>;
  /**
   * Keeps room for a message that will be published, so that others cannot take it. What it returns gives it
   * back, once, to be called right before `publish`, or where nothing comes of it. Throws ERR_STOMP_QUEUE_FULL.
   */
  reserve(message: Message): () => void;
  /** Forgets the retained message of a topic, and tells its subscribers: what it says is no longer so. */
  retract(destination: string): void;
  /**
   * Adds a subscriber and says what is its to get before all that it is given from here on; what waits in a
   * queue it is given at once. `after`: the place in the history of its topic where it left off.
   */
  subscribe(subscriber: Subscriber, after?: Position): Arrival;
  /** Takes it out. What it has not answered is still its own: see `requeue`. */
  unsubscribe(subscriber: Subscriber): void;
  /** A subscriber of a queue has room again. */
  ready(subscriber: Subscriber): void;
  /** Messages of a queue have done their work. */
  acknowledge(subscriber: Subscriber, publications: readonly Publication[]): void;
  /** Messages of a queue come back unused: to another subscriber if there is one, with `redelivered:true`. */
  requeue(subscriber: Subscriber, publications: readonly Publication[]): void;
  stats(): BrokerStats;
}
