import type {
  OutboundFrame,
  StompServer,
  StompServerOptions,
  Transport,
  TransportListener,
} from '@hostcast/stomp';
import { createStompServer } from '@hostcast/stomp';
import { FrameDecoder, type ServerFrame, serverFrame } from '@hostcast/stomp/codec';
import { FakeClock } from './fakeClock.ts';
import { octets, wide } from './octets.ts';

/** The client's end of a connection in memory, with the server's end inside. */
export class MemoryClient implements Transport {
  readonly name = 'memory';
  readonly remoteAddress: string;
  readonly request = undefined;
  readonly attributes = new Map<string, unknown>();
  /** What the server wrote, decoded. */
  readonly frames: ServerFrame[] = [];
  /** The octets of each write. */
  readonly writes: Uint8Array[] = [];
  beats = 0;
  pings = 0;
  isPausedByServer = false;
  closed: { readonly code: number; readonly text: string } | undefined;
  isTerminated = false;
  pendingBytes = 0;
  readonly #decoder = new FrameDecoder(serverFrame, wide);
  #listener: TransportListener | undefined;
  #isStalled = false;
  #writtenBytes = 0;

  constructor(remoteAddress = '192.0.2.1') {
    this.remoteAddress = remoteAddress;
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
    if (this.#isStalled) this.pendingBytes += frame.bytes.length;
    else this.#arrived(frame.bytes);
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

  // The client's side.

  /** Sends text whose characters are octets. */
  send(text: string): void {
    this.#listener?.received(octets(text));
  }

  /** Connects and forgets the CONNECTED frame. */
  connect(headers = ''): this {
    this.send(`CONNECT\naccept-version:1.2\nhost:/\n${headers}\n\0`);
    this.frames.length = 0;
    return this;
  }

  /** Is gone without a word. */
  drop(error?: Error): void {
    this.#listener?.closed(error);
  }

  pong(): void {
    this.#listener?.alive();
  }

  /** Stops reading. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Reads so many octets of what waits. */
  readSome(bytes: number): void {
    this.pendingBytes -= bytes;
  }

  /** Reads everything that waits, and goes on reading. */
  read(): void {
    this.#isStalled = false;
    this.pendingBytes = 0;
    this.#listener?.drained();
  }

  /** What came, in short: `MESSAGE:body`, `RECEIPT:id`, or the command. */
  get heard(): string[] {
    return this.frames.map((frame) => {
      if (frame.command === 'MESSAGE') return `MESSAGE:${new TextDecoder().decode(frame.body)}`;
      return frame.command === 'RECEIPT' ? `RECEIPT:${frame.headers.get('receipt-id')}` : frame.command;
    });
  }

  #arrived(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let frame = this.#decoder.read(); frame; frame = this.#decoder.read()) this.frames.push(frame);
  }
}

/** A server on a fake clock, with a log of its events and of what its inbound interceptor sees. */
export interface House {
  readonly stomp: StompServer;
  readonly clock: FakeClock;
  readonly events: string[];
  readonly errors: unknown[];
  client(remoteAddress?: string): MemoryClient;
}

export function house(options: StompServerOptions = {}): House {
  const clock = new FakeClock();
  const stomp = createStompServer({ clock, ...options });
  const events: string[] = [];
  const errors: unknown[] = [];
  stomp.on('connect', () => events.push('connect'));
  stomp.on('connected', () => events.push('connected'));
  stomp.on('subscribed', ({ subscription }) => events.push(`subscribed ${subscription.id}`));
  stomp.on('unsubscribed', ({ subscription }) => events.push(`unsubscribed ${subscription.id}`));
  stomp.on('disconnected', ({ reason }) => events.push(`disconnected ${reason}`));
  stomp.on('refused', ({ code }) => events.push(`refused ${code}`));
  stomp.on('error', ({ error }) => errors.push(error));
  const client = (remoteAddress?: string) => {
    const made = new MemoryClient(remoteAddress);
    stomp.accept(made);
    return made;
  };
  return { stomp, clock, events, errors, client };
}
