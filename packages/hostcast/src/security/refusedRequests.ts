import type { FastifyInstance } from 'fastify';
import { createRateLimit } from '../network/rateLimit.ts';
import type { Audit } from './audit.ts';

/** Nothing bounds what somebody is refused but the network. */
const linesPerMinute = 10;

/** Audits the requests that were given a `refusal`, so many lines a minute of one address. Comes before the routes. */
export function auditRefusals(http: FastifyInstance, audit: Pick<Audit, 'record'>): void {
  const noted = createRateLimit({ perMinute: linesPerMinute });
  http.addHook(
    'onSend',
    async ({ refusal: reason, ip: address, principal, method, routeOptions, headers }) => {
      if (reason === undefined || (await noted.take(address)) > 0) return;
      const { origin, host } = headers;
      // Not the address that was asked for: tokens may stand in its query.
      const use = `${method} ${routeOptions.url ?? '(no route)'}`;
      audit.record('request refused', { user: principal?.name, address, use, reason, origin, host });
    },
  );
}
