import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Clock, systemClock } from '../clock.ts';
import type { FieldKinds } from '../metrics/kinds.ts';
import { FleetHistories } from '../publish/fleetHistory.ts';
import type { Publisher } from '../publish/publisher.ts';
import { Turns } from '../publish/turns.ts';
import { seesHost, seesName } from '../security/scope.ts';
import { chooseBucketMs } from '../store/buckets.ts';
import type { MetricStore } from '../store/metricStore.ts';
import { AnswerRoom } from './answerRoom.ts';
import { answerFleetHistory } from './fleetHistory.ts';
import { FleetTexts } from './fleetTexts.ts';
import { badRequest, epochMs, faultsOf, rangeFault, storeFailed } from './historyQuery.ts';
import { askerOf, HostHistories, TooManyFigures } from './hostHistory.ts';

const maxPoints = 2_000;
const maxDays = 400;

const historyQuery = z.object({
  from: epochMs,
  to: epochMs,
  points: z.coerce.number(`is a number from 1 to ${maxPoints}`).int().min(1).max(maxPoints).default(300),
  statistic: z.enum(['mean', 'min', 'max'], 'is mean, min or max').default('mean'),
});

export interface HostRoutesOptions {
  readonly publisher: Publisher;
  readonly store: MetricStore;
  readonly intervalMs: number;
  readonly kindOf: FieldKinds['kindOf'];
  readonly clock?: Clock;
}

/** The HTTP twins of the host destinations, and history for the charts. Answers and errors are JSON. */
export function hostRoutes(app: FastifyInstance, options: HostRoutesOptions): void {
  const { publisher, store, intervalMs, kindOf, clock = systemClock } = options;
  const turns = new Turns();
  const fleetTexts = new FleetTexts();
  const room = new AnswerRoom();
  const fleetHistories = new FleetHistories({ store, clock, intervalMs, turns });
  const histories = new HostHistories({ store, kindOf, turns });

  app.get('/api/hosts', async ({ principal }, reply) =>
    reply
      .type('application/json; charset=utf-8')
      .send(fleetTexts.of(await publisher.fleet(), principal?.scope)),
  );

  app.get<{ Params: { host: string } }>('/api/hosts/:host', async (request, reply) =>
    answerHost(publisher, request.params.host, request, reply),
  );

  // A host may have that name: without `columns` it is meant.
  app.get<{ Querystring: Record<string, unknown> }>('/api/hosts/history', async (request, reply) =>
    'columns' in request.query
      ? answerFleetHistory({ publisher, histories: fleetHistories, intervalMs, room }, request, reply)
      : answerHost(publisher, 'history', request, reply),
  );

  app.get<{ Params: { host: string } }>('/api/hosts/:host/history', async (request, reply) => {
    const query = historyQuery.safeParse(request.query);
    if (!query.success) return badRequest(reply, faultsOf(query.error));
    const { from, to, points, statistic } = query.data;
    const fault = rangeFault(from, to, maxDays);
    if (fault !== undefined) return badRequest(reply, fault);
    const { host } = request.params;
    const scope = request.principal?.scope;
    if (scope && !seesHost(scope, host, await publisher.tagsOf(host))) return noSuchHost(reply, host);
    const bucketMs = chooseBucketMs(from, to, points, intervalMs);
    try {
      const body = await histories.answer(
        host,
        { fromMs: from, toMs: to, bucketMs, statistic },
        askerOf(request),
      );
      room.take(body.length, request, reply);
      return reply.type('application/json; charset=utf-8').send(body);
    } catch (error) {
      if (error instanceof TooManyFigures) return badRequest(reply, error.message);
      return storeFailed(reply, error);
    }
  });
}

async function answerHost(
  publisher: Publisher,
  host: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const scope = request.principal?.scope;
  if (!seesName(scope, host)) return noSuchHost(reply, host);
  const snapshot = await publisher.host(host);
  // Who may not see it does not learn either whether it is there.
  return snapshot && seesHost(scope, host, snapshot.tags) ? snapshot : noSuchHost(reply, host);
}

function noSuchHost(reply: FastifyReply, host: string): FastifyReply {
  return reply.code(404).send({ error: `no data of a host named ${JSON.stringify(host.slice(0, 200))}` });
}
