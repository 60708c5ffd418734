import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { type OutboundFrame, roomBefore, type SharedBody } from '../outboundFrame.ts';
import { type Deflater, inflateMessage } from './deflate.ts';
import { keepAliveMs, type Transport, type TransportListener } from './transport.ts';
import { TurnWriter } from './turnWriter.ts';
import { closeFrame, type Opcode, pingFrame, pongFrame, wrapWebSocket, writeHead } from './webSocketFrame.ts';
import { type ReceiverOwner, type WebSocketFault, WebSocketReceiver } from './webSocketReceiver.ts';

const beats: Readonly<Record<Opcode, Uint8Array>> = {
  text: wrapWebSocket(Uint8Array.of(10), 'text'),
  binary: wrapWebSocket(Uint8Array.of(10), 'binary'),
};

/** What the WebSockets of one server have in common. */
export interface WebSocketSettings {
  readonly clock: Clock;
  /** ms that the peer has to answer a close. */
  readonly closeMs: number;
  /** What a message may have before anything was written: who is not CONNECTED gets less room. */
  readonly unconnectedLimits: ReceiverOwner['messageLimits'];
  /** What it may have after that. */
  readonly messageLimits: ReceiverOwner['messageLimits'];
  /** Compresses what is sent, where permessage-deflate was agreed on. */
  readonly deflater: Deflater | undefined;
}

/** What a WebSocketTransport is made of. */
export interface WebSocketParts {
  /** The socket of the upgrade. */
  readonly socket: Duplex;
  /** What answers the upgrade. It leaves with the turn: of thousands that come at once, each answer for itself wakes a client. */
  readonly answer: Uint8Array;
  readonly request: IncomingMessage;
  /** The client's, which a trusted proxy may have told. */
  readonly remoteAddress: string;
  /** Those of the handshake; left out where nobody has asked for them. */
  readonly attributes: Map<string, unknown> | undefined;
}

/** The sockets know whom they carry: one function for all of them, instead of several for each. */
const carried = Symbol('carried');
interface Carrier extends Duplex {
  [carried]?: WebSocketTransport;
}

/**
 * STOMP over one WebSocket (RFC 6455, the server's side). A message is written whole and ready, so that one
 * broadcast is wrapped once for all who get it, and what comes in one turn of the loop leaves in one write. Nothing
 * is written after the close frame.
 */
export class WebSocketTransport implements Transport, ReceiverOwner {
  readonly name = 'websocket';
  readonly remoteAddress: string;
  readonly #settings: WebSocketSettings;
  readonly #socket: Carrier;
  readonly #receiver = new WebSocketReceiver();
  #attributes: Map<string, unknown> | undefined;
  // Until the first frame is written, CONNECTED or ERROR.
  #request: IncomingMessage | undefined;
  // Until it is written.
  #answer: Uint8Array | undefined;
  #listener: TransportListener | undefined;
  #writer: TurnWriter | undefined;
  // `closing`: our close frame is written, or the peer has ended its side.
  #phase: 'open' | 'closing' | 'closed' = 'open';
  // Answered in kind: a client that sends binary may not be able to read text with a NUL in it.
  #opcode: Opcode = 'text';
  #isPaused = false;
  #writtenBytes = 0;
  // When the oldest ping left that was not answered yet (monotonic ms).
  #pingedMs: number | undefined;
  #roundTripMs: number | undefined;
  #owedPong: Uint8Array | undefined;
  #error: Error | undefined;
  #closeCode = 1006;
  #cancelLinger: (() => void) | undefined;

  constructor(parts: WebSocketParts, settings: WebSocketSettings) {
    const { socket, answer, request, remoteAddress, attributes } = parts;
    this.#settings = settings;
    this.#socket = socket;
    this.#answer = answer;
    this.#request = request;
    this.remoteAddress = remoteAddress;
    this.#attributes = attributes;
  }

  /** As long as nothing was written to the client: what a login needs it for is over then. */
  get request(): IncomingMessage | undefined {
    return this.#request;
  }

