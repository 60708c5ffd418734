import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import type { Precision } from '../lineProtocol/numbers.ts';
import { AccessError } from '../security/access.ts';
import type { Audit } from '../security/audit.ts';
import { WriterError } from '../security/writerError.ts';
import { StoreError } from '../store/metricStore.ts';
import { BodyEncodingError, discardRest, readBody } from './body.ts';
import { BodyTooLargeError } from './bodyTooLargeError.ts';
import type { Ingest, WriteResult } from './ingest.ts';
import { JsonBodyError, refuseJson } from './json.ts';
import { partialWrite } from './partialWrite.ts';
import { answerQuery, queryValue } from './query.ts';
import { Refusals } from './refusals.ts';
import { type Sender, SenderLog } from './senderLog.ts';

export interface IngestRoutesOptions {
  readonly ingest: Ingest;
  readonly log: Logger;
  readonly audit: Audit;
  /** Octets of a compressed body as sent; what it becomes is limited by the ingest. Default 16 MiB. */
  readonly compressedBytes?: number;
  /** Seconds a client is asked to wait while the store can't take more. Default 5. */
  readonly retryAfterSeconds?: number;
  readonly clock?: Clock;
}

/** What the routes share. */
interface Context extends IngestRoutesOptions {
  readonly refusals: Refusals;
  /** Bodies that the store did not take. */
  readonly notStored: SenderLog;
  /** Bodies whose client went away. */
  readonly unfinished: SenderLog;
}

/** A fleet sends again every second to a store that takes nothing, and its disk may be full of log already. */
const logEveryMs = 60_000;

const defaultCompressedBytes = 16 * 1024 * 1024;
/** What a client may still be sending when it is refused, and will be read so that it sees the answer. */
const discardBytes = 64 * 1024 * 1024;
/** The same of one that may not write: more than any batch of Telegraf's, and no more. */
const strangerDiscardBytes = 2 * 1024 * 1024;
/** InfluxDB's version whose API this is: clients choose their dialect by it. */
const influxVersion = '1.8.10';

// Telegraf's outputs.influxdb goes by an error's words before its status (plugins/outputs/influxdb/http.go): at the
// first it runs CREATE DATABASE, at the others it drops the batch. Our database's reasons may hold them.
const creating = /database not found/i;
const telling =
  /database not found|partial write|unable to parse|points beyond retention policy|retention policy not found|hinted handoff queue not empty/i;

const v3Path = '/api/v3/write_lp';

/** The names that the write APIs of InfluxDB 1.x, 2.x and 3.x have for units of time. */
const precisions: ReadonlyMap<string, Precision> = new Map<string, Precision>([
  ['auto', 'auto'],
  ['n', 'ns'],
  ['ns', 'ns'],
  ['nanosecond', 'ns'],
  ['u', 'us'],
  ['us', 'us'],
  ['µ', 'us'],
  ['microsecond', 'us'],
  ['ms', 'ms'],
  ['millisecond', 'ms'],
  ['s', 's'],
  ['second', 's'],
  ['m', 'm'],
  ['h', 'h'],
]);

/**
 * What a stock Telegraf asks of its outputs influxdb, influxdb_v2, influxdb_v3 and http, answered so that it
 * neither loses a batch that could be stored later nor repeats for ever one that can't: 204 without a body on
 * success; 400 where bad lines were left out, which these outputs log (204 on `/telegraf`, where `outputs.http`
 * would repeat a 400 for ever); 503 with Retry-After while the store can't take it (429 loses data with
 * `outputs.influxdb`); 413 for what is too large; 401 and 403 for whoever may not write, which all of them keep
 * their data at. Errors are JSON in one shape that all of them read.
 * A request with an Origin, or that a page has made, is refused: browsers have no business here.
 */
