import { encodeFrame } from '../codec/encoder.ts';
import {
  type ClientCommand,
  type ServerCommand,
  type ServerFrame,
  type StompVersion,
  stompVersions,
} from '../codec/frame.ts';
import type { OutboundFrame } from '../outboundFrame.ts';
import type { Transport, TransportListener } from '../transport/transport.ts';
import { FrameRecorder } from './frameRecorder.ts';

const utf8 = new TextEncoder();

/**
 * A client in memory, without sockets or waiting: `stomp.accept(client)` connects it. The methods of
 * Transport are the server's end of the connection; the others are the client's.
 */
export class MemoryClient implements Transport {
  readonly name = 'memory';
  readonly remoteAddress: string;
  readonly request = undefined;
  readonly attributes = new Map<string, unknown>();
  /** The octets of each write of the server. */
  readonly writes: Uint8Array[] = [];
  /** Heart-beats that came. */
  beats = 0;
  /** Pings that came. */
  pings = 0;
  /** Whether the server has asked the transport for a pause. */
  isPausedByServer = false;
  /** How the server has closed the connection. */
  closed: { readonly code: number; readonly text: string } | undefined;
  /** Whether the server has cut the connection. */
  isTerminated = false;
  pendingBytes = 0;
  readonly #recorder = new FrameRecorder();
  #listener: TransportListener | undefined;
  #isStalled = false;
  readonly #unread: Uint8Array[] = [];
  #writtenBytes = 0;

  /** `remoteAddress`: the address that the server sees; default 192.0.2.1. */
  constructor(remoteAddress = '192.0.2.1') {
    this.remoteAddress = remoteAddress;
  }

  // The client's side.

  /** What came, decoded; may be emptied between two steps of a test. */
  get frames(): ServerFrame[] {
    return this.#recorder.frames;
  }

  /** What came, in short: `MESSAGE:<body>`, `RECEIPT:<receipt-id>`, else the command alone. */
  get heard(): string[] {
    return this.#recorder.heard;
  }

  /** The first frame of a command that has come, or will come. */
  first(command: ServerCommand): Promise<ServerFrame> {
    return this.#recorder.first(command);
  }

  /** Sends text of which each character is an octet; RangeError where one is none: `sendFrame` writes UTF-8. */
  send(text: string): void {
    if (/[\u0100-\uffff]/.test(text))
      throw new RangeError('send takes octets, U+0000 to U+00FF, as characters');
    this.sendBytes(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#listener?.received(bytes);
  }

  /** Sends one frame: `sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a' })`. */
  sendFrame(command: ClientCommand, headers: Readonly<Record<string, string>> = {}, body = ''): void {
    const frame = { command, headers: new Map(Object.entries(headers)), body: utf8.encode(body) };
    this.sendBytes(encodeFrame(frame, this.#version));
  }

  /** Connects as STOMP 1.2 and forgets the CONNECTED frame. Header lines as text need their line ends. */
  connect(headers: Readonly<Record<string, string>> | string = ''): this {
    const lines =
      typeof headers === 'string'
        ? headers
        : Object.entries(headers)
            .map(([name, value]) => `${name}:${value}\n`)
            .join('');
    this.sendBytes(utf8.encode(`CONNECT\naccept-version:1.2\nhost:/\n${lines}\n\0`));
    this.frames.length = 0;
    return this;
  }

  /** Is gone without a word; `error` where it broke the transport's own protocol, `closeCode` where it is a WebSocket. */
  drop(error?: Error, closeCode?: number): void {
    this.#listener?.closed(error, closeCode);
  }

  /** Ends its side, as a TCP client may, and goes on reading. */
  finish(): void {
    this.#listener?.ended();
  }

  /** Answers a ping. */
  pong(): void {
    this.#listener?.alive();
  }

  /** Stops reading. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Takes so many octets of what waits off the wire; their frames come with `read`. */
  readSome(bytes: number): void {
    this.pendingBytes -= bytes;
  }

  /** Reads everything that waits, and goes on reading. */
  read(): void {
    this.#isStalled = false;
    this.readOnce();
  }

  /** Reads what is on the wire at this moment, and stays stalled where it was. */
  readOnce(): void {
    this.pendingBytes = 0;
    for (const bytes of this.#unread.splice(0)) this.#recorder.record(bytes);
    this.#listener?.drained();
  }

  // The server's side.

  get takenBytes(): number {
    return this.#writtenBytes - this.pendingBytes;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
  }

  write(frame: OutboundFrame): void {
    if (this.closed) throw new Error('written after close');
    this.writes.push(frame.bytes);
    this.#writtenBytes += frame.bytes.length;
    if (this.#isStalled) {
      this.pendingBytes += frame.bytes.length;
      this.#unread.push(frame.bytes);
    } else this.#recorder.record(frame.bytes);
  }

  beat(): void {
    this.beats += 1;
  }

  ping(): void {
    this.pings += 1;
  }

  pause(): void {
    this.isPausedByServer = true;
  }

  resume(): void {
    this.isPausedByServer = false;
  }

  close(code: number, text: string): void {
    this.closed ??= { code, text };
    if (!this.#isStalled) this.#listener?.closed(undefined);
  }

  terminate(): void {
    this.isTerminated = true;
    this.#listener?.closed(undefined);
  }

  get #version(): StompVersion {
    const connected = this.frames.find(({ command }) => command === 'CONNECTED');
    return stompVersions.find((version) => version === connected?.headers.get('version')) ?? '1.2';
  }
}
