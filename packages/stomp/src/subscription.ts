import type { AckMode, Answer } from './acknowledgement.ts';
import type { Arrival, Broker, Position, Subscriber } from './broker/broker.ts';
import { type SubscriberGroup, SubscriberGroups } from './broker/groups.ts';
import type { Publication } from './broker/publication.ts';
import type { Clock } from './clock.ts';
import type { Session, SubscriptionView } from './message.ts';
import type { Limits } from './options.ts';
import type { Outbound } from './outbound.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import { Late, ReplaySource, Slot, type SourceOwner } from './sources.ts';
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

/** What the subscriptions of a session work with. */
export interface SubscriptionOptions {
  readonly session: Session;
  readonly broker: Broker;
  readonly outbound: Outbound;
  readonly limits: Pick<Limits, 'windowMessages'>;
  /** Whether the client takes what it is sent, so that a queue may give it more. */
  readonly hasRoom: boolean;
  readonly clock: Pick<Clock, 'monotonicMs' | 'recentMs'>;
  /** An ACK has come, so long after its message was sent. */
  acknowledged(ageMs: number): void;
}

/** A message under way. */
interface Sent extends Numbered {
  readonly atMs: number;
}

/** All that have their octets in common, in this process. */
const groups = new SubscriberGroups();

/** One subscription of a client, between the broker and what goes to the client. */
export class Subscription implements SubscriptionView, Subscriber, SourceOwner {
  readonly id: string;
  readonly destination: string;
  readonly target: string;
  readonly aliases: readonly string[] | undefined;
  readonly isAcknowledging: boolean;
  hasEnded = false;
  /** Whether the application was told of it, and has to be told of its end. */
  isAnnounced = false;
  since = 0;
  readonly #options: SubscriptionOptions;
  readonly #outbound: Outbound;
  readonly #group: SubscriberGroup;
  // Undefined: any number.
  readonly #prefetch: number | undefined;
  /** What its queue gets back in the end. */
  readonly #owed: Unacknowledged<Publication> | undefined;
  // A topic forgets what it has sent: there, only a window (`prefetch-count`) needs to know, and no more than this.
  readonly #underWay: Unacknowledged<Sent> | undefined;
  // Of what is conflated, the newest message of each destination: in the outbox, to be written in its turn,
  // or held back as long as the window is full.
  #waiting: Map<string, Slot> | undefined;
  #held: Map<string, Slot> | undefined;
  // As long as something is left of it.
  #replay: ReplaySource | undefined;
  // Until the first message has told it: decided as that one is taken, for those before it may be kept back.
  #isRecovered: boolean | undefined;
  // While an interceptor may keep that one back.
  #isTelling = false;
  #told: { readonly number: number; readonly isRecovered: boolean } | undefined;

  constructor(request: SubscriptionRequest, options: SubscriptionOptions) {
    const { id, destination, ack, prefetch, targets } = request;
    const { version } = options.session;
    // STOMP 1.2 §MESSAGE: the ack header is there where an answer is needed; 1.1 and 1.0 do not know it.
    const hasAck = version === '1.2' && ack !== 'auto';
    const wanted = ack === 'auto' ? undefined : prefetch;
    this.id = id;
    this.destination = destination;
    this.target = targets?.[0] ?? destination;
    this.aliases = targets && targets.length > 1 ? targets.slice(1) : undefined;
    this.isAcknowledging = ack !== 'auto';
    this.#options = options;
    this.#outbound = options.outbound;
    this.#group = groups.join(version, id, hasAck);
    if (this.isQueue || wanted === undefined) this.#prefetch = wanted;
    else this.#prefetch = Math.min(wanted, options.limits.windowMessages);
    if (this.isQueue && this.isAcknowledging) this.#owed = new Unacknowledged(ack === 'client');
    if (!this.isQueue && wanted !== undefined) this.#underWay = new Unacknowledged(ack === 'client');
  }

  get isQueue(): boolean {
    return this.target.startsWith('/queue/');
  }

  /** How many of its messages may be under way. */
  get window(): number {
    return this.#prefetch ?? Infinity;
  }

  /** Sends what it comes to: everything that is delivered later comes after that. */
  start({ replay, isRecovered }: Arrival): void {
    this.#isRecovered = isRecovered;
    if (!replay || replay.isEmpty) return;
    this.#replay = new ReplaySource(replay, this);
    this.#outbound.pushSource(this.#replay);
  }

  /** Is given nothing from here on. */
  stop(): void {
    this.hasEnded = true;
  }

