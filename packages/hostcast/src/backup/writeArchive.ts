import { createHash } from 'node:crypto';
import { type ArchiveHead, headName, sumsName } from './archive.ts';
import { blockBytes, encodeHeader, paddingOf } from './tar.ts';

/** Takes bytes in their order; they may be used again once it has resolved. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

export interface ArchiveContent {
  readonly bytes: number;
  readonly pieces: Iterable<Uint8Array>;
}

/** Writes a backup from its head to its sums. */
export class ArchiveWriter {
  readonly #sink: Sink;
  readonly #timeMs: number;
  #sums = '';
  #bytes = 0;

  private constructor(sink: Sink, timeMs: number) {
    this.#sink = sink;
    this.#timeMs = timeMs;
  }

  /** @throws what the sink throws, as all methods */
  static async begin(sink: Sink, head: ArchiveHead): Promise<ArchiveWriter> {
    const writer = new ArchiveWriter(sink, head.createdMs);
    const text = Buffer.from(`${JSON.stringify(head)}\n`);
    await writer.add(headName, { bytes: text.length, pieces: [text] });
    return writer;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async add(name: string, { bytes, pieces }: ArchiveContent): Promise<void> {
    await this.#write(encodeHeader({ name, bytes }, this.#timeMs));
    const hash = createHash('sha256');
    for (const piece of pieces) {
      hash.update(piece);
      await this.#write(piece);
    }
    await this.#write(Buffer.alloc(paddingOf(bytes)));
    this.#sums += `${hash.digest('hex')}  ${name}\n`;
  }

  async finish(): Promise<void> {
    const sums = Buffer.from(this.#sums);
    await this.#write(encodeHeader({ name: sumsName, bytes: sums.length }, this.#timeMs));
    await this.#write(Buffer.concat([sums, Buffer.alloc(paddingOf(sums.length) + 2 * blockBytes)]));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#sink(bytes);
    this.#bytes += bytes.length;
  }
}
