import { isUtf8 } from 'node:buffer';
import { isThenable, type MaybePromise } from '../maybePromise.ts';
import { unmask } from './webSocketFrame.ts';

/** What a receiver works for. */
export interface ReceiverOwner {
  /** Octets and fragments that a message may have, as of now, and what the limit of octets is called. */
  readonly messageLimits: { readonly bytes: number; readonly bytesName: string; readonly fragments: number };
  /** Unpacks a message to at most so many octets, where permessage-deflate was agreed on. */
  readonly inflate: ((bytes: Uint8Array, limitBytes: number) => MaybePromise<Uint8Array>) | undefined;
  /** Whether it has enough for now: then nothing is read behind a message that had to be unpacked, until `goOn`. */
  readonly isPaused: boolean;
  received(bytes: Uint8Array, isBinary: boolean): void;
  pinged(payload: Uint8Array): void;
  ponged(): void;
  /** The peer has said its last word; 1005 where it gave no code (RFC 6455 §7.1.5). */
  concluded(code: number): void;
  /** A message is being unpacked: nothing more should come until it is. */
  waiting(isWaiting: boolean): void;
  /** What came is no WebSocket, or too much of it. */
  failed(fault: WebSocketFault): void;
}

/** What a peer has broken, and the code of RFC 6455 §7.4.1 to tell it with. */
export class WebSocketFault extends Error {
  readonly closeCode: number;

  constructor(closeCode: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.closeCode = closeCode;
  }
}

/** The first two octets of a frame, taken apart (RFC 6455 §5.2). */
interface Head {
  readonly isFinal: boolean;
  readonly isCompressed: boolean;
  readonly opcode: number;
  /** 7 bits: 126 and 127 say that the length follows in 2 or 8 octets. */
  readonly shortLength: number;
}

/** A message of which fragments came. */
interface Unfinished {
  readonly octets: Octets;
  readonly isBinary: boolean;
  readonly isCompressed: boolean;
  fragments: number;
}

const continuation = 0;
const text = 1;
const binary = 2;
const close = 8;
const ping = 9;
const pong = 10;

const nothing = new Uint8Array(0);

/**
 * The server's side of reading one WebSocket (RFC 6455 §5): octets in, however they were cut on the way, messages
 * and control frames out. A frame that came whole is unmasked where it is and handed on without a copy; only what
 * is unfinished is kept. Lengths are held against the limits before anything is kept of what they announce.
 */
export class WebSocketReceiver {
  #rest: Octets | undefined;
  #message: Unfinished | undefined;
  // `busy`: a message is being unpacked. `held`: the owner has enough for now. `done`: nothing is read any more.
  #state: 'reading' | 'busy' | 'held' | 'done' = 'reading';

  /** Whether a message is being unpacked, and the rest waits for it. */
  get isBusy(): boolean {
    return this.#state === 'busy';
  }

