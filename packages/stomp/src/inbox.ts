import type { Clock } from './clock.ts';
import { FrameDecoder, type FrameLimits } from './codec/decoder.ts';
import { type ClientFrame, clientFrame, type StompVersion } from './codec/frame.ts';
import type { Traffic } from './traffic.ts';
import { turnMs } from './turn.ts';

const LF = 10;

/** What an inbox works with. */
export interface InboxOptions {
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** Limits until `allow` is called. */
  readonly limits: FrameLimits;
  /** Octets that may wait behind a frame in work before nothing more is read, until `allow`. */
  readonly waitingBytes: number;
  /** Does what a frame asks for; undefined where that is done at once. Never throws or rejects. */
  readonly process: (frame: ClientFrame) => PromiseLike<void> | undefined;
  /** Whether more may come; said only where it changes, at first it may. */
  readonly mayCome: (mayCome: boolean) => void;
  /** The octets are no frame. */
  readonly fault: (error: unknown) => void;
  /** No frame is in work and none waits. */
  readonly idle: () => void;
}

/**
 * What one client has sent, as frames, one at a time and in order: while one is in work, what arrives
 * waits as octets. So a hook that waits holds up its own session only, and what follows CONNECT is read
 * under the version that CONNECT has negotiated. Who sends much gets a turn of some milliseconds at a time.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #decoder: FrameDecoder<ClientFrame>;
  #waitingBytes: number;
  #turnEndMs = 0;
  #isBusy = false;
  #isStopped = false;
  #mayCome = true;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#waitingBytes = options.waitingBytes;
    this.#decoder = new FrameDecoder(clientFrame, options.limits);
  }

  /** Whether a frame is in work, or more of them wait for their turn. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** The dialect and limits from the next frame on, and how much may wait. */
  allow(version: StompVersion, limits: FrameLimits, waitingBytes: number): void {
    this.#decoder.version = version;
    this.#decoder.limits = limits;
    this.#waitingBytes = waitingBytes;
  }

  push(bytes: Uint8Array): void {
    this.#options.traffic.came(bytes.length);
    if (this.#isStopped || this.#isHeartbeat(bytes)) return;
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
    return bytes.length === 1 && bytes[0] === LF && !this.#isBusy && this.#decoder.pendingBytes === 0;
  }

  #startTurn(): void {
    this.#turnEndMs = this.#options.clock.monotonicMs() + turnMs;
    this.#pump();
  }

  #pump(): void {
    const { traffic, clock, process, idle } = this.#options;
    for (let frame = this.#read(); frame; frame = this.#read()) {
      this.#isBusy = true;
      traffic.began(frame.command);
      const done = process(frame);
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
    idle();
  }

  // Waiting keeps nobody from the loop, so it is not part of the turn.
  #goOn(waitedSinceMs: number): void {
    const { traffic, clock } = this.#options;
    traffic.finished();
    const nowMs = clock.monotonicMs();
    this.#turnEndMs += nowMs - waitedSinceMs;
    if (this.#isTurnOver(nowMs)) {
      this.#rest();
      return;
    }
    this.#isBusy = false;
    this.#let(true);
    this.#pump();
  }

  #isTurnOver(nowMs: number): boolean {
    return nowMs > this.#turnEndMs && this.#decoder.pendingBytes > 0;
  }

  // Still busy: what ends the session in the meantime comes after what has arrived.
  #rest(): void {
    this.#options.clock.setTimer(0, () => {
      this.#isBusy = false;
      this.#let(true);
      this.#startTurn();
    });
  }

  #let(mayCome: boolean): void {
    if (this.#mayCome === mayCome) return;
    this.#mayCome = mayCome;
    this.#options.mayCome(mayCome);
  }

  #read(): ClientFrame | null {
    if (this.#isStopped) return null;
    try {
      return this.#decoder.read();
    } catch (error) {
      this.#isStopped = true;
      this.#options.fault(error);
      return null;
    }
  }
}
