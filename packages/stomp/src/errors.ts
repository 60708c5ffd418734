/** Why a connected session ended: what the event `disconnected` and the DISCONNECT message carry. */
export type DisconnectReason =
  | 'client'
  | 'socket'
  | 'heartbeat'
  | 'protocol'
  | 'auth-expired'
  | 'unauthorized'
  | 'forbidden'
  | 'slow'
  | 'kicked'
  | 'shutdown';

/** The reasons for which the server itself ends a session: those that an ERROR frame announces. */
export type CloseReason = Exclude<DisconnectReason, 'client' | 'socket'>;

/** What a client gets to see of a reason. */
interface Ending {
  /** The WebSocket close code. */
  readonly closeCode: number;
  /** Whether it is told to come back. */
  readonly reconnect: boolean;
  /** The text where none is given. */
  readonly text: string;
  /** Further headers of an ERROR that says to come back. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** How sessions end, per reason. */
export const endings: Readonly<Record<CloseReason, Ending>> = {
  heartbeat: { closeCode: 1002, reconnect: true, text: 'no heart-beat' },
  protocol: { closeCode: 1002, reconnect: false, text: 'protocol error' },
  'auth-expired': { closeCode: 4401, reconnect: false, text: 'the login has expired' },
  unauthorized: { closeCode: 4401, reconnect: false, text: 'login is needed' },
  forbidden: { closeCode: 4403, reconnect: false, text: 'not allowed' },
  slow: { closeCode: 4408, reconnect: true, text: 'messages are read too slowly' },
  kicked: { closeCode: 4409, reconnect: false, text: 'closed by an operator' },
  shutdown: {
    closeCode: 1001,
    reconnect: true,
    text: 'the server is going down',
    headers: reconnectAfter,
  },
};

/** The header that tells when to come back, in ms: of many who are sent away together each at another time. */
export function reconnectAfter(): { readonly 'reconnect-after': string } {
  return { 'reconnect-after': String(1_000 + Math.floor(Math.random() * 4_000)) };
}

/**
 * The codes that this library itself puts on a StompError, and so into the `code` header of ERROR.
 * They are stable; interceptors and `authenticate` may throw others.
 */
export type StompErrorCode =
  | 'ERR_STOMP_ACK'
  | 'ERR_STOMP_ALREADY_CONNECTED'
  | 'ERR_STOMP_BODY_TOO_LARGE'
  | 'ERR_STOMP_BODY_UNEXPECTED'
  | 'ERR_STOMP_COMMAND_UNKNOWN'
  | 'ERR_STOMP_CONNECT_TIMEOUT'
  | 'ERR_STOMP_CONTENT_LENGTH'
  | 'ERR_STOMP_DESTINATION'
  | 'ERR_STOMP_DROPPED'
  | 'ERR_STOMP_ESCAPE'
  | 'ERR_STOMP_EXPIRED'
  | 'ERR_STOMP_FORBIDDEN'
  | 'ERR_STOMP_FRAME_END'
  | 'ERR_STOMP_FRAME_TOO_LARGE'
  | 'ERR_STOMP_HEADER'
  | 'ERR_STOMP_HEADER_LINE_TOO_LONG'
  | 'ERR_STOMP_HEADER_MISSING'
  | 'ERR_STOMP_HEARTBEAT'
  | 'ERR_STOMP_HEARTBEAT_LOST'
  | 'ERR_STOMP_INTERNAL'
  | 'ERR_STOMP_KICKED'
  | 'ERR_STOMP_NOT_CONNECTED'
  | 'ERR_STOMP_QUEUE_FULL'
  | 'ERR_STOMP_REFUSED'
  | 'ERR_STOMP_SHUTDOWN'
  | 'ERR_STOMP_SLOW'
  | 'ERR_STOMP_SUBSCRIPTION'
  | 'ERR_STOMP_TOO_MANY_HEADERS'
  | 'ERR_STOMP_TOO_MANY_SESSIONS'
  | 'ERR_STOMP_TOO_MANY_SUBSCRIPTIONS'
  | 'ERR_STOMP_TRANSACTION'
  | 'ERR_STOMP_TRANSACTION_TOO_LARGE'
  | 'ERR_STOMP_TRANSPORT'
  | 'ERR_STOMP_UNAUTHORIZED'
  | 'ERR_STOMP_UTF8'
  | 'ERR_STOMP_VERSION';

/** What a StompError may carry besides its text. */
export interface StompErrorOptions {
  /** Stable code for programs; default that of the reason: `ERR_STOMP_REFUSED`, `ERR_STOMP_FORBIDDEN`, … */
  readonly code?: StompErrorCode | (string & {});
  /** How the session ends; default `protocol`. */
  readonly reason?: CloseReason;
  /** Overrides the WebSocket close code of the reason: 1000 to 1014 without 1004 to 1006, or 3000 to 4999. */
  readonly closeCode?: number;
  /** Overrides whether the client is told to come back. */
  readonly reconnect?: boolean;
  /** Further headers of the ERROR frame. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text body of the ERROR frame; default the message. */
  readonly details?: string;
  /** The `receipt` header of the frame at fault. */
  readonly receipt?: string | undefined;
  readonly cause?: unknown;
}

const codeOfReason: Readonly<Record<CloseReason, StompErrorCode>> = {
  heartbeat: 'ERR_STOMP_HEARTBEAT_LOST',
  protocol: 'ERR_STOMP_REFUSED',
  'auth-expired': 'ERR_STOMP_EXPIRED',
  unauthorized: 'ERR_STOMP_UNAUTHORIZED',
  forbidden: 'ERR_STOMP_FORBIDDEN',
  slow: 'ERR_STOMP_SLOW',
  kicked: 'ERR_STOMP_KICKED',
  shutdown: 'ERR_STOMP_SHUTDOWN',
};

/**
 * A fault of the peer, or a refusal: its message, code and reason reach the client in an ERROR frame.
 * Thrown by an interceptor, `authenticate`, `authorize` or a handler, it says how the session ends:
 * `throw new StompError('token expired', { reason: 'auth-expired' })`. RangeError or TypeError for an option
 * that could not be sent, naming it.
 */
export class StompError extends Error {
  override readonly name = 'StompError';
  readonly code: string;
  readonly reason: CloseReason;
  readonly closeCode: number;
  readonly reconnect: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: string;
  readonly receipt: string | undefined;

