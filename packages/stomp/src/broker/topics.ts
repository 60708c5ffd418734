import type { Clock } from '../clock.ts';
import type { DestinationOptions } from '../options.ts';
import type { Arrival, Position, Replay, Subscriber } from './broker.ts';
import { isPattern } from './destination.ts';
import { FanOut } from './fanOut.ts';
import { History, type HistoryLimits } from './history.ts';
import { LateFrames } from './lateFrames.ts';
import type { Work } from './line.ts';
import { DestinationMap } from './matching.ts';
import type { Publication, PublicationParts } from './publication.ts';
import { Retained, type RetainedLimits } from './retained.ts';
import { type DestinationRule, DestinationRules } from './rules.ts';

/** What topics need to know. */
export interface TopicsOptions {
  readonly destinations: ReadonlyMap<string, DestinationOptions>;
  readonly limits: RetainedLimits & HistoryLimits & { readonly lateFrameBytes: number };
  readonly clock: Clock;
}

/** All topics: who subscribes to them, and what is kept of them where an option asks for it. */
export class Topics {
  readonly #epoch: string;
  readonly #byDestination = new DestinationMap<Subscriber>();
  readonly #rules: DestinationRules;
  readonly #retained: Retained;
  readonly #history: History;
  readonly #lateFrames: LateFrames;
  #newest = 0;
  #delivered = 0;
  #recovered = 0;
  #unrecovered = 0;

  constructor(epoch: string, { destinations, limits, clock }: TopicsOptions) {
    this.#epoch = epoch;
    this.#rules = new DestinationRules(destinations);
    this.#retained = new Retained(limits);
    this.#history = new History(limits, clock);
    this.#lateFrames = new LateFrames(limits.lateFrameBytes);
  }

  /** Counts, and what is kept. */
  get stats() {
    return {
      delivered: this.#delivered,
      retainedMessages: this.#retained.size,
      retainedBytes: this.#retained.bytes,
      historyMessages: this.#history.size,
      historyBytes: this.#history.bytes,
      recovered: this.#recovered,
      unrecovered: this.#unrecovered,
    };
  }

  /** What is done for a destination. */
  ruleOf(destination: string): DestinationRule {
    return this.#rules.of(destination);
  }

  /** What the next message of a destination is made with. */
  partsFor(destination: string, { history, slow }: DestinationRule): Pick<PublicationParts, 'seq' | 'slow'> {
    return { seq: history && this.#history.lastSeq(destination) + 1, slow };
  }

  /** Keeps a message, and returns what gives it to all who subscribe. */
  add(publication: Publication, { retain, history }: DestinationRule): Work {
    const { destination, number } = publication;
    this.#newest = number;
    if (retain) this.#retained.set(publication);
    if (history) this.#history.add(publication, history);
    // One that comes while this message is given out has it in its replay.
    const fanOut = new FanOut(publication, this.#byDestination.reachedBy(destination));
    return (isTurnOver) => {
      const isDone = fanOut.goOn(isTurnOver);
      this.#delivered += fanOut.takeCount();
      if (isDone) publication.givenOut(this.#lateFrames);
      return isDone;
    };
  }

  /** Forgets the retained message of a destination, not its history. */
  retract(destination: string): void {
    if (!this.#rules.of(destination).retain) return;
    const old = this.#retained.retract(destination);
    // Those who have it wait for its turn may do so where it had to go before, too.
    this.#byDestination.forEach(destination, (subscriber) => subscriber.retracted?.(destination));
    old?.letGo();
  }

  subscribe(subscriber: Subscriber, after: Position | undefined): Arrival {
    const { target } = subscriber;
    subscriber.since = this.#newest;
    this.#byDestination.add(target, subscriber);
    const missed = after && this.#missedAfter(target, after);
    if (missed) this.#recovered += 1;
    else if (after) this.#unrecovered += 1;
    return {
      replay: missed ?? this.#retained.matching(target, this.#newest),
      position: this.#positionOf(target),
      isRecovered: after && missed !== undefined,
    };
  }

  /** Whether it was there. */
  unsubscribe(subscriber: Subscriber): boolean {
    return this.#byDestination.delete(subscriber.target, subscriber);
  }

  #positionOf(destination: string): Position | undefined {
    if (isPattern(destination) || !this.#rules.of(destination).history) return undefined;
    return { epoch: this.#epoch, seq: this.#history.lastSeq(destination) };
  }

  #missedAfter(destination: string, { epoch, seq }: Position): Replay | undefined {
    const isKnown = epoch === this.#epoch && this.#positionOf(destination) !== undefined;
    return isKnown ? this.#history.after(destination, seq) : undefined;
  }
}
