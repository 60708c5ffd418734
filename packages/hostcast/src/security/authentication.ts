import type { Credentials, User } from '@hostcast/stomp';
import type { FastifyRequest } from 'fastify';
import { setPrincipal } from './authorize.ts';
import { anonymous, type Principal } from './principal.ts';

/** Finds out who somebody is. */
export interface Authentication {
  /** Who connects by STOMP. Throws a StompError for who may not. */
  ofConnect(credentials: Credentials): Principal | PromiseLike<Principal>;
  /** Who sends a request; undefined for nobody known. Throws what is to be answered, for a login that is wrong. */
  ofRequest(request: FastifyRequest): Promise<Principal | undefined>;
}

/** Everybody is anonymous. */
export const withoutLogin: Authentication = {
  ofConnect: () => anonymous,
  ofRequest: async () => anonymous,
};

/** What the broker asks of every CONNECT. */
export function authenticateWith(authentication: Authentication) {
  return (credentials: Credentials): User | undefined | PromiseLike<User | undefined> => {
    const principal = authentication.ofConnect(credentials);
    return 'then' in principal
      ? principal.then((found) => enter(credentials, found))
      : enter(credentials, principal);
  };
}

function enter(credentials: Credentials, principal: Principal): User | undefined {
  setPrincipal(credentials, principal);
  if (principal.kind === 'anonymous') return undefined;
  const { name, right, expiresAtMs } = principal;
  return { name, roles: [right], ...(expiresAtMs !== undefined && { expiresAtMs }) };
}
