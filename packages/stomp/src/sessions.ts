import { networkOf } from './addresses.ts';
import { reconnectAfter, StompError } from './errors.ts';
import type { Session, User } from './message.ts';

/** What the registry needs of a session. */
export interface OpenSession extends Session {
  end(reason: 'shutdown'): void;
}

/** The sessions there are, and how many per address and user. */
export class Sessions<S extends OpenSession> {
  /** Every connection, also before CONNECTED and while closing. */
  readonly open = new Map<string, S>();
  /** Those between CONNECTED and `disconnected`. */
  readonly connected = new Map<string, S>();
  // Those gone of which something is still in work, such as a login: they take up a place as those open do.
  readonly #lingering = new Set<S>();
  readonly #perAddress = new Map<string, number>();
  readonly #perUser = new Map<string, number>();
  #total = 0;
  #whenEmpty: (() => void) | undefined;

  /** Sessions that ever got as far as CONNECTED. */
  get total(): number {
    return this.#total;
  }

  /** How many take up a place. */
  get placed(): number {
    return this.open.size + this.#lingering.size;
  }

  /** How many of one address take up a place. */
  placedFrom(address: string): number {
    return this.#perAddress.get(networkOf(address)) ?? 0;
  }

  /** Throws where a user has as many sessions as allowed already. */
  checkUser(user: User | undefined, allowed: number): void {
    if (!user || (this.#perUser.get(user.name) ?? 0) < allowed) return;
    throw tooManySessions(`the user has ${allowed} sessions already (limit sessionsPerUser)`);
  }

  opened(session: S): void {
    this.open.set(session.id, session);
    count(this.#perAddress, networkOf(session.remoteAddress), 1);
  }

  hasConnected(session: S): void {
    this.#total += 1;
    this.connected.set(session.id, session);
    if (session.user) count(this.#perUser, session.user.name, 1);
  }

  hasLeft(session: S): void {
    if (!this.connected.delete(session.id)) return;
    if (session.user) count(this.#perUser, session.user.name, -1);
    this.#checkEmpty();
  }

  closed(session: S): void {
    if (!this.open.delete(session.id)) return;
    this.#lingering.add(session);
    this.#checkEmpty();
  }

  /** Its connection is gone, and nothing of it is in work. */
  freed(session: S): void {
    if (this.#lingering.delete(session)) count(this.#perAddress, networkOf(session.remoteAddress), -1);
  }

  /** Resolves once no connection is left and every session has told of its end. */
  async empty(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      this.#checkEmpty();
    });
  }

  #checkEmpty(): void {
    if (this.open.size === 0 && this.connected.size === 0) this.#whenEmpty?.();
  }
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}

/** A refusal for want of room: the client may come again. */
export function tooManySessions(text: string): StompError {
  // 1013 "try again later" (IANA WebSocket Close Code Number Registry).
  const headers = reconnectAfter();
  return new StompError(text, {
    code: 'ERR_STOMP_TOO_MANY_SESSIONS',
    closeCode: 1013,
    reconnect: true,
    headers,
  });
}
