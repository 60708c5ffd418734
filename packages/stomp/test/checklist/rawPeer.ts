import { once } from 'node:events';
import { WebSocket } from 'ws';
import { beatsOf, filledIn, framesOf, type RawFrame } from './wire.ts';

/** A client without a STOMP library: octets in, octets out. */
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
    if (this.closeCode === 1006) throw new Error('the connection was cut, not closed');
  }

  /** All frames so far. */
  get frames(): RawFrame[] {
    return framesOf(this.#got);
  }

  /** Ends of line that came outside of frames. */
  get beats(): number {
    return beatsOf(this.#got);
  }

  /** `<ack 2>` becomes the `ack` header of the second MESSAGE so far, and so for any header. */
  filledIn(template: string): string {
    return filledIn(template, this.frames);
  }
}
