import type { StompServer } from '@hostcast/stomp';
import type { FastifyInstance } from 'fastify';
import type { Audit, AuditEntry } from '../security/audit.ts';
import { mayAct } from '../security/principal.ts';
import type { SessionBook } from '../sessions/sessionBook.ts';
import type { SessionsBody } from '../sessions/sessionsBody.ts';

/** The body of `GET /api/sessions`. */
export interface SessionsAnswer extends SessionsBody {
  /** The last 1,000 lines of the audit, the newest first; for admins. */
  readonly audit?: readonly AuditEntry[];
}

/** `GET /api/sessions`: who is connected; `POST /api/sessions/:id/kick` ends a session. */
export function sessionRoutes(
  http: FastifyInstance,
  { stomp, book, audit }: { readonly stomp: StompServer; readonly book: SessionBook; readonly audit: Audit },
): void {
  http.get('/api/sessions', (request, reply): SessionsAnswer => {
    reply.header('cache-control', 'no-store');
    const isAdmin = request.principal !== undefined && mayAct(request.principal, 'admin');
    return { ...book.body(), ...(isAdmin && { audit: audit.entries }) };
  });

  http.post<{ Params: { id: string } }>('/api/sessions/:id/kick', async (request, reply) => {
    const session = stomp.sessions.get(request.params.id);
    if (session === undefined) return reply.code(404).send({ error: 'there is no such session, or no more' });
    book.kick(session, request.principal?.name);
    audit.record('kick', {
      user: request.principal?.name,
      address: request.ip,
      session: session.id,
      kicked: session.user?.name ?? null,
      kickedAddress: session.remoteAddress,
    });
    return reply.code(204).send();
  });
}
