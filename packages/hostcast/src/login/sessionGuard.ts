import type { Message, Session, StompServer } from '@hostcast/stomp';
import type { Clock } from '../clock.ts';
import type { Audit } from '../security/audit.ts';
import { mayKeepSubscriptions, principalOf, setPrincipal } from '../security/authorize.ts';
import { LoginError } from '../security/loginError.ts';
import type { Principal } from '../security/principal.ts';
import type { ScopedDeliveries } from '../security/scopedDeliveries.ts';
import { stompErrorOf } from './withLogin.ts';

export interface SessionGuardOptions {
  readonly stomp: StompServer;
  readonly deliveries: ScopedDeliveries;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  /** Somebody as they are now; undefined where they are not let in any more. */
  readonly current: (principal: Principal) => Principal | undefined;
  /** Why they are not. */
  readonly endOf: (principal: Principal) => string;
  /** Who a token is about. Throws LoginError. */
  readonly ofToken: (token: string) => Promise<Principal>;
}

/** What the server tells one session, as JSON. */
export interface Notice {
  /** The session ends at `expiresAtMs` unless its login is refreshed, or a new token sent to `/app/token`. */
  readonly type: 'expiring';
  readonly session: string;
  /** Epoch ms. */
  readonly expiresAtMs: number;
}

/** Where a session's notices come, to be subscribed to as `/user/queue/notices`. */
const notices = '/queue/notices';

/** Where clients SEND a new token, the body and nothing else, before the one they came with expires. */
const tokenDestination = '/app/token';

const warnMs = 60_000;

/** The clock may be set meanwhile. */
const longestTimerMs = 60_000;

/**
 * Holds sessions to their login for as long as they live. The STOMP server itself ends them when the login
 * expires; here they are warned before, renewed, and ended or changed when who they belong to is.
 */
export class SessionGuard {
  readonly #options: SessionGuardOptions;
  readonly #timers = new Map<Session, () => void>();

  constructor(options: SessionGuardOptions) {
    this.#options = options;
    const { stomp } = options;
    stomp.on('connected', ({ session }) => {
      this.#review(session); // the login may have ended while it was checked
      this.#warnInTime(session);
    });
    stomp.on('disconnected', ({ session }) => this.#cancel(session));
    stomp.on('subscribed', ({ session, subscription }) => {
      if (subscription.destination === `/user${notices}` && this.#leftMs(session) <= warnMs)
        this.#warn(session);
    });
    stomp.handle(tokenDestination, (message, session) => this.#takeToken(message, session));
  }

  /** To be called when users, tokens or logins have changed: ends and changes what has to be. */
  review(): void {
    for (const session of this.#options.stomp.sessions.values()) this.#review(session);
  }

  /** A login has another token: its sessions last as long as that. */
  refreshed(principal: Principal): void {
    for (const session of this.#options.stomp.sessions.values()) {
      const own = principalOf(session);
      if (own?.kind === principal.kind && own.login === principal.login) this.#adopt(session, principal);
    }
  }

  /** Stops all timers. */
  close(): void {
    for (const session of [...this.#timers.keys()]) this.#cancel(session);
  }

  #review(session: Session): void {
    const before = principalOf(session);
    if (before === undefined) return;
    const now = this.#options.current(before);
    if (now === undefined) session.close('unauthorized', this.#options.endOf(before));
    else if (!haveSameRights(before, now)) this.#change(session, now);
  }

  #change(session: Session, principal: Principal): void {
    setPrincipal(session, principal);
    this.#options.deliveries.changed(session);
    if (!mayKeepSubscriptions(session)) session.close('forbidden', 'your rights have changed: connect again');
  }

  #adopt(session: Session, principal: Principal): void {
    const before = principalOf(session);
    if (before && haveSameRights(before, principal)) setPrincipal(session, principal);
    else this.#change(session, principal);
    if (principal.expiresAtMs !== undefined) session.extend(principal.expiresAtMs);
    this.#warnInTime(session);
  }

  /** Refused by an ERROR, which ends the session: SEND has no other answer, and a RECEIPT says that it was taken. */
  async #takeToken(message: Message, session: Session): Promise<void> {
    try {
      const before = principalOf(session);
      const principal = await this.#options.ofToken(message.text().trim());
      const isLogin = principal.kind === 'user' || principal.kind === 'jwt';
      if (!isLogin || before?.kind !== principal.kind || before.name !== principal.name) {
        throw new LoginError('the token is somebody else’s');
      }
      this.#adopt(session, principal);
    } catch (error) {
      if (!(error instanceof LoginError)) throw error;
      const { user, remoteAddress: address, id } = session;
      const fields = { user: user?.name, address, session: id, reason: error.message };
      this.#options.audit.record('login refused', fields);
      throw stompErrorOf(error);
    }
  }

  #leftMs(session: Session): number {
    return (principalOf(session)?.expiresAtMs ?? Number.POSITIVE_INFINITY) - this.#options.clock.nowMs();
  }

  #warnInTime(session: Session): void {
    this.#cancel(session);
    const waitMs = this.#leftMs(session) - warnMs;
    if (waitMs === Number.POSITIVE_INFINITY || !this.#options.stomp.sessions.has(session.id)) return;
    const wake = () => (waitMs > 0 ? this.#warnInTime(session) : this.#warn(session));
    if (waitMs <= 0) wake();
    else this.#timers.set(session, this.#options.clock.after(Math.min(waitMs, longestTimerMs), wake));
  }

  #warn(session: Session): void {
    const expiresAtMs = principalOf(session)?.expiresAtMs;
    if (expiresAtMs === undefined) return;
    const notice: Notice = { type: 'expiring', session: session.id, expiresAtMs };
    this.#options.stomp.publishToUser(session, notices, JSON.stringify(notice), {
      'content-type': 'application/json',
    });
  }

  #cancel(session: Session): void {
    this.#timers.get(session)?.();
    this.#timers.delete(session);
  }
}

function haveSameRights(one: Principal, other: Principal): boolean {
  return one.right === other.right && JSON.stringify(one.scope) === JSON.stringify(other.scope);
}
