import { isUtf8 } from 'node:buffer';
import { encodeHead } from './codec/encoder.ts';
import type { Headers, ServerCommand, ServerFrame, StompVersion } from './codec/frame.ts';

const nothing = new Uint8Array(0);

/** What follows the head of a frame without body, and the line end behind that. */
const endOfLines = Uint8Array.of(0, 10);

/** Octets left free before a frame, in which a transport may write what carries it there. */
export const roomBefore = 10;
const room = ' '.repeat(roomBefore);

/** The body of a message as all frames of it share it. */
export class SharedBody {
  readonly bytes: Uint8Array;
  /** With the frame's NUL behind it, compressed; empty where that saves too little. */
  deflated: Uint8Array | undefined;
  #isText: boolean | undefined;
  #rest: Buffer | undefined;
  #restOfLines: Buffer | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Whether it is UTF-8. */
  get isText(): boolean {
    this.#isText ??= isUtf8(this.bytes);
    return this.#isText;
  }

  /** What follows the head of a frame: the body and its NUL. */
  get rest(): Buffer {
    this.#rest ??= this.restOfLines.subarray(0, -1);
    return this.#rest;
  }

  /** The same with a line end behind it. */
  get restOfLines(): Buffer {
    if (this.#restOfLines) return this.#restOfLines;
    const rest = Buffer.allocUnsafeSlow(this.bytes.length + 2);
    rest.set(this.bytes);
    rest[this.bytes.length] = 0;
    rest[this.bytes.length + 1] = 10;
    this.#restOfLines = rest;
    return rest;
  }
}

/** What stands before a body, where it is known without looking at the headers. */
export interface FrameHead {
  readonly start: string;
  /** What follows that: the same octets in other frames. */
  readonly rest: Uint8Array;
}

/** A frame on its way to clients: encoded once, when first needed, for all who get it. */
export class OutboundFrame {
  readonly command: ServerCommand;
  readonly frame: ServerFrame;
  /** Where others carry the same body. */
  readonly sharedBody: SharedBody | undefined;
  readonly #version: StompVersion;
  #known: FrameHead | undefined;
  // With room before it, and a line end behind it.
  #whole: Buffer | undefined;
  #bytes: Uint8Array | undefined;
  #length = 0;
  #head: Buffer | undefined;
  #wrapped: Map<string, Uint8Array> | undefined;
  /** It as one WebSocket message of text, of binary, and with a line end behind it: made by the transports, once too. */
  asText: Uint8Array | undefined;
  asBinary: Uint8Array | undefined;
  asLines: Uint8Array | undefined;
  /** The first two, compressed. */
  asDeflatedText: Uint8Array | undefined;
  asDeflatedBinary: Uint8Array | undefined;
  /** Whether one client alone gets it. */
  isForOne = false;

  /** `head`: what stands before the body, where that is known. */
  constructor(frame: ServerFrame, version: StompVersion, sharedBody?: SharedBody, head?: FrameHead) {
    this.command = frame.command;
    this.frame = frame;
    this.sharedBody = sharedBody;
    this.#version = version;
    this.#known = head;
  }

  /** The octets of STOMP. */
  get bytes(): Uint8Array {
    this.#bytes ??= this.whole.subarray(roomBefore, -1);
    return this.#bytes;
  }

  /** How many these are. */
  get length(): number {
    if (this.#length === 0) this.#length = this.#measured();
    return this.#length;
  }

  #measured(): number {
    const { length } = this.frame.body;
    if (length === 0) return this.whole.length - roomBefore - 1;
    return (this.#whole?.length ?? this.head.length + length + 2) - roomBefore - 1;
  }

  /** Whether the body is UTF-8. */
  get isText(): boolean {
    return this.sharedBody?.isText ?? isUtf8(this.frame.body);
  }

  /** The body, where it is better written apart from the head than copied for one client alone. */
  get bodyApart(): SharedBody | undefined {
    return this.isForOne ? this.sharedBody : undefined;
  }

  /** These octets in one piece, with `roomBefore` and a line end behind them. */
  get whole(): Buffer {
    if (this.#whole) return this.#whole;
    const { body } = this.frame;
    this.#whole = body.length === 0 ? this.#withHead(endOfLines) : this.#withBody(body);
    return this.#whole;
  }

  #withBody(body: Uint8Array): Buffer {
    const { head } = this;
    const whole = Buffer.allocUnsafeSlow(head.length + body.length + 2);
    whole.set(head);
    whole.set(body, head.length);
    whole[whole.length - 2] = 0;
    whole[whole.length - 1] = 10;
    this.#head = undefined;
    return whole;
  }

  /** Those before the body, with `roomBefore`. */
  get head(): Buffer {
    const { length } = this.frame.body;
    if (this.#whole || length === 0) return this.whole.subarray(0, -2 - length);
    this.#head ??= this.#withHead(nothing);
    return this.#head;
  }

  #withHead(end: Uint8Array): Buffer {
    const known = this.#known;
    this.#known = undefined;
    // In one call into the engine.
    if (known?.rest.length === 0 && end === endOfLines) return Buffer.from(`${room}${known.start}\0\n`);
    if (known) return withRoom(known.start, end === nothing ? known.rest : Buffer.concat([known.rest, end]));
    return withRoom(encodeHead(this.frame, this.#version), end);
  }

  /** Where a transport of another kind keeps its own wrapping of these octets. */
  get wrapped(): Map<string, Uint8Array> {
    this.#wrapped ??= new Map();
    return this.#wrapped;
  }

  /** The frame that an interceptor's message makes of this one, for the same receiver. */
  replacedBy({ headers, body }: { readonly headers: Headers; readonly body: Uint8Array }): OutboundFrame {
    const frame = { command: this.command, headers, body };
    const replaced = new OutboundFrame(
      frame,
      this.#version,
      body === this.frame.body ? this.sharedBody : undefined,
    );
    replaced.isForOne = true;
    return replaced;
  }
}

function withRoom(start: string, rest: Uint8Array): Buffer {
  const short = start.length > shortText ? undefined : shortWithRoom(start, rest);
  if (short) return short;
  const octets = Buffer.byteLength(start);
  const head = Buffer.allocUnsafe(roomBefore + octets + rest.length);
  head.write(start, roomBefore, octets === start.length ? 'latin1' : 'utf8');
  head.set(rest, roomBefore + octets);
  return head;
}

// Two calls into the engine take longer than a short text of ASCII, as most are, does here.
function shortWithRoom(start: string, rest: Uint8Array): Buffer | undefined {
  const head = Buffer.allocUnsafe(roomBefore + start.length + rest.length);
  for (let at = 0; at < start.length; at += 1) {
    const code = start.charCodeAt(at);
    if (code > 0x7f) return undefined;
    head[roomBefore + at] = code;
  }
  head.set(rest, roomBefore + start.length);
  return head;
}

/** Measured: both ways take 0.24 us there. What an id takes, and a RECEIPT. */
const shortText = 64;
