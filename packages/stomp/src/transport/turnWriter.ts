import type { Writable } from 'node:stream';
import { turnMs } from '../turn.ts';

/** Chosen: a write takes some microseconds, a look at the clock a tenth of one. */
const writesAtOnce = 32;

/** What is written to sockets in one turn of the loop leaves at the turn's end: of each, in one piece. */
export class WriteTurn {
  #writers: TurnWriter[] = [];
  #next = 0;
  #firsts = new Map<Uint8Array, Joined>();
  #isDue = false;

  /** Has a writer flushed when what else there is to do in this turn is done. */
  add(writer: TurnWriter): void {
    this.#writers.push(writer);
    if (!this.#isDue) this.#await();
  }

  /** The octets of two writes as one piece: the same for all sockets to which the same is written. */
  joined(first: Uint8Array, second: Uint8Array): Joined {
    let known = this.#firsts.get(first);
    if (!known) {
      known = new Joined(undefined, first);
      this.#firsts.set(first, known);
    }
    return known.followedBy(second);
  }

  #await(): void {
    this.#isDue = true;
    setImmediate(() => this.#flush());
  }

  // Cut where it would take long: what is written meanwhile to those who still wait leaves with the rest.
  #flush(): void {
    this.#isDue = false;
    const endMs = performance.now() + turnMs;
    for (;;) {
      const writer = this.#writers[this.#next];
      if (!writer) break;
      this.#next += 1;
      writer.flush();
      if (this.#next % writesAtOnce > 0 || performance.now() < endMs) continue;
      if (!this.#isDue) this.#await();
      return;
    }
    this.#writers = [];
    this.#next = 0;
    this.#firsts = new Map();
  }
}

/** A piece that some sockets are to get after others, and all of them together. */
class Joined {
  readonly length: number;
  readonly #before: Joined | undefined;
  readonly #last: Uint8Array;
  readonly #next = new Map<Uint8Array, Joined>();
  #bytes: Uint8Array | undefined;

  constructor(before: Joined | undefined, last: Uint8Array) {
    this.#before = before;
    this.#last = last;
    this.length = (before?.length ?? 0) + last.length;
  }

  followedBy(piece: Uint8Array): Joined {
    let known = this.#next.get(piece);
    if (!known) {
      known = new Joined(this, piece);
      this.#next.set(piece, known);
    }
    return known;
  }

  /** Made once, for all who get it. */
  get bytes(): Uint8Array {
    if (this.#bytes) return this.#bytes;
    // Sockets wrap what is no Buffer anew in each write.
    const bytes = Buffer.allocUnsafeSlow(this.length);
    for (let piece: Joined | undefined = this, end = this.length; piece; piece = piece.#before) {
      end -= piece.#last.length;
      bytes.set(piece.#last, end);
    }
    this.#bytes = bytes;
    return bytes;
  }
}

const processTurn = new WriteTurn();

/** The way of octets to one socket: all that is written in one turn of the loop leaves in one write. */
export class TurnWriter {
  readonly #socket: Writable;
  readonly #offered: (bytes: number) => void;
  readonly #turn: WriteTurn;
  #held: Uint8Array | Joined | undefined;

  /** `offered` is told whenever the system was given what was held back, and how many octets waited for it before. */
  constructor(socket: Writable, offered: (bytes: number) => void, turn = processTurn) {
    this.#socket = socket;
    this.#offered = offered;
    this.#turn = turn;
  }

  /** Octets that leave with this turn. */
  get heldBytes(): number {
    return this.#held?.length ?? 0;
  }

  write(bytes: Uint8Array): void {
    const held = this.#held;
    if (held === undefined) {
      this.#held = bytes;
      this.#turn.add(this);
    } else if (held instanceof Joined) this.#held = held.followedBy(bytes);
    else this.#held = this.#turn.joined(held, bytes);
  }

  /** Gives the system what is held back now. */
  flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    if (!this.#socket.writable) return;
    const bytes = held.length + this.#socket.writableLength;
    this.#socket.write(held instanceof Joined ? held.bytes : held);
    this.#offered(bytes);
  }
}
