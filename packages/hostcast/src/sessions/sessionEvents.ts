import { type Session, StompError, type StompEvents, type StompServer } from '@hostcast/stomp';
import { cutText } from './cutText.ts';
import type { EndReason, SessionEvent } from './sessionsBody.ts';

const keptEvents = 1_000;
const keptRefusals = 200;
/** Whose end needs no further words: who left by itself, or all were sent away. */
const plainEnds: ReadonlySet<EndReason> = new Set(['client', 'socket', 'kicked', 'shutdown']);

const closeMeanings: ReadonlyMap<number, string> = new Map([
  [1000, 'as usual'],
  [1001, 'the page went away'],
  [1005, 'no code given'],
  [1006, 'connection lost'],
]);

interface Kept {
  readonly event: SessionEvent;
  /** Order in time, also where the clock stands still or is set. */
  readonly number: number;
}

/**
 * Who came, went and was turned away, the last of each. Refusals of one address for one reason are one entry with
 * their number, and have room of their own: whoever knocks a million times drives nobody else out of the log.
 */
export class SessionEvents {
  readonly #now: () => number;
  readonly #sessions: Kept[] = [];
  readonly #refusals = new Map<string, Kept>();
  readonly #kickers = new WeakMap<Session, string>();
  #number = 0;

  constructor(stomp: StompServer, now: () => number) {
    this.#now = now;
    stomp.on('connected', ({ session }) => this.#note({ ...this.#of(session), event: 'connect' }));
    stomp.on('disconnected', (end) => this.#ended(end));
    stomp.on('refused', ({ session, code, message }) =>
      this.#refused(code, { ...this.#of(session), user: null, event: 'refused', detail: message }),
    );
    stomp.on('handshakeRefused', ({ remoteAddress: address, status }) => {
      const detail = `HTTP ${status}`;
      const who = { session: null, user: null, address, transport: 'websocket' };
      this.#refused(detail, { time: this.#now(), event: 'refused', ...who, detail });
    });
  }

  /** Says who ends a session that is about to be kicked. */
  kicks(session: Session, by: string | undefined): void {
    if (by !== undefined) this.#kickers.set(session, cutText(by));
  }

  /** The last ones, the newest first. */
  recent(count = keptEvents): SessionEvent[] {
    const all = [...this.#sessions.slice(-count), ...[...this.#refusals.values()].slice(-count)];
    all.sort((a, b) => b.number - a.number);
    return all.slice(0, count).map(({ event }) => event);
  }

  #ended({ session, reason, error, closeCode }: StompEvents['disconnected']): void {
    const by = reason === 'kicked' ? this.#kickers.get(session) : undefined;
    const words = closeCode === undefined ? errorWords(reason, error) : closeWords(closeCode);
    this.#note({
      ...this.#of(session),
      event: 'disconnect',
      reason,
      ...(words !== undefined && { detail: cutText(words) }),
      ...(by !== undefined && { by }),
      lastedMs: Math.max(0, this.#now() - session.connectedAtMs),
      messages: session.stats().messages,
    });
  }

  #of({ id, user, remoteAddress: address, transport }: Session): Omit<SessionEvent, 'event'> {
    const name = user === undefined ? null : cutText(user.name);
    return { time: this.#now(), session: id, user: name, address, transport };
  }

  #note(event: SessionEvent): void {
    this.#sessions.push(this.#numbered(event));
    if (this.#sessions.length > keptEvents) this.#sessions.shift();
  }

  #refused(code: string, event: SessionEvent): void {
    const key = `${code} ${event.address}`;
    const count = (this.#refusals.get(key)?.event.count ?? (this.#refusals.has(key) ? 1 : 0)) + 1;
    const detail = cutText(event.detail ?? code);
    this.#refusals.delete(key); // so that it is the newest
    this.#refusals.set(key, this.#numbered({ ...event, detail, ...(count > 1 && { count }) }));
    for (const oldest of this.#refusals.keys()) {
      if (this.#refusals.size <= keptRefusals) return;
      this.#refusals.delete(oldest);
    }
  }

  #numbered(event: SessionEvent): Kept {
    this.#number += 1;
    return { event, number: this.#number };
  }
}

/** What went wrong; of what was forbidden, what it was. */
function errorWords(reason: EndReason, error: unknown): string | undefined {
  if (!(error instanceof StompError) || plainEnds.has(reason)) return undefined;
  return reason === 'forbidden' ? error.details : error.message;
}

/** How a WebSocket was closed (RFC 6455 §7.4.1): a tab that is closed says 1001, a network that is lost nothing. */
function closeWords(code: number): string {
  const meaning = closeMeanings.get(code);
  return meaning === undefined ? `WebSocket close ${code}` : `WebSocket close ${code}, ${meaning}`;
}
