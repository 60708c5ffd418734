import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/**
 * Telegraf's Go client keeps a connection open for ever and can't repeat a body that meets a closing one; it
 * flushes every 10 s by default, so idle connections have to stay for longer than Node's 5 s.
 */
const keepAliveMs = 75_000;

/** An HTTP server without routes: JSON errors that show no stack, and time for slow and idle clients. */
export function createHttp(log: Logger): FastifyInstance {
  const http = fastify({
    keepAliveTimeout: keepAliveMs,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 4_096 }, // a host's name, percent-encoded
  });
  http.server.headersTimeout = keepAliveMs + 5_000;
  http.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status < 500) return reply.code(status).send({ error: String((error as Error).message) });
    log.error({ err: error, url: request.url }, 'a request failed');
    return reply.code(500).send({ error: 'internal error; the log of hostcast says more' });
  });
  return http;
}

function statusOf(error: unknown): number {
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return 500;
}
