import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Accounts } from '../accounts/accounts.ts';
import { AccountsError } from '../accounts/accountsError.ts';
import type { Audit } from '../security/audit.ts';
import { badRequest, faultsOf } from './historyQuery.ts';

export interface TokenRoutesOptions {
  readonly accounts: Pick<Accounts, 'createToken'>;
  readonly audit: Pick<Audit, 'record'>;
}

/** What `POST /api/tokens` answers: the only time that the token itself is told. */
export interface TokenAnswer {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

/** What names and patterns are good is for the accounts to say. */
const tokenBody = z.strictObject({
  name: z.string().max(256),
  hosts: z.array(z.string().max(256)).max(64).exactOptional(),
});

/**
 * `POST /api/tokens` makes a token that writes figures, of some hosts or of all. None for people comes from here: who
 * steals an admin's cookie gets nothing that lasts longer and sees more.
 */
export async function tokenRoutes(
  http: FastifyInstance,
  { accounts, audit }: TokenRoutesOptions,
): Promise<void> {
  http.removeContentTypeParser('text/plain');
  http.post('/api/tokens', async (request, reply) => {
    const body = tokenBody.safeParse(request.body);
    if (!body.success) return badRequest(reply, faultsOf(body.error));
    const { name, hosts } = body.data;
    try {
      const { text, token } = await accounts.createToken({
        name,
        right: 'ingest',
        ...(hosts && { scope: { hosts } }),
      });
      audit.record('token asked for', {
        user: request.principal?.name,
        address: request.ip,
        token: token.id,
        name,
      });
      const answer: TokenAnswer = { id: token.id, name, token: text };
      return reply.code(201).header('cache-control', 'no-store').send(answer);
    } catch (error) {
      if (!(error instanceof AccountsError)) throw error;
      if (error.code === 'ERR_ACCOUNTS_VALUE') return badRequest(reply, error.message);
      return reply.code(503).send({ error: error.message, code: error.code });
    }
  });
}
