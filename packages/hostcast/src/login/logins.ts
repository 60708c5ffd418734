import { randomBytes } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Account, Accounts, TokenRecord } from '../accounts/accounts.ts';
import { LoginError } from '../security/loginError.ts';
import type { Principal } from '../security/principal.ts';
import { expiryOf, verified } from './jwt.ts';
import { jwtSecret } from './jwtSecret.ts';
import { RevokedLogins } from './revokedLogins.ts';

export interface LoginsOptions {
  readonly accounts: Accounts;
  /** How long a token is good. */
  readonly tokenMs: number;
  /** How long after the password was given a login can be refreshed. */
  readonly sessionMs: number;
  /** Epoch ms. */
  readonly nowMs: () => number;
}

/** A token of ours, and who it is about. */
export interface IssuedToken {
  readonly token: string;
  readonly principal: Principal;
}

/** What tells our tokens from those of others; another issuer's can't have them, its key is another one. */
const typ = 'hostcast+jwt';
const issuer = 'hostcast';

/** Ours have about 300 octets. */
const tokenBytes = 2_048;

/** Longer than a token of ours is ever good, whatever the configuration was when it was made. */
const longestTokenMs = 24 * 3_600_000;

const claims = z.object({
  sub: z.string(),
  sid: z.string().max(64),
  /** Of the account. */
  ver: z.number(),
  /** When the password was given, epoch s. */
  auth_time: z.number(),
});

/**
 * The logins by name and password: their tokens (JWT, HS256), and who is still who they were. A token says who
 * somebody is; what they may is asked of the accounts each time.
 */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #secret: Uint8Array;
  readonly #revoked: RevokedLogins;

  private constructor(folder: string, options: LoginsOptions) {
    this.#options = options;
    this.#secret = jwtSecret(folder);
    this.#revoked = RevokedLogins.open(folder, options.nowMs);
  }

  /** @throws AccountsError where the files of the data folder can't be used */
  static open(folder: string, options: LoginsOptions): Logins {
    return new Logins(folder, options);
  }

  /** Whether a text says of itself to be a token of ours. */
  static isOurs(token: string): boolean {
    try {
      return decodeProtectedHeader(token).typ === typ;
    } catch {
      return false;
    }
  }

  /** The first token of a new login. */
  async issue(account: Account): Promise<IssuedToken> {
    return await this.#sign(account, randomBytes(16).toString('base64url'), this.#options.nowMs());
  }

  /** Another token of the same login. @throws LoginError as `verify`, and where it has lasted long enough */
  async refresh(token: string): Promise<IssuedToken> {
    if (!Logins.isOurs(token)) {
      throw new LoginError('this is no login by name and password: get a new token where this one came from');
    }
    const { account, sid, sinceMs } = await this.#read(token);
    if (sinceMs + this.#options.sessionMs <= this.#options.nowMs()) {
      throw new LoginError('this login has lasted as long as one may: sign in again', { isExpired: true });
    }
    return await this.#sign(account, sid, sinceMs);
  }

  /** Who a token of ours is about. @throws LoginError for one that is not, or not any more, good */
  async verify(token: string): Promise<Principal> {
    const { account, sid, expiresAtMs } = await this.#read(token);
    return principalOf(account, sid, expiresAtMs);
  }

  /**
   * Ends a login: none of its tokens is taken any more, after a restart neither.
   * @throws LoginError 503, AccountsError
   */
  revoke({ login, kind, expiresAtMs }: Principal): void {
    if (login === undefined) return;
    const longestMs = this.#options.nowMs() + Math.max(longestTokenMs, this.#options.tokenMs);
    this.#revoked.add(login, kind === 'jwt' ? (expiresAtMs ?? longestMs) : longestMs);
  }

  /** Somebody as they are now: perhaps with other rights, undefined where they are not let in any more. */
  current(principal: Principal): Principal | undefined {
    const { kind, name, login, version } = principal;
    const { accounts } = this.#options;
    if (login !== undefined && this.#revoked.has(login)) return undefined;
    if (kind === 'user') {
      const account = accounts.user(name);
      return account && account.version === version ? withRights(principal, account) : undefined;
    }
    if (kind !== 'token') return principal;
    const token = accounts.token(login ?? '');
    return token && !accounts.isExpired(token) ? withRights(principal, token) : undefined;
  }

  /** Why somebody is not let in any more, in words for themselves. */
  endOf({ kind, name, login }: Principal): string {
    if (login !== undefined && this.#revoked.has(login)) return 'you have signed out';
    if (kind === 'token') return 'the token was revoked';
    return this.#options.accounts.user(name) ? 'your password was changed' : 'your account was removed';
  }

  async #sign(account: Account, sid: string, sinceMs: number): Promise<IssuedToken> {
    const { tokenMs, sessionMs, nowMs } = this.#options;
    const expiresAt = Math.floor(Math.min(nowMs() + tokenMs, sinceMs + sessionMs) / 1_000);
    const claims = { sid, ver: account.version, auth_time: Math.floor(sinceMs / 1_000) };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ })
      .setIssuer(issuer)
      .setAudience(issuer)
      .setSubject(account.name)
      .setIssuedAt(Math.floor(nowMs() / 1_000))
      .setExpirationTime(expiresAt)
      .sign(this.#secret);
    return { token, principal: principalOf(account, sid, expiresAt * 1_000) };
  }

  async #read(token: string) {
    const { accounts, nowMs } = this.#options;
    const payload = await verified(token, tokenBytes, async () => {
      const currentDate = new Date(nowMs());
      const requiredClaims = ['exp'];
      const checks = { algorithms: ['HS256'], typ, issuer, audience: issuer, currentDate, requiredClaims };
      return (await jwtVerify(token, this.#secret, checks)).payload;
    });
    const { sub, sid, ver, auth_time } = claims.parse(payload); // nobody else could sign it
    const account = accounts.user(sub);
    if (account?.version !== ver || this.#revoked.has(sid)) {
      throw new LoginError('this login has ended: sign in again', { isExpired: true });
    }
    return { account, sid, sinceMs: auth_time * 1_000, expiresAtMs: expiryOf(payload) };
  }
}

/** Who a user is, by a login or, without one, by name and password each time. */
export function principalOf(
  { name, role, scope, version }: Account,
  login: string | undefined,
  expiresAtMs: number,
): Principal {
  return { kind: 'user', name, right: role, scope, login, expiresAtMs, version };
}

function withRights(principal: Principal, now: Account | TokenRecord): Principal {
  return { ...principal, right: 'role' in now ? now.role : now.right, scope: now.scope };
}
