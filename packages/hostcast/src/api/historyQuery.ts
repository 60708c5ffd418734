import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { StoreError } from '../store/metricStore.ts';

const dayMs = 24 * 3_600_000;

/** A moment in a query. */
export const epochMs = z.coerce
  .number('is a time in epoch ms')
  .int('is a time in whole ms')
  .min(0, 'is before 1970')
  .max(8.64e15, 'is later than any date');

/** What is wrong with a range, in words; undefined where nothing is. */
export function rangeFault(from: number, to: number, maxDays: number): string | undefined {
  if (to <= from) return `"to" (${to}) must be later than "from" (${from})`;
  return to - from > maxDays * dayMs ? `the range is longer than ${maxDays} days` : undefined;
}

/** `"from" is a time in epoch ms; "points": Too big: …` */
export function faultsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `"${path.join('.')}" ${message}`).join('; ');
}

/** 400 with the reason. */
export function badRequest(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(400).send({ error });
}

/** 503 with what the store said; throws what is no fault of its. */
export function storeFailed(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof StoreError) return reply.code(503).send({ error: error.message, code: error.code });
  throw error;
}
