import type { StompServer } from '@hostcast/stomp';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config/config.ts';
import { UserError } from './config/userError.ts';

/**
 * Connections that may wait to be taken. Node's 511 are too few where thousands of viewers come back at the same moment:
 * those above wait a second and more for their next try. The system may allow fewer (Linux: net.core.somaxconn, 4,096).
 */
const backlog = 4_096;

/** @throws UserError where the address can't be used; the message says what to do */
export async function listenHttp(http: FastifyInstance, config: Config): Promise<number> {
  const { host, port } = config;
  try {
    await http.listen({ host, port, backlog });
    const address = http.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  } catch (error) {
    throw listenError(error, config, '--port', port);
  }
}

/**
 * Plain STOMP over TCP, for whoever asks for it: the same broker, sessions and rights as at `/ws`.
 * @throws UserError as `listenHttp`
 */
export async function listenStomp(stomp: StompServer, config: Config): Promise<number | undefined> {
  const { host, stompPort: port } = config;
  if (port === undefined) return undefined;
  try {
    return (await stomp.listenTcp({ host, port })).port;
  } catch (error) {
    throw listenError(error, config, '--stomp-port', port);
  }
}

function listenError(error: unknown, { host, commandLine }: Config, flag: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new UserError(
      `port ${port} on ${host} is taken, perhaps by another hostcast. Stop that one, or choose another port:\n\n` +
        `  ${commandLine.with({ [flag]: String(port < 65_535 ? port + 1 : port - 1) })}\n`,
    );
  }
  if (code === 'EACCES')
    return new UserError(`port ${port} may not be used by this user: choose one above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UserError(`--host ${host} is no address of this machine`);
  }
  return error;
}
