import type { ClientCommand, Headers, ServerCommand, StompVersion } from './codec/frame.ts';
import type { CloseReason, DisconnectReason } from './errors.ts';
import { expectKind } from './kinds.ts';

/** Who a session belongs to: what `authenticate` returns, or an interceptor puts on the CONNECT message. */
export interface User {
  readonly name: string;
  readonly roles?: readonly string[];
  /** Epoch ms at which the session ends with reason `auth-expired`. */
  readonly expiresAtMs?: number;
}

/** A subscription as others see it. */
export interface SubscriptionView {
  /** As the client named it. */
  readonly id: string;
  /** An exact destination or a pattern. */
  readonly destination: string;
}

/** What one session was sent since it began; `stomp.stats()` has the same of all of them together. */
export interface StatsOfSession {
  /** MESSAGE frames that were written. */
  readonly messages: number;
  /** Octets of STOMP in frames that were written, without what carries them. */
  readonly bytes: number;
  /** Messages not sent because the client reads slowly: dropped (`slow: 'drop-oldest'`) … */
  readonly dropped: number;
  /** … or replaced by a newer one (`slow: 'conflate'`). */
  readonly conflated: number;
  /** ms from the last ping to its answer; undefined before the first answer, and where the transport has no pings. */
  readonly roundTripMs: number | undefined;
}

/** One client's connection, as interceptors, handlers and events see it. */
export interface Session {
  /** Random, unique, not shown to other clients. */
  readonly id: string;
  readonly user: User | undefined;
  /** IP address; IPv4 without the `::ffff:` prefix. */
  readonly remoteAddress: string;
  /** What carries it: `websocket`, `tcp` or `tls`. */
  readonly transport: string;
  /** Filled by handshake interceptors, free for all after. */
  readonly attributes: Map<string, unknown>;
  /** Epoch ms of CONNECTED; before it, of the socket's opening. */
  readonly connectedAtMs: number;
  readonly version: StompVersion;
  readonly subscriptions: ReadonlyMap<string, SubscriptionView>;
  /** Octets that wait to be written. */
  readonly outboxBytes: number;
  /** What it was sent so far, what it was spared for being slow, and how far away it is. */
  stats(): StatsOfSession;
  /**
   * Ends the session at once: ERROR with the text after what waits in its outbox, then the reason's close code. Default
   * `kicked`. What was published before and is still being given out, turn by turn, to thousands does not reach it.
   */
  close(reason?: CloseReason, text?: string): void;
  /**
   * Moves the moment at which the session ends with reason `auth-expired`, epoch ms: later for a token that
   * was renewed, earlier for one that was revoked. Nothing where there is no user, or the end has begun.
   */
  extend(expiresAtMs: number): void;
  /** Asks the `preReceive` hooks again after one has paused the session. */
  resume(): void;
}

/** Commands that messages carry: those of the protocol, with STOMP told as the CONNECT that it is. */
export type MessageCommand = Exclude<ClientCommand, 'STOMP'> | ServerCommand;

/** What a message is made of; see {@link Message}. */
export interface MessageParts {
  readonly command: MessageCommand;
  readonly headers?: Headers;
  readonly body?: Uint8Array;
  readonly session?: Session | undefined;
  readonly user?: User | undefined;
  readonly reason?: DisconnectReason | undefined;
}

/** What `message.with` may change; `destination` is short for that header. */
export interface MessageChanges {
  readonly destination?: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array | string;
  readonly user?: User;
}

const empty = new Uint8Array(0);
const noHeaders: Headers = new Map();
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/**
 * What travels through the channels. Immutable: an interceptor that wants another one returns
 * `message.with({ ... })`.
 */
export class Message {
  readonly command: MessageCommand;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The session it came from or goes to; undefined for what the server publishes. */
  readonly session: Session | undefined;
  readonly user: User | undefined;
  /** On DISCONNECT only: why the session ends. */
  readonly reason: DisconnectReason | undefined;

  constructor(parts: MessageParts) {
    this.command = parts.command;
    this.headers = parts.headers ?? noHeaders;
    this.body = parts.body ?? empty;
    this.session = parts.session;
    this.user = parts.user ?? parts.session?.user;
    this.reason = parts.reason;
  }

  get destination(): string | undefined {
    return this.headers.get('destination');
  }

  /** The body as text; octets that are not UTF-8 become U+FFFD. */
  text(): string {
    return fromUtf8.decode(this.body);
  }

  /** The body as JSON. Throws SyntaxError where it is not. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /** Another message, changed in these points. */
  with(changes: MessageChanges): Message {
    const headers = new Map(changes.headers ?? this.headers);
    if (changes.destination !== undefined) headers.set('destination', changes.destination);
    return new Message({
      command: this.command,
      headers,
      body: changes.body === undefined ? this.body : toBytes(changes.body),
      session: this.session,
      user: changes.user ?? this.user,
      reason: this.reason,
    });
  }
}

/** What a message takes in memory besides its octets, or a frame made of it: measured, rounded up. */
export const messageBytes = 1_024;

/** About how many octets a message takes in memory: its body and its headers. */
export function octetsOf({
  headers,
  body,
}: {
  readonly headers: Headers;
  readonly body: Uint8Array;
}): number {
  let octets = body.length;
  // 64: what an entry of a Map costs besides its two strings, rounded up (chosen).
  for (const [name, value] of headers) octets += octetsOfText(name) + octetsOfText(value) + 64;
  return octets;
}

// V8 keeps text in an octet per letter where all of them are Latin-1, else in two.
function octetsOfText(text: string): number {
  return /[\u0100-\uffff]/.test(text) ? 2 * text.length : text.length;
}

/** A body given as text becomes UTF-8; octets stay as they are. TypeError for anything else, such as an object. */
export function toBytes(body: string | Uint8Array): Uint8Array {
  expectKind(body, 'text or octets (Uint8Array)', 'a body');
  return typeof body === 'string' ? utf8.encode(body) : body;
}
