import type { Audit } from '../security/audit.ts';
import type { Authentication } from '../security/authentication.ts';
import type { Principal } from '../security/principal.ts';

/** More tokens than this at work at the same time are audited again now and then. */
const remembered = 10_000;

/**
 * Audits the first use of each token since this server started, and its first one from each address: of one of
 * another issuer that is the login.
 */
export function withTokenAudit(authentication: Authentication, audit: Audit): Authentication {
  const seen = new Set<string>();
  const note = (principal: Principal | undefined, address: string, use: string): void => {
    if (principal?.kind !== 'token' && principal?.kind !== 'jwt') return;
    const key = `${principal.login} ${address}`;
    if (seen.has(key)) return;
    if (seen.size >= remembered) seen.clear();
    seen.add(key);
    const { kind, name, login, right } = principal;
    if (kind === 'jwt') audit.record('login', { user: name, right, address, use });
    else audit.record('token first used', { user: name, token: login, right, address, use });
  };
  return {
    async ofConnect(credentials) {
      const principal = await authentication.ofConnect(credentials);
      note(principal, credentials.remoteAddress, 'CONNECT');
      return principal;
    },
    async ofRequest(request) {
      const principal = await authentication.ofRequest(request);
      note(principal, request.ip, `${request.method} ${request.routeOptions.url ?? ''}`);
      return principal;
    },
  };
}
