import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Network } from './network.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Why this request is refused, for the audit; undefined where it is not, or where that has told of it already. */
    refusal: string | undefined;
  }
}

/**
 * Programs call these by whatever name they were told: a Telegraf, a load balancer. They refuse browsers, or
 * tell nothing. Every other route, and what is no route, wants a Host that is this server's.
 */
const forPrograms = new Set([
  '/write',
  '/api/v2/write',
  '/api/v3/write_lp',
  '/telegraf',
  '/query',
  '/ping',
  '/health',
  '/healthz',
  '/readyz',
]);

const readOnly = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses, before anything is done for them, requests that call this server by a name that is not its own (DNS
 * rebinding: the page of another site, whose name was pointed here), and those with which another site's page
 * would change something.
 */
export function guardRoutes(http: FastifyInstance, network: Network): void {
  http.decorateRequest('refusal', undefined);
  http.addHook('onRequest', async (request, reply) => {
    const refusal = refusalOf(request.raw, request.routeOptions.url, network);
    if (refusal === undefined) return undefined;
    const [status, error] = refusal;
    request.refusal = error;
    return reply.code(status).header('connection', 'close').send({ error });
  });
}

function refusalOf(
  request: IncomingMessage,
  route: string | undefined,
  network: Network,
): readonly [status: number, error: string] | undefined {
  // RFC 9112 §3.2: a second Host is an attempt to be read differently by somebody else.
  if ((request.headersDistinct.host?.length ?? 0) > 1) return [400, 'a request has one Host header'];
  if (route !== undefined && forPrograms.has(route)) return undefined;
  if (!network.allowsHost(request)) {
    return [403, 'this server does not go by that name; if it should, name it in network.allowed-hosts'];
  }
  if (readOnly.has(request.method ?? '') || !isOfAnotherSite(request, network)) return undefined;
  return [403, 'pages of other origins may not do this; if one should, name it in network.allowed-origins'];
}

function isOfAnotherSite(request: IncomingMessage, network: Network): boolean {
  if (request.headers.origin !== undefined) return !network.allowsOrigin(request);
  const site = request.headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}
