import type { AckMode, Answer } from './acknowledgement.ts';
import type { Arrival, Broker, Position, Publication, Subscriber, SubscriberGroup } from './broker/broker.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { Limits } from './options.ts';
import type { Outbound } from './outbound.ts';
import { Late, ReplaySource, Slot } from './sources.ts';
import { type Numbered, Unacknowledged } from './unacknowledged.ts';

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
  readonly limits: Pick<Limits, 'windowMessages'>;
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
  readonly subscriber: Subscriber & { hasEnded: boolean };
  readonly #options: SubscriptionOptions;
  readonly #group: SubscriberGroup;
  readonly #prefetch: number;
  /** What its queue gets back in the end. */
  readonly #owed: Unacknowledged<Publication> | undefined;
  // A topic forgets what it has sent: there, only a window (`prefetch-count`) needs to know, and only the numbers.
  readonly #underWay: Unacknowledged<Numbered> | undefined;
  // Of what is conflated, the newest message of each destination: in the outbox, to be written in its turn,
  // or held back as long as the window is full.
  readonly #waiting = new Map<string, Slot>();
  readonly #held = new Map<string, Slot>();
  // As long as something is left of it.
  #replay: ReplaySource | undefined;
  // Until the first message has told it: decided as that one is taken, for those before it may be kept back.
  #isRecovered: boolean | undefined;
  // While an interceptor may keep that one back.
  #isTelling = false;
  #told: { readonly number: number; readonly isRecovered: boolean } | undefined;

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
    const wanted = (isAcknowledging && prefetch) || Infinity;
    if (this.isQueue) {
      this.#prefetch = wanted;
      if (isAcknowledging) this.#owed = new Unacknowledged(ack === 'client');
    } else {
      this.#prefetch = wanted === Infinity ? wanted : Math.min(wanted, options.limits.windowMessages);
      if (wanted !== Infinity) this.#underWay = new Unacknowledged(ack === 'client');
    }
    this.subscriber = {
      destination: target,
      aliases,
      isAcknowledging,
      hasEnded: false,
      hasRoom: () => !this.#isWindowFull() && options.hasRoom(),
      deliver: (publication) => this.#deliver(publication),
      retracted: (topic) => this.#drop(topic),
    };
  }

  /** How many of its messages may be under way. */
  get window(): number {
    return this.#prefetch;
  }

  /** Sends what it comes to: everything that is delivered later comes after that. */
  start({ replay, isRecovered }: Arrival): void {
    this.#isRecovered = isRecovered;
    if (!replay || replay.isEmpty) return;
    const { outbound } = this.#options;
    const hold = (bytes: number) => outbound.hold(bytes);
    const finished = () => {
      this.#replay = undefined;
      this.#fillWindow();
    };
    this.#replay = new ReplaySource(replay, { hold, take: this.#take, forget: this.#forget }, finished);
    outbound.sendSource(this.#replay);
  }

  /** Is given nothing from here on. */
  stop(): void {
    this.subscriber.hasEnded = true;
  }

  /** Sends nothing from here on. */
  end(): void {
    this.#replay?.end();
    this.#replay = undefined;
    for (const slot of this.#waiting.values()) slot.end();
    for (const slot of this.#held.values()) slot.end();
    this.#waiting.clear();
    this.#held.clear();
  }

  knows(number: number): boolean {
    return !this.isQueue || (this.#owed?.knows(number) ?? true);
  }

  /** On a queue ACK consumes and NACK gives back what is named; on a topic both only free the window. */
  settle({ number, command }: Answer): void {
    this.#underWay?.settle(number);
    this.#fillWindow();
    const settled = this.#owed?.settle(number) ?? [];
    if (settled.length === 0) return;
    if (command === 'ACK') this.#options.broker.acknowledge(this.subscriber, settled);
    else this.#options.broker.requeue(this.subscriber, settled);
  }

  /** Gives back to its queue what it has not answered. */
  giveBack(): void {
    const unanswered = this.#owed?.takeAll() ?? [];
    if (unanswered.length > 0) this.#options.broker.requeue(this.subscriber, unanswered);
  }

  #deliver(publication: Publication): void {
    if (publication.slow === 'conflate') {
      this.#conflate(publication);
      return;
    }
    const isDroppable = publication.slow === 'drop-oldest';
    const { outbound } = this.#options;
    if (this.#isRecovered !== undefined || this.#isTelling) {
      const late = new Late(publication, { take: this.#take, forget: this.#forget });
      outbound.sendSource(late, isDroppable);
      return;
    }
    this.#owed?.add(publication);
    // What a hook keeps back will never be answered: it is dropped.
    const lose = () => {
      if (this.#owed?.forget(publication)) this.#options.broker.acknowledge(this.subscriber, [publication]);
    };
    const unsent = this.isQueue ? lose : undefined;
    const isSent = outbound.send(publication.frameFor(this.#group), isDroppable, unsent);
    if (!isSent) lose();
  }

  #conflate(publication: Publication): void {
    const { outbound, conflated } = this.#options;
    const { destination } = publication;
    const slot = this.#waiting.get(destination) ?? this.#held.get(destination);
    if (slot) {
      slot.put(publication);
      conflated();
    } else if (outbound.isClear && !this.#isWindowFull()) {
      const frame = this.#take(publication);
      if (frame) outbound.write(frame);
    } else {
      const hold = (bytes: number) => outbound.hold(bytes);
      const held = new Slot({ hold, take: this.#takeFrom, forget: this.#forget });
      this.#held.set(destination, held);
      held.put(publication);
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

  #drop(topic: string): void {
    const slots = this.#waiting.has(topic) ? this.#waiting : this.#held;
    slots.get(topic)?.end();
    slots.delete(topic);
    this.#fillWindow();
  }

  #isWindowFull(): boolean {
    if (this.#prefetch === Infinity) return false;
    const sent = this.#owed?.size ?? this.#underWay?.size ?? 0;
    const isReplaying = this.#replay !== undefined && !this.#replay.isEmpty;
    return isReplaying || sent + this.#waiting.size >= this.#prefetch;
  }

  readonly #takeFrom = (publication: Publication) => {
    this.#waiting.delete(publication.destination);
    return this.#take(publication);
  };

  // Called when there is room to write it, so that what is replaced before is neither seen by the
  // interceptors nor waited for.
  readonly #take = (publication: Publication) => {
    const { number, slow } = publication;
    if (slow === 'conflate') this.#underWay?.add({ number });
    const isRecovered = this.#isRecovered;
    const frame =
      isRecovered === undefined
        ? this.#options.outbound.pass(publication.frameFor(this.#group))
        : this.#tell(publication, isRecovered);
    if (!frame) this.#forget(number);
    return frame;
  };

  #tell(publication: Publication, isRecovered: boolean) {
    this.#told = { number: publication.number, isRecovered };
    this.#isRecovered = undefined;
    this.#isTelling = true;
    // The id, which the client chooses, stays last: none may read like another group's key.
    const group = { ...this.#group, key: `${isRecovered} ${this.#group.key}`, isRecovered };
    const frame = this.#options.outbound.pass(publication.frameFor(group));
    this.#isTelling = false;
    return frame;
  }

  // What a hook keeps back will never be answered, and what it told was not told.
  readonly #forget = (number: number) => {
    if (this.#told?.number === number) this.#isRecovered = this.#told.isRecovered;
    if (this.#underWay?.forget({ number })) this.#fillWindow();
  };
}
