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