  /** Sends nothing from here on; to be called once. */
  end(): void {
    groups.leave(this.#group);
    this.#replay?.end();
    this.#replay = undefined;
    for (const slot of this.#waiting?.values() ?? []) slot.end();
    for (const slot of this.#held?.values() ?? []) slot.end();
    this.#waiting = undefined;
    this.#held = undefined;
  }

  knows(number: number): boolean {
    return !this.isQueue || (this.#owed?.knows(number) ?? true);
  }

  /** On a queue ACK consumes and NACK gives back what is named; on a topic both only free the window. */
  settle({ number, command }: Answer): void {
    const answered = this.#underWay?.settle(number);
    this.#fillWindow();
    if (command === 'ACK' && answered) this.#tellAges(answered);
    const settled = this.#owed?.settle(number) ?? [];
    if (settled.length === 0) return;
    if (command === 'ACK') this.#options.broker.acknowledge(this, settled);
    else this.#options.broker.requeue(this, settled);
  }

  /** Gives back to its queue what it has not answered. */
  giveBack(): void {
    const unanswered = this.#owed?.takeAll() ?? [];
    if (unanswered.length > 0) this.#options.broker.requeue(this, unanswered);
  }

  hasRoom(): boolean {
    return !this.#isWindowFull() && this.#options.hasRoom;
  }

  deliver(publication: Publication): void {
    const { slow } = publication;
    if (slow === 'conflate') this.#conflate(publication);
    else if (this.#isRecovered !== undefined || this.#isTelling)
      this.#outbound.pushSource(new Late(publication, this), slow === 'drop-oldest');
    else if (this.#owed) this.#deliverOwed(publication, this.#owed);
    else this.#outbound.send(publication.frameFor(this.#group), slow === 'drop-oldest');
  }

  #deliverOwed(publication: Publication, owed: Unacknowledged<Publication>): void {
    owed.add(publication);
    // What a hook keeps back will never be answered: it is dropped.
    const lose = () => {
      if (owed.forget(publication)) this.#options.broker.acknowledge(this, [publication]);
    };
    if (!this.#outbound.send(publication.frameFor(this.#group), false, lose)) lose();
  }

  #conflate(publication: Publication): void {
    const outbound = this.#outbound;
    const { destination } = publication;
    const slot = this.#waiting?.get(destination) ?? this.#held?.get(destination);
    if (slot) {
      slot.put(publication);
      outbound.conflated();
    } else if (outbound.isClear && !this.#isWindowFull()) {
      const frame = this.take(publication);
      if (frame) outbound.push(frame);
    } else {
      const held = new Slot(this);
      this.#held ??= new Map();
      this.#held.set(destination, held);
      held.put(publication);
      this.#fillWindow();
    }
  }

  #fillWindow(): void {
    for (const [destination, slot] of this.#held ?? []) {
      if (this.#isWindowFull()) return;
      this.#held?.delete(destination);
      this.#waiting ??= new Map();
      this.#waiting.set(destination, slot);
      this.#outbound.pushSource(slot);
    }
  }

  retracted(topic: string): void {
    const slots = this.#waiting?.has(topic) ? this.#waiting : this.#held;
    slots?.get(topic)?.end();
    slots?.delete(topic);
    this.#fillWindow();
  }

  #isWindowFull(): boolean {
    if (this.#prefetch === undefined) return false;
    const sent = this.#owed?.size ?? this.#underWay?.size ?? 0;
    const isReplaying = this.#replay !== undefined && !this.#replay.isEmpty;
    return isReplaying || sent + (this.#waiting?.size ?? 0) >= this.#prefetch;
  }

  hold(bytes: number): void {
    this.#outbound.hold(bytes);
  }

  replayed(): void {
    this.#replay = undefined;
    this.#fillWindow();
  }

  takeWaiting(publication: Publication): OutboundFrame | undefined {
    this.#waiting?.delete(publication.destination);
    return this.take(publication);
  }

  // Called when there is room to write it, so that what is replaced before is neither seen by the
  // interceptors nor waited for.
  take(publication: Publication): OutboundFrame | undefined {
    const { number, slow } = publication;
    if (slow === 'conflate') this.#underWay?.add({ number, atMs: this.#nowMs() });
    const isRecovered = this.#isRecovered;
    const frame =
      isRecovered === undefined
        ? this.#outbound.pass(publication.frameFor(this.#group))
        : this.#tell(publication, isRecovered);
    if (!frame) this.forget(number);
    return frame;
  }

  #tell(publication: Publication, isRecovered: boolean): OutboundFrame | undefined {
    this.#told = { number: publication.number, isRecovered };
    this.#isRecovered = undefined;
    this.#isTelling = true;
    const frame = this.#outbound.pass(publication.frameFor(this.#group.telling(isRecovered)));
    this.#isTelling = false;
    return frame;
  }

  // What a hook keeps back will never be answered, and what it told was not told.
  forget(number: number): void {
    if (this.#told?.number === number) this.#isRecovered = this.#told.isRecovered;
    if (this.#underWay?.forget({ number })) this.#fillWindow();
  }

  #tellAges(answered: readonly Sent[]): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { atMs } of answered) this.#options.acknowledged(nowMs - atMs);
  }

  #nowMs(): number {
    const { clock } = this.#options;
    return clock.recentMs?.() ?? clock.monotonicMs();
  }
}
