import type { Socket } from 'node:net';
import { plainAddress } from '../addresses.ts';
import type { Clock } from '../clock.ts';
import { type OutboundFrame, roomBefore } from '../outboundFrame.ts';
import { keepAliveMs, type Transport, type TransportListener } from './transport.ts';
import { TurnWriter } from './turnWriter.ts';

const beat = Uint8Array.of(10);

/** What a TcpTransport is made of. */
export interface TcpParts {
  /** As it was accepted, nothing read from it; it lets the peer end its side alone. */
  readonly socket: Socket;
  readonly name: 'tcp' | 'tls';
  readonly clock: Clock;
  /** ms that the peer has to end its side after ours. */
  readonly closeMs: number;
}

/** STOMP as it was first meant: frames on the stream of one TCP or TLS connection. */
export class TcpTransport implements Transport {
  readonly name: string;
  readonly remoteAddress: string;
  readonly request = undefined;
  readonly attributes = new Map<string, unknown>();
  readonly #parts: TcpParts;
  readonly #socket: Socket;
  #isEnding = false;
  #writer: TurnWriter | undefined;
  #writtenBytes = 0;
  #cancelLinger: (() => void) | undefined;

  constructor(parts: TcpParts) {
    this.#parts = parts;
    this.#socket = parts.socket;
    this.name = parts.name;
    this.remoteAddress = plainAddress(parts.socket.remoteAddress);
  }

  get pendingBytes(): number {
    return this.#writer?.pendingBytes ?? this.#socket.writableLength;
  }

  get heldBytes(): number {
    return this.#writer?.heldBytes ?? 0;
  }

  get isBehind(): boolean {
    return this.#writer?.isBehind ?? this.#socket.writableLength > 0;
  }

  get tellsDrained(): boolean {
    return this.heldBytes > 0 || this.#socket.writableNeedDrain;
  }

  get takenBytes(): number {
    return this.#writtenBytes - this.pendingBytes;
  }

  listen(listener: TransportListener): void {
    this.#socket.on('data', (bytes: Uint8Array) => {
      if (!this.#isEnding) listener.received(bytes);
    });
    this.#socket.on('drain', () => listener.drained());
    this.#writer = new TurnWriter(this.#socket, listener);
    this.#socket.on('end', () => {
      if (!this.#isEnding) listener.ended();
    });
    this.#socket.on('close', () => {
      this.#isEnding = true;
      this.#cancelLinger?.();
      listener.closed(undefined);
    });
  }

  write(frame: OutboundFrame): void {
    if (!this.#socket.writable) return;
    // The line end behind the frame is one more.
    this.#writtenBytes += frame.length + 1;
    const apart = frame.bodyApart;
    if (apart) this.#writer?.writeApart(frame.head.subarray(roomBefore), apart.restOfLines);
    else this.#writer?.write(frame.asLines ?? lineEnded(frame));
  }

  awaitOffer(): void {
    this.#writer?.awaitOffer();
  }

  offerNow(): void {
    this.#writer?.flush();
  }

  beat(): void {
    if (!this.#socket.writable) return;
    this.#writtenBytes += beat.length;
    this.#socket.write(beat);
    this.#writer?.wroteElsewhere();
  }

  /** TCP has nothing that a peer would have to answer. */
  ping(): void {}

  keepAlive(): void {
    this.#socket.setKeepAlive(true, keepAliveMs);
  }

  pause(): void {
    if (!this.#isEnding) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#writer?.flush();
    this.#socket.end();
    // Octets that are left unread make the system answer with RST, which overtakes the ERROR: what the peer
    // still sends is read and thrown away until it ends too.
    this.#socket.resume();
    this.#linger();
  }

  terminate(): void {
    this.#socket.destroy();
  }

  // A peer that does not end its side, or does not take what was written, is cut off.
  #linger(): void {
    const { clock, closeMs } = this.#parts;
    if (!this.#socket.destroyed) this.#cancelLinger ??= clock.setTimer(closeMs, () => this.terminate());
  }
}

// STOMP 1.2 §STOMP Frames: ends of line may follow a frame. RabbitMQ and ActiveMQ send one, and PHP's extension
// stomp takes the octet behind a frame's NUL for it, whatever it is.
function lineEnded(frame: OutboundFrame): Uint8Array {
  const ended = frame.whole.subarray(roomBefore);
  frame.asLines = ended;
  return ended;
}
