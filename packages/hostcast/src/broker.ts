import { createStompServer, type StompServer } from '@hostcast/stomp';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { sessionLog } from './interceptors/sessionLog.ts';
import type { Network } from './network/network.ts';
import { createRateLimit } from './network/rateLimit.ts';
import { fleetDestination } from './publish/destinations.ts';
import type { Audit } from './security/audit.ts';
import { type Authentication, authenticateWith } from './security/authentication.ts';
import { authorizeWith } from './security/authorize.ts';
import { sessionsDestination } from './sessions/liveSessions.ts';

/** What either side sends at least, and wants to hear; ms. */
export const heartbeat = [10_000, 10_000] as const;
const everyHost = `${fleetDestination}.*`;
/**
 * Snapshots are counted, so that a viewer sees whether it missed some, and one that was away for a few of them gets
 * those. What is more is history's.
 */
const missed = { messages: 6 } as const;

/** The broker: newest snapshots are kept, so that a viewer sees something at once. */
export function createBroker(
  config: Config,
  network: Network,
  authentication: Authentication,
  { audit, log }: { readonly audit: Audit; readonly log: Logger },
): StompServer {
  const { sessions, sessionsPerAddress, sessionsPerUser } = config.limits;
  const stomp = createStompServer({
    limits: { sessions, sessionsPerAddress, sessionsPerUser },
    ...network.endpoint,
    compression: config.network.compression,
    heartbeat,
    pingIsLife: true, // a hidden tab's timers are too slow for heart-beats
    // A viewer who lags gets the newest figures next, never a backlog.
    destinations: {
      [fleetDestination]: { retain: true, history: missed, slow: 'conflate' },
      [everyHost]: { retain: true, history: missed, slow: 'conflate' },
      [sessionsDestination]: { slow: 'conflate' },
    },
    authenticate: authenticateWith(authentication),
    authorize: authorizeWith(audit),
  });
  stomp.clientInboundChannel.use(sessionLog(log));
  auditRefusals(stomp, audit);
  stomp.on('error', ({ error, session }) =>
    log.error({ err: error, session: session?.id }, 'an interceptor failed'),
  );
  return stomp;
}

/** So many lines a minute of an address: nothing bounds what it is refused but the network. */
function auditRefusals(stomp: StompServer, audit: Audit): void {
  const handshakes = createRateLimit({ perMinute: 10 });
  stomp.on('handshakeRefused', async ({ request: { headers }, remoteAddress: address, status }) => {
    if ((await handshakes.take(address)) > 0) return;
    audit.record('handshake refused', { address, status, origin: headers.origin, host: headers.host });
  });
  const sessions = createRateLimit({ perMinute: 10 });
  stomp.on('refused', async ({ session: { id, remoteAddress: address }, code, message }) => {
    if ((await sessions.take(address)) > 0) return;
    audit.record('session refused', { session: id, address, code, reason: message });
  });
}