  get attributes(): Map<string, unknown> {
    this.#attributes ??= new Map();
    return this.#attributes;
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

  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get messageLimits(): ReceiverOwner['messageLimits'] {
    return this.#request ? this.#settings.unconnectedLimits : this.#settings.messageLimits;
  }

  /** Whether the session has enough for now. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  get inflate(): ReceiverOwner['inflate'] {
    return this.#settings.deflater && inflateMessage;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#writer = new TurnWriter(this.#socket, listener);
    this.#socket[carried] = this;
    this.#socket.on('drain', socketDrained);
    this.#socket.on('end', socketEnded);
    this.#socket.on('close', socketClosed);
    this.#socket.on('data', socketRead);
    if (this.#answer) this.#writeOwn(this.#answer);
    this.#answer = undefined;
  }

  write(frame: OutboundFrame): void {
    if (this.#phase !== 'open') return;
    this.#request = undefined;
    const { deflater } = this.#settings;
    const deflated = deflater && this.#deflated(frame, deflater);
    if (deflated) this.#writeWhole(deflated);
    else if (frame.bodyApart) this.#writeApart(frame, frame.bodyApart);
    else if (this.#opcode === 'binary') this.#writeWhole(frame.asBinary ?? asBinary(frame));
    else if (frame.isForOne) this.#writeOwn(asText(frame));
    else this.#writeWhole(frame.asText ?? asText(frame));
  }

  awaitOffer(): void {
    this.#writer?.awaitOffer();
  }

  offerNow(): void {
    this.#writer?.flush();
  }

  beat(): void {
    if (this.#phase === 'open') this.#writeNow(beats[this.#opcode]);
  }

  ping(): void {
    if (this.#phase !== 'open') return;
    this.#pingedMs ??= this.#settings.clock.monotonicMs();
    this.#writeNow(pingFrame);
  }

  keepAlive(): void {
    if (this.#socket instanceof Socket) this.#socket.setKeepAlive(true, keepAliveMs);
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#phase === 'open') this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#receiver.goOn(this);
    if (!this.#receiver.isBusy) this.#socket.resume();
  }

  close(code: number, text: string): void {
    this.#sayGoodbye(code, text);
    // Its answer may stand behind octets that nobody wants any more.
    this.resume();
    this.#linger();
  }

  terminate(): void {
    this.#socket.destroy();
  }

  /** The socket has read octets. */
  read(bytes: Uint8Array): void {
    this.#receiver.push(bytes, this);
  }

  /** The socket has room again. */
  drained(): void {
    if (this.#owedPong && this.#phase === 'open') this.#writeNow(this.#owedPong);
    this.#owedPong = undefined;
    this.#listener?.drained();
  }

  /** The peer has ended its side, with or without a close frame. */
  ended(): void {
    if (this.#phase === 'open') this.#phase = 'closing';
    this.#socket.end();
  }

  /** The socket is gone. What it has read before is still taken. */
  gone(): void {
    this.#phase = 'closed';
    this.#cancelLinger?.();
    const rest: unknown = this.#socket.readableLength > 0 ? this.#socket.read() : undefined;
    if (rest instanceof Uint8Array) this.read(rest);
    if (!this.#receiver.isBusy) this.#tellClosed();
  }

  received(bytes: Uint8Array, isBinary: boolean): void {
    this.#opcode = isBinary ? 'binary' : 'text';
    this.#listener?.received(bytes);
  }

  pinged(payload: Uint8Array): void {
    if (this.#phase === 'open') {
      // RFC 6455 §5.5.3: the newest may be answered alone. Who pings and doesn't read gets no more than that.
      if (this.#socket.writableNeedDrain) this.#owedPong = pongFrame(payload);
      else {
        // Peers take the pong for a sign that what they had sent before has its answers.
        this.#writer?.flush();
        this.#writeNow(pongFrame(payload));
      }
    }
    this.#listener?.alive();
  }

  // Who answers what it was not asked (RFC 6455 §5.5.3 lets it) tells nothing of the way there and back.
  ponged(): void {
    if (this.#pingedMs !== undefined) {
      this.#roundTripMs = this.#settings.clock.monotonicMs() - this.#pingedMs;
      this.#pingedMs = undefined;
    }
    this.#listener?.alive();
  }

  /** The peer's close frame: it is answered in kind, unless it is the answer to ours (RFC 6455 §5.5.1). */
  concluded(code: number): void {
    this.#closeCode = code;
    this.#sayGoodbye(code, '');
    this.#end();
  }

  waiting(isWaiting: boolean): void {
    if (isWaiting) this.#socket.pause();
    else if (this.#phase === 'closed') this.#tellClosed();
    else if (!this.#isPaused) this.#socket.resume();
  }

  failed(fault: WebSocketFault): void {
    this.#error ??= fault;
    this.#sayGoodbye(fault.closeCode, fault.message);
    this.#end();
  }

  #sayGoodbye(code: number, text: string): void {
    if (this.#phase !== 'open') return;
    this.#writer?.flush();
    this.#phase = 'closing';
    this.#writeNow(closeFrame(code, text));
  }

  // RFC 6455 §7.1.1: the server ends the connection first. Octets that were left unread would make the system answer
  // with RST, which overtakes the close frame: what still comes is read and thrown away.
  #end(): void {
    this.#socket.end();
    this.#socket.resume();
    this.#linger();
  }

  // A peer that does not answer the close is cut off.
  #linger(): void {
    const { clock, closeMs } = this.#settings;
    if (this.#phase !== 'closed') this.#cancelLinger ??= clock.setTimer(closeMs, () => this.terminate());
  }

  #tellClosed(): void {
    this.#receiver.stop();
    this.#listener?.closed(this.#error, this.#closeCode);
  }

  // What is no message: it does not wait for the turn's end.
  #writeNow(bytes: Uint8Array): void {
    this.#socket.write(bytes);
    this.#writer?.wroteElsewhere();
  }

  // Undefined where it is better sent as it is.
  #deflated(frame: OutboundFrame, deflater: Deflater): Uint8Array | undefined {
    if (this.#opcode === 'text' && frame.isText) {
      frame.asDeflatedText ??= deflater.wrap(frame, 'text');
      return frame.asDeflatedText;
    }
    frame.asDeflatedBinary ??= deflater.wrap(frame, 'binary');
    return frame.asDeflatedBinary;
  }

  #writeOwn(bytes: Uint8Array): void {
    this.#writtenBytes += bytes.length;
    this.#writer?.writeOwn(bytes);
  }

  #writeWhole(message: Uint8Array): void {
    this.#writtenBytes += message.length;
    this.#writer?.write(message);
  }

  #writeApart(frame: OutboundFrame, { isText, rest }: SharedBody): void {
    const { length } = frame;
    // As in `asBinary`: the room before the octets may have the head of a text, which waits for the turn's end.
    const head = isText && this.#opcode === 'binary' ? Buffer.from(frame.head) : frame.head;
    const start = writeHead(head, roomBefore, length, isText ? this.#opcode : 'binary');
    this.#writtenBytes += roomBefore - start + length;
    this.#writer?.writeApart(head.subarray(start), rest);
  }
}

// RFC 6455 §5.6: a text message is UTF-8. A body need not be.
function asText(frame: OutboundFrame): Uint8Array {
  if (!frame.isText) return frame.asBinary ?? asBinary(frame);
  const { whole, length } = frame;
  const text = whole.subarray(writeHead(whole, roomBefore, length, 'text'), -1);
  frame.asText = text;
  return text;
}

// A copy: the room before the octets may have the head of a text.
function asBinary(frame: OutboundFrame): Uint8Array {
  const binary = wrapWebSocket(frame.bytes, 'binary');
  frame.asBinary = binary;
  return binary;
}

function socketRead(this: Carrier, bytes: Uint8Array): void {
  this[carried]?.read(bytes);
}

function socketDrained(this: Carrier): void {
  this[carried]?.drained();
}

function socketEnded(this: Carrier): void {
  this[carried]?.ended();
}

function socketClosed(this: Carrier): void {
  this[carried]?.gone();
}
