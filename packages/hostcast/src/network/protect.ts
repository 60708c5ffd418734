import type { StompServer } from '@hostcast/stomp';
import type { FastifyInstance } from 'fastify';
import { limitConnections } from './connections.ts';
import { guardRoutes } from './guard.ts';
import { handshakeLimit } from './handshakeLimit.ts';
import { securityHeaders } from './headers.ts';
import type { Network } from './network.ts';

/** What there may be of connections. */
export interface ConnectionCounts {
  readonly httpConnections: number;
  readonly sessionsPerAddress: number;
  readonly handshakesPerMinute: number;
}

/**
 * Puts everything around an HTTP server and its WebSocket endpoint that is asked before a route or an
 * interceptor is. Comes before the routes.
 */
export async function protect(
  { http, stomp }: { readonly http: FastifyInstance; readonly stomp: StompServer },
  network: Network,
  { httpConnections, sessionsPerAddress: perAddress, handshakesPerMinute }: ConnectionCounts,
): Promise<void> {
  const { trusts } = network;
  stomp.handshake.use(handshakeLimit({ handshakesPerMinute }));
  stomp.handshake.use(limitConnections(http.server, { httpConnections, perAddress, trusts }));
  // One reading of who asks, by the framework as well: it would take `192.0.2.1:4711`, as some proxies write it, for
  // another address with each connection, whatever is counted by address.
  http.addHook('onRequest', async ({ raw }) => {
    raw.headers['x-forwarded-for'] = network.client(raw).address;
  });
  await securityHeaders(http, network);
  guardRoutes(http, network);
}
