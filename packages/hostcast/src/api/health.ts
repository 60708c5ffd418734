import type { FastifyInstance } from 'fastify';
import type { Forwarding } from '../store/metricStore.ts';

/** Why a server is not to be sent requests now. */
export interface Readiness {
  /** In words for anybody; none where it is ready. */
  reasons(): readonly string[];
  /** What works in part only, and keeps it from nothing; in words for anybody. */
  warnings(): readonly string[];
}

const unanswered = 'the store does not answer; the log of hostcast says why';
const notFlowing =
  'InfluxDB does not take what is written, which waits in the buffer; the log of hostcast says why';

/** How far a server is in its life, and whether its store answers. */
export class ServerState implements Readiness {
  /** `starting` until everything is open, `stopping` as soon as the end has begun. */
  phase: 'starting' | 'running' | 'stopping' = 'starting';
  readonly #store: StoreState;

  constructor(store: StoreState) {
    this.#store = store;
  }

  reasons(): readonly string[] {
    const reasons = this.phase === 'running' ? [] : [`hostcast is ${this.phase}`];
    if (!this.#store.answers() && !this.#isLiveByItself()) reasons.push(unanswered);
    if (this.#store.forwarding?.().isTaking === false) {
      reasons.push('the buffer for InfluxDB takes no more; the log of hostcast says why');
    }
    return reasons;
  }

  warnings(): readonly string[] {
    const warnings = !this.#store.answers() && this.#isLiveByItself() ? [unanswered] : [];
    if (this.#store.answers() && this.#store.forwarding?.().isFlowing === false) warnings.push(notFlowing);
    const trouble = this.#store.trouble?.();
    return trouble === undefined ? warnings : [...warnings, trouble];
  }

  /** Who writes through hostcast goes on to be seen, and must go on to be let in, while InfluxDB is away. */
  #isLiveByItself(): boolean {
    const forwarding = this.#store.forwarding?.();
    return forwarding !== undefined && forwarding.bufferBytes + forwarding.forwardedLines > 0;
  }
}

/** What readiness depends on. */
interface StoreState {
  /** Whether the store answered the last time. */
  readonly answers: () => boolean;
  /** In words why it takes no data, where that is so. */
  readonly trouble?: () => string | undefined;
  /** Of a store that has a database behind it. */
  readonly forwarding?: (() => Forwarding) | undefined;
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
    const warnings = readiness.warnings();
    const isReady = reasons.length === 0;
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ready' : 'not ready', reasons, ...(warnings.length > 0 && { warnings }) });
  });
}