  get #isReading(): boolean {
    return this.#state === 'reading';
  }

  /** Takes the next octets, which become the receiver's own. Never throws: it tells the owner. */
  push(chunk: Uint8Array, owner: ReceiverOwner): void {
    if (this.#state === 'done') return;
    if (this.#state !== 'reading' || this.#rest) {
      this.#rest ??= new Octets();
      this.#rest.add(chunk);
    }
    if (this.#state === 'reading') this.#read(this.#rest?.take() ?? chunk, owner);
  }

  /** Reads what was held back for an owner that had enough. */
  goOn(owner: ReceiverOwner): void {
    if (this.#state !== 'held') return;
    this.#state = 'reading';
    this.#read(this.#rest?.take() ?? nothing, owner);
  }

  /** Reads nothing any more, and forgets what is unfinished. */
  stop(): void {
    this.#state = 'done';
    this.#rest = undefined;
    this.#message = undefined;
  }

  #read(bytes: Uint8Array, owner: ReceiverOwner): void {
    const rest = this.#rest;
    let at = 0;
    this.#rest = undefined;
    this.#attempt(owner, () => {
      while (this.#state === 'reading') {
        const read = this.#frame(bytes, at, owner);
        if (read === 0) break;
        at += read;
      }
    });
    if (this.#state === 'done' || at === bytes.length) return;
    if (at === 0 && rest) {
      this.#rest = rest;
      return;
    }
    // A copy: a few octets must not hold on to the whole network chunk that they came in.
    this.#rest = new Octets();
    this.#rest.add(bytes.subarray(at));
  }

  #attempt(owner: ReceiverOwner, action: () => void): void {
    try {
      action();
    } catch (fault) {
      if (!(fault instanceof WebSocketFault)) throw fault;
      this.stop();
      owner.failed(fault);
    }
  }

  /** Does what one frame says; how many octets it was, or 0 where it is not whole yet. */
  #frame(bytes: Uint8Array, start: number, owner: ReceiverOwner): number {
    const [first, second] = [bytes[start], bytes[start + 1]];
    if (first === undefined || second === undefined) return 0;
    const head = this.#head(first, second, owner);
    const { shortLength } = head;
    const maskStart = start + (shortLength < 126 ? 2 : shortLength === 126 ? 4 : 10);
    if (bytes.length < maskStart) return 0;
    const length = shortLength < 126 ? shortLength : longLength(bytes, start + 2, maskStart);
    if (head.opcode < close) this.#checkLength(length, owner);
    const payloadStart = maskStart + 4;
    const end = payloadStart + length;
    if (bytes.length < end) return 0;
    const payload = length === 0 ? nothing : bytes.subarray(payloadStart, end);
    unmask(payload, bytes, maskStart);
    if (head.opcode < close) this.#data(head, payload, owner);
    else this.#control(head.opcode, payload, owner);
    return end - start;
  }

  #head(first: number, second: number, owner: ReceiverOwner): Head {
    const isFinal = (first & 0x80) !== 0;
    const isCompressed = (first & 0x40) !== 0;
    const opcode = first & 0x0f;
    const shortLength = second & 0x7f;
    if ((first & 0x30) !== 0) throw broken('RSV2 or RSV3 is set');
    const isFirst = opcode === text || opcode === binary;
    // RFC 7692 §6: on the first frame of a message only.
    if (isCompressed && !(owner.inflate && isFirst)) throw broken('RSV1 is set');
    if (opcode === continuation && !this.#message) throw broken('nothing is there to be continued');
    if (isFirst && this.#message) throw broken('a message begins within another');
    if (opcode > pong || (opcode > binary && opcode < close)) throw broken(`opcode ${opcode} is not known`);
    // RFC 6455 §5.5, and §5.5.1: a code has two octets.
    if (opcode >= close && !isFinal) throw broken('a control frame is in fragments');
    if (opcode >= close && shortLength > 125) throw broken('a control frame is longer than 125 octets');
    if (opcode === close && shortLength === 1) throw broken('a close frame has half a code');
    // RFC 6455 §5.1.
    if ((second & 0x80) === 0) throw broken('a client has to mask its frames');
    return { isFinal, isCompressed, opcode, shortLength };
  }

  #checkLength(length: number, { messageLimits }: ReceiverOwner): void {
    if (length === 0 || (this.#message?.octets.length ?? 0) + length <= messageLimits.bytes) return;
    throw tooLarge(messageLimits);
  }

  #data(head: Head, payload: Uint8Array, owner: ReceiverOwner): void {
    const { isFinal, isCompressed, opcode } = head;
    const begun = this.#message;
    const { fragments } = owner.messageLimits;
    if ((begun?.fragments ?? 0) >= fragments) {
      throw new WebSocketFault(
        1008,
        `a WebSocket message has more fragments than webSocketFragments ${fragments}`,
      );
    }
    if (!begun && isFinal) {
      this.#finish(payload, opcode === binary, isCompressed, owner);
      return;
    }
    const message = begun ?? {
      octets: new Octets(),
      isBinary: opcode === binary,
      isCompressed,
      fragments: 0,
    };
    message.fragments += 1;
    message.octets.add(payload);
    this.#message = isFinal ? undefined : message;
    if (isFinal) this.#finish(message.octets.take(), message.isBinary, message.isCompressed, owner);
  }

  #finish(bytes: Uint8Array, isBinary: boolean, isCompressed: boolean, owner: ReceiverOwner): void {
    const unpacked = isCompressed ? inflated(bytes, owner) : bytes;
    if (!isThenable(unpacked)) this.#deliver(unpacked, isBinary, owner);
    // What follows waits, so that order is kept. Never rejects.
    else void this.#await(unpacked, isBinary, owner);
  }

  #deliver(bytes: Uint8Array, isBinary: boolean, owner: ReceiverOwner): void {
    // RFC 6455 §8.1.
    if (!isBinary && !isUtf8(bytes)) throw new WebSocketFault(1007, 'a text message is not UTF-8');
    owner.received(bytes, isBinary);
  }

  async #await(inflating: PromiseLike<Uint8Array>, isBinary: boolean, owner: ReceiverOwner): Promise<void> {
    this.#state = 'busy';
    owner.waiting(true);
    const unpacked = await Promise.resolve(inflating).catch(faultOf);
    if (!this.isBusy) return;
    this.#state = 'reading';
    this.#attempt(owner, () => {
      if (unpacked instanceof WebSocketFault) throw unpacked;
      this.#deliver(unpacked, isBinary, owner);
    });
    // A network chunk of 64 KiB may hold 64 MiB that are compressed.
    if (this.#isReading && owner.isPaused) this.#state = 'held';
    if (this.#isReading) this.#read(this.#rest?.take() ?? nothing, owner);
    if (!this.isBusy) owner.waiting(false);
  }

  #control(opcode: number, payload: Uint8Array, owner: ReceiverOwner): void {
    if (opcode === ping) owner.pinged(payload);
    else if (opcode === pong) owner.ponged();
    else {
      const code = closeCodeOf(payload);
      this.stop();
      owner.concluded(code);
    }
  }
}

