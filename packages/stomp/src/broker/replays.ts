import { messageBytes } from '../message.ts';
import type { Replay } from './broker.ts';
import type { Publication } from './publication.ts';

/** Destinations that a replay has found and not come to yet: so it is not held up by what comes and goes. */
const foundAhead = 256;

/** What the broker keeps no longer and a replay has still to give, counted. */
class Own {
  #publications: Publication[] = [];
  #octets = 0;
  #hold: ((octets: number) => void) | undefined;

  get isEmpty(): boolean {
    return this.#publications.length === 0;
  }

  countBy(hold: (octets: number) => void): void {
    this.#hold = hold;
    if (this.#octets > 0) hold(this.#octets);
  }

  add(publication: Publication): void {
    this.#publications.push(publication);
    this.#count(messageBytes + publication.octets);
  }

  take(): Publication | undefined {
    const publication = this.#publications.shift();
    if (publication) this.#count(-messageBytes - publication.octets);
    return publication;
  }

  clear(): void {
    this.#publications = [];
    this.#count(-this.#octets);
  }

  #count(octets: number): void {
    this.#octets += octets;
    if (octets !== 0) this.#hold?.(octets);
  }
}

/** Where a replay of a history takes its messages from. */
export interface HistoryAccess {
  at(seq: number): Publication | undefined;
  ended(): void;
}

/** The messages of one destination from one number to another, read from its history as they are taken. */
export class HistoryReplay implements Replay {
  readonly #own = new Own();
  readonly #access: HistoryAccess;
  readonly #last: number;
  #next: number;

  constructor(first: number, last: number, access: HistoryAccess) {
    this.#next = first;
    this.#last = last;
    this.#access = access;
  }

  get isEmpty(): boolean {
    return this.#own.isEmpty && this.#next > this.#last;
  }

  take(): Publication | undefined {
    const publication = this.#own.take() ?? this.#read();
    if (this.isEmpty) this.#access.ended();
    return publication;
  }

  countBy(hold: (octets: number) => void): void {
    this.#own.countBy(hold);
  }

  end(): void {
    this.#next = this.#last + 1;
    this.#own.clear();
    this.#access.ended();
  }

  /** The history has dropped its oldest message. */
  lost(seq: number, publication: Publication): void {
    if (seq < this.#next || seq > this.#last) return;
    this.#next = seq + 1;
    this.#own.add(publication);
  }

  #read(): Publication | undefined {
    if (this.#next > this.#last) return undefined;
    this.#next += 1;
    return this.#access.at(this.#next - 1);
  }
}

/** Where a replay of what is retained takes its messages from. */
export interface RetainedAccess {
  /** All that is kept, in the order of their numbers. */
  all(): Iterable<Publication>;
  get(destination: string): Publication | undefined;
  ended(): void;
}

/** Why a message is kept no longer. */
export type Loss = 'replaced' | 'out of room' | 'retracted';

/** What is asked for of what is retained: the messages of such destinations up to one number. */
export interface RetainedQuery {
  readonly isMatch: (destination: string) => boolean;
  /** Whether one destination is asked for, not a pattern. */
  readonly isOne: boolean;
  readonly upTo: number;
}

/** The newest messages of some destinations as of one moment, looked for a batch at a time as they are taken. */
export class RetainedReplay implements Replay {
  readonly #own = new Own();
  readonly #access: RetainedAccess;
  readonly #query: RetainedQuery;
  readonly #found = new Set<string>();
  /** The number of the last message that was looked at; all of them where the search is over. */
  #seen = 0;

  constructor(query: RetainedQuery, access: RetainedAccess) {
    this.#query = query;
    this.#access = access;
    this.#search();
  }

  get isEmpty(): boolean {
    return this.#own.isEmpty && this.#found.size === 0 && this.#seen >= this.#query.upTo;
  }

  take(): Publication | undefined {
    const publication = this.#own.take() ?? this.#takeFound();
    if (this.isEmpty) this.#access.ended();
    return publication;
  }

  countBy(hold: (octets: number) => void): void {
    this.#own.countBy(hold);
  }

  end(): void {
    this.#seen = this.#query.upTo;
    this.#found.clear();
    this.#own.clear();
    this.#access.ended();
  }

  /**
   * A message is kept no longer. It is not sent any more where it was retracted, or where the newer one that took
   * its place is enough (`conflate`, to a pattern: who asks for one destination is told its place, and gets the
   * message of that place before); else it is held here.
   */
  lost(publication: Publication, why: Loss): void {
    const { destination, number, slow } = publication;
    const isLeft = number > this.#seen ? this.#isWanted(publication) : this.#found.delete(destination);
    const isEnough = why === 'replaced' && slow === 'conflate' && !this.#query.isOne;
    if (isLeft && why !== 'retracted' && !isEnough) this.#own.add(publication);
  }

  #isWanted({ destination, number }: Publication): boolean {
    return number <= this.#query.upTo && this.#query.isMatch(destination);
  }

  #takeFound(): Publication | undefined {
    if (this.#found.size === 0) this.#search();
    const [destination] = this.#found;
    if (destination === undefined) return undefined;
    this.#found.delete(destination);
    return this.#access.get(destination);
  }

  // What is taken out and what comes in moves nothing else, so the search goes on after the number it was at.
  #search(): void {
    const before = this.#seen;
    let count = 0;
    for (const publication of this.#access.all()) {
      if (publication.number <= before) continue;
      if (publication.number > this.#query.upTo) break;
      if (count === foundAhead) return;
      count += 1;
      this.#seen = publication.number;
      if (this.#isWanted(publication)) this.#found.add(publication.destination);
    }
    this.#seen = this.#query.upTo;
  }
}
