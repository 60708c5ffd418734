import type { WriteAnswer } from '../influx/client.ts';
import { oneLine } from '../influx/errors.ts';

/** What becomes of lines after an answer. */
export type Verdict =
  | { readonly kind: 'taken' }
  /** InfluxDB has the others. */
  | { readonly kind: 'some-refused'; readonly lines: number; readonly reason: string }
  /** None of them is in InfluxDB, and at least one never will be. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'too-large'; readonly reason: string }
  | {
      readonly kind: 'later';
      readonly reason: string;
      /** As the server asks, at most 10 min; 0 where it doesn't. */
      readonly waitMs: number;
      readonly isDatabaseMissing: boolean;
    };

/** How refusals of lines begin. What follows holds names and texts of the lines themselves. */
const ofLines = /^(failure writing points to database: )?(partial write|unable to parse)\b/i;

const longestWaitMs = 10 * 60_000;

/** Words of refusals that an operator can mend: no line is wrong then, whatever the status. */
const mendable =
  /(database|bucket|organi[sz]ation|org|dbrp|retention policy)\b.*\bnot found|database is required|unauthorized|authorization failed/i;

/**
 * What an answer to `/write` means for the lines. Lines are given up only where InfluxDB itself, in its JSON, says
 * that they are wrong: a proxy's page, a login that fails or a database that is missing keeps them.
 */
export function verdictOf({ status, text, retryAfter }: WriteAnswer): Verdict {
  if (status === 204) return { kind: 'taken' };
  const told = toldIn(text);
  if ((status === 400 || status === 422) && told !== undefined) {
    if (ofLines.test(told.reason) || !mendable.test(told.reason)) return refusal(told);
  }
  if (status === 413) return { kind: 'too-large', reason: `answered 413${words(told)}` };
  return {
    kind: 'later',
    reason: laterReason(status, told),
    waitMs: waitMsOf(retryAfter),
    isDatabaseMissing: status === 404 && told !== undefined && /database not found/i.test(told.reason),
  };
}

/** What InfluxDB says in an error. */
interface Told {
  readonly reason: string;
  /** 3.x: one entry per line that it left out. */
  readonly refusedLines: number;
}

function toldIn(text: string): Told | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const reason = 'error' in body ? body.error : 'message' in body ? body.message : undefined;
  if (typeof reason !== 'string') return undefined;
  const data = 'data' in body && Array.isArray(body.data) ? body.data : [];
  const [first] = data;
  const detail =
    typeof first === 'object' && first !== null && typeof first.error_message === 'string'
      ? `: ${first.error_message}`
      : '';
  return { reason: oneLine(`${reason}${detail}`), refusedLines: data.length };
}

/** 1.x and 2.x say `partial write: … dropped=3`, or name each line that they could not read. */
function refusal({ reason, refusedLines }: Told): Verdict {
  if (!/partial write/i.test(reason)) return { kind: 'refused', reason };
  const dropped = Number(/dropped=(\d+)/.exec(reason)?.[1] ?? 0);
  const unread = reason.match(/unable to parse '/g)?.length ?? 0;
  return { kind: 'some-refused', lines: dropped || refusedLines || unread || 1, reason };
}

function laterReason(status: number, told: Told | undefined): string {
  if (status === 401 || status === 403) return `refused the login (${status})${words(told)}`;
  if (status < 400) return `answered ${status}, which is no answer to a write: is it InfluxDB?`;
  return `answered ${status}${words(told)}`;
}

function words(told: Told | undefined): string {
  return told === undefined ? '' : `: ${told.reason}`;
}

/** Seconds; the other form, a date, says no more than that it is to be later (RFC 9110 §10.2.3). */
function waitMsOf(retryAfter: string): number {
  const seconds = Number(retryAfter);
  return retryAfter !== '' && seconds > 0 ? Math.min(seconds * 1_000, longestWaitMs) : 0;
}
