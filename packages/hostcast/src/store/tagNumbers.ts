import type { Tag } from '@hostcast/tsdb';

/*
 * The tags of series on their way from the store's thread: the same series are asked for at every tick, so both sides
 * number their tags as they come up, and each list of tags is sent once. The other way it is done for points
 * (tsdb/batch.ts).
 */

/** Tags that come up for the first time, numbered from `known` on, which is 0 where all others are forgotten. */
export interface NewTags {
  readonly known: number;
  readonly added: readonly (readonly Tag[])[];
}

/** With more lists, or longer ones, all are forgotten before the next answer: those in use come back. */
const mostLists = 131_072;
const mostCharacters = 16 * 1024 * 1024;

/** The side that sends: all of what it says has to arrive, in its order. */
export class TagNumbers {
  /** By identity: a series has the same list for as long as it is known. */
  readonly #numbers = new Map<readonly Tag[], number>();
  readonly #mostLists: number;
  readonly #mostCharacters: number;
  #characters = 0;
  #known = 0;
  #added: (readonly Tag[])[] = [];

  constructor(most = { lists: mostLists, characters: mostCharacters }) {
    this.#mostLists = most.lists;
    this.#mostCharacters = most.characters;
  }

  of(all: readonly (readonly Tag[])[]): Uint32Array<ArrayBuffer> {
    const numbers = new Uint32Array(all.length);
    for (let index = 0; index < all.length; index++) numbers[index] = this.#numberOf(all[index]!);
    return numbers;
  }

  /** What the other side has to learn of the numbers that were given since it was asked last. */
  take(): NewTags {
    const news = { known: this.#known, added: this.#added };
    this.#added = [];
    if (this.#numbers.size >= this.#mostLists || this.#characters >= this.#mostCharacters) this.#forget();
    this.#known = this.#numbers.size;
    return news;
  }

  #numberOf(tags: readonly Tag[]): number {
    const known = this.#numbers.get(tags);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(tags, number);
    this.#added.push(tags);
    for (const [key, value] of tags) this.#characters += key.length + value.length;
    return number;
  }

  #forget(): void {
    this.#numbers.clear();
    this.#characters = 0;
  }
}

/** The side that receives. */
export class TagLists {
  #lists: (readonly Tag[])[] = [];

  /** Has to be told of all news. @throws RangeError where some were left out */
  learn({ known, added }: NewTags): void {
    if (known === 0) this.#lists = [];
    if (known !== this.#lists.length) {
      throw new RangeError(`an answer counts on ${known} lists of tags, and there are ${this.#lists.length}`);
    }
    for (const tags of added) this.#lists.push(tags);
  }

  at(numbers: Uint32Array): (readonly Tag[])[] {
    const lists = new Array<readonly Tag[]>(numbers.length);
    for (let index = 0; index < numbers.length; index++) lists[index] = this.#at(numbers[index]!);
    return lists;
  }

  #at(number: number): readonly Tag[] {
    const tags = this.#lists[number];
    if (!tags) throw new RangeError(`an answer names the list ${number} of ${this.#lists.length}`);
    return tags;
  }
}
