import { encodeFrame } from './codec/encoder.ts';
import type { Headers, ServerFrame, StompVersion } from './codec/frame.ts';

/** A message's body as a transport can send it, made once for all frames that carry it. */
export interface SharedBody {
  /** With the frame's NUL behind it, compressed; empty where that saves too little. */
  deflated?: Uint8Array;
}

/** A frame on its way to clients: encoded once, when first needed, for all who get it. */
export class OutboundFrame {
  readonly frame: ServerFrame;
  /** Where others carry the same body. */
  readonly sharedBody: SharedBody | undefined;
  readonly #version: StompVersion;
  #bytes: Uint8Array | undefined;
  #wrapped: Map<string, Uint8Array> | undefined;

  constructor(frame: ServerFrame, version: StompVersion, sharedBody?: SharedBody) {
    this.frame = frame;
    this.sharedBody = sharedBody;
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
    const frame = { command: this.frame.command, headers, body };
    return new OutboundFrame(frame, this.#version, body === this.frame.body ? this.sharedBody : undefined);
  }
}
