import { messageBytes } from '../message.ts';

/** What keeps frames it has made. */
export interface FrameHolder {
  readonly octets: number;
  forgetFrames(): void;
}

/**
 * Bounds what encoded frames take beside the messages that are kept: those who come late, to a retained
 * message or a replay, share them as long as there is room, then they are made anew.
 */
export class LateFrames {
  readonly #maxBytes: number;
  readonly #holders = new Set<FrameHolder>();
  #bytes = 0;

  /** `maxBytes`: what the frames that are kept may take. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** One more frame of a message was made. */
  made(holder: FrameHolder): void {
    // Its octets, and once more as a transport wraps them.
    const bytes = messageBytes + 2 * holder.octets;
    if (this.#bytes + bytes > this.#maxBytes) {
      for (const each of this.#holders) each.forgetFrames();
      this.#holders.clear();
      this.#bytes = 0;
    }
    this.#holders.add(holder);
    this.#bytes += bytes;
  }
}