export async function ingestRoutes(http: FastifyInstance, options: IngestRoutesOptions): Promise<void> {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const { audit, clock = systemClock } = options;
  const logOf = (message: string, level: 'info' | 'warn') =>
    new SenderLog({ log: options.log, clock, message, level, counts: 'bodies', everyMs: logEveryMs });
  const context: Context = {
    ...options,
    refusals: new Refusals(audit, clock),
    notStored: logOf('a body could not be stored', 'warn'),
    unfinished: logOf('a client went away in the middle of a body', 'info'),
  };
  http.addHook('onRequest', (request, reply) => refuseBrowsers(request, reply, context));
  http.setErrorHandler((error, request, reply) => answerError(error, request, reply, context));

  const write = (request: FastifyRequest, reply: FastifyReply) => answerWrite(request, reply, options);
  http.post('/write', write);
  http.post('/api/v2/write', write);
  http.post(v3Path, write);
  http.route({
    method: ['POST', 'PUT', 'PATCH'], // those that outputs.http may be set to
    url: '/telegraf',
    handler: async (request, reply) => {
      await storeBody(request, options);
      return reply.code(204).send();
    },
  });
  http.route({ method: ['GET', 'POST'], url: '/query', handler: answerQuery });
  http.get('/ping', answerPing);
  http.get('/health', () => ({
    name: 'influxdb',
    message: 'ready for queries and writes',
    status: 'pass',
    version: influxVersion,
  }));
}

/** As InfluxDB 1.x: 204, and 200 with the version for who asks for more, as load balancers do. */
function answerPing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('x-influxdb-version', influxVersion).header('x-influxdb-build', 'OSS');
  const verbose = queryValue(request, 'verbose') ?? '';
  if (['', '0', 'false'].includes(verbose)) return reply.code(204).send();
  return reply.send({ version: influxVersion });
}

async function answerWrite(
  request: FastifyRequest,
  reply: FastifyReply,
  options: IngestRoutesOptions,
): Promise<FastifyReply> {
  const result = await storeBody(request, options);
  if (result.errorCount === 0) return reply.code(204).send();
  return reply.code(400).send(partialWriteBody(result));
}

function storeBody(request: FastifyRequest, options: IngestRoutesOptions): Promise<WriteResult> {
  const precision = precisionOf(request);
  const gzipBytes = options.compressedBytes ?? defaultCompressedBytes;
  const body = readBody(request.raw, { gzipBytes, identityBytes: Number.POSITIVE_INFINITY });
  const { principal } = request;
  return options.ingest.write(refuseJson(body), {
    precision,
    source: 'remote',
    scope: principal?.scope,
    sender: senderOf(request),
  });
}

function senderOf({ ip, principal, routeOptions: { url = '' } }: FastifyRequest): Sender {
  return { address: ip, route: url, token: principal?.kind === 'token' ? principal.name : undefined };
}

function precisionOf(request: FastifyRequest): Precision {
  const given = queryValue(request, 'precision') ?? '';
  if (given === '') return request.routeOptions.url === v3Path ? 'auto' : 'ns';
  const precision = precisions.get(given);
  if (precision === undefined)
    throw new BadRequestError('unknown precision: ns, us, ms, s, m, h and auto are known');
  return precision;
}

class BadRequestError extends Error {}

/** The shape that outputs.influxdb, influxdb_v2 and influxdb_v3 each find their part in. */
function partialWriteBody(result: WriteResult): object {
  return {
    ...errorBody('invalid', partialWrite(result)),
    line: result.errors[0]?.line,
    data: result.errors.map(({ line, reason, start }) => ({
      original_line: start,
      line_number: line,
      error_message: reason,
    })),
  };
}

function errorBody(code: string, message: string): object {
  return { error: message, code, message };
}

async function refuseBrowsers(
  request: FastifyRequest,
  reply: FastifyReply,
  { refusals }: Context,
): Promise<FastifyReply | undefined> {
  const { origin, 'sec-fetch-site': site = 'none' } = request.headers;
  if (origin === undefined && site === 'none') return undefined; // none: typed into the address bar
  const reason = 'requests of browsers (with an Origin or Sec-Fetch-Site header) are refused';
  refusals.note({ address: request.ip, route: request.routeOptions.url, reason, tokenId: undefined });
  reply.header('connection', 'close');
  return reply.code(403).send(errorBody('forbidden', reason));
}

