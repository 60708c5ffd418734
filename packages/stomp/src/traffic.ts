import type { ClientCommand, ServerCommand } from './codec/frame.ts';
import type { StatsOfSession } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';

/** What all sessions of a server have received and sent, counted as it happens. */
export class Traffic {
  readonly #received = new Map<ClientCommand, number>();
  readonly #sent = new Map<ServerCommand, number>();
  #receivedBytes = 0;
  #sentBytes = 0;
  #active = 0;
  #dropped = 0;
  #conflated = 0;

  /** Frames by command. */
  get received(): ReadonlyMap<ClientCommand, number> {
    return this.#received;
  }

  /** Frames by command. */
  get sent(): ReadonlyMap<ServerCommand, number> {
    return this.#sent;
  }

  /** Octets of STOMP, heart-beats included, without what carries it. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Octets of STOMP in frames, without what carries them. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Frames received that are in work. */
  get active(): number {
    return this.#active;
  }

  /** Messages that slow clients were not sent: there was no room, or a newer one took their place. */
  get losses(): { readonly dropped: number; readonly conflated: number } {
    return { dropped: this.#dropped, conflated: this.#conflated };
  }

  came(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  /** A frame is in work from here until `finished`. */
  began(command: ClientCommand): void {
    this.#received.set(command, (this.#received.get(command) ?? 0) + 1);
    this.#active += 1;
  }

  finished(): void {
    this.#active -= 1;
  }

  left({ frame, bytes }: OutboundFrame): void {
    this.#sent.set(frame.command, (this.#sent.get(frame.command) ?? 0) + 1);
    this.#sentBytes += bytes.length;
  }

  dropped(count: number): void {
    this.#dropped += count;
  }

  conflated(): void {
    this.#conflated += 1;
  }
}

/** What one session was sent and was not, counted for itself and for all. */
export class SessionTraffic {
  readonly #all: Traffic;
  #messages = 0;
  #bytes = 0;
  #dropped = 0;
  #conflated = 0;

  constructor(all: Traffic) {
    this.#all = all;
  }

  left(frame: OutboundFrame): void {
    this.#all.left(frame);
    this.#bytes += frame.bytes.length;
    if (frame.frame.command === 'MESSAGE') this.#messages += 1;
  }

  readonly dropped = (count: number): void => {
    this.#all.dropped(count);
    this.#dropped += count;
  };

  readonly conflated = (): void => {
    this.#all.conflated();
    this.#conflated += 1;
  };

  stats(roundTripMs: number | undefined): StatsOfSession {
    return {
      messages: this.#messages,
      bytes: this.#bytes,
      dropped: this.#dropped,
      conflated: this.#conflated,
      roundTripMs,
    };
  }
}
