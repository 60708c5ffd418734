import type { FastifyInstance } from 'fastify';
import type { IngestRefusal, Metrics } from '../telemetry/metrics.ts';

/** Routes that take figures in. */
const writes = new Set(['/write', '/api/v2/write', '/api/v3/write_lp', '/telegraf']);

const whyOfStatus: ReadonlyMap<number, IngestRefusal> = new Map<number, IngestRefusal>([
  [400, 'bad_request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [413, 'too_large'],
  [415, 'encoding'],
  [429, 'overloaded'],
  [503, 'unavailable'],
]);

/** `GET /metrics` for Prometheus; counts besides which writes were refused. Comes before the routes of the ingest. */
export function metricsRoutes(http: FastifyInstance, metrics: Metrics): void {
  http.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode < 400 || !writes.has(request.routeOptions.url ?? '')) return;
    metrics.countIngestRejected(whyOfStatus.get(reply.statusCode) ?? 'other');
  });
  http.get('/metrics', async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.contentType).header('cache-control', 'no-store').send(text);
  });
}
