import { createHash } from 'node:crypto';
import {
  type Archive,
  type ArchiveEntry,
  type ArchiveHead,
  damaged,
  dataPrefix,
  headName,
  isDataFile,
  parseHead,
  sumsName,
} from './archive.ts';
import { blockBytes, decodeHeader, paddingOf, type TarHeader } from './tar.ts';

/** Takes the files of the data folder while the archive is read; what it gets is checked only at the end. */
export interface FileTaker {
  /** Opens a file by its name without `data/`; it takes the pieces, and null at the end. */
  file(name: string): (piece: Uint8Array | null) => void;
  /** Told after each piece. */
  progress(doneBytes: number, head: ArchiveHead): void;
}

/** Small texts of ours are not larger. */
const maxTextBytes = 256 * 1024 * 1024;

/**
 * Reads a backup to its end and checks all of it.
 * @param where what to call it in errors
 * @throws UserError for what is damaged, cut short, too new or no backup
 */
export async function readArchive(
  where: string,
  chunks: AsyncIterable<Uint8Array>,
  taker: FileTaker,
): Promise<Archive> {
  const reader = new ArchiveReader(where, new Bytes(chunks), taker);
  try {
    return await reader.read();
  } catch (error) {
    if (error instanceof EndOfBytes) throw damaged(where, 'its end is missing');
    throw error instanceof RangeError ? damaged(where, error.message) : error;
  }
}

class ArchiveReader {
  readonly #where: string;
  readonly #bytes: Bytes;
  readonly #taker: FileTaker;
  readonly #files: ArchiveEntry[] = [];
  readonly #seen = new Set<string>();
  #sums = '';

  constructor(where: string, bytes: Bytes, taker: FileTaker) {
    this.#where = where;
    this.#bytes = bytes;
    this.#taker = taker;
  }

  async read(): Promise<Archive> {
    const first = await this.#header();
    if (first?.name !== headName) throw damaged(this.#where, `it does not begin with ${headName}`);
    const head = parseHead(this.#where, await this.#text(first));
    let header = await this.#header();
    for (; header && header.name !== sumsName; header = await this.#header()) await this.#file(header, head);
    if (header === null) throw damaged(this.#where, `it has no ${sumsName}`);
    await this.#sumsAndEnd(header, head);
    return { head, files: this.#files, bytes: this.#bytes.position };
  }

  async #header(): Promise<TarHeader | null> {
    return decodeHeader(await this.#bytes.take(blockBytes));
  }

  async #file(header: TarHeader, head: ArchiveHead): Promise<void> {
    const name = header.name.slice(dataPrefix.length);
    if (!header.name.startsWith(dataPrefix) || !isDataFile(name) || this.#seen.has(name))
      throw damaged(this.#where, `${JSON.stringify(header.name)} does not belong into one`);
    this.#seen.add(name);
    this.#files.push({ name, offset: this.#bytes.position, bytes: header.bytes });
    const take = this.#taker.file(name);
    const hash = createHash('sha256');
    for (let left = header.bytes; left > 0; ) {
      const piece = await this.#bytes.some(left);
      left -= piece.length;
      hash.update(piece);
      take(piece);
      this.#taker.progress(this.#bytes.position, head);
    }
    take(null);
    this.#sums += `${hash.digest('hex')}  ${header.name}\n`;
    await this.#padding(header.bytes);
  }

  async #sumsAndEnd(header: TarHeader, head: ArchiveHead): Promise<void> {
    const sums = await this.#bytes.take(this.#checkedLength(header));
    this.#compare(sums.toString('utf8'));
    await this.#padding(sums.length);
    for (let block = 0; block < 2; block++) {
      if (decodeHeader(await this.#bytes.take(blockBytes)) !== null)
        throw new RangeError(`something follows its ${sumsName}`);
    }
    if (!(await this.#bytes.isAtEnd())) throw new RangeError('something follows its end');
    this.#taker.progress(this.#bytes.position, head);
  }

  /** Names the first file whose content is another one. */
  #compare(said: string): void {
    if (said === this.#sums) return;
    const lines = new Set(said.split('\n'));
    const wrong = this.#sums.split('\n').find((line) => !lines.has(line));
    throw new RangeError(
      wrong ? `the checksum of ${wrong.slice(66)} differs` : `its ${sumsName} names a file that is missing`,
    );
  }

  async #text(header: TarHeader): Promise<string> {
    const content = await this.#bytes.take(this.#checkedLength(header));
    this.#sums += `${createHash('sha256').update(content).digest('hex')}  ${header.name}\n`;
    await this.#padding(header.bytes);
    return content.toString('utf8');
  }

  #checkedLength({ name, bytes }: TarHeader): number {
    if (bytes > maxTextBytes) throw new RangeError(`${name} is too long`);
    return bytes;
  }

  async #padding(bytes: number): Promise<void> {
    const zeros = await this.#bytes.take(paddingOf(bytes));
    if (zeros.some((byte) => byte !== 0)) throw new RangeError('there is something between two files');
  }
}

class EndOfBytes extends Error {}

/** Chunks as one row of bytes. */
class Bytes {
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** As many as there are at hand, one at least and `most` at most. */
  async some(most: number): Promise<Buffer> {
    if (await this.isAtEnd()) throw new EndOfBytes();
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    this.position += taken.length;
    return taken;
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.some(left);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return true;
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    return false;
  }
}
