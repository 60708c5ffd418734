import { once } from 'node:events';
import { expect } from 'vitest';
import { WebSocket } from 'ws';

/** A frame as it stands on the wire: header lines as they are, escapes and all. */
export interface RawFrame {
  readonly command: string;
  readonly lines: readonly string[];
  readonly body: Buffer;
}

/**
 * A client without a STOMP library: octets in, octets out. Frames are read from the wire by the few lines
 * below, which share nothing with the server's codec.
 */
export class RawPeer {
  readonly socket: WebSocket;
  closeCode: number | undefined;
  #got = Buffer.alloc(0);

  constructor(url: string, protocols: readonly string[] = []) {
    this.socket = new WebSocket(url, [...protocols]);
    this.socket.on('message', (data, isBinary) => {
      const octets = isBinary || Buffer.isBuffer(data) ? data : Buffer.from(String(data));
      this.#got = Buffer.concat([this.#got, Buffer.from(octets as Buffer)]);
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
    });
    this.socket.on('error', () => undefined);
  }

  /** Sends text as a text message, octets as a binary one, and waits until the server has dealt with it. */
  async send(message: string | Uint8Array): Promise<void> {
    this.socket.send(message);
    await this.settled();
  }

  /** Waits until the server has dealt with what was sent so far: it answers a ping, or has closed. */
  async settled(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const done = new AbortController();
    const pong = once(this.socket, 'pong', done).catch(() => undefined);
    const close = once(this.socket, 'close', done).catch(() => undefined);
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
    await Promise.race([pong, close]);
    done.abort();
  }

  /** Waits for the server's close, and expects a clean one. */
  async closed(): Promise<void> {
    if (this.closeCode === undefined) await once(this.socket, 'close');
    expect(this.closeCode).not.toBe(1006);
  }

  /** All frames so far. */
  get frames(): RawFrame[] {
    const frames: RawFrame[] = [];
    let at = 0;
    for (;;) {
      while (this.#got[at] === 10) at += 1;
      const headEnd = this.#got.indexOf('\n\n', at);
      if (headEnd < 0) return frames;
      const [command = '', ...lines] = this.#got.toString('utf8', at, headEnd).split('\n');
      const length = lines.find((line) => line.startsWith('content-length:'))?.slice(15);
      const bodyAt = headEnd + 2;
      const end = length === undefined ? this.#got.indexOf(0, bodyAt) : bodyAt + Number(length);
      if (end < 0 || end >= this.#got.length) return frames;
      expect(this.#got[end], 'a NUL behind the body').toBe(0);
      frames.push({ command, lines, body: this.#got.subarray(bodyAt, end) });
      at = end + 1;
    }
  }

  /** Ends of line that came outside of frames. */
  get beats(): number {
    const last = this.#got.lastIndexOf(0) + 1;
    return this.#got.subarray(last).filter((octet) => octet === 10).length;
  }

  /** `<ack 2>` becomes the `ack` header of the second MESSAGE so far, and so for any header. */
  filledIn(template: string): string {
    return template.replace(/<([a-z-]+) (\d+)>/g, (_all, name: string, index: string) => {
      const messages = this.frames.filter(({ command }) => command === 'MESSAGE');
      const line = messages[Number(index) - 1]?.lines.find((each) => each.startsWith(`${name}:`));
      return line?.slice(name.length + 1) ?? 'none';
    });
  }
}
