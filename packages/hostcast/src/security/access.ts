import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Audit } from './audit.ts';
import { LoginError } from './loginError.ts';
import { type Decision, decide, ruleOf, verbOf } from './policy.ts';
import type { Principal } from './principal.ts';
import { auditRefusals } from './refusedRequests.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined on routes for `anyone`, where nobody is asked who they are. */
    principal: Principal | undefined;
  }
}

/** A request that the policy refuses: 401 where signing in might help, else 403. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly statusCode: 401 | 403;

  constructor(decision: Exclude<Decision, 'allow'>) {
    super(
      decision === 'login'
        ? 'sign in first, or send a token'
        : 'you may not do this: ask an admin for the right',
    );
    this.statusCode = decision === 'login' ? 401 : 403;
  }
}

/** What is no route is the page's to answer, or a 404: either way there are no figures in it. */
const page = '/*';

/**
 * Holds the policy against every request, before its body is read. Comes before the routes; each of them has to
 * be in the policy. What is refused, by it or by what came before it, is audited.
 * @param authenticate who asks; may throw what is to be answered
 */
export function checkAccess(
  http: FastifyInstance,
  authenticate: (request: FastifyRequest) => Promise<Principal | undefined>,
  audit: Pick<Audit, 'record'>,
): void {
  auditRefusals(http, audit);
  http.decorateRequest('principal', undefined);
  http.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) {
      const verb = verbOf(each);
      if (verb === undefined || ruleOf(verb, url) === undefined) {
        throw new Error(`the policy has no rule for ${each} ${url}: add one, in security/policy.ts`);
      }
    }
  });
  http.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions;
    const verb = verbOf(request.method);
    const asked = url === undefined || verb === undefined ? (['GET', page] as const) : ([verb, url] as const);
    // A login that is wrong, such as the password of a proxy in front, must not close what is open to all.
    if (decide(undefined, ...asked) === 'allow') return;
    request.principal = await authenticated(request, reply, authenticate);
    const decision = decide(request.principal, ...asked);
    if (decision === 'allow') return;
    if (decision === 'login') reply.header('www-authenticate', 'Bearer realm="hostcast"');
    const refusal = new AccessError(decision);
    request.refusal = refusal.message;
    throw refusal;
  });
}

async function authenticated(
  request: FastifyRequest,
  reply: FastifyReply,
  authenticate: (request: FastifyRequest) => Promise<Principal | undefined>,
): Promise<Principal | undefined> {
  try {
    return await authenticate(request);
  } catch (error) {
    if (error instanceof LoginError) reply.headers(error.headers);
    throw error;
  }
}
