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
  await securityHeaders(http, network);
  guardRoutes(http, network);
}
