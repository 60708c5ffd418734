import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface RawServer {
  readonly url: string;
  /** Head and body of each request so far. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * An HTTP server that answers each request with exactly the octets given (as latin1), whatever HTTP says of them,
 * and then closes the connection, unless it is to hang; an answer of undefined is none, with the connection left
 * open.
 */
export async function startRawServer(
  answer: (request: string) => string | undefined,
  { isHanging = false } = {},
): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!isComplete(received)) return;
      requests.push(received);
      const octets = answer(received);
      received = '';
      if (octets === undefined) return;
      if (isHanging) socket.write(octets, 'latin1');
      else socket.end(octets, 'latin1');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An answer with a length and a type. */
export function httpAnswer(status: string, contentType: string, body: string, headers = ''): string {
  const length = Buffer.byteLength(body, 'latin1');
  return (
    `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n${headers}` +
    `Connection: close\r\n\r\n${body}`
  );
}

function isComplete(request: string): boolean {
  const end = request.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(request)?.[1] ?? '0';
  return end >= 0 && request.length >= end + 4 + Number(length);
}
