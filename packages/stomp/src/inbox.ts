import type { Clock } from './clock.ts';
import { FrameDecoder, type FrameLimits } from './codec/decoder.ts';
import { type ClientFrame, clientFrame, type StompVersion } from './codec/frame.ts';
import type { Traffic } from './traffic.ts';
import { turnMs } from './turn.ts';

const LF = 10;

/** Whose inbox it is. */
export interface InboxOwner {
  /** Does what a frame asks for; undefined where that is done at once. Never throws or rejects. */
  process(frame: ClientFrame): PromiseLike<void> | undefined;
  /** Whether more may come; said only where it changes, at first it may. */
  mayCome(mayCome: boolean): void;
  /** The octets are no frame. */
  fault(error: unknown): void;
  /** No frame is in work and none waits. */
  idle(): void;
}

/** What the inboxes of a server share. */
export interface InboxContext {
  readonly traffic: Traffic;
  readonly options: { readonly clock: Clock };
}

/**
 * What one client has sent, as frames, one at a time and in order: while one is in work, what arrives
 * waits as octets. So a hook that waits holds up its own session only, and what follows CONNECT is read
 * under the version that CONNECT has negotiated. Who sends much gets a turn of some milliseconds at a time.
 */
export class Inbox {
  readonly #owner: InboxOwner;
  readonly #context: InboxContext;
  // There while octets wait: most clients are silent most of the time.
  #decoder: FrameDecoder<ClientFrame> | undefined;
  #version: StompVersion = '1.2';
  #limits: FrameLimits;
  #waitingBytes: number;
  // In whole ms: what is no fraction takes no room of its own.
  #turnEndMs = 0;
  #isBusy = false;
  #isStopped = false;
  #mayCome = true;

  /** `limits` and `waitingBytes`, how much may wait behind a frame in work, hold until `allow`. */
  constructor(owner: InboxOwner, context: InboxContext, limits: FrameLimits, waitingBytes: number) {
    this.#owner = owner;
    this.#context = context;
    this.#waitingBytes = waitingBytes;
    this.#limits = limits;
  }

  /** Whether a frame is in work, or more of them wait for their turn. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** The dialect and limits from the next frame on, and how much may wait. */
  allow(version: StompVersion, limits: FrameLimits, waitingBytes: number): void {
    this.#version = version;
    this.#limits = limits;
    this.#waitingBytes = waitingBytes;
    if (!this.#decoder) return;
    this.#decoder.version = version;
    this.#decoder.limits = limits;
  }

  push(bytes: Uint8Array): void {
    this.#context.traffic.came(bytes.length);
    if (this.#isStopped || this.#isHeartbeat(bytes)) return;
    this.#decoder ??= this.#newDecoder();
    this.#decoder.push(bytes);
    if (!this.#isBusy) this.#startTurn();
    else if (this.#decoder.pendingBytes > this.#waitingBytes) this.#let(false);
  }

  /** Reads no further frame. */
  stop(): void {
    this.#isStopped = true;
  }

  // An end-of-line between frames. Most of what idle clients send is that.
  #isHeartbeat(bytes: Uint8Array): boolean {
    return bytes.length === 1 && bytes[0] === LF && !this.#isBusy && !this.#decoder;
  }

  #newDecoder(): FrameDecoder<ClientFrame> {
    const decoder = new FrameDecoder(clientFrame, this.#limits);
    decoder.version = this.#version;
    return decoder;
  }

  #startTurn(): void {
    this.#turnEndMs = Math.ceil(this.#context.options.clock.monotonicMs()) + turnMs;
    this.#pump();
  }

  #pump(): void {
    const { traffic, options } = this.#context;
    const { clock } = options;
    for (let frame = this.#read(); frame; frame = this.#read()) {
      this.#isBusy = true;
      traffic.began(frame.command);
      const done = this.#owner.process(frame);
      if (done) {
        const sinceMs = clock.monotonicMs();
        void done.then(() => this.#goOn(sinceMs));
        return;
      }
      traffic.finished();
      if (this.#isTurnOver(clock.monotonicMs())) {
        this.#rest();
        return;
      }
      this.#isBusy = false;
    }
    if (this.#decoder?.pendingBytes === 0) this.#decoder = undefined;
    this.#owner.idle();
  }

  // Waiting keeps nobody from the loop, so it is not part of the turn.
  #goOn(waitedSinceMs: number): void {
    const { traffic, options } = this.#context;
    traffic.finished();
    const nowMs = options.clock.monotonicMs();
    this.#turnEndMs += Math.ceil(nowMs - waitedSinceMs);
    if (this.#isTurnOver(nowMs)) {
      this.#rest();
      return;
    }
    this.#isBusy = false;
    this.#let(true);
    this.#pump();
  }

  #isTurnOver(nowMs: number): boolean {
    return nowMs > this.#turnEndMs && (this.#decoder?.pendingBytes ?? 0) > 0;
  }

  // Still busy: what ends the session in the meantime comes after what has arrived.
  #rest(): void {
    this.#context.options.clock.setTimer(0, () => {
      this.#isBusy = false;
      this.#let(true);
      this.#startTurn();
    });
  }

  #let(mayCome: boolean): void {
    if (this.#mayCome === mayCome) return;
    this.#mayCome = mayCome;
    this.#owner.mayCome(mayCome);
  }

  #read(): ClientFrame | null {
    if (this.#isStopped || !this.#decoder) return null;
    try {
      return this.#decoder.read();
    } catch (error) {
      this.#isStopped = true;
      this.#owner.fault(error);
      return null;
    }
  }
}
