import type { HandshakeInterceptor } from '@hostcast/stomp';
import type { Audit } from './audit.ts';

/** Audits the WebSocket handshakes that a later interceptor refuses. Comes first. */
export function handshakeAudit(audit: Audit): HandshakeInterceptor {
  return {
    beforeHandshake: () => undefined,
    afterHandshake({ remoteAddress: address }, { accepted, status }) {
      if (!accepted) audit.record('handshake refused', { address, status });
    },
  };
}
