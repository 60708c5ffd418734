import type { IncomingMessage } from 'node:http';
import type { OutboundFrame } from '../outboundFrame.ts';

/**
 * ms of silence after which the system asks a peer for life: who is gone without a word is noticed although it
 * has agreed on no heart-beats. Chosen: below the minutes after which NATs forget a connection.
 */
export const keepAliveMs = 60_000;

/** What a transport tells the session that it carries. */
export interface TransportListener {
  /** Octets arrived. They may be kept for a while: a transport must not write over them. */
  received(bytes: Uint8Array): void;
  /** The peer showed life without sending octets: an answer to a ping. */
  alive(): void;
  /** Everything written so far has been taken over by the system. */
  drained(): void;
  /** What a transport held back has been given to the system, which may have taken it; `bytes` waited before. */
  offered(bytes: number): void;
  /** The peer has said all it will say, but still reads. Some transports know no such state. */
  ended(): void;
  /** The connection is gone. `error` where the peer broke the transport's own protocol; `closeCode` is WebSocket's. */
  closed(error: Error | undefined, closeCode?: number): void;
}

/** One client's connection below STOMP. */
export interface Transport {
  readonly name: string;
  readonly remoteAddress: string;
  readonly request: IncomingMessage | undefined;
  readonly attributes: Map<string, unknown>;
  /** Octets written that the system has not taken over yet. */
  readonly pendingBytes: number;
  /** Those of them that are still to be given to it: `offered` tells when they were, if asked. Default 0. */
  readonly heldBytes?: number;
  /** Whether the system has not taken all that it was given: `pendingBytes` is more than `heldBytes`. Left out where nothing is held. */
  readonly isBehind?: boolean;
  /** Whether `drained` is told once these are taken over: below so many octets some transports don't. Default true. */
  readonly tellsDrained?: boolean;
  /** Octets that it has taken over so far: grows as long as the peer reads. */
  readonly takenBytes: number;
  /** ms from the last ping to its answer; undefined before the first one. Left out where there are no pings. */
  readonly roundTripMs?: number | undefined;
  /** Starts telling a listener; nothing that came before is lost. */
  listen(listener: TransportListener): void;
  /** Writes one frame; nothing once `close` was called. */
  write(frame: OutboundFrame): void;
  /** Asks for `offered` once what is held now was given to the system; unasked it comes where that has not taken all. */
  awaitOffer?(): void;
  /** Gives the system what is held now. Left out where nothing is held. */
  offerNow?(): void;
  /** Writes the end-of-line of a heart-beat. */
  beat(): void;
  ping(): void;
  /** Has the system ask a silent peer for life from here on. Left out where no system could. */
  keepAlive?(): void;
  pause(): void;
  resume(): void;
  /** Ends the connection after what has been written; the peer gets some time to read it. */
  close(code: number, text: string): void;
  /** Ends it at once. */
  terminate(): void;
}