/** Octets that come in pieces. */
class Octets {
  #bytes: Uint8Array = nothing;
  length = 0;

  add(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.#bytes.length) {
      // Twice what there was: a large message in small pieces is copied a few times, not once per piece.
      const larger = new Uint8Array(this.length === 0 ? length : 2 * length);
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.length);
    this.length = length;
  }

  /** All of them. Nothing may be added any more. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

/** The length in the octets before the mask: 2 or 8 of them, most significant first. */
function longLength(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at += 1) length = length * 256 + (bytes[at] ?? 0);
  return length;
}

// RFC 6455 §7.4: what may be sent. 1004 to 1006 and 1015 never are.
function closeCodeOf(payload: Uint8Array): number {
  if (payload.length === 0) return 1005;
  const code = (payload[0] ?? 0) * 256 + (payload[1] ?? 0);
  const isKnown = code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);
  if (!isKnown && !(code >= 3000 && code <= 4999)) throw broken(`close code ${code} must not be sent`);
  if (!isUtf8(payload.subarray(2))) throw new WebSocketFault(1007, 'the reason of a close is not UTF-8');
  return code;
}

function broken(what: string): WebSocketFault {
  return new WebSocketFault(1002, `no WebSocket frame: ${what}`);
}

function tooLarge({ bytes, bytesName }: ReceiverOwner['messageLimits']): WebSocketFault {
  return new WebSocketFault(1009, `a WebSocket message exceeds ${bytesName} ${bytes}`);
}

function inflated(bytes: Uint8Array, { inflate, messageLimits }: ReceiverOwner): MaybePromise<Uint8Array> {
  try {
    return inflate ? inflate(bytes, messageLimits.bytes) : bytes;
  } catch (error) {
    throw faultOf(error);
  }
}

function faultOf(error: unknown): WebSocketFault {
  if (error instanceof WebSocketFault) return error;
  return new WebSocketFault(1007, 'a compressed message cannot be unpacked', error);
}
