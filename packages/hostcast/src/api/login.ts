import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cookieName } from '../login/credentials.ts';
import type { IssuedToken, Logins } from '../login/logins.ts';
import type { PasswordLogins } from '../login/passwordLogins.ts';
import type { SessionGuard } from '../login/sessionGuard.ts';
import type { WithLogin } from '../login/withLogin.ts';
import type { Network } from '../network/network.ts';
import type { Audit } from '../security/audit.ts';
import { LoginError } from '../security/loginError.ts';
import type { Principal, Scope } from '../security/principal.ts';

/** What the routes of the login need, where there is one. */
export interface LoginRoutesOptions {
  readonly authentication: WithLogin;
  readonly logins: Logins;
  readonly passwords: PasswordLogins;
  readonly guard: SessionGuard;
  readonly network: Pick<Network, 'client' | 'isOwnOrigin'>;
  readonly secureCookie: 'auto' | 'always' | 'never';
  readonly audit: Pick<Audit, 'record'>;
  /** Epoch ms. */
  readonly nowMs: () => number;
}

/** What `POST /api/login` and `POST /api/refresh` answer. */
export interface LoginAnswer {
  readonly token: string;
  /** Epoch ms. */
  readonly expiresAtMs: number;
  readonly user: SignedIn;
}

/** What `GET /api/me` answers. */
export interface Me {
  /** `none` where everybody is let in. */
  readonly mode: 'none' | 'users';
  /** Null where nobody has signed in. */
  readonly user: SignedIn | null;
  /** Epoch ms; null for never. */
  readonly expiresAtMs: number | null;
}

export interface SignedIn {
  readonly name: string;
  readonly role: Principal['right'];
  /** Which hosts are theirs to see; left out for all. */
  readonly scope?: Scope;
}

/** Octets of a body: a name and a password of 1,024 octets, escaped in JSON. */
const bodyBytes = 8_192;

const loginBody = z.strictObject({ name: z.string().max(256), password: z.string().max(4_096) });

/** Who am I, sign in, refresh, sign out. Bodies are JSON, which no form of another page can send. */
export async function loginRoutes(app: FastifyInstance, options: LoginRoutesOptions): Promise<void> {
  const { authentication, logins, passwords, guard, network, audit } = options;
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof LoginError) reply.headers(error.headers);
    throw error;
  });

  app.post('/api/login', { bodyLimit: bodyBytes }, async (request, reply) => {
    const body = loginBody.safeParse(request.body);
    if (!body.success)
      throw new LoginError('a login is {"name": …, "password": …} in JSON', { statusCode: 400 });
    const { name, password } = body.data;
    const issued = await logins.issue(
      await passwords.check(name, password, request.ip, { isSigningIn: true }),
    );
    return answer(request, reply, issued);
  });

  app.post('/api/refresh', { bodyLimit: bodyBytes }, async (request, reply) => {
    const issued = await refreshed(request);
    guard.refreshed(issued.principal);
    return answer(request, reply, issued);
  });

  app.post('/api/logout', { bodyLimit: bodyBytes }, async (request, reply) => {
    const principal = await found(authentication.ofRequest(request));
    if (principal?.kind === 'user' || principal?.kind === 'jwt') {
      try {
        logins.revoke(principal);
      } finally {
        guard.review(); // it has ended here even where that can't be written down
      }
      audit.record('logout', { user: principal.name, address: request.ip });
    }
    if (network.isOwnOrigin(request.raw)) reply.header('set-cookie', cookie(request, '', 0));
    return reply.code(204).send();
  });

  app.get('/api/me', async (request): Promise<Me> => {
    const principal = await found(authentication.ofRequest(request));
    const user = principal ? signedIn(principal) : null;
    return { mode: 'users', user, expiresAtMs: principal?.expiresAtMs ?? null };
  });

  async function refreshed(request: FastifyRequest): Promise<IssuedToken> {
    try {
      return await logins.refresh(authentication.tokenOf(request) ?? nobody());
    } catch (error) {
      if (error instanceof LoginError) request.refusal = error.message;
      throw error;
    }
  }

  function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    { token, principal }: IssuedToken,
  ): LoginAnswer {
    const expiresAtMs = principal.expiresAtMs ?? 0;
    const seconds = Math.max(0, Math.ceil((expiresAtMs - options.nowMs()) / 1_000));
    reply.header('set-cookie', cookie(request, token, seconds));
    return { token, expiresAtMs, user: signedIn(principal) };
  }

  function cookie({ raw }: FastifyRequest, token: string, seconds: number): string {
    const { secureCookie } = options;
    const isTls = network.client(raw).protocol === 'https';
    const secure = secureCookie === 'always' || (secureCookie === 'auto' && isTls) ? '; Secure' : '';
    return `${cookieName}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }
}

/** The same where everybody is let in: there is nothing to sign in to. */
export async function withoutLoginRoutes(app: FastifyInstance): Promise<void> {
  app.get('/api/me', async (): Promise<Me> => ({ mode: 'none', user: null, expiresAtMs: null }));
  for (const url of ['/api/login', '/api/refresh', '/api/logout']) {
    app.post(url, async () => {
      throw new LoginError('hostcast runs without login here (auth none)', { statusCode: 400 });
    });
  }
}

/** Who asks, where a wrong login is as none. */
async function found(finding: Promise<Principal | undefined>): Promise<Principal | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof LoginError && error.statusCode === 401) return undefined;
    throw error;
  }
}

function signedIn({ name, right, scope }: Principal): SignedIn {
  return { name, role: right, ...(scope && { scope }) };
}

function nobody(): never {
  throw new LoginError('sign in first');
}
