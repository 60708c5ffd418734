/** What a buffer holds at most. */
export interface BufferLimits {
  readonly lines: number;
  readonly bytes: number;
}

/** Lines of line protocol that were not sent yet. Where there are too many the oldest go, and are counted. */
export class LineBuffer {
  readonly #limits: BufferLimits;
  #lines: string[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(limits: BufferLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#lines.length;
  }

  /** How many were dropped for want of room since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  push(lines: readonly string[]): void {
    this.#lines = this.#lines.concat(lines);
    this.#bytes += bytesOf(lines);
    this.#trim();
  }

  /** Takes the oldest out: so many lines and bytes at most, but one line in any case. */
  take({ lines, bytes }: BufferLimits): string[] {
    let count = 0;
    let taken = 0;
    for (const line of this.#lines) {
      taken += Buffer.byteLength(line);
      if (count > 0 && (count >= lines || taken > bytes)) break;
      count += 1;
    }
    const batch = this.#lines.slice(0, count);
    this.#lines = this.#lines.slice(count);
    this.#bytes -= bytesOf(batch);
    return batch;
  }

  /** Puts back what was taken and not sent: it is the oldest again. */
  putBack(lines: readonly string[]): void {
    this.#lines = [...lines, ...this.#lines];
    this.#bytes += bytesOf(lines);
    this.#trim();
  }

  #trim(): void {
    let count = 0;
    while (this.#lines.length - count > this.#limits.lines || this.#bytes > this.#limits.bytes) {
      this.#bytes -= Buffer.byteLength(this.#lines[count] ?? '');
      count += 1;
    }
    if (count === 0) return;
    this.#lines = this.#lines.slice(count);
    this.#dropped += count;
  }
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}
