import { Header } from 'tar';

/** A block: headers are one, contents are filled up to whole ones. */
export const blockBytes = 512;

export interface TarHeader {
  readonly name: string;
  readonly bytes: number;
}

/**
 * The header of a plain file (POSIX.1-1988 ustar), mode 0600, owner 0; the time has whole seconds.
 * @throws RangeError for names over 100 octets or not of ASCII, and files from 8 GiB on
 */
export function encodeHeader({ name, bytes }: TarHeader, timeMs: number): Buffer {
  const mtime = new Date(Math.max(0, Math.floor(timeMs / 1_000)) * 1_000);
  const header = new Header({ path: name, size: bytes, mode: 0o600, uid: 0, gid: 0, mtime, type: 'File' });
  const block = Buffer.alloc(blockBytes);
  const isTooMuch = header.encode(block) || name.length > 100;
  if (isTooMuch) throw new RangeError(`${name} (${bytes} bytes) does not fit into an archive of this form`);
  return block;
}

/** Null for a block of zeros, which ends an archive. @throws RangeError for what `encodeHeader` doesn't write */
export function decodeHeader(block: Buffer): TarHeader | null {
  const header = new Header(block);
  if (header.nullBlock) return isZero(block) ? null : notOurs('the checksum of a header differs');
  if (!header.cksumValid) notOurs('the checksum of a header differs');
  const { path: name = '', size: bytes = 0, mtime } = header;
  // Also the bytes that readers pass over are checked.
  if (!encodeHeader({ name, bytes }, mtime?.getTime() ?? 0).equals(block))
    notOurs('an entry is no plain file of a backup');
  return { name, bytes };
}

/** How many zeros follow a content, so that the next header begins a block. */
export function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function notOurs(why: string): never {
  throw new RangeError(why);
}
