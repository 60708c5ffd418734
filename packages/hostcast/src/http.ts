import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';

/** What an HTTP server may be told besides its log. */
export interface HttpOptions {
  /** Whether an address is that of a proxy whose `X-Forwarded-…` headers are believed. Default: none is. */
  readonly trusts?: (address: string) => boolean;
  /** How long the head of a request may take. Default 15 s. */
  readonly headersMs?: number;
  /** How long a whole request may take. Default 60 s. */
  readonly requestMs?: number;
  /** How long a client may take nothing of an answer. Default 120 s. */
  readonly stalledMs?: number;
  /** How often the first two are looked at. Default 5 s. */
  readonly checkMs?: number;
}

/**
 * Telegraf's Go client keeps a connection open for ever and can't repeat a body that meets a closing one; it
 * flushes every 10 s by default, so idle connections have to stay for longer than Node's 5 s.
 */
const keepAliveMs = 75_000;

/** Requests under way when the server stops get this long to be answered. */
const answerMs = 5_000;

/** Octets of a request's line and headers; Node answers 431 above it. */
const headBytes = 16 * 1024;

/**
 * Octets of a body of JSON: of a megabyte the parser makes 300 ms of work for everybody, and anyone may send one. What
 * is written has limits of its own.
 */
const jsonBytes = 16 * 1024;

/** Requests that one connection may have under way. No browser sends a second before the first is answered. */
const pipelined = 32;

const malformed = new Map<string, readonly [status: number, name: string, text: string]>([
  [
    'HPE_HEADER_OVERFLOW',
    [431, 'Request Header Fields Too Large', `address and headers exceed ${headBytes} octets`],
  ],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'Payload Too Large', 'chunk extensions are too large']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'Request Timeout', 'the request took too long']],
]);

const badUrls = new Map<string, readonly [status: number, text: string]>([
  ['FST_ERR_BAD_URL', [400, 'the address is not a valid one']],
  ['FST_ERR_MAX_PARAM_LENGTH', [414, 'the address is too long']],
]);

/**
 * An HTTP server without routes: JSON errors that show nothing of its inside, and limits for slow, idle and
 * flooding clients. Its `close` answers the requests that are under way, and waits for no connection that has
 * none: browsers keep some open that they never use.
 */
export function createHttp(log: Logger, options: HttpOptions = {}): FastifyInstance {
  const { trusts = () => false, headersMs = 15_000, requestMs = 60_000 } = options;
  const { stalledMs = 120_000, checkMs = 5_000 } = options;
  const answering = new WeakMap<Socket, Set<ServerResponse>>();
  const http: FastifyInstance = fastify({
    http: { headersTimeout: headersMs, connectionsCheckingInterval: checkMs, maxHeaderSize: headBytes },
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestMs,
    connectionTimeout: stalledMs,
    forceCloseConnections: 'idle',
    trustProxy: trusts,
    bodyLimit: jsonBytes,
    routerOptions: { maxParamLength: 4_096 }, // a host's name, percent-encoded
    clientErrorHandler: (error, socket) => answerMalformed(error.code, socket, answering.get(socket)),
    frameworkErrors: (error, _request, reply: FastifyReply) => answerBadUrl(error.code, reply),
  });
  limitPipelines(http, answering);
  cutWhenAnswered(http);
  http.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    // 503 is said on purpose, to be tried again; any other above it is a fault.
    if (status < 500 || status === 503)
      return reply.code(status).send({ error: error instanceof Error ? error.message : String(error) });
    // Not the address: tokens may stand in its query.
    log.error({ err: error, route: request.routeOptions.url }, 'a request failed');
    return reply.code(500).send({ error: 'internal error; the log of hostcast says more' });
  });
  return http;
}

function answerBadUrl(code: string, reply: FastifyReply): void {
  const [status, error] = badUrls.get(code) ?? [400, 'a bad request'];
  void reply.code(status).send({ error });
}

function statusOf(error: unknown): number {
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return 500;
}

/** A client that sends one request after the other without waiting gets no further answer. */
function limitPipelines(http: FastifyInstance, answering: WeakMap<Socket, Set<ServerResponse>>): void {
  http.addHook('onRequest', async ({ raw: { socket } }, reply) => {
    const responses = answering.get(socket) ?? new Set();
    answering.set(socket, responses.add(reply.raw));
    if (responses.size <= pipelined) return undefined;
    socket.destroy();
    return reply.hijack();
  });
  http.addHook('onResponse', async ({ raw: { socket } }, reply) => {
    answering.get(socket)?.delete(reply.raw);
  });
}

/** Answers what is no request, and closes; only closes where it would stand in the middle of another answer. */
function answerMalformed(
  code: string,
  socket: Socket,
  responses: ReadonlySet<ServerResponse> | undefined,
): void {
  const isAnswering = [...(responses ?? [])].some((response) => response.headersSent);
  if (code === 'ECONNRESET' || !socket.writable || isAnswering) {
    socket.destroy();
    return;
  }
  const [status, name, text] = malformed.get(code) ?? [400, 'Bad Request', 'that is no HTTP request'];
  const body = JSON.stringify({ error: text });
  socket.end(
    `HTTP/1.1 ${status} ${name}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `X-Content-Type-Options: nosniff\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
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
