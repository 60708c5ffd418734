import type { AckMode, Answer } from './acknowledgement.ts';
import type { Arrival, Broker, Position, Publication, Subscriber, SubscriberGroup } from './broker/broker.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { Outbound } from './outbound.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import type { FrameSource } from './outbox.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** What a SUBSCRIBE asks for. */
export interface SubscriptionRequest {
  readonly id: string;
  /** As the client named it. */
  readonly destination: string;
  /** As the broker knows it, where that is something else: its private destinations. */
  readonly targets?: readonly [string, ...string[]];
  readonly ack: AckMode;
  /** How many of its messages may be unanswered; undefined: any number. */
  readonly prefetch: number | undefined;
  /** The last message seen before, where it is to go on from there. */
  readonly after?: Position | undefined;
}

/** What a subscription works with. */
export interface SubscriptionOptions {
  readonly session: Session;
  readonly broker: Broker;
  readonly outbound: Outbound;
  /** Whether the client takes what it is sent, so that a queue may give it more. */
  readonly hasRoom: () => boolean;
  /** A newer message took the place of one that waited. */
  readonly conflated: () => void;
}

/** One subscription of a client, between the broker and what goes to the client. */
export class Subscription implements SubscriptionView {
  readonly id: string;
  readonly destination: string;
  readonly isQueue: boolean;
  /** What the broker has of it. */
  readonly subscriber: Subscriber;
  readonly #options: SubscriptionOptions;
  readonly #group: SubscriberGroup;
  readonly #prefetch: number;
  // A topic forgets what it has sent: there, only a window (`prefetch-count`) needs to know.
  readonly #unacknowledged: Unacknowledged | undefined;
  // Of what is conflated, the newest message of each destination: in the outbox, to be written in its turn,
  // or held back as long as the window is full.
  readonly #waiting = new Map<string, Slot>();
  readonly #held = new Map<string, Slot>();
  #replay: Replay | undefined;
  // Until the first message has told it.
  #isRecovered: boolean | undefined;

  constructor(request: SubscriptionRequest, options: SubscriptionOptions) {
    const { id, destination, ack, prefetch, targets = [destination] } = request;
    const { version } = options.session;
    const isAcknowledging = ack !== 'auto';
    // STOMP 1.2 §MESSAGE: the ack header is there where an answer is needed; 1.1 and 1.0 do not know it.
    const hasAck = version === '1.2' && isAcknowledging;
    const [target, ...aliases] = targets;
    this.id = id;
    this.destination = destination;
    this.isQueue = target.startsWith('/queue/');
    this.#options = options;
    this.#group = { key: `${version} ${hasAck ? 'ack' : 'auto'} ${id}`, version, subscriptionId: id, hasAck };
    this.#prefetch = isAcknowledging && prefetch !== undefined ? prefetch : Infinity;
    if (isAcknowledging && (this.isQueue || prefetch !== undefined)) {
      this.#unacknowledged = new Unacknowledged(ack === 'client');
    }
    this.subscriber = {
      destination: target,
      aliases,
      isAcknowledging,
      hasRoom: () => !this.#isWindowFull() && options.hasRoom(),
      deliver: (publication) => this.#deliver(publication),
    };
  }

  /** Sends what it comes to: everything that is delivered later comes after that. */
  start({ replay, isRecovered }: Arrival): void {
    this.#isRecovered = isRecovered;
    if (replay.length === 0) return;
    this.#replay = new Replay(replay, this.#take, this.#lose);
    this.#options.outbound.sendSource(this.#replay);
  }

  /** Sends nothing from here on. */
  end(): void {
    this.#replay?.end();
    for (const slot of this.#waiting.values()) slot.end();
    this.#waiting.clear();
    this.#held.clear();
  }

  knows(number: number): boolean {
    return !this.isQueue || (this.#unacknowledged?.knows(number) ?? true);
  }

  /** On a queue ACK consumes and NACK gives back what is named; on a topic both only free the window. */
  settle({ number, command }: Answer): void {
    const settled = this.#unacknowledged?.settle(number) ?? [];
    this.#fillWindow();
    if (!this.isQueue || settled.length === 0) return;
    if (command === 'ACK') this.#options.broker.acknowledge(this.subscriber, settled);
    else this.#options.broker.requeue(this.subscriber, settled);
  }

  /** Gives back to its queue what it has not answered. */
  giveBack(): void {
    const unanswered = this.#unacknowledged?.takeAll() ?? [];
    if (this.isQueue && unanswered.length > 0) this.#options.broker.requeue(this.subscriber, unanswered);
  }

  #deliver(publication: Publication): void {
    if (publication.slow === 'conflate') {
      this.#conflate(publication);
      return;
    }
    // While a replay waits it is the one to say `recovered`. The message that says it has to arrive.
    const isFirst = this.#isRecovered !== undefined && (this.#replay?.isEmpty ?? true);
    const isDroppable = publication.slow === 'drop-oldest' && !isFirst;
    const group = isFirst ? this.#nextGroup() : this.#group;
    this.#record(publication);
    const unsent = this.isQueue ? () => this.#lose(publication) : undefined;
    const isSent = this.#options.outbound.send(publication.frameFor(group), isDroppable, unsent);
    if (!isSent) this.#lose(publication);
    else if (isFirst) this.#isRecovered = undefined;
  }

  #conflate(publication: Publication): void {
    const { outbound, conflated } = this.#options;
    const { destination } = publication;
    const slot = this.#waiting.get(destination) ?? this.#held.get(destination);
    if (slot) {
      slot.publication = publication;
      conflated();
    } else if (outbound.isClear && !this.#isWindowFull()) {
      const frame = this.#take(publication);
      if (frame) outbound.write(frame);
    } else {
      this.#held.set(destination, new Slot(publication, this.#takeFrom, this.#lose));
      this.#fillWindow();
    }
  }

