import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { ResolvedOptions } from '../options.ts';
import { TcpTransport } from './tcp.ts';
import type { Transport } from './transport.ts';

/** Where to listen for plain STOMP. */
export interface TcpOptions {
  /** Address to bind to; default `127.0.0.1`. */
  readonly host?: string;
  /** 0 chooses a free one. */
  readonly port: number;
  /** Key, certificate and so on as `node:tls` takes them; left out, the connections are not encrypted. */
  readonly tls?: TlsOptions;
}

// Connections that may wait to be taken: thousands may come back at the same moment, and Node's 511 make those above
// wait a second and more for their next try. The system may allow fewer.
const backlog = 4_096;

/** A listener that stands. */
export interface TcpListening {
  /** The port: the one asked for, or the one that was free. */
  readonly port: number;
  /** Takes no further connections and frees the port; those there are live on. Idempotent. */
  close(): Promise<void>;
}

/** The TCP and TLS listeners of one server. */
export class TcpListeners {
  readonly #options: ResolvedOptions;
  readonly #accept: (transport: Transport) => void;
  readonly #servers = new Set<Server>();
  #isClosing = false;

  constructor(options: ResolvedOptions, accept: (transport: Transport) => void) {
    this.#options = options;
    this.#accept = accept;
  }

  /** Rejects with the system's error where the address or port cannot be had, and once the server closes. */
  async listen({ host = '127.0.0.1', port, tls }: TcpOptions): Promise<TcpListening> {
    if (this.#isClosing) throw new Error('the STOMP server is closing');
    const server = tls
      ? this.#tlsServer(tls)
      : createServer({ allowHalfOpen: true }, (socket) => this.#take(socket, 'tcp'));
    // Above the limit `sessions` clients get an ERROR; there has to be room for telling them.
    server.maxConnections = 2 * this.#options.limits.sessions;
    this.#servers.add(server);
    const close = async () => this.#close(server);
    try {
      server.listen({ host, port, backlog });
      await once(server, 'listening');
    } catch (error) {
      this.#servers.delete(server);
      throw error;
    }
    const address = server.address();
    // Null where the server was closed in the meantime.
    return { port: address && typeof address === 'object' ? address.port : port, close };
  }

  /** Closes every listener. */
  stopAccepting(): void {
    this.#isClosing = true;
    for (const server of [...this.#servers]) this.#close(server);
  }

  #tlsServer(tls: TlsOptions): Server {
    const { connectMs } = this.#options.limits;
    const server = createTlsServer({ handshakeTimeout: connectMs, ...tls, allowHalfOpen: true }, (socket) =>
      this.#take(socket, 'tls'),
    );
    // Who cannot even shake hands is no client yet; Node has closed the socket.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  #take(socket: Socket, name: 'tcp' | 'tls'): void {
    const { clock, limits } = this.#options;
    // Its errors mean only that the client has gone, which `close` tells.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    this.#accept(new TcpTransport({ socket, name, clock, closeMs: limits.closeMs }));
  }

  // Only its callback would wait for the connections to end; the port is free when this returns.
  #close(server: Server): void {
    if (this.#servers.delete(server)) server.close();
  }
}
