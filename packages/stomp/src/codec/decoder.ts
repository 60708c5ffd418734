import { StompError, type StompErrorCode } from '../errors.ts';
import { unescapeHeader } from './escape.ts';
import { type Frame, type FrameMaker, isLiteral, mayHaveBody, type StompVersion } from './frame.ts';

/** What one frame may measure; each in octets but `headers`, a count. */
export interface FrameLimits {
  readonly headerLineBytes: number;
  readonly headers: number;
  readonly bodyBytes: number;
  /** The whole frame. */
  readonly frameBytes: number;
  /** What an error calls the last two, where they have been set by other names; default `bodyBytes`, `frameBytes`. */
  readonly bodyBytesName?: string;
  readonly frameBytesName?: string;
}

interface Head {
  readonly command: string;
  readonly headers: Map<string, string>;
  /** Octets of the body, or undefined where it runs to the first NUL. */
  readonly length: number | undefined;
}

const LF = 10;
const CR = 13;
const NUL = 0;
const nothing = new Uint8Array(0);
// Octets up to which a head is decoded in one piece, which is quicker: what is kept of it then keeps all of it.
const smallHeadBytes = 256;
// A BOM inside a header is data, so it must not be swallowed.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Splits octets into frames, wherever they were cut on the way.
 *
 * Octets are pushed in, frames are read out one at a time: whoever reads may change `version` and `limits`
 * between two frames, because what follows CONNECT is in another dialect than CONNECT itself. Only the
 * part of a frame that has not been scanned is looked at again, so a frame that comes octet by octet costs
 * no more than one that comes whole. A head is decoded and split once, when its blank line has arrived.
 *
 * `read` throws a StompError at the first fault; the stream is then of no further use.
 */
export class FrameDecoder<F extends Frame> {
  version: StompVersion = '1.2';
  limits: FrameLimits;
  readonly #make: FrameMaker<F>;
  #buffer: Uint8Array = nothing;
  #start = 0;
  #end = 0;
  #scanned = 0;
  #lineStart = 0;
  #lines = 0;
  #bodyStart = 0;
  #head: Head | null = null;

  constructor(make: FrameMaker<F>, limits: FrameLimits) {
    this.#make = make;
    this.limits = limits;
  }

  /** Octets that were pushed and are not yet part of a frame read. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /** Takes the next octets. They may be kept, not copied, until the frames in them are read. */
  push(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#buffer = chunk;
      this.#end = chunk.length;
      this.#moveTo(0);
      return;
    }
    const pending = this.pendingBytes;
    if (this.#end + chunk.length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(1024, 2 * (pending + chunk.length)));
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = larger;
      this.#end = pending;
      this.#moveTo(0);
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole frame, or null until more octets come. */
  read(): F | null {
    if (this.#head === null) {
      if (this.#scanned === this.#start) this.#skipLineEnds();
      if (!this.#findHead()) return null;
      this.#head = this.#parseHead();
    }
    const body = this.#readBody(this.#head);
    if (body === null) return null;
    const frame = this.#make(this.#head.command, this.#head.headers, body);
    this.#head = null;
    return frame ?? null;
  }

  #moveTo(start: number): void {
    const by = start - this.#start;
    this.#start = start;
    this.#scanned += by;
    this.#lineStart += by;
    this.#bodyStart += by;
  }

  #skipLineEnds(): void {
    let at = this.#start;
    while (at < this.#end && (this.#buffer[at] === LF || this.#buffer[at] === CR)) at += 1;
    this.#startFrameAt(at);
  }

  #startFrameAt(at: number): void {
    this.#start = at;
    this.#scanned = at;
    this.#lineStart = at;
    this.#lines = 0;
  }

  #findHead(): boolean {
    while (this.#scanned < this.#end) {
      const found = this.#buffer.indexOf(LF, this.#scanned);
      const isWhole = found >= 0 && found < this.#end;
      const lineEnd = isWhole ? found : this.#end;
      const hasReturn = this.#buffer[lineEnd - 1] === CR && lineEnd > this.#lineStart;
      const length = lineEnd - this.#lineStart - (hasReturn ? 1 : 0);
      this.#checkLine(length);
      this.#checkFrame(lineEnd - this.#start);
      if (!isWhole) {
        this.#checkNoNul(this.#scanned, this.#end);
        this.#scanned = this.#end;
        return false;
      }
      this.#scanned = lineEnd + 1;
      this.#lineStart = lineEnd + 1;
      if (length === 0) return true;
      this.#countLine();
    }
    return false;
  }