  #fillWindow(): void {
    for (const [destination, slot] of this.#held) {
      if (this.#isWindowFull()) return;
      this.#held.delete(destination);
      this.#waiting.set(destination, slot);
      this.#options.outbound.sendSource(slot);
    }
  }

  #isWindowFull(): boolean {
    const replayed = this.#replay?.left ?? 0;
    return (this.#unacknowledged?.size ?? 0) + this.#waiting.size + replayed >= this.#prefetch;
  }

  readonly #takeFrom = (slot: Slot) => {
    this.#waiting.delete(slot.publication.destination);
    return this.#take(slot.publication);
  };

  // Called when there is room to write it, so that what is replaced before is neither seen by the
  // interceptors nor waited for.
  readonly #take = (publication: Publication) => {
    this.#record(publication);
    const frame = this.#options.outbound.pass(publication.frameFor(this.#nextGroup()));
    if (frame) this.#isRecovered = undefined;
    else this.#lose(publication);
    return frame;
  };

  // On a topic only what the window lets through counts in it: the rest is not waited for.
  #record(publication: Publication): void {
    if (this.isQueue || publication.slow === 'conflate') this.#unacknowledged?.add(publication);
  }

  // What a hook keeps back will never be answered: it is dropped.
  readonly #lose = (publication: Publication) => {
    if (!this.#unacknowledged?.forget(publication)) return;
    if (this.isQueue) this.#options.broker.acknowledge(this.subscriber, [publication]);
    else this.#fillWindow();
  };

  #nextGroup(): SubscriberGroup {
    const isRecovered = this.#isRecovered;
    if (isRecovered === undefined) return this.#group;
    return { ...this.#group, key: `${this.#group.key} ${isRecovered}`, isRecovered };
  }
}

/** Older messages, one after the other. */
class Replay implements FrameSource {
  readonly #publications: readonly Publication[];
  readonly #take: (publication: Publication) => OutboundFrame | undefined;
  readonly #lose: (publication: Publication) => void;
  #taken = 0;
  #isEnded = false;

  constructor(
    publications: readonly Publication[],
    take: (publication: Publication) => OutboundFrame | undefined,
    lose: (publication: Publication) => void,
  ) {
    this.#publications = publications;
    this.#take = take;
    this.#lose = lose;
  }

  get left(): number {
    return this.#isEnded ? 0 : this.#publications.length - this.#taken;
  }

  get isEmpty(): boolean {
    return this.left === 0;
  }

  next(): OutboundFrame | undefined {
    while (!this.isEmpty) {
      const publication = this.#publications[this.#taken++];
      const frame = publication && this.#take(publication);
      if (frame) return frame;
    }
    return undefined;
  }

  unsent(): void {
    const publication = this.#publications[this.#taken - 1];
    if (publication) this.#lose(publication);
  }

  end(): void {
    this.#isEnded = true;
  }
}

/** The place of one message that a newer one takes over. */
class Slot implements FrameSource {
  publication: Publication;
  readonly #take: (slot: Slot) => OutboundFrame | undefined;
  readonly #lose: (publication: Publication) => void;
  isEmpty = false;

  constructor(
    publication: Publication,
    take: (slot: Slot) => OutboundFrame | undefined,
    lose: (publication: Publication) => void,
  ) {
    this.publication = publication;
    this.#take = take;
    this.#lose = lose;
  }

  next(): OutboundFrame | undefined {
    if (this.isEmpty) return undefined;
    this.isEmpty = true;
    return this.#take(this);
  }

  unsent(): void {
    this.#lose(this.publication);
  }

  end(): void {
    this.isEmpty = true;
  }
}