  constructor(message: string, options: StompErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    checkOptions(options);
    this.reason = options.reason ?? 'protocol';
    this.code = options.code ?? codeOfReason[this.reason];
    this.closeCode = options.closeCode ?? endings[this.reason].closeCode;
    this.reconnect = options.reconnect ?? endings[this.reason].reconnect;
    this.headers = { ...(this.reconnect ? endings[this.reason].headers?.() : {}), ...options.headers };
    this.details = options.details ?? message;
    this.receipt = options.receipt;
  }
}

// Checked here, where whoever is wrong is on the stack: later nothing but the client's session is left.
function checkOptions({ reason, closeCode, code, details, headers = {} }: StompErrorOptions): void {
  if (reason !== undefined && !Object.hasOwn(endings, reason)) {
    throw new RangeError(
      `option reason of a StompError is one of ${Object.keys(endings).join(', ')}, not ${reason}`,
    );
  }
  if (closeCode !== undefined && !isCloseCode(closeCode)) {
    const allowed = '1000 to 1014 without 1004 to 1006, or 3000 to 4999';
    throw new RangeError(`option closeCode of a StompError is ${allowed}, not ${closeCode}`);
  }
  if (typeof headers !== 'object' || headers === null) {
    throw new TypeError(`option headers of a StompError is an object, not ${headers}`);
  }
  const texts = Object.entries(headers).map(([name, value]) => [`header ${name}`, value] as const);
  for (const [name, value] of [
    ...texts,
    ['option code', code] as const,
    ['option details', details] as const,
  ]) {
    if (value !== undefined && typeof value !== 'string') {
      throw new TypeError(`${name} of a StompError has to be text, but is of type ${typeof value}`);
    }
  }
}

// RFC 6455 §7.4; 1004 to 1006 are never sent.
function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code <= 4999);
}

/** What a client is told of an exception that was not meant for it. */
export function internalError(cause: unknown): StompError {
  const text = 'the server could not process the frame';
  return new StompError(text, { code: 'ERR_STOMP_INTERNAL', cause });
}

/**
 * What a channel's `send` throws when a hook or the receiver of a message threw something that is not a
 * StompError; `cause` holds it, and its text is part of this one's. Clients see neither.
 */
export class MessageDeliveryError extends Error {
  override readonly name = 'MessageDeliveryError';
  readonly code = 'ERR_STOMP_DELIVERY';

  constructor(channel: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : cause;
    const why = typeof reason === 'string' ? `: ${reason}` : '';
    super(`a message could not be sent through ${channel}${why}`, { cause });
  }
}
