import { FrameDecoder, type FrameLimits } from './codec/decoder.ts';
import { type ClientFrame, clientFrame, type StompVersion } from './codec/frame.ts';
import type { Traffic } from './traffic.ts';
import type { Transport } from './transport/transport.ts';

/** What an inbox works with. */
export interface InboxOptions {
  readonly transport: Transport;
  readonly traffic: Traffic;
  /** Limits until `allow` is called. */
  readonly limits: FrameLimits;
  /** Octets that may wait behind a frame in work before the transport is told to pause, until `allow`. */
  readonly waitingBytes: number;
  /** Does what a frame asks for; undefined where that is done at once. Never throws or rejects. */
  readonly process: (frame: ClientFrame) => PromiseLike<void> | undefined;
  /** The octets are no frame. */
  readonly fault: (error: unknown) => void;
  /** No frame is in work and none waits. */
  readonly idle: () => void;
}

/**
 * What one client has sent, as frames, one at a time and in order: while one is in work, what arrives
 * waits as octets. So a hook that waits holds up its own session only, and what follows CONNECT is read
 * under the version that CONNECT has negotiated.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #decoder: FrameDecoder<ClientFrame>;
  #waitingBytes: number;
  #isBusy = false;
  #isStopped = false;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#waitingBytes = options.waitingBytes;
    this.#decoder = new FrameDecoder(clientFrame, options.limits);
  }

  /** Whether a frame is in work. */
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
    if (this.#isStopped) return;
    this.#decoder.push(bytes);
    if (!this.#isBusy) this.#pump();
    else if (this.#decoder.pendingBytes > this.#waitingBytes) this.#options.transport.pause();
  }

  /** Reads no further frame. */
  stop(): void {
    this.#isStopped = true;
  }

  #pump(): void {
    for (let frame = this.#read(); frame; frame = this.#read()) {
      this.#isBusy = true;
      this.#options.traffic.began(frame.command);
      const done = this.#options.process(frame);
      if (done) {
        void done.then(() => this.#goOn());
        return;
      }
      this.#finish();
    }
    this.#options.idle();
  }

  #finish(): void {
    this.#isBusy = false;
    this.#options.traffic.finished();
  }

  #goOn(): void {
    this.#finish();
    this.#options.transport.resume();
    this.#pump();
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
