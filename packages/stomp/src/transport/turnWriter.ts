import type { Writable } from 'node:stream';
import { turnMs } from '../turn.ts';

/** Chosen: a write takes some microseconds, a look at the clock a tenth of one. */
const writesAtOnce = 32;

/** Up to here one copy is cheaper than to hand the system several pieces: measured, with one head and one body. */
const copiedBytes = 1_024;

/**
 * What is written to sockets in one turn of the loop leaves together: of each, in one piece. It waits for one look more
 * at what clients have sent by then: of messages that come one after the other the first is often read alone, and each
 * socket would be written to twice (measured with eight under way: 6.5 messages a write, and 8.0 with the look).
 */
export class WriteTurn {
  #first: TurnWriter | undefined;
  #last: TurnWriter | undefined;
  #root = new Joined(undefined, nothing);
  #isDue = false;

  /** Has a writer flushed when what else there is to do in this turn is done. */
  add(writer: TurnWriter): void {
    if (this.#last) this.#last.next = writer;
    else this.#first = writer;
    this.#last = writer;
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(this.#lookOnceMore);
  }

  /** What some sockets are to get first. */
  begunBy(piece: Uint8Array): Joined {
    return this.#root.followedBy(piece);
  }

  // A function written in `add` would take room for what it sees each time that a writer is added.
  readonly #lookOnceMore = (): void => void setImmediate(this.#flush);

  // Cut where it would take long: what is written meanwhile to those who still wait leaves with the rest.
  readonly #flush = (): void => {
    this.#isDue = false;
    const endMs = performance.now() + turnMs;
    for (let count = 1; this.#first; count += 1) {
      const writer: TurnWriter = this.#first;
      this.#first = writer.next;
      if (!this.#first) this.#last = undefined;
      writer.next = undefined;
      writer.isQueued = false;
      writer.flush();
      if (count % writesAtOnce > 0 || performance.now() < endMs) continue;
      if (!this.#first) break;
      if (!this.#isDue) setImmediate(this.#flush);
      this.#isDue = true;
      return;
    }
    this.#root = new Joined(undefined, nothing);
  };
}

const nothing = Buffer.alloc(0);

/** A piece that some sockets are to get after others, and all of them together. */
class Joined {
  readonly length: number;
  readonly #before: Joined | undefined;
  readonly #last: Uint8Array;
  /** Whether it belongs to one socket alone. */
  readonly #isOwn: boolean;
  // Most often what follows is the same for all.
  #piece: Uint8Array | undefined;
  #next: Joined | undefined;
  #others: Map<Uint8Array, Joined> | undefined;
  #bytes: Uint8Array | undefined;

  constructor(before: Joined | undefined, last: Uint8Array, isOwn = false) {
    this.#before = before;
    this.#last = last;
    this.#isOwn = isOwn;
    this.length = before ? before.length + last.length : last.length;
  }

  followedBy(piece: Uint8Array): Joined {
    if (this.#piece === piece && this.#next) return this.#next;
    return this.#isOwn ? new Joined(this, piece, true) : this.#otherwise(piece);
  }

  writeTo(socket: Writable): void {
    if (this.#before === undefined || this.#before.length === 0) socket.write(this.#last);
    else if (this.#isOwn && this.length > copiedBytes) {
      socket.cork();
      this.#writePieces(socket);
      socket.uncork();
    } else socket.write(this.#all());
  }

  #otherwise(piece: Uint8Array): Joined {
    const known = this.#others?.get(piece);
    if (known) return known;
    const next = new Joined(this, piece);
    if (this.#next) {
      this.#others ??= new Map();
      this.#others.set(piece, next);
    } else {
      this.#piece = piece;
      this.#next = next;
    }
    return next;
  }

  #writePieces(socket: Writable): void {
    if (this.#before) this.#before.#writePieces(socket);
    if (this.#last.length > 0) socket.write(this.#last);
  }

  // Made once, for all who get it.
  #all(): Uint8Array {
    if (this.#bytes) return this.#bytes;
    // Sockets wrap what is no Buffer anew in each write.
    const bytes = this.#isOwn ? Buffer.allocUnsafe(this.length) : Buffer.allocUnsafeSlow(this.length);
    for (let piece: Joined | undefined = this, end = this.length; piece; piece = piece.#before) {
      end -= piece.#last.length;
      bytes.set(piece.#last, end);
    }
    this.#bytes = bytes;
    return bytes;
  }
}

const processTurn = new WriteTurn();

/** Who writes through a writer. */
export interface WriterOwner {
  /** The system was given what was held back, before which so many octets waited for it. */
  offered(bytes: number): void;
}

/** The way of octets to one socket: all that is written in one turn of the loop leaves in one write. */
export class TurnWriter {
  readonly #socket: Writable;
  readonly #owner: WriterOwner;
  readonly #turn: WriteTurn;
  #held: Joined | undefined;
  // Whether the socket may have octets that the system has not taken yet.
  #isBehind = false;
  #isAwaited = false;
  /** For its turn: whether it waits there, and who comes after it. */
  isQueued = false;
  next: TurnWriter | undefined;

  constructor(socket: Writable, owner: WriterOwner, turn = processTurn) {
    this.#socket = socket;
    this.#owner = owner;
    this.#turn = turn;
  }

  /** Octets that leave with this turn. */
  get heldBytes(): number {
    return this.#held === undefined ? 0 : this.#held.length;
  }

  /** Whether the socket has octets that the system has not taken yet. */
  get isBehind(): boolean {
    if (this.#isBehind) this.#isBehind = this.#socket.writableLength > 0;
    return this.#isBehind;
  }

  /** These, and what the socket has that the system has not taken yet. */
  get pendingBytes(): number {
    if (!this.#isBehind) return this.heldBytes;
    const bytes = this.#socket.writableLength;
    this.#isBehind = bytes > 0;
    return this.heldBytes + bytes;
  }

  /**
   * Has the owner told when what is held back now was given to the system. Else it is told only where the socket is
   * behind, or was.
   */
  awaitOffer(): void {
    this.#isAwaited = true;
  }

  /** Something else was written to the socket. */
  wroteElsewhere(): void {
    this.#isBehind = true;
  }

  /** Octets that others may be sent too. */
  write(bytes: Uint8Array): void {
    const held = this.#held;
    if (held === undefined) this.#hold(this.#turn.begunBy(bytes));
    else this.#held = held.followedBy(bytes);
  }

  /** Octets that nobody else gets. */
  writeOwn(bytes: Uint8Array): void {
    this.#holdOwn(new Joined(this.#held, bytes, true));
  }

  /** Octets of two pieces, the first of which nobody else gets. */
  writeApart(first: Uint8Array, rest: Uint8Array): void {
    this.#holdOwn(new Joined(this.#held, first, true).followedBy(rest));
  }

  /** Gives the system what is held back now. */
  flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    const wasBehind = this.#isBehind;
    const socket = this.#socket;
    this.#held = undefined;
    if (!socket.writable) return;
    const bytes = held.length + (wasBehind ? socket.writableLength : 0);
    held.writeTo(socket);
    this.#isBehind = socket.writableLength > 0;
    if (!this.#isBehind && !wasBehind && !this.#isAwaited) return;
    this.#isAwaited = false;
    this.#owner.offered(bytes);
  }

  #holdOwn(own: Joined): void {
    if (this.#held === undefined) this.#hold(own);
    else this.#held = own;
  }

  #hold(first: Joined): void {
    this.#held = first;
    if (this.isQueued) return;
    this.isQueued = true;
    this.#turn.add(this);
  }
}
