import type { IncomingMessage } from 'node:http';
import type { MaybePromise } from './maybePromise.ts';
import type { Message, Session } from './message.ts';

/** What an interceptor is told of the channel it runs in. */
export interface MessageChannel {
  /** `clientInboundChannel`, `brokerChannel`, `clientOutboundChannel`. */
  readonly name: string;
  /** Adds an interceptor at the end of the list; what it returns takes this one out again. */
  use(interceptor: ChannelInterceptor): () => void;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a hook without a return statement is the usual one
export type Unchanged = void | undefined;

/**
 * Hooks around each message of a channel. Spring's contract:
 * 1. `preSend`, in list order: undefined leaves the message, another one replaces it, null drops it.
 * 2. `postSend`, in list order, once it was handed on; not at all when it was dropped or a step threw.
 * 3. `afterSendCompletion`, in reverse order, always, for those whose `preSend` let the message pass.
 * 4. `preReceive` before a session's outbox takes a message to write: only `false` pauses it.
 * 5. `postReceive` sees the message taken: undefined, another one, or null as in `preSend`.
 * 6. `afterReceiveCompletion`, in reverse, for those whose `preReceive` let it pass: what was written, or null.
 *
 * The list is the one at the time of the send; the latest message reaches every later hook. An exception
 * ends the send and goes to the remaining `afterSendCompletion`; their own exceptions are only reported.
 * The three send hooks may return promises on `clientInboundChannel` and `brokerChannel`. A promise anywhere
 * else is a TypeError that the hook has thrown; what it is rejected with later is reported too.
 */
export interface ChannelInterceptor {
  preSend?(message: Message, channel: MessageChannel): MaybePromise<Message | null | Unchanged>;
  postSend?(message: Message, channel: MessageChannel, sent: boolean): MaybePromise<Unchanged>;
  afterSendCompletion?(
    message: Message,
    channel: MessageChannel,
    sent: boolean,
    error: unknown,
  ): MaybePromise<Unchanged>;
  preReceive?(channel: MessageChannel, session: Session | undefined): boolean | Unchanged;
  postReceive?(message: Message, channel: MessageChannel): Message | null | Unchanged;
  afterReceiveCompletion?(message: Message | null, channel: MessageChannel, error: unknown): Unchanged;
}

/** A refusal of an upgrade that says how: the response that the client gets instead. */
export interface HandshakeRejection {
  readonly reject: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

/** What a handshake interceptor may add to the response of an accepted upgrade. */
export interface HandshakeResponse {
  readonly headers: Map<string, string>;
}

/** One upgrade request, as the handshake interceptors share it. */
export interface Handshake {
  readonly request: IncomingMessage;
  /** The client's IP address; behind a proxy in `trustedProxies`, the one that it tells. */
  readonly remoteAddress: string;
  readonly response: HandshakeResponse;
  /** Becomes `session.attributes`. */
  readonly attributes: Map<string, unknown>;
}

/** How a handshake ended. */
export interface HandshakeOutcome {
  readonly accepted: boolean;
  /** The HTTP status sent: 101 where accepted. */
  readonly status: number;
  readonly error: unknown;
}

/**
 * Hooks around the WebSocket upgrade; path, Host, Origin and room have been checked before. Spring's contract:
 * 1. `beforeHandshake`, in list order; nothing or true goes on.
 * 2. `false` ends it with 403, `{ reject: { status } }` with that status; later ones are not asked.
 * 3. An exception, or any other answer, ends it with 500, and is reported.
 * 4. `afterHandshake`, in reverse order, for those that let it pass, told how it ended.
 * 5. What `afterHandshake` throws is only reported.
 * 6. Both may return promises.
 */
export interface HandshakeInterceptor {
  beforeHandshake?(handshake: Handshake): MaybePromise<boolean | HandshakeRejection | Unchanged>;
  afterHandshake?(handshake: Handshake, outcome: HandshakeOutcome): MaybePromise<Unchanged>;
}
