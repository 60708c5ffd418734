import { Message, type Session, type StatsOfSession } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import type { OutboxContext, OutboxOwner } from './outboxOwner.ts';
import type { Transport } from './transport/transport.ts';
import { Turn } from './turn.ts';

/** Octets given to a transport ahead of what it has written; the rest waits here, where it can be seen. */
const aheadBytes = 64 * 1024;

/** What a frame that waits takes besides its octets: measured, for a RECEIPT that nobody shares. */
const entryBytes = 600;

/** Gives frames when there is room to write them. */
export interface FrameSource {
  /** Whether nothing is left. */
  readonly isEmpty: boolean;
  /** What it counts against the cap as long as it waits. */
  readonly bytes: number;
  /** The next frame; undefined where an interceptor kept it back, or it is still to be looked for. */
  next(): OutboundFrame | undefined;
  /** A receive hook kept back the one it gave last. */
  unsent(): void;
}

type Entry =
  | {
      readonly frame: OutboundFrame;
      readonly bytes: number;
      readonly isDroppable: boolean;
      readonly unsent: (() => void) | undefined;
    }
  | { readonly source: FrameSource; readonly bytes: number; readonly isDroppable: boolean };

interface Taken {
  readonly frame: OutboundFrame;
  readonly unsent: (() => void) | undefined;
}

/**
 * What waits to be written to one client, in order. Written at once where nothing holds it up: a transport
 * that is behind, or a `preReceive` hook that pauses the session. Bounded in octets (the cap and one frame),
 * and in time by a timer that runs while the transport is behind: it has to take something by then. A client
 * that much waits for gets a turn of some milliseconds at a time.
 */
export class Outbox {
  protected readonly owner: OutboxOwner;
  readonly #transport: Transport;
  protected readonly context: OutboxContext;
  #queue = noEntries;
  #queuedBytes = 0;
  #heldBytes = 0;
  #isPaused = false;
  #isFlushing = false;
  #isFinished = false;
  // Whether there was no room at some time since the owner was told of some.
  #wasFull = false;
  #cancelDeadline: (() => void) | undefined;
  // There while the next turn waits for others to have theirs.
  #cancelRest: (() => void) | undefined;
  #messages = 0;
  #bytes = 0;
  #dropped = 0;
  #conflated = 0;
  /** When something was last written, in whole ms of the running clock: what has a fraction would be made anew for each write. */
  lastWriteMs: number;

  constructor(owner: OutboxOwner, transport: Transport, context: OutboxContext) {
    this.owner = owner;
    this.#transport = transport;
    this.context = context;
    this.lastWriteMs = Math.floor(context.runningClock.monotonicMs());
  }

  /** Octets that wait, here, in the transport and where they are held, and what their frames take besides. */
  get bytes(): number {
    return this.#heldBytes + this.#queuedBytes + this.#transport.pendingBytes;
  }

  /** Whether nothing is taken any more. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Whether what is pushed now would be written at once or soon. */
  get hasRoom(): boolean {
    const isFull = this.#queuedBytes + this.#transport.pendingBytes >= aheadBytes;
    if (isFull) this.#transport.awaitOffer?.();
    return !isFull && !this.#isFinished;
  }

  /** Whether what is pushed now would be written at once. */
  get isClear(): boolean {
    return this.#queue.length === 0 && this.#mayWrite() && !this.context.outbound.isReceiveIntercepted;
  }

