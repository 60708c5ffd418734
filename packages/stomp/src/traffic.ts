import type { ClientCommand, ServerCommand } from './codec/frame.ts';

/** What all sessions of a server have received and sent, counted as it happens. */
export class Traffic {
  readonly #received = new Map<ClientCommand, number>();
  readonly #sent = { CONNECTED: 0, RECEIPT: 0, ERROR: 0 };
  // Counted apart, and far more often than the rest.
  #messages = 0;
  #receivedBytes = 0;
  #sentBytes = 0;
  #active = 0;
  #dropped = 0;
  #conflated = 0;

  /** Frames by command. */
  get received(): ReadonlyMap<ClientCommand, number> {
    return this.#received;
  }

  /** Frames by command, of those commands that were sent. */
  get sent(): ReadonlyMap<string, number> {
    const sent = { ...this.#sent, MESSAGE: this.#messages };
    return new Map(Object.entries(sent).filter(([, count]) => count > 0));
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

  left(command: ServerCommand, bytes: number): void {
    if (command === 'MESSAGE') this.#messages += 1;
    else this.#sent[command] += 1;
    this.#sentBytes += bytes;
  }

  dropped(count: number): void {
    this.#dropped += count;
  }

  conflated(): void {
    this.#conflated += 1;
  }
}
