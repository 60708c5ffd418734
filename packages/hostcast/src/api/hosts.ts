import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { FieldKinds } from '../metrics/kinds.ts';
import { historyPanels } from '../publish/panels.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { HostHistory } from '../publish/snapshots.ts';
import { fleetInScope, seesHost, seesName } from '../security/scope.ts';
import { chooseBucketMs } from '../store/buckets.ts';
import { type MetricStore, StoreError } from '../store/metricStore.ts';

const maxPoints = 2_000;
const maxRangeMs = 400 * 24 * 3_600_000;

const epochMs = z.coerce.number('is a time in epoch ms').int().min(0).max(8.64e15);

const historyQuery = z.object({
  from: epochMs,
  to: epochMs,
  points: z.coerce.number(`is a number from 1 to ${maxPoints}`).int().min(1).max(maxPoints).default(300),
});

/** The HTTP twins of the host destinations, and history for the charts. Answers and errors are JSON. */
export function hostRoutes(
  app: FastifyInstance,
  options: { publisher: Publisher; store: MetricStore; intervalMs: number; kindOf: FieldKinds['kindOf'] },
): void {
  const { publisher, store, intervalMs, kindOf } = options;

  app.get('/api/hosts', async ({ principal }) => fleetInScope(await publisher.fleet(), principal?.scope));

  app.get<{ Params: { host: string } }>('/api/hosts/:host', async (request, reply) => {
    const { host } = request.params;
    const scope = request.principal?.scope;
    if (!seesName(scope, host)) return noSuchHost(reply, host);
    const snapshot = await publisher.host(host);
    // Who may not see it does not learn either whether it is there.
    return snapshot && seesHost(scope, host, snapshot.tags) ? snapshot : noSuchHost(reply, host);
  });

  app.get<{ Params: { host: string } }>('/api/hosts/:host/history', async (request, reply) => {
    const query = historyQuery.safeParse(request.query);
    if (!query.success) return badRequest(reply, faultsOf(query.error));
    const { from, to, points } = query.data;
    if (to <= from) return badRequest(reply, `"to" (${to}) must be later than "from" (${from})`);
    if (to - from > maxRangeMs) return badRequest(reply, 'the range is longer than 400 days');
    const { host } = request.params;
    const scope = request.principal?.scope;
    if (scope && !seesHost(scope, host, await publisher.tagsOf(host))) return noSuchHost(reply, host);
    const bucketMs = chooseBucketMs(from, to, points, intervalMs);
    try {
      const history = await store.history({
        selection: { tags: [['host', host]] },
        fromMs: from,
        toMs: to,
        bucketMs,
      });
      return {
        host,
        bucketMs,
        times: history.times,
        ...historyPanels(history, kindOf),
      } satisfies HostHistory;
    } catch (error) {
      if (error instanceof StoreError)
        return reply.code(503).send({ error: error.message, code: error.code });
      throw error;
    }
  });
}

/** `"from" is a time in epoch ms; "points": Too big: …` */
function faultsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `"${path.join('.')}" ${message}`).join('; ');
}

function noSuchHost(reply: FastifyReply, host: string): FastifyReply {
  return reply.code(404).send({ error: `no data of a host named ${JSON.stringify(host.slice(0, 200))}` });
}

function badRequest(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(400).send({ error });
}
