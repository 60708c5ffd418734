import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { beatsOf, framesOf, type RawFrame } from './wire.ts';

/** Name and passcode, where the server asks for them. */
export interface Login {
  readonly login?: string | undefined;
  readonly passcode?: string | undefined;
}

/** The server that is asked. */
export interface Remote extends Login {
  readonly url: URL;
  /** ms without an octet after which nothing more is expected. */
  readonly quietMs: number;
  /** ms that the server has to close. */
  readonly closeMs: number;
}

/** A client of a server somewhere, over `ws://`, `wss://` or `tcp://`. It names the login in its first frame. */
export class RemotePeer {
  readonly #remote: Remote;
  readonly #socket: WebSocket | Socket;
  #got = Buffer.alloc(0);
  #held = Buffer.alloc(0);
  #isNamed = false;
  #lastMs = Date.now();
  #ended: 'closed' | 'cut' | undefined;

  private constructor(remote: Remote, socket: WebSocket | Socket) {
    this.#remote = remote;
    this.#socket = socket;
    const isWebSocket = socket instanceof WebSocket;
    socket.on(isWebSocket ? 'message' : 'data', (data: Buffer) => {
      this.#got = Buffer.concat([this.#got, data]);
      this.#lastMs = Date.now();
    });
    socket.on('error', () => {
      this.#ended = 'cut';
    });
    if (!isWebSocket) socket.on('end', () => (this.#ended ??= 'closed'));
    socket.on('close', (code: unknown) => (this.#ended ??= code === 1006 ? 'cut' : 'closed'));
  }

  static async open(remote: Remote, protocols: readonly string[] = ['v12.stomp']): Promise<RemotePeer> {
    const { url } = remote;
    const isTcp = url.protocol === 'tcp:';
    const socket = isTcp
      ? connectTcp({ host: url.hostname.replace(/[[\]]/g, ''), port: Number(url.port), noDelay: true })
      : new WebSocket(url, [...protocols]);
    const peer = new RemotePeer(remote, socket);
    await once(socket, isTcp ? 'connect' : 'open');
    return peer;
  }

  get frames(): RawFrame[] {
    return framesOf(this.#got);
  }

  get beats(): number {
    return beatsOf(this.#got);
  }

  /** The subprotocol that the server has selected. */
  get protocol(): string {
    return this.#socket instanceof WebSocket ? this.#socket.protocol : '';
  }

  /** Whether the server has ended the connection, and how. */
  get ended(): 'closed' | 'cut' | undefined {
    return this.#ended;
  }

  send(message: string | Uint8Array): void {
    this.#lastMs = Date.now();
    if (this.#isNamed) {
      this.#write(message);
      return;
    }
    this.#held = Buffer.concat([this.#held, Buffer.from(message)]);
    const text = this.#held.toString('latin1');
    const [head] = /^[\r\n]*(?:CONNECT|STOMP)\r?\n/.exec(text) ?? [];
    if (head === undefined && text.length < 16) return;
    this.#isNamed = true;
    const at = head?.length ?? 0;
    const named = Buffer.concat([
      this.#held.subarray(0, at),
      Buffer.from(head === undefined ? '' : this.#loginLines(text)),
      this.#held.subarray(at),
    ]);
    this.#write(typeof message === 'string' ? named.toString() : named);
  }

  /** Waits until nothing has come for a while in which it could: one in which this machine was held up is none. */
  async quiet(): Promise<void> {
    let sinceMs = this.#lastMs;
    while (!this.#ended) {
      const left = Math.max(sinceMs, this.#lastMs) + this.#remote.quietMs - Date.now();
      if (left <= 0) return;
      const beforeMs = Date.now();
      await pause(left);
      if (Date.now() - beforeMs > left + 10) sinceMs = Date.now();
    }
  }

  /** Waits for the server's close; how it ended, or undefined where it did not in time. */
  async closed(): Promise<'closed' | 'cut' | undefined> {
    const untilMs = Date.now() + this.#remote.closeMs;
    while (!this.#ended && Date.now() < untilMs) await pause(10);
    return this.#ended;
  }

  close(): void {
    if (this.#socket instanceof WebSocket) this.#socket.close();
    else this.#socket.end();
  }

  cut(): void {
    if (this.#socket instanceof WebSocket) this.#socket.terminate();
    else this.#socket.resetAndDestroy();
  }

  #write(message: string | Uint8Array): void {
    if (this.#ended) return;
    if (this.#socket instanceof WebSocket) this.#socket.send(message);
    else this.#socket.write(message);
  }

  #loginLines(text: string): string {
    const { login, passcode } = this.#remote;
    const isGiven = (name: string) => text.includes(`\n${name}:`);
    const lines = login === undefined || isGiven('login') ? '' : `login:${login}\n`;
    return passcode === undefined || isGiven('passcode') ? lines : `${lines}passcode:${passcode}\n`;
  }
}

/** Lets time pass: what another server does is seen in no other way. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