  /**
   * Takes one frame. `isDroppable`: it may go again where others come and the cap is reached; `unsent` is
   * called where a receive hook kept it back.
   */
  push(frame: OutboundFrame, isDroppable = false, unsent?: () => void): void {
    // The usual case first, with one look at the transport: half of the cap is free at least.
    const isIdle = this.#heldBytes === 0 && this.#queue.length === 0 && !this.#isPaused && !this.#isFinished;
    const mayWrite = isIdle && !this.context.outbound.isReceiveIntercepted;
    if (mayWrite && this.#transport.isBehind === false && this.#isAhead(this.#transport.heldBytes ?? 0)) {
      this.#writeHeld(frame);
    } else if (mayWrite && this.#isAhead(this.#transport.pendingBytes)) this.#write(frame);
    else if (!this.#isFinished && this.#makeRoom(isDroppable)) {
      if (this.isClear) this.#write(frame);
      else this.#enqueue({ frame, bytes: entryBytes + frame.length, isDroppable, unsent });
    }
  }

  /** Takes what gives frames in its turn: everything that is pushed later comes after all of them. */
  pushSource(source: FrameSource, isDroppable = false): void {
    if (this.#isFinished || !this.#makeRoom(isDroppable)) return;
    this.#enqueue({ source, bytes: source.bytes, isDroppable });
  }

  /** Counts what is held elsewhere until this client can take it; less than 0 where that is over. */
  hold(bytes: number): void {
    if (this.#isFinished) return;
    this.#heldBytes += bytes;
    if (bytes > 0) this.#makeRoom(false);
  }

  /** Writes what may be written now; asks a `preReceive` that has paused the session again. */
  flush(): void {
    if (this.#isFlushing || this.#cancelRest) return;
    this.#isFlushing = true;
    this.#isPaused = false;
    this.#takeTurn();
    this.#isFlushing = false;
    if (this.#isFinished) return;
    this.#watch();
    if (!this.#wasFull || !this.hasRoom) return;
    this.#wasFull = false;
    this.owner.hasRoomAgain();
  }

  /** The system was given what the transport held back, before which so many octets waited for it. */
  offered(bytes: number): void {
    if (this.#isFinished) return;
    const hadRoom = this.#queuedBytes + bytes < aheadBytes;
    if (this.#queue.length === 0 && hadRoom && !this.#wasFull) {
      this.#watch();
      return;
    }
    this.flush();
    this.owner.hasRoomAgain();
  }

  /** Sends a heart-beat where nothing else is on the wire. */
  beat(): void {
    if (this.#isFinished || this.#transport.pendingBytes > 0) return;
    this.lastWriteMs = Math.floor(this.context.runningClock.monotonicMs());
    this.#transport.beat();
  }

  /** The last frame of the session, if any, after what waits, or instead of it where `isLossy`. */
  finish(last: OutboundFrame | undefined, isLossy: boolean): void {
    if (this.#isFinished) return;
    if (!isLossy && !this.#isPaused) this.#writeRest();
    // A hook that was asked just now may have cut the connection.
    if (last && !this.#isFinished) this.#give(last);
    this.discard();
  }

  /** Forgets what waits; nothing is written from here on. */
  discard(): void {
    this.#isFinished = true;
    this.#queue = noEntries;
    this.#queuedBytes = 0;
    this.#heldBytes = 0;
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#stopWatch();
  }

  /** What went to this client, what it was spared, and how far away it is. */
  stats(roundTripMs: number | undefined): StatsOfSession {
    const [messages, bytes] = [this.#messages, this.#bytes];
    return { messages, bytes, dropped: this.#dropped, conflated: this.#conflated, roundTripMs };
  }

  /** A newer message took the place of one that waited. */
  conflated(): void {
    this.#conflated += 1;
    this.context.traffic.conflated();
  }

  #takeTurn(): void {
    const { clock } = this.context.options;
    const turn = new Turn(clock);
    while (this.#hasNext() && this.#mayWrite()) {
      this.#take();
      if (!turn.isOver || !this.#hasNext() || !this.#mayWrite()) continue;
      this.#cancelRest = clock.setTimer(0, () => {
        this.#cancelRest = undefined;
        this.flush();
      });
      return;
    }
  }

  #mayWrite(): boolean {
    if (this.#isPaused || this.#isFinished) return false;
    // Where it does not say when there is room again, what waits here would stay.
    return this.#isAhead(this.#transport.pendingBytes) || this.#transport.tellsDrained === false;
  }

  #isAhead(pendingBytes: number): boolean {
    return pendingBytes < aheadBytes && pendingBytes < this.context.options.limits.outboxBytes / 2;
  }

  #makeRoom(isForDroppable: boolean): boolean {
    const { outboxBytes } = this.context.options.limits;
    if (this.bytes <= outboxBytes) return true;
    // Who reads is not slow where so much was published in one turn of the loop: the system is asked before anybody is.
    if ((this.#transport.heldBytes ?? 0) > 0) {
      this.#transport.offerNow?.();
      this.flush();
      if (this.#isFinished) return false;
    }
    let count = 0;
    while (this.bytes > outboxBytes && this.#dropOldest()) count += 1;
    this.#dropped += count;
    this.context.traffic.dropped(count);
    // The newest of what may be dropped is taken in any case: cap and one frame.
    if (this.bytes <= outboxBytes || isForDroppable) return true;
    this.owner.overflowed(`more than ${outboxBytes} octets wait to be read (limit outboxBytes)`);
    return false;
  }

  #dropOldest(): boolean {
    const index = this.#queue.findIndex((entry) => entry.isDroppable);
    const [entry] = index < 0 ? [] : this.#queue.splice(index, 1);
    this.#queuedBytes -= entry?.bytes ?? 0;
    return entry !== undefined;
  }

  #enqueue(entry: Entry): void {
    if (this.#queue === noEntries) this.#queue = [];
    this.#queue.push(entry);
    this.#queuedBytes += entry.bytes;
    this.#transport.awaitOffer?.();
    this.#wasFull ||= !this.hasRoom;
    this.flush();
  }

  // A source is not asked any more. Nothing may follow that tells a client of a later place than it has seen.
  #lastFrames(): Taken[] {
    const frames: Taken[] = [];
    let isCut = false;
    for (const entry of this.#queue) {
      if ('source' in entry) isCut ||= !entry.source.isEmpty;
      else if (!(isCut && tellsPlace(entry.frame))) frames.push(entry);
    }
    return frames;
  }

  // However far the transport is behind. What hooks publish meanwhile is not written any more.
  #writeRest(): void {
    const isIntercepted = this.context.outbound.isReceiveIntercepted;
    this.#isFlushing = true;
    for (const taken of this.#lastFrames()) {
      if (isIntercepted) this.#receive(() => taken);
      else this.#write(taken.frame);
      if (this.#isPaused || this.#isFinished) break;
    }
    this.#isFlushing = false;
  }

  #hasNext(): boolean {
    for (let first = this.#queue[0]; first; first = this.#queue[0]) {
      if (!('source' in first && first.source.isEmpty)) return true;
      this.#shift();
    }
    return false;
  }

  #take(): void {
    if (this.context.outbound.isReceiveIntercepted) {
      this.#receive(() => this.#takeFirst());
      return;
    }
    const frame = this.#next();
    if (frame) this.#write(frame);
  }

  // Takes one frame through the receive hooks. It is asked for only where none of them pauses the session.
  #receive(next: () => Taken | null): void {
    const owner = this.owner;
    let taken: Taken | null | undefined;
    let original: Message | null = null;
    const take = () => {
      taken = next();
      original = taken && messageOf(taken.frame, owner);
      return original;
    };
    const write = (message: Message) => {
      if (taken) this.#write(message === original ? taken.frame : taken.frame.replacedBy(message));
    };
    let written: Message | null = null;
    try {
      written = this.context.outbound.receive(take, write, owner);
    } catch (error) {
      owner.report(error);
    }
    if (taken === undefined) this.#isPaused = true;
    else if (!written) taken?.unsent?.();
  }

  #takeFirst(): Taken | null {
    const [first] = this.#queue;
    const frame = this.#next();
    if (!first || !frame) return null;
    return { frame, unsent: 'source' in first ? () => first.source.unsent() : first.unsent };
  }

  #next(): OutboundFrame | undefined {
    const first = this.#queue[0];
    if (!first || 'frame' in first) {
      this.#shift();
      return first?.frame;
    }
    // While it is asked it stays the first, so that what is pushed meanwhile waits behind it.
    const frame = first.source.next();
    if (first.source.isEmpty && this.#queue[0] === first) this.#shift();
    return frame;
  }

  #shift(): void {
    this.#queuedBytes -= this.#queue.shift()?.bytes ?? 0;
    if (this.#queue.length === 0) this.#queue = noEntries;
  }

  #write(frame: OutboundFrame): void {
    // A hook that was asked just now may have ended the session.
    if (this.#isFinished) return;
    this.#noteTime();
    this.#give(frame);
    this.#watch();
  }

  // To a transport that keeps it until the turn's end, behind which nothing is: what it has already is of this turn.
  #writeHeld(frame: OutboundFrame): void {
    if ((this.#transport.heldBytes ?? 0) === 0) this.#noteTime();
    this.#give(frame);
    if (this.#cancelDeadline) this.#watch();
  }

  #noteTime(): void {
    const { runningClock } = this.context;
    this.lastWriteMs = Math.floor(runningClock.recentMs?.() ?? runningClock.monotonicMs());
  }

  #give(frame: OutboundFrame): void {
    const { length } = frame;
    this.#transport.write(frame);
    this.context.traffic.left(frame.command, length);
    this.#bytes += length;
    if (frame.command === 'MESSAGE') this.#messages += 1;
  }

  #watch(): void {
    const { pendingBytes, heldBytes = 0 } = this.#transport;
    if (pendingBytes === heldBytes || this.#isPaused) this.#stopWatch();
    else this.#cancelDeadline ??= this.#startWatch();
  }

  #startWatch(): () => void {
    const transport = this.#transport;
    const { runningClock, options } = this.context;
    const { writeMs } = options.limits;
    const { takenBytes } = transport;
    return runningClock.setTimer(writeMs, () => {
      this.#cancelDeadline = undefined;
      const isStuck = transport.pendingBytes > 0 && transport.takenBytes <= takenBytes;
      if (isStuck) this.owner.overflowed(`nothing was read for ${writeMs} ms (limit writeMs)`);
      else this.#watch();
    });
  }

  #stopWatch(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }
}

const noEntries: Entry[] = [];

function messageOf({ frame }: OutboundFrame, session: Session): Message {
  const { command, headers, body } = frame;
  return new Message({ command, headers, body, session });
}

// MESSAGE, and the RECEIPT of a SUBSCRIBE to a destination with a history.
function tellsPlace({ frame }: OutboundFrame): boolean {
  return frame.command === 'MESSAGE' || frame.headers.has('seq');
}
