import { constants, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import type { MaybePromise } from '../maybePromise.ts';
import type { CompressionOptions } from '../options.ts';
import { type OutboundFrame, roomBefore } from '../outboundFrame.ts';
import { type Opcode, wrapCompressed } from './webSocketFrame.ts';
import { WebSocketFault } from './webSocketReceiver.ts';

// RFC 1951 §3.2.4: what one stored block holds at most.
const storedBytes = 65_535;

// RFC 7692 §7.2.1: the end of a flush, which both sides know and nobody sends.
const flushEndBytes = 4;

/** Chosen: for less, its receivers need not inflate it. */
const worthwhileShare = 0.9;

const tooLittle = new Uint8Array(0);

/**
 * Compresses messages as permessage-deflate (RFC 7692) has them, with each body compressed once for all who get it.
 *
 * DEFLATE is a row of blocks. The head of a frame, which tells subscriptions apart, goes into a block that is
 * stored as it is; those of the body stand behind it, and are the same in all frames that carry the body, since
 * they refer to nothing before them. So nobody's messages may depend on those he got earlier
 * (`server_no_context_takeover`). What goes to one client alone is not compressed: that would be work for each.
 *
 * It is done at once: in the thread pool a body of 20 KB would take longer to go there and back than the tenth of a
 * millisecond that it takes here, and who has it would wait. What takes longer than a turn of the loop may is
 * sent as it is (`maxBytes`).
 */
export class Deflater {
  readonly #options: Required<CompressionOptions>;

  constructor(options: Required<CompressionOptions>) {
    this.#options = options;
  }

  /** The WebSocket message of a frame; undefined where it is better sent as it is. */
  wrap(frame: OutboundFrame, opcode: Opcode): Uint8Array | undefined {
    const { sharedBody } = frame;
    const { length } = frame.frame.body;
    const { minBytes, maxBytes } = this.#options;
    if (!sharedBody || length < minBytes || length > maxBytes) return undefined;
    sharedBody.deflated ??= this.#deflate(sharedBody.rest);
    if (sharedBody.deflated.length === 0) return undefined;
    return wrapCompressed([...stored(frame.head.subarray(roomBefore)), sharedBody.deflated], opcode);
  }

  #deflate(bytes: Uint8Array): Uint8Array {
    const { level } = this.#options;
    const flushed = deflateRawSync(bytes, { level, finishFlush: constants.Z_SYNC_FLUSH });
    const length = flushed.length - flushEndBytes;
    // A copy: what zlib gives is part of something larger.
    return length < bytes.length * worthwhileShare ? Uint8Array.from(flushed.subarray(0, length)) : tooLittle;
  }
}

// Chosen: each takes some 50 KB while it is in work, and the thread pool has four threads.
const inflatedAtOnce = 10;
// Measured: so much takes 30 µs at most, and the way to the thread pool and back 80 for any.
const smallBytes = 16 * 1024;
// Chosen: what one read of a socket may bring that is not compressed.
const smallBytesAtOnce = 64 * 1024;
const flushEnd = Buffer.from('0000ffff', 'hex');

// Octets that may still become messages in this turn of the loop.
let leftBytes = smallBytesAtOnce;
let inflating = 0;
const waiting: (() => void)[] = [];

/**
 * Unpacks a client's message: what is small at once, the rest in the thread pool. Throws or rejects with a WebSocketFault
 * above so many octets (1009), and with the error of zlib where it is no deflate.
 */
export function inflateMessage(bytes: Uint8Array, limitBytes: number): MaybePromise<Uint8Array> {
  const ended = Buffer.concat([bytes, flushEnd]);
  return inflateSmall(ended, limitBytes) ?? inflateInPool(ended, limitBytes);
}

// Undefined where it is not small, or enough was in this turn of the loop.
function inflateSmall(ended: Uint8Array, limitBytes: number): Uint8Array | undefined {
  if (ended.length > smallBytes || leftBytes <= 0) return undefined;
  const maxOutputLength = Math.min(smallBytes, limitBytes);
  if (leftBytes === smallBytesAtOnce) setImmediate(renew);
  try {
    const inflated = inflateRawSync(ended, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
    // 1: a message without octets is work, too.
    leftBytes -= inflated.length + 1;
    return inflated;
  } catch (error) {
    leftBytes -= maxOutputLength;
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

function renew(): void {
  leftBytes = smallBytesAtOnce;
}

async function inflateInPool(ended: Uint8Array, limitBytes: number): Promise<Uint8Array> {
  if (inflating === inflatedAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else inflating += 1;
  try {
    return await inflate(ended, limitBytes);
  } finally {
    // Who waits takes over the place.
    const next = waiting.shift();
    if (next) next();
    else inflating -= 1;
  }
}

function inflate(ended: Uint8Array, limitBytes: number): Promise<Uint8Array> {
  const options = { maxOutputLength: limitBytes, finishFlush: constants.Z_SYNC_FLUSH };
  return new Promise((resolve, reject) => {
    inflateRaw(ended, options, (error, inflated) => {
      if (!error) resolve(inflated);
      else if (isTooLarge(error)) {
        reject(new WebSocketFault(1009, `a compressed message has more than ${limitBytes} octets`));
      } else reject(error);
    });
  });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function* stored(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += storedBytes) {
    const block = bytes.subarray(at, at + storedBytes);
    const head = new DataView(new ArrayBuffer(5));
    head.setUint16(1, block.length, true);
    head.setUint16(3, ~block.length, true);
    yield new Uint8Array(head.buffer);
    yield block;
  }
}
