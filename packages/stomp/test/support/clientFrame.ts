/** What of a client's WebSocket frame is other than that of a whole text message. */
export interface ClientFrameParts {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  /** The bits RSV1 to RSV3 as they stand in the first octet: 0x40, 0x20, 0x10. */
  readonly reserved?: number;
  /** Undefined: not masked. */
  readonly mask?: readonly number[] | undefined;
  /** What the head says, where that is not the payload's. */
  readonly length?: number;
}

/** One frame as a client sends it (RFC 6455 §5.2). */
export function clientFrame(payload: string | Uint8Array, parts: ClientFrameParts = {}): Buffer {
  const { opcode = 1, isFinal = true, reserved = 0 } = parts;
  const mask = 'mask' in parts ? parts.mask : [0x37, 0xfa, 0x21, 0x3d];
  const bytes = Buffer.from(payload);
  const { length = bytes.length } = parts;
  const masked = mask === undefined ? 0 : 0x80;
  const head = Buffer.of((isFinal ? 0x80 : 0) | reserved | opcode, masked | (length < 126 ? length : 0));
  const more = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (more.length === 2) more.writeUInt16BE(length);
  if (more.length === 8) more.writeBigUInt64BE(BigInt(length));
  if (more.length > 0) head.writeUInt8(masked | (more.length === 2 ? 126 : 127), 1);
  const hidden = mask ? bytes.map((octet, index) => octet ^ (mask[index % 4] ?? 0)) : bytes;
  return Buffer.concat([head, more, Buffer.from(mask ?? []), hidden]);
}
