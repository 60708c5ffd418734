/** A block: headers are one, contents are filled up to whole ones. */
export const blockBytes = 512;

/** More does not fit into the header's 11 octal digits. */
const maxFileBytes = 8 ** 11 - 1;

export interface TarHeader {
  readonly name: string;
  readonly bytes: number;
}

/**
 * The header of a plain file (POSIX.1-1988 ustar), mode 0600, owner 0.
 * @throws RangeError for names over 100 octets and files from 8 GiB on
 */
export function encodeHeader({ name, bytes }: TarHeader, timeMs: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`the name ${name} is too long for the archive`);
  if (bytes > maxFileBytes) throw new RangeError(`${name} is too large for the archive: ${bytes} bytes`);
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0);
  header.write('0000600\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(octal(bytes, 11), 124);
  header.write(octal(Math.max(0, Math.floor(timeMs / 1_000)), 11), 136);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.write(`${octal(checksum(header), 6)}\0 `, 148);
  return header;
}

/** Null for a block of zeros, which ends an archive. @throws RangeError for what `encodeHeader` doesn't write */
export function decodeHeader(header: Buffer): TarHeader | null {
  if (header.every((byte) => byte === 0)) return null;
  const said = header.toString('latin1', 148, 156);
  if (!/^[0-7]{6}\0 $/.test(said) || Number.parseInt(said, 8) !== checksum(header))
    throw new RangeError('the checksum of a header differs');
  const size = header.toString('latin1', 124, 135);
  if (header[156] !== 0x30 || !/^[0-7]{11}$/.test(size)) throw new RangeError('an entry is no plain file');
  const end = header.indexOf(0);
  return { name: header.toString('utf8', 0, end < 100 ? end : 100), bytes: Number.parseInt(size, 8) };
}

/** How many zeros follow a content, so that the next header begins a block. */
export function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function checksum(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += header[at]!;
  return sum;
}
