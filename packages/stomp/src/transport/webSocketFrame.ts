/** Opcodes of RFC 6455 §5.2 that carry STOMP. */
export type Opcode = 'text' | 'binary';

const finAndOpcode: Readonly<Record<Opcode, number>> = { text: 0x81, binary: 0x82 };
const rsv1 = 0x40;

/** One whole, unmasked WebSocket message around the octets (RFC 6455 §5.2; servers do not mask). */
export function wrapWebSocket(bytes: Uint8Array, opcode: Opcode): Uint8Array {
  return wrap([bytes], finAndOpcode[opcode]);
}

/** The same around compressed octets that come in pieces (RFC 7692 §6: RSV1 says that they are). */
export function wrapCompressed(pieces: readonly Uint8Array[], opcode: Opcode): Uint8Array {
  return wrap(pieces, finAndOpcode[opcode] | rsv1);
}

function wrap(pieces: readonly Uint8Array[], first: number): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const head = headOf(length, first);
  // Sockets wrap what is no Buffer anew in each write.
  const message = Buffer.allocUnsafeSlow(head.length + length);
  message.set(head);
  let at = head.length;
  for (const piece of pieces) {
    message.set(piece, at);
    at += piece.length;
  }
  return message;
}

function headOf(length: number, first: number): Uint8Array {
  if (length < 126) return Uint8Array.of(first, length);
  const head = new DataView(new ArrayBuffer(length < 65_536 ? 4 : 10));
  head.setUint8(0, first);
  if (length < 65_536) {
    head.setUint8(1, 126);
    head.setUint16(2, length);
  } else {
    head.setUint8(1, 127);
    head.setBigUint64(2, BigInt(length));
  }
  return new Uint8Array(head.buffer);
}

// RFC 6455 §5.5: a control frame has 125 octets, two of them the code.
const closeTextBytes = 123;

/** A close frame with a code and, as far as there is room, the reason; without a code where that is 1005. */
export function closeFrame(code: number, reason: string): Uint8Array {
  if (code === 1005) return Buffer.of(0x88, 0);
  let short = reason;
  while (Buffer.byteLength(short) > closeTextBytes) short = short.slice(0, -1);
  const text = Buffer.from(short);
  return Buffer.concat([Buffer.of(0x88, 2 + text.length, code >> 8, code & 0xff), text]);
}

/** The answer to a ping. */
export function pongFrame(payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(0x8a, payload.length), payload]);
}

/** A ping without payload. */
export const pingFrame: Uint8Array = Buffer.of(0x89, 0);

// Chosen: below it, a view by words costs more than it saves.
const wordsFromBytes = 32;

/** A mask as it lies over an aligned word, in this machine's order of octets. */
const turnedMask = new Uint8Array(4);
const turnedWord = new Uint32Array(turnedMask.buffer);

/** Unmasks a payload where it is, with the four octets of `bytes` from `maskStart` on (RFC 6455 §5.3). */
export function unmask(payload: Uint8Array, bytes: Uint8Array, maskStart: number): void {
  const { length } = payload;
  if (length < wordsFromBytes) {
    unmaskFrom(0, length, payload, bytes, maskStart);
    return;
  }
  const first = (4 - (payload.byteOffset & 3)) & 3;
  const words = new Uint32Array(payload.buffer, payload.byteOffset + first, (length - first) >> 2);
  for (let at = 0; at < 4; at += 1) turnedMask[at] = bytes[maskStart + ((first + at) & 3)] ?? 0;
  const [word = 0] = turnedWord;
  unmaskFrom(0, first, payload, bytes, maskStart);
  for (let index = 0; index < words.length; index += 1) words[index] = (words[index] ?? 0) ^ word;
  unmaskFrom(first + 4 * words.length, length, payload, bytes, maskStart);
}

function unmaskFrom(
  start: number,
  end: number,
  payload: Uint8Array,
  bytes: Uint8Array,
  maskStart: number,
): void {
  for (let at = start; at < end; at += 1) {
    payload[at] = (payload[at] ?? 0) ^ (bytes[maskStart + (at & 3)] ?? 0);
  }
}

/** Writes the head of such a message before its octets, where there is room for it; returns where it begins. */
export function writeHead(into: Buffer, end: number, length: number, opcode: Opcode): number {
  const first = finAndOpcode[opcode];
  if (length < 126) {
    into[end - 2] = first;
    into[end - 1] = length;
    return end - 2;
  }
  if (length < 65_536) {
    into[end - 4] = first;
    into[end - 3] = 126;
    into.writeUInt16BE(length, end - 2);
    return end - 4;
  }
  into[end - 10] = first;
  into[end - 9] = 127;
  into.writeBigUInt64BE(BigInt(length), end - 8);
  return end - 10;
}
