import type { HandshakeInterceptor } from '@hostcast/stomp';
import { createRateLimit, retryAfter } from './rateLimit.ts';

/**
 * Refuses the WebSocket handshakes of an address that makes too many a minute, before the upgrade: 429 with
 * Retry-After. A page sees only that it failed, and waits longer each time.
 */
export function handshakeLimit({
  handshakesPerMinute,
}: {
  readonly handshakesPerMinute: number;
}): HandshakeInterceptor {
  const limit = createRateLimit({ perMinute: handshakesPerMinute });
  return {
    async beforeHandshake({ remoteAddress }) {
      const waitMs = await limit.take(remoteAddress);
      if (waitMs === 0) return undefined;
      const headers = { 'Retry-After': retryAfter(waitMs) };
      return { reject: { status: 429, headers, body: 'too many handshakes from your address\n' } };
    },
  };
}
