import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A network between a client and a server that can be lost: after `cut()` nothing gets through in either
 * direction, and neither side is told, as when a cable is pulled. Ends with the test.
 */
export async function startNetwork(targetUrl: string): Promise<{ url: string; cut(): void; mend(): void }> {
  const { hostname, port } = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (octets) => isCut || to.write(octets));
      from.on('end', () => isCut || to.end());
      from.on('error', () => isCut || to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut() {
      isCut = true;
    },
    /** Lets new connections through again; what was sent over old ones is lost. */
    mend() {
      for (const socket of sockets) socket.destroy();
      isCut = false;
    },
  };
}
