import type { StompServerOptions } from '@hostcast/stomp';

/** Cuts the connection without a word. */
export const CUT = Symbol('cut');
/** Closes the WebSocket without a DISCONNECT. */
export const CLOSE = Symbol('close');

/** What one client does: a text message, a binary one, or its end. */
export type Move = string | Uint8Array | typeof CUT | typeof CLOSE;

/**
 * One frame as it has to come: its command, then header lines that it has to have, exactly or by pattern,
 * `!line` for one that it may not have, `|text` or octets for its whole body. `X`: the server closes, cleanly.
 */
export type Expected = readonly [string, ...(string | RegExp | Uint8Array)[]] | 'X';

/** One scored point of the checklist: who sends what, and who has to get what, all of it, in order. */
export interface Row {
  readonly point: number;
  readonly name: string;
  /** Client (a letter) and what it does; the server has dealt with each move when the next one is made. */
  readonly moves: readonly (readonly [string, Move])[];
  /** Per client, CONNECTED left out unless the row begins with it. */
  readonly got: Readonly<Record<string, readonly Expected[]>>;
  readonly options?: StompServerOptions;
}

/** A row with one client: each message is sent by itself. */
export function row(
  point: number,
  name: string,
  messages: Move | readonly Move[],
  got: readonly Expected[],
): Row {
  const all: readonly Move[] = Array.isArray(messages) ? messages : [messages as Move];
  return { point, name, moves: all.map((each) => ['a', each] as const), got: { a: got } };
}

export const C10 = 'CONNECT\n\n\0';
export const C11 = 'CONNECT\naccept-version:1.1\nhost:/\n\n\0';
export const C12 = 'CONNECT\naccept-version:1.2\nhost:/\n\n\0';

export const subscribe = (id = '0', destination = '/topic/x', more = '') =>
  `SUBSCRIBE\nid:${id}\ndestination:${destination}\n${more}\n\0`;

export const send = (body: string, more = '', destination = '/topic/x') =>
  `SEND\ndestination:${destination}\n${more}\n${body}\0`;

/** A frame without a body. */
export const frame = (...lines: string[]) => `${lines.join('\n')}\n\n\0`;
