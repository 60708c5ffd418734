import { encodeFrame } from './codec/encoder.ts';
import type { Headers, ServerFrame, StompVersion } from './codec/frame.ts';

/** A frame on its way to clients: encoded once, when first needed, for all who get it. */
export class OutboundFrame {
  readonly frame: ServerFrame;
  readonly #version: StompVersion;
  #bytes: Uint8Array | undefined;
  #wrapped: Map<string, Uint8Array> | undefined;

  constructor(frame: ServerFrame, version: StompVersion) {
    this.frame = frame;
    this.#version = version;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= encodeFrame(this.frame, this.#version);
    return this.#bytes;
  }

  /** Where a transport keeps its own wrapping of these octets, made once too. */
  get wrapped(): Map<string, Uint8Array> {
    this.#wrapped ??= new Map();
    return this.#wrapped;
  }

  /** The frame that an interceptor's message makes of this one, for the same receiver. */
  replacedBy({ headers, body }: { readonly headers: Headers; readonly body: Uint8Array }): OutboundFrame {
    return new OutboundFrame({ command: this.frame.command, headers, body }, this.#version);
  }
}
