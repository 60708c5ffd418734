import type { FastifyRequest } from 'fastify';
import type { Accounts, TokenRecord } from '../accounts/accounts.ts';
import type { Authentication } from '../security/authentication.ts';
import { ruleOf, verbOf } from '../security/policy.ts';
import type { Principal } from '../security/principal.ts';
import { WriterError } from '../security/writerError.ts';
import { ingestCredentials } from './ingestCredentials.ts';

/**
 * Lets in, where figures are written, by tokens alone: names and passwords are for people, and checking one takes
 * too long for something that comes every second. Everywhere else it is as before.
 */
export function withWriters(authentication: Authentication, accounts: Accounts): Authentication {
  return {
    ofConnect: (credentials) => authentication.ofConnect(credentials),
    async ofRequest(request) {
      return isWriting(request) ? writerOf(request, accounts) : authentication.ofRequest(request);
    },
  };
}

/** Who comes with a token. */
export function principalOfToken({ id, name, right, scope, expiresAtMs }: TokenRecord): Principal {
  return { kind: 'token', name, right, scope, login: id, expiresAtMs };
}

function isWriting({ routeOptions: { url }, method }: FastifyRequest): boolean {
  const verb = verbOf(method);
  return url !== undefined && verb !== undefined && ruleOf(verb, url)?.least === 'ingest';
}

/** @throws WriterError */
function writerOf(request: FastifyRequest, accounts: Accounts): Principal {
  const texts = ingestCredentials(request.raw);
  const token = texts.map((text) => accounts.verifyToken(text)).find((found) => found !== undefined);
  if (token === undefined) throw unknownWriter(texts);
  if (token.right === 'ingest') return principalOfToken(token);
  const reason = `the token ${token.name} has the right ${token.right}, and to write takes ingest`;
  throw new WriterError(403, reason, token.id);
}

function unknownWriter(texts: readonly string[]): WriterError {
  if (texts.length === 0) return new WriterError(401, 'to write takes a token, and none was sent');
  const tokenId = texts.map((text) => /^hct_([0-9a-f]{12})_/.exec(text)?.[1]).find((id) => id !== undefined);
  return tokenId === undefined
    ? new WriterError(401, 'what was sent is no token of this hostcast')
    : new WriterError(401, `the token ${tokenId} is wrong, has expired or is revoked`, tokenId);
}
