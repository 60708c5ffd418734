import { StompError } from '../errors.ts';

/** A side's `heart-beat` header: what it can send at least every so many ms, and what it wants to get. 0 = none. */
export type Heartbeat = readonly [sendMs: number, receiveMs: number];

/** What two sides agreed on, seen from one of them, in ms; 0 = none. */
export interface AgreedHeartbeat {
  readonly sendMs: number;
  readonly receiveMs: number;
}

/**
 * Reads a `heart-beat` header; no header is `0,0` (STOMP 1.2 §Heart-beating).
 * Throws ERR_STOMP_HEARTBEAT where it is not two whole numbers of at most nine digits (eleven days).
 */
export function parseHeartbeat(header: string | undefined): Heartbeat {
  if (header === undefined) return [0, 0];
  const [, send, receive] = /^(\d{1,9}),(\d{1,9})$/.exec(header) ?? [];
  if (send === undefined || receive === undefined) {
    throw new StompError('heart-beat is not of the form milliseconds,milliseconds', {
      code: 'ERR_STOMP_HEARTBEAT',
    });
  }
  return [Number(send), Number(receive)];
}

/** What `own` has to send and may expect, given the other side's header (STOMP 1.2 §Heart-beating). */
export function agreeHeartbeat(own: Heartbeat, other: Heartbeat): AgreedHeartbeat {
  const sendMs = slower(own[0], other[1]);
  const receiveMs = slower(other[0], own[1]);
  if (latest.sendMs !== sendMs || latest.receiveMs !== receiveMs) latest = { sendMs, receiveMs };
  return latest;
}

// Most clients of a server agree on the same: one object does for those who come in a row.
let latest: AgreedHeartbeat = { sendMs: 0, receiveMs: 0 };

function slower(sendMs: number, wantMs: number): number {
  return sendMs === 0 || wantMs === 0 ? 0 : Math.max(sendMs, wantMs);
}
