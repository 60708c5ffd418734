import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { type HandshakeInterceptor, networkOf } from '@hostcast/stomp';

export interface ConnectionLimits {
  /** Connections of all kinds at the same time. */
  readonly httpConnections: number;
  /** Those of one address, IPv6 by /64, that are no WebSocket; WebSockets are counted as sessions. */
  readonly perAddress: number;
  /** Addresses that may have any number: trusted proxies. */
  readonly trusts: (address: string) => boolean;
}

/**
 * Closes the connections above the limits at once, before anything is read from them. What it returns belongs
 * on the WebSocket endpoint: it stops counting those that were upgraded.
 */
export function limitConnections(
  server: Server,
  { httpConnections, perAddress, trusts }: ConnectionLimits,
): HandshakeInterceptor {
  const open = new Map<string, number>();
  const leaving = new WeakMap<Socket, () => void>();
  server.maxConnections = httpConnections;
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (trusts(address)) return;
    const network = networkOf(address);
    const others = open.get(network) ?? 0;
    if (others >= perAddress) {
      socket.destroy();
      return;
    }
    open.set(network, others + 1);
    const leave = () => {
      if (!leaving.delete(socket)) return;
      const rest = (open.get(network) ?? 0) - 1;
      if (rest > 0) open.set(network, rest);
      else open.delete(network);
    };
    leaving.set(socket, leave);
    socket.once('close', leave);
  });
  return {
    afterHandshake({ request }: { readonly request: IncomingMessage }, { accepted }) {
      if (accepted) leaving.get(request.socket)?.();
    },
  };
}
