import type { ChannelInterceptor } from '@hostcast/stomp';
import type { Logger } from 'pino';

/**
 * Logs who comes and goes: one line `connect` and one line `disconnect` per session, with session, user
 * (null where nobody logged in), address and, at the end, the reason. An ordinary interceptor of the clientInboundChannel, which sees exactly
 * one CONNECT and one DISCONNECT of each session however the client ends.
 */
export function sessionLog(log: Logger): ChannelInterceptor {
  return {
    postSend(message) {
      const { session } = message;
      if (session === undefined) return;
      const who = { session: session.id, user: message.user?.name ?? null, address: session.remoteAddress };
      if (message.command === 'CONNECT') log.info(who, 'connect');
      if (message.command === 'DISCONNECT') log.info({ ...who, reason: message.reason }, 'disconnect');
    },
  };
}
