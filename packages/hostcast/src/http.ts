import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/**
 * Telegraf's Go client keeps a connection open for ever and can't repeat a body that meets a closing one; it
 * flushes every 10 s by default, so idle connections have to stay for longer than Node's 5 s.
 */
const keepAliveMs = 75_000;

/** Requests under way when the server stops get this long to be answered. */
const answerMs = 5_000;

/**
 * An HTTP server without routes: JSON errors that show no stack, and time for slow and idle clients. Its
 * `close` answers the requests that are under way, and waits for no connection that has none: browsers keep
 * some open that they never use.
 */
export function createHttp(log: Logger): FastifyInstance {
  const http = fastify({
    keepAliveTimeout: keepAliveMs,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 4_096 }, // a host's name, percent-encoded
  });
  cutWhenAnswered(http);
  http.server.headersTimeout = keepAliveMs + 5_000;
  http.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status < 500)
      return reply.code(status).send({ error: error instanceof Error ? error.message : String(error) });
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

function cutWhenAnswered(http: FastifyInstance): void {
  let underWay = 0;
  let whenAnswered: (() => void) | undefined;
  http.addHook('onRequest', async () => {
    underWay += 1;
  });
  http.addHook('onResponse', async () => {
    underWay -= 1;
    if (underWay === 0) whenAnswered?.();
  });
  http.addHook('preClose', async () => {
    const cut = () => {
      clearTimeout(timer);
      if (http.server.listening)
        setImmediate(cut); // connections could still come
      else http.server.closeAllConnections();
    };
    const timer = setTimeout(cut, answerMs);
    if (underWay === 0) cut();
    else whenAnswered = () => setImmediate(cut); // the answer's last octets leave first
  });
}
