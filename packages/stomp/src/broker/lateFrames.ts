/** What keeps frames it has made. */
export interface FrameHolder {
  readonly octets: number;
  forgetFrames(): void;
}

const defaultBytes = 8 * 1024 * 1024;

/**
 * Bounds what encoded frames take beside the messages that are kept: those who come late, to a retained
 * message or a replay, share them as long as there is room, then they are made anew.
 */
export class LateFrames {
  readonly #maxBytes: number;
  readonly #holders = new Set<FrameHolder>();
  #bytes = 0;

  /** `maxBytes`: octets of the messages whose frames are kept. */
  constructor(maxBytes = defaultBytes) {
    this.#maxBytes = maxBytes;
  }

  /** One more frame of a message was made. */
  made(holder: FrameHolder): void {
    if (this.#bytes + holder.octets > this.#maxBytes) {
      for (const each of this.#holders) each.forgetFrames();
      this.#holders.clear();
      this.#bytes = 0;
    }
    this.#holders.add(holder);
    this.#bytes += holder.octets;
  }
}
