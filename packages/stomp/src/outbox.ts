import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import { Message, type Session } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import type { Transport } from './transport/transport.ts';

/** Octets given to a transport ahead of what it has written; the rest waits here, where it can be seen. */
const aheadBytes = 64 * 1024;

interface Entry {
  readonly frame: OutboundFrame;
  /** What counts against the cap: replays are shared with the broker and count only when written. */
  readonly bytes: number;
}

/** What an outbox works for and with. */
export interface OutboxOptions {
  readonly session: Session;
  readonly transport: Transport;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly capBytes: number;
  readonly deadlineMs: number;
  /** The client doesn't take what it gets: over the cap, or over the deadline. */
  readonly overflow: (text: string) => void;
  /** A receive hook threw; the message is lost. */
  readonly report: (error: unknown) => void;
}

/**
 * What waits to be written to one client, in order. Written at once where nothing holds it up: a transport
 * that is behind, or a `preReceive` hook that pauses the session. Bounded in octets (the cap and one frame),
 * and in time by a timer that runs while the transport is behind: it has to take something by then.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queue: Entry[] = [];
  #queuedBytes = 0;
  #isPaused = false;
  #isFlushing = false;
  #isFinished = false;
  #cancelDeadline: (() => void) | undefined;
  /** When something was last written (monotonic ms). */
  lastWriteMs: number;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.lastWriteMs = options.clock.monotonicMs();
  }

  /** Octets that wait, here and in the transport. */
  get bytes(): number {
    return this.#queuedBytes + this.#options.transport.pendingBytes;
  }

  /** Whether what is pushed now would be written at once or soon. */
  get hasRoom(): boolean {
    return this.bytes < aheadBytes && !this.#isFinished;
  }

  /** Takes one frame. `isReplay`: shared with the broker, so it costs nothing while it waits. */
  push(frame: OutboundFrame, isReplay = false): void {
    if (this.#isFinished) return;
    const { capBytes, channel, overflow } = this.#options;
    if (this.bytes > capBytes && !isReplay) {
      overflow(`more than ${capBytes} octets wait to be read`);
      return;
    }
    if (this.#queue.length === 0 && this.#isClear() && !channel.isReceiveIntercepted) {
      this.#write(frame);
      return;
    }
    const bytes = isReplay ? 0 : frame.bytes.length;
    this.#queue.push({ frame, bytes });
    this.#queuedBytes += bytes;
    this.flush();
  }

  /** Writes what may be written now; asks a `preReceive` that has paused the session again. */
  flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#isPaused = false;
    while (this.#queue.length > 0 && this.#isClear()) this.#take();
    this.#isFlushing = false;
    this.#watch();
  }

  /** Sends a heart-beat where nothing else is on the wire. */
  beat(): void {
    if (this.#isFinished || this.#options.transport.pendingBytes > 0) return;
    this.lastWriteMs = this.#options.clock.monotonicMs();
    this.#options.transport.beat();
  }

  /** The last frame of the session, if any, after what waits, or instead of it where `isLossy`. */
  finish(last: OutboundFrame | undefined, isLossy: boolean): void {
    if (this.#isFinished) return;
    const counted = this.#queue.filter((entry) => entry.bytes > 0);
    if (!isLossy && !this.#isPaused) for (const { frame } of counted) this.#options.transport.write(frame);
    if (last) this.#options.transport.write(last);
    this.discard();
  }

  /** Forgets what waits; nothing is written from here on. */
  discard(): void {
    this.#isFinished = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#stopWatch();
  }

  #isClear(): boolean {
    return !(this.#isPaused || this.#isFinished) && this.#options.transport.pendingBytes < aheadBytes;
  }

  #take(): void {
    const { channel, session } = this.#options;
    if (!channel.isReceiveIntercepted) {
      const entry = this.#shift();
      if (entry) this.#write(entry.frame);
      return;
    }
    let taken: { readonly entry: Entry; readonly message: Message } | undefined;
    const take = () => {
      const entry = this.#shift();
      if (!entry) return null;
      const { command, headers, body } = entry.frame.frame;
      taken = { entry, message: new Message({ command, headers, body, session }) };
      return taken.message;
    };
    const before = this.#queue.length;
    try {
      channel.receive(take, (message) => this.#writeMessage(message, taken), session);
    } catch (error) {
      this.#options.report(error);
    }
    if (this.#queue.length === before) this.#isPaused = true;
  }

  #writeMessage(
    message: Message,
    taken: { readonly entry: Entry; readonly message: Message } | undefined,
  ): void {
    if (taken && taken.message === message) this.#write(taken.entry.frame);
    else if (taken) this.#write(taken.entry.frame.replacedBy(message));
  }

  #shift(): Entry | undefined {
    const entry = this.#queue.shift();
    if (entry) this.#queuedBytes -= entry.bytes;
    return entry;
  }

  #write(frame: OutboundFrame): void {
    this.lastWriteMs = this.#options.clock.monotonicMs();
    this.#options.transport.write(frame);
    this.#watch();
  }

  #watch(): void {
    if (this.#options.transport.pendingBytes === 0 || this.#isPaused) this.#stopWatch();
    else this.#cancelDeadline ??= this.#startWatch();
  }

  #startWatch(): () => void {
    const { clock, transport, deadlineMs, overflow } = this.#options;
    const { takenBytes } = transport;
    return clock.setTimer(deadlineMs, () => {
      this.#cancelDeadline = undefined;
      const isStuck = transport.pendingBytes > 0 && transport.takenBytes <= takenBytes;
      if (isStuck) overflow(`nothing was read for ${deadlineMs} ms`);
      else this.#watch();
    });
  }

  #stopWatch(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }
}
