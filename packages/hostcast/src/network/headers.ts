import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { Network } from './network.ts';

/**
 * The headers that keep a browser from doing more with an answer than the page needs. The page has one script and
 * one style sheet of its own, no frame, no worker, no inline text; charts are styled through the DOM, which is no
 * inline style. Whether TLS is required (HSTS) is for whoever has the certificate to say.
 */
export async function securityHeaders(http: FastifyInstance, network: Network): Promise<void> {
  await http.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: policyOf(network) },
    crossOriginEmbedderPolicy: false,
    strictTransportSecurity: false,
    frameguard: { action: 'deny' },
    // With no-referrer, browsers send `Origin: null` with the forms of the page itself.
    referrerPolicy: { policy: 'same-origin' },
  });
  http.addHook('onRequest', async (_request, reply) => {
    reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
  });
  // The page's files say how long they may be kept; figures and answers never are.
  http.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control') && !reply.raw.hasHeader('cache-control')) {
      reply.header('cache-control', 'no-store');
    }
  });
}

function policyOf(network: Network) {
  return {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    // The tab's icon says when the server is away, and can't be fetched from it then.
    imgSrc: ["'self'", 'data:'],
    connectSrc: [
      "'self'",
      (request: IncomingMessage, _response: ServerResponse) => socketOf(request, network),
    ],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  };
}

/** Safari before 15.4 has WebSockets named: for it 'self' is http or https alone. */
function socketOf(request: IncomingMessage, network: Network): string {
  const { protocol, host } = network.client(request);
  if (host === undefined) return "'self'";
  return `${protocol === 'https' ? 'wss' : 'ws'}://${host}`;
}
