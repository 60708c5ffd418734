import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { FleetHistories, FleetQuestion } from '../publish/fleetHistory.ts';
import type { Publisher } from '../publish/publisher.ts';
import { type FigureColumn, figureColumns } from '../publish/snapshots.ts';
import { seesHost } from '../security/scope.ts';
import { chooseBucketMs } from '../store/buckets.ts';
import type { AnswerRoom } from './answerRoom.ts';
import { badRequest, epochMs, faultsOf, rangeFault, storeFailed } from './historyQuery.ts';
import { askerOf, maxFigures } from './hostHistory.ts';

const maxPoints = 500;
const maxDays = 31;
const columnNames = new Set<string>(figureColumns);
const isColumn = (name: string): name is FigureColumn => columnNames.has(name);

/** Others are refused, such as `statistic`: of a fleet's row it would not be what a host's is. */
const fleetQuery = z.strictObject({
  columns: z
    .string('is to be given once, with commas between the names')
    .transform((text) => [...new Set(text.split(','))])
    .refine(
      (names) => names.every(isColumn),
      `names some of ${figureColumns.join(', ')}, with commas between`,
    )
    .transform((names) => names.filter(isColumn)),
  from: epochMs,
  to: epochMs,
  points: z.coerce.number(`is a number from 1 to ${maxPoints}`).int().min(1).max(maxPoints).default(90),
});

export interface FleetHistoryParts {
  readonly publisher: Publisher;
  readonly histories: FleetHistories;
  readonly intervalMs: number;
  readonly room: AnswerRoom;
}

/** Answers `GET /api/hosts/history?columns=…`: history of columns of the fleet, of all hosts that one may see. */
export async function answerFleetHistory(
  { publisher, histories, intervalMs, room }: FleetHistoryParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = fleetQuery.safeParse(request.query);
  if (!query.success) return badRequest(reply, faultsOf(query.error));
  const { columns, from, to, points } = query.data;
  const fault = rangeFault(from, to, maxDays);
  if (fault !== undefined) return badRequest(reply, fault);
  const bucketMs = chooseBucketMs(from, to, points, intervalMs);
  // Whole buckets, so that all who ask within one ask the same.
  const fromMs = Math.floor(from / bucketMs) * bucketMs;
  const toMs = Math.ceil(to / bucketMs) * bucketMs;
  const { rows } = await publisher.fleet();
  const figures = rows.length * columns.length * ((toMs - fromMs) / bucketMs);
  if (figures > maxFigures) {
    return badRequest(
      reply,
      `${figures} figures were asked for, at most ${maxFigures} are given: ask for fewer points or columns`,
    );
  }
  const scope = request.principal?.scope;
  const seen = scope && new Set(rows.filter((row) => seesHost(scope, row[0], row[16])).map(([host]) => host));
  const question: FleetQuestion = { columns, fromMs, toMs, bucketMs };
  try {
    const { body, tag } = await histories.answer(
      question,
      askerOf(request),
      seen && ((host) => seen.has(host)),
    );
    reply
      .header('etag', `"${tag}"`)
      .header('cache-control', 'private, no-cache')
      .header('vary', 'authorization, cookie');
    if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send();
    room.take(body.length, request, reply);
    return reply.type('application/json; charset=utf-8').send(body);
  } catch (error) {
    return storeFailed(reply, error);
  }
}

/** `If-None-Match`: a list of tags, weak ones too; `*` says nothing of what the browser has. */
function isKnown(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((each) => each.trim().replace(/^W\//, '') === `"${tag}"`) ?? false;
}
