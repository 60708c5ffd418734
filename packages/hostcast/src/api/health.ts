import type { FastifyInstance } from 'fastify';

/** Why a server is not to be sent requests now. */
export interface Readiness {
  /** In words for anybody; none where it is ready. */
  reasons(): readonly string[];
}

/** How far a server is in its life, and whether its store answers. */
export class ServerState implements Readiness {
  /** `starting` until everything is open, `stopping` as soon as the end has begun. */
  phase: 'starting' | 'running' | 'stopping' = 'starting';
  readonly #storeAnswers: () => boolean;

  constructor({ storeAnswers }: { readonly storeAnswers: () => boolean }) {
    this.#storeAnswers = storeAnswers;
  }

  reasons(): readonly string[] {
    const reasons = this.phase === 'running' ? [] : [`hostcast is ${this.phase}`];
    if (!this.#storeAnswers()) reasons.push('the store does not answer; the log of hostcast says why');
    return reasons;
  }
}

/**
 * `GET /healthz`: 200 as long as this process answers at all. `GET /readyz`: 200 where it can be of use, else 503
 * with the reasons. They tell anybody no more than that.
 */
export function healthRoutes(http: FastifyInstance, readiness: Readiness): void {
  http.get('/healthz', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send('ok\n'),
  );
  http.get('/readyz', (_request, reply) => {
    const reasons = readiness.reasons();
    const isReady = reasons.length === 0;
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ready' : 'not ready', reasons });
  });
}