  #checkLine(bytes: number): void {
    if (bytes > this.limits.headerLineBytes) {
      const text = `a header line exceeds headerLineBytes ${this.limits.headerLineBytes}`;
      throw this.#fault('ERR_STOMP_HEADER_LINE_TOO_LONG', text);
    }
  }

  #countLine(): void {
    this.#lines += 1;
    if (this.#lines - 1 > this.limits.headers) {
      throw this.#fault('ERR_STOMP_TOO_MANY_HEADERS', `a frame has more headers than ${this.limits.headers}`);
    }
  }

  #checkFrame(bytes: number): void {
    const { frameBytes, frameBytesName = 'frameBytes' } = this.limits;
    if (bytes > frameBytes) {
      throw this.#fault('ERR_STOMP_FRAME_TOO_LARGE', `a frame exceeds ${frameBytesName} ${frameBytes}`);
    }
  }

  #checkNoNul(from: number, to: number): void {
    if (this.#buffer.subarray(from, to).includes(NUL)) {
      throw this.#fault('ERR_STOMP_FRAME_END', 'a frame ends within its headers');
    }
  }

  #parseHead(): Head {
    this.#checkNoNul(this.#start, this.#scanned);
    this.#bodyStart = this.#scanned;
    const lines = this.#headLines();
    const [command = ''] = lines;
    const headers = new Map<string, string>();
    const literal = isLiteral(command, this.version);
    // STOMP 1.2 §Augmented BNF: CR is an escape there, or the end of a line.
    const mayReturn = literal || this.version !== '1.2' || !lines.some((line) => line.includes('\r'));
    if (!mayReturn)
      throw this.#fault('ERR_STOMP_HEADER', 'a header has a carriage return that is not written \\r');
    for (let index = 1; index <= this.#lines - 1; index += 1) {
      this.#parseHeader(lines[index] ?? '', headers, literal);
    }
    // Asked before the body is there: garbage is refused without waiting for the rest of it.
    if (!this.#make(command, headers, nothing)) {
      const details = 'The command is not known';
      const receipt = headers.get('receipt');
      throw new StompError('Bad command', { code: 'ERR_STOMP_COMMAND_UNKNOWN', details, receipt });
    }
    return { command, headers, length: this.#contentLength(headers) };
  }

  // A header is a piece of the text that it was decoded in, and JavaScript keeps all of that for as long as the piece
  // is kept: an id of two letters may not hold on to megabytes of other headers.
  #headLines(): readonly string[] {
    if (this.#scanned - this.#start <= smallHeadBytes) {
      const text = this.#text(this.#start, this.#scanned);
      return text.includes('\r') ? withoutReturns(text.split('\n')) : text.split('\n');
    }
    const lines: string[] = [];
    for (let from = this.#start; from < this.#scanned; ) {
      const to = this.#buffer.indexOf(LF, from);
      lines.push(this.#text(from, to));
      from = to + 1;
    }
    return withoutReturns(lines);
  }

  #text(from: number, to: number): string {
    try {
      return utf8.decode(this.#buffer.subarray(from, to));
    } catch (cause) {
      throw new StompError('the headers are not UTF-8', { code: 'ERR_STOMP_UTF8', cause });
    }
  }

  #parseHeader(line: string, headers: Map<string, string>, literal: boolean): void {
    const colon = line.indexOf(':');
    if (colon < 1) {
      const receipt = headers.get('receipt');
      throw this.#fault('ERR_STOMP_HEADER', 'a header line is not of the form name:value', receipt);
    }
    let name = line.slice(0, colon);
    let value = line.slice(colon + 1);
    if (!literal && line.includes('\\')) {
      name = unescapeHeader(name, this.version);
      value = unescapeHeader(value, this.version);
    }
    // STOMP 1.2 §Repeated Header Entries: the first one counts.
    if (!headers.has(name)) headers.set(name, value);
  }

  #contentLength(headers: Map<string, string>): number | undefined {
    const text = headers.get('content-length');
    if (text === undefined) return undefined;
    const receipt = headers.get('receipt');
    if (!/^\d{1,15}$/.test(text)) {
      throw this.#fault('ERR_STOMP_CONTENT_LENGTH', 'content-length is not a number of octets', receipt);
    }
    this.#checkBody(Number(text), receipt);
    return Number(text);
  }

  #checkBody(bytes: number, receipt: string | undefined): void {
    const { bodyBytes, bodyBytesName = 'bodyBytes' } = this.limits;
    if (bytes > bodyBytes) {
      const text = `a body of at least ${bytes} octets exceeds ${bodyBytesName} ${bodyBytes}`;
      throw this.#fault('ERR_STOMP_BODY_TOO_LARGE', text, receipt);
    }
    this.#checkFrame(this.#bodyStart - this.#start + bytes);
  }

  #readBody(head: Head): Uint8Array | null {
    const end = head.length === undefined ? this.#findNul(head) : this.#endOfLength(head, head.length);
    if (end === null) return null;
    if (end > this.#bodyStart && !mayHaveBody(head.command)) {
      const text = 'only SEND, MESSAGE and ERROR may have a body';
      throw this.#fault('ERR_STOMP_BODY_UNEXPECTED', text, head.headers.get('receipt'));
    }
    // A copy: a retained body must not hold on to the whole network chunk it came in.
    const body =
      end === this.#bodyStart ? nothing : new Uint8Array(this.#buffer.subarray(this.#bodyStart, end));
    this.#startFrameAt(end + 1);
    return body;
  }

  #findNul(head: Head): number | null {
    const found = this.#buffer.indexOf(NUL, this.#scanned);
    const isWhole = found >= 0 && found < this.#end;
    const end = isWhole ? found : this.#end;
    this.#checkBody(end - this.#bodyStart, head.headers.get('receipt'));
    this.#scanned = end;
    return isWhole ? end : null;
  }

  #endOfLength(head: Head, length: number): number | null {
    const end = this.#bodyStart + length;
    if (end >= this.#end) return null;
    if (this.#buffer[end] !== NUL) {
      const text = `no NUL follows the ${length} octets of the body`;
      throw this.#fault('ERR_STOMP_FRAME_END', text, head.headers.get('receipt'));
    }
    return end;
  }

  #fault(code: StompErrorCode, message: string, receipt?: string): StompError {
    return new StompError(message, { code, receipt });
  }
}

function withoutReturns(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}
