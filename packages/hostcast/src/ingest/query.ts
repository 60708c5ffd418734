import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody } from './body.ts';
import { BodyTooLargeError } from './bodyTooLargeError.ts';

/** Octets of a statement that is read. */
const statementBytes = 64 * 1024;

/**
 * `/query` as far as writers of metrics use it: Telegraf's `CREATE DATABASE` on start-up and the
 * `SHOW DATABASES` of clients that probe. There are no databases here: creating one always succeeds, the one
 * that Telegraf writes to by default exists, and every other statement has no result.
 */
export async function answerQuery(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const statement = queryValue(request, 'q') ?? (await formField(request));
  if (statement === null) {
    const message = 'missing required parameter "q"';
    return reply.code(400).send({ error: message, code: 'invalid', message });
  }
  return reply.send({ results: results(statement.trim()) });
}

/** A parameter of the URL; undefined where it is missing or repeated. */
export function queryValue({ query }: FastifyRequest, name: string): string | undefined {
  if (typeof query !== 'object' || query === null) return undefined;
  const value: unknown = new Map(Object.entries(query)).get(name);
  return typeof value === 'string' ? value : undefined;
}

function results(statement: string): readonly object[] {
  if (/^create\s+database\b/i.test(statement)) return [{ statement_id: 0 }];
  if (/^show\s+databases\b/i.test(statement)) {
    return [{ statement_id: 0, series: [{ name: 'databases', columns: ['name'], values: [['telegraf']] }] }];
  }
  return [];
}

async function formField(request: FastifyRequest): Promise<string | null> {
  if (request.method !== 'POST') return null;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const limits = { gzipBytes: statementBytes, identityBytes: statementBytes };
  for await (const chunk of readBody(request.raw, limits)) {
    bytes += chunk.length;
    if (bytes > statementBytes) throw new BodyTooLargeError('decompressed', statementBytes);
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8')).get('q');
}
