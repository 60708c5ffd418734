import { crc32 } from 'node:zlib';

/*
 * A file of the buffer is a row of records. A record is a head of 28 octets and lines of line protocol, compressed
 * with gzip, so that records can be sent to InfluxDB as they are, one behind the other: gzip allows that (RFC 1952
 * §2.2). All numbers are little-endian. Byte by byte: docs/format.md.
 *
 *   0 u32 magic "HCB1"    4 u32 octets of the body    8 u32 lines    12 u32 octets of the lines
 *   16 f64 when it was taken, epoch ms    24 u32 CRC-32 of octets 4 to 23 and the body    28 the body
 */
const magic = 0x31424348;
const magicOctets = Buffer.from('HCB1', 'latin1');
const headOctets = 28;
/** A longer body is not believed: no record is made of more lines than a body of the ingest may hold. */
const longestBody = 256 * 1024 * 1024;

/** Lines that were taken together. */
export interface StoredRecord {
  /** Octets of the file at which it begins, and behind it. */
  readonly start: number;
  readonly end: number;
  readonly lines: number;
  /** Octets of the lines before compression. */
  readonly octets: number;
  /** Epoch ms. */
  readonly takenMs: number;
  /** The lines, compressed: one member of gzip. */
  readonly body: Buffer;
}

/** Octets of a file that are no record: damaged, or written half. */
export interface Damage {
  readonly start: number;
  readonly end: number;
}

/** A record as octets; `body` holds the lines, compressed. */
export function encodeRecord({ body, lines, octets, takenMs }: Omit<StoredRecord, 'start' | 'end'>): Buffer {
  const record = Buffer.alloc(headOctets + body.length);
  record.writeUInt32LE(magic, 0);
  record.writeUInt32LE(body.length, 4);
  record.writeUInt32LE(lines, 8);
  record.writeUInt32LE(octets, 12);
  record.writeDoubleLE(takenMs, 16);
  record.set(body, headOctets);
  record.writeUInt32LE(checksum(record, 0, body.length), 24);
  return record;
}

/**
 * The records of a part of a file that begins at `offset` of it, and what is not one. Damage costs the records that
 * it is in: behind it, the next record is found by its first octets and its checksum.
 */
export function scanRecords(
  bytes: Buffer,
  offset = 0,
): { readonly records: readonly StoredRecord[]; readonly damage: readonly Damage[] } {
  const records: StoredRecord[] = [];
  const damage: Damage[] = [];
  let at = 0;
  while (at < bytes.length) {
    const record = recordAt(bytes, at, offset);
    if (record !== undefined) {
      records.push(record);
      at = record.end - offset;
      continue;
    }
    const next = nextRecord(bytes, at + 1);
    damage.push({ start: offset + at, end: offset + next });
    at = next;
  }
  return { records, damage };
}

function recordAt(bytes: Buffer, at: number, offset: number): StoredRecord | undefined {
  if (at + headOctets > bytes.length || bytes.readUInt32LE(at) !== magic) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  const end = at + headOctets + length;
  if (length > longestBody || end > bytes.length) return undefined;
  if (bytes.readUInt32LE(at + 24) !== checksum(bytes, at, length)) return undefined;
  return {
    start: offset + at,
    end: offset + end,
    lines: bytes.readUInt32LE(at + 8),
    octets: bytes.readUInt32LE(at + 12),
    takenMs: bytes.readDoubleLE(at + 16),
    body: bytes.subarray(at + headOctets, end),
  };
}

function nextRecord(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(magicOctets, from); at >= 0; at = bytes.indexOf(magicOctets, at + 1)) {
    if (recordAt(bytes, at, 0) !== undefined) return at;
  }
  return bytes.length;
}

function checksum(bytes: Buffer, at: number, length: number): number {
  const head = crc32(bytes.subarray(at + 4, at + 24));
  return crc32(bytes.subarray(at + headOctets, at + headOctets + length), head);
}
