import type { IncomingMessage } from 'node:http';
import { type Credentials, StompError } from '@hostcast/stomp';
import type { FastifyRequest } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { Network } from '../network/network.ts';
import { createRateLimit } from '../network/rateLimit.ts';
import type { Audit } from '../security/audit.ts';
import type { Authentication } from '../security/authentication.ts';
import { LoginError } from '../security/loginError.ts';
import type { Principal } from '../security/principal.ts';
import { cookieOf, type Shown, shownByAuthorization, shownByConnect } from './credentials.ts';
import type { JwtVerifier } from './jwt.ts';
import { Logins, principalOf } from './logins.ts';
import type { PasswordLogins } from './passwordLogins.ts';
import { principalOfToken } from './writers.ts';

export interface WithLoginOptions {
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly passwords: PasswordLogins;
  /** For tokens of another issuer; left out, none are taken. */
  readonly verifyJwt?: JwtVerifier | undefined;
  readonly network: Pick<Network, 'isOwnOrigin'>;
  readonly audit: Pick<Audit, 'record' | 'count'>;
  /** How long a session lasts that began with name and password. */
  readonly sessionMs: number;
  readonly nowMs: () => number;
}

/** Everybody has to say who they are, and may do so by a token, by name and password, or by the page's cookie. */
export class WithLogin implements Authentication {
  readonly #options: WithLoginOptions;
  /** A program with a wrong token comes again and again: so many lines a minute are enough to see it. */
  readonly #noted = createRateLimit({ perMinute: 10 });

  constructor(options: WithLoginOptions) {
    this.#options = options;
  }

  /**
   * In this order: the header Authorization of CONNECT; its passcode, a token or a password; the cookie of a
   * WebSocket that a page of this server's own opened.
   */
  async ofConnect(credentials: Credentials): Promise<Principal> {
    const { remoteAddress } = credentials;
    try {
      const shown = shownByConnect(credentials) ?? this.#shownByCookie(credentials.request);
      if (shown === undefined) throw new LoginError('login is needed');
      return await this.#find(shown, remoteAddress);
    } catch (error) {
      throw error instanceof LoginError ? stompErrorOf(error) : error;
    }
  }

  /** By the header Authorization, else by cookie. A cookie that is not good any more is as none. */
  async ofRequest({ raw, ip }: FastifyRequest): Promise<Principal | undefined> {
    const { authorization } = raw.headers;
    if (authorization !== undefined) return await this.#find(await this.#shownBy(authorization, ip), ip);
    const cookie = cookieOf(raw.headers.cookie);
    if (cookie === undefined || !this.#mayUseCookie(raw)) return undefined;
    try {
      return await this.ofToken(cookie);
    } catch (error) {
      if (error instanceof LoginError && error.statusCode === 401) return undefined;
      throw error;
    }
  }

  /** The token of ours that a request shows, by header or cookie. @throws LoginError where it shows none */
  tokenOf({ raw }: FastifyRequest): string | undefined {
    const { authorization } = raw.headers;
    if (authorization === undefined) {
      return this.#mayUseCookie(raw) ? cookieOf(raw.headers.cookie) : undefined;
    }
    const shown = shownByAuthorization(authorization);
    return shown.kind === 'token' ? shown.text : undefined;
  }

  /** Who a token is about: ours, another issuer's, or an access token `hct_…`. @throws LoginError */
  async ofToken(text: string): Promise<Principal> {
    const { accounts, logins, verifyJwt } = this.#options;
    if (text.startsWith('hct_')) {
      const token = accounts.verifyToken(text);
      if (token !== undefined) return principalOfToken(token);
      throw new LoginError('the token is unknown, revoked or expired');
    }
    if (verifyJwt === undefined || Logins.isOurs(text)) return await logins.verify(text);
    const principal = logins.current(await verifyJwt(text));
    if (principal !== undefined) return principal;
    throw new LoginError('this login has ended: sign in again', { isExpired: true });
  }

  async #find(shown: Shown, address: string): Promise<Principal> {
    if (shown.kind === 'password') {
      const account = await this.#options.passwords.check(shown.name, shown.password, address);
      return principalOf(account, undefined, this.#options.nowMs() + this.#options.sessionMs);
    }
    try {
      return await this.ofToken(shown.text);
    } catch (error) {
      await this.#note(error, address);
      throw error;
    }
  }

  async #shownBy(authorization: string, address: string): Promise<Shown> {
    try {
      return shownByAuthorization(authorization);
    } catch (error) {
      await this.#note(error, address);
      throw error;
    }
  }

  async #note(error: unknown, address: string): Promise<void> {
    if (!(error instanceof LoginError)) return;
    const { audit } = this.#options;
    if ((await this.#noted.take(address)) > 0) audit.count('login refused');
    else audit.record('login refused', { address, reason: error.message });
  }

  #shownByCookie(request: IncomingMessage | undefined): Shown | undefined {
    if (request === undefined || !this.#options.network.isOwnOrigin(request)) return undefined;
    const text = cookieOf(request.headers.cookie);
    return text === undefined ? undefined : { kind: 'token', text };
  }

  /**
   * A browser sends the cookie whoever made it ask. What only reads is safe, since no other page gets to see the
   * answer.
   */
  #mayUseCookie(request: IncomingMessage): boolean {
    return (
      request.method === 'GET' || request.method === 'HEAD' || this.#options.network.isOwnOrigin(request)
    );
  }
}

/** What a STOMP client is told of a login that is not taken. */
export function stompErrorOf(error: LoginError): StompError {
  const { message, waitMs, isExpired, cause } = error;
  return new StompError(message, {
    reason: isExpired ? 'auth-expired' : 'unauthorized',
    ...(waitMs !== undefined && {
      reconnect: true,
      closeCode: 1013, // try again later
      headers: { 'reconnect-after': String(Math.ceil(waitMs)) },
    }),
    cause,
  });
}