async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  context: Context,
): Promise<FastifyReply> {
  const { log, retryAfterSeconds = 5 } = context;
  const route = request.routeOptions.url;
  if (isAccessRefusal(error)) return answerStranger(error, request, reply, context);
  if (isGone(error, request.raw)) {
    // Each restart of a Telegraf does this: nothing is wrong, and nobody waits for an answer.
    context.unfinished.note(senderOf(request), 1, {});
    return reply.code(400).send();
  }
  await finishReading(request.raw, reply, discardBytes);
  if (error instanceof BodyTooLargeError)
    return reply.code(413).send(errorBody('request too large', error.message));
  if (error instanceof BodyEncodingError)
    return reply.code(error.status).send(errorBody('invalid', error.message));
  if (error instanceof JsonBodyError) return reply.code(415).send(errorBody('invalid', error.message));
  if (error instanceof BadRequestError) return reply.code(400).send(errorBody('invalid', error.message));
  if (error instanceof StoreError) {
    context.notStored.note(senderOf(request), 1, { reason: error.message });
    return answerStoreError(error, request, reply, retryAfterSeconds);
  }
  if (isClientFault(error)) return reply.code(error.statusCode).send(errorBody('invalid', error.message));
  log.error({ err: error, route }, 'a request to the ingest failed');
  return reply.code(500).send(errorBody('internal error', 'internal error, see the log of hostcast'));
}

/**
 * 401 or 403. outputs.influxdb drops the batch at any 4xx whose body is JSON or empty, and keeps it at any other
 * body (plugins/outputs/influxdb/http.go, validateResponse): there the reason is plain text.
 */
async function answerStranger(
  error: Error & { statusCode: number },
  request: FastifyRequest,
  reply: FastifyReply,
  { refusals }: Context,
): Promise<FastifyReply> {
  const route = request.routeOptions.url;
  const tokenId = error instanceof WriterError ? error.tokenId : undefined;
  refusals.note({ address: request.ip, route, reason: error.message, tokenId });
  await finishReading(request.raw, reply, strangerDiscardBytes);
  reply.code(error.statusCode);
  if (error.statusCode === 401) reply.header('www-authenticate', 'Token realm="hostcast"');
  const code = error.statusCode === 401 ? 'unauthorized' : 'forbidden';
  if (route !== '/write') return reply.send(errorBody(code, error.message));
  return reply.type('text/plain; charset=utf-8').send(`${code}: ${error.message}\n`);
}

/** 503 for what may be stored later, 400 for what never will; outputs.http repeats whatever is no success. */
function answerStoreError(
  error: StoreError,
  request: FastifyRequest,
  reply: FastifyReply,
  retryAfterSeconds: number,
): FastifyReply {
  if (error.code !== 'ERR_STORE_REFUSED') {
    const message = telling.test(error.message)
      ? 'the database behind hostcast does not take points now; the log of hostcast says why'
      : error.message;
    reply.header('retry-after', String(retryAfterSeconds));
    return reply.code(503).send(errorBody('unavailable', message));
  }
  if (request.routeOptions.url === '/telegraf') return reply.code(204).send();
  const reason = creating.test(error.message)
    ? 'the database behind hostcast refused points; the log of hostcast says why'
    : error.message;
  return reply.code(400).send(errorBody('invalid', `partial write: ${reason}`));
}

async function finishReading(
  request: IncomingMessage,
  reply: FastifyReply,
  atMostBytes: number,
): Promise<void> {
  const isRead = await discardRest(request, atMostBytes);
  if (!isRead) reply.header('connection', 'close');
}

/** Node fails a body that its client leaves unfinished with `aborted`, ECONNRESET. */
function isGone(error: unknown, request: IncomingMessage): boolean {
  const isReset = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
  return isReset && request.destroyed && !request.complete;
}

function isAccessRefusal(error: unknown): error is AccessError | WriterError {
  return error instanceof AccessError || error instanceof WriterError;
}

/** Fastify's own refusals, such as a content type that is none. */
function isClientFault(error: unknown): error is Error & { statusCode: number } {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
}
