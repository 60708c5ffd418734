import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { gzipSync } from 'node:zlib';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** Sent one after the other, chunked, as Go's client does with a body of unknown length. */
  readonly chunks?: readonly Uint8Array[];
}

/**
 * Talks HTTP as Telegraf's Go client does: one kept-alive connection, `Transfer-Encoding: chunked` without a
 * Content-Length.
 */
export class TelegrafClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Local ports used: more than one means that a connection was lost. */
  readonly ports = new Set<number | undefined>();

  constructor(port: number) {
    this.#port = port;
  }

  send({ method = 'POST', path, headers = {}, chunks = [] }: Sent): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          agent: this.#agent,
          method,
          path,
          headers: { 'user-agent': 'Telegraf/1.40.0 Go/1.26.0', ...headers },
        },
        (incoming) => {
          this.ports.add(incoming.socket.localPort);
          const parts: Uint8Array[] = [];
          incoming.on('data', (part: Uint8Array) => parts.push(part));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(parts).toString('utf8'),
            }),
          );
        },
      );
      outgoing.on('error', reject);
      for (const chunk of chunks) outgoing.write(chunk);
      outgoing.end();
    });
  }

  /** A batch as outputs.influxdb_v2 sends it: gzip, in two chunks. */
  sendBatch(path: string, lines: string, headers: Record<string, string> = {}): Promise<Answer> {
    const compressed = gzipSync(lines);
    const half = Math.floor(compressed.length / 2);
    return this.send({
      path,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip', ...headers },
      chunks: [compressed.subarray(0, half), compressed.subarray(half)],
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
