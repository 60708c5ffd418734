import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import type { OutboundFrame } from '../outboundFrame.ts';
import type { Deflater } from './deflate.ts';
import type { Transport, TransportListener } from './transport.ts';
import { TurnWriter } from './turnWriter.ts';
import { type Opcode, wrapWebSocket } from './webSocketFrame.ts';

const beats: Readonly<Record<Opcode, Uint8Array>> = {
  text: wrapWebSocket(Uint8Array.of(10), 'text'),
  binary: wrapWebSocket(Uint8Array.of(10), 'binary'),
};

// RFC 6455 §5.5: a control frame has 125 octets, two of them the code.
const closeTextBytes = 123;

// RFC 6455 §5.2: at most so much stands before a client's message, and before each of its fragments.
const headBytes = 14;

/** What a WebSocketTransport is made of. */
export interface WebSocketParts {
  readonly webSocket: WebSocket;
  /** The socket of the upgrade. */
  readonly socket: Duplex;
  readonly request: IncomingMessage;
  /** The client's, which a trusted proxy may have told. */
  readonly remoteAddress: string;
  readonly attributes: Map<string, unknown>;
  readonly clock: Clock;
  /** ms that the peer has to answer a close. */
  readonly closeMs: number;
  /** Octets that a message may have before anything was written: who is not CONNECTED gets less room. */
  readonly unconnectedBytes: number;
  /** Compresses what is sent, where permessage-deflate was agreed on. */
  readonly deflater: Deflater | undefined;
}

/**
 * STOMP over one WebSocket. `ws` reads, answers pings and closes; every data message is written here, whole
 * and ready, to the socket of the upgrade, so that one broadcast is wrapped once for all who get it, and what
 * comes in one turn of the loop leaves in one write. Nothing else writes data, and nothing is written after `ws.close()`.
 */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly remoteAddress: string;
  readonly request: IncomingMessage;
  readonly attributes: Map<string, unknown>;
  readonly #parts: WebSocketParts;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  // Answered in kind: a client that sends binary may not be able to read text with a NUL in it.
  #opcode: Opcode = 'text';
  #writer: TurnWriter | undefined;
  #writtenBytes = 0;
  // When the oldest ping left that was not answered yet (monotonic ms).
  #pingedMs: number | undefined;
  #roundTripMs: number | undefined;
  #cancelLinger: (() => void) | undefined;
  #unguard: (() => void) | undefined;

  constructor(parts: WebSocketParts) {
    this.#parts = parts;
    this.#webSocket = parts.webSocket;
    this.#socket = parts.socket;
    this.request = parts.request;
    this.attributes = parts.attributes;
    this.remoteAddress = parts.remoteAddress;
  }

  get pendingBytes(): number {
    return this.heldBytes + this.#socket.writableLength;
  }

  get heldBytes(): number {
    return this.#writer?.heldBytes ?? 0;
  }

  get tellsDrained(): boolean {
    return this.heldBytes > 0 || this.#socket.writableNeedDrain;
  }

  get takenBytes(): number {
    return this.#writtenBytes - this.pendingBytes;
  }

  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  listen(listener: TransportListener): void {
    let error: Error | undefined;
    this.#guard((thrown) => {
      error ??= thrown;
    });
    this.#webSocket.on('message', (data, isBinary) => {
      this.#opcode = isBinary ? 'binary' : 'text';
      if (data instanceof Uint8Array) listener.received(data);
    });
    this.#webSocket.on('pong', () => {
      this.#answered();
      listener.alive();
    });
    this.#webSocket.on('ping', () => listener.alive());
    this.#webSocket.on('error', (thrown) => {
      error = thrown;
      this.#linger();
    });
    this.#webSocket.on('close', (code) => {
      this.#cancelLinger?.();
      listener.closed(error, code);
    });
    this.#socket.on('drain', () => listener.drained());
    this.#writer = new TurnWriter(this.#socket, (bytes) => listener.offered(bytes));
  }

  write(frame: OutboundFrame): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#unguard?.();
    const wrapped = this.#wrapped(frame);
    this.#writtenBytes += wrapped.length;
    this.#writer?.write(wrapped);
  }

  beat(): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(beats[this.#opcode]);
  }

  ping(): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#pingedMs ??= this.#parts.clock.monotonicMs();
    this.#webSocket.ping();
  }

  pause(): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(code: number, text: string): void {
    this.#writer?.flush();
    this.#webSocket.close(code, shorten(text));
    // Its answer may stand behind octets that nobody wants any more.
    this.#webSocket.resume();
    this.#linger();
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  // Who answers what it was not asked (RFC 6455 §5.5.3 lets it) tells nothing of the way there and back.
  #answered(): void {
    if (this.#pingedMs === undefined) return;
    this.#roundTripMs = this.#parts.clock.monotonicMs() - this.#pingedMs;
    this.#pingedMs = undefined;
  }

  // `ws` collects a message up to its own limit, which holds for everybody. Until the first frame is written
  // (CONNECTED or ERROR), the octets that come without completing a message are counted here.
  #guard(fail: (error: Error) => void): void {
    const { unconnectedBytes } = this.#parts;
    let bytes = 0;
    let isComplete = false;
    const complete = () => {
      isComplete = true;
    };
    const count = (chunk: Uint8Array) => {
      bytes = isComplete ? 0 : bytes + chunk.length;
      isComplete = false;
      if (bytes <= unconnectedBytes + headBytes || !this.#unguard) return;
      const text = `a message before CONNECTED exceeds unconnectedFrameBytes ${unconnectedBytes}`;
      fail(new Error(text));
      this.#webSocket.close(1009, text);
      // Reads nothing more of it; the close that would answer stands behind it.
      this.#webSocket.pause();
      this.#linger();
    };
    this.#webSocket.on('message', complete);
    this.#socket.on('data', count);
    this.#unguard = () => {
      this.#webSocket.off('message', complete);
      this.#socket.off('data', count);
      this.#unguard = undefined;
    };
  }

  // A peer that does not answer the close is cut off.
  #linger(): void {
    const { clock, closeMs } = this.#parts;
    const isClosed = this.#webSocket.readyState === this.#webSocket.CLOSED;
    if (!isClosed) this.#cancelLinger ??= clock.setTimer(closeMs, () => this.terminate());
  }

  #wrapped(frame: OutboundFrame): Uint8Array {
    const { deflater } = this.#parts;
    if (!deflater) return this.#plain(frame);
    const key = `websocket deflate ${this.#opcode}`;
    const made = frame.wrapped.get(key);
    if (made) return made;
    const wrapped = deflater.wrap(frame, this.#opcodeOf(frame)) ?? this.#plain(frame);
    frame.wrapped.set(key, wrapped);
    return wrapped;
  }

  #plain(frame: OutboundFrame): Uint8Array {
    const key = `websocket ${this.#opcode}`;
    const made = frame.wrapped.get(key);
    if (made) return made;
    const wrapped = wrapWebSocket(frame.bytes, this.#opcodeOf(frame));
    frame.wrapped.set(key, wrapped);
    return wrapped;
  }

  // RFC 6455 §5.6: a text message is UTF-8. A body need not be.
  #opcodeOf(frame: OutboundFrame): Opcode {
    return this.#opcode === 'text' && isUtf8(frame.bytes) ? 'text' : 'binary';
  }
}

function shorten(text: string): string {
  let short = text;
  while (Buffer.byteLength(short) > closeTextBytes) short = short.slice(0, -1);
  return short;
}
