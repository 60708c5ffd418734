import { once } from 'node:events';
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/*
 * Stand-ins for InfluxDB 2.x and 3.x, of which there is no Debian package. They answer as the sources named at each
 * behaviour say (repository influxdata/influxdb: `v2` is branch main-2.x at v2.7.11, `v3` is main): logins, statuses,
 * shapes of answers, and what each refuses. What a statement selects is left to a real influxd 1.6.7 behind them,
 * whose query engine 2.x has too, and whose semantics 3.x follows. They show that hostcast speaks to each; they
 * can't show that an InfluxDB of that version does all that its source says.
 */

export interface FakeInflux {
  readonly url: string;
  /** Method, path and statement of each request so far: `POST /query SELECT …`. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** A request as the fakes look at it; a form in the body goes before the query string. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly parameters: URLSearchParams;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Fake = (request: FakeRequest, influxd: Influxd) => Promise<FakeAnswer>;

/** The real influxd behind a fake. */
export interface Influxd {
  readonly query: (parameters: Readonly<Record<string, string>>) => Promise<FakeAnswer>;
  readonly write: (parameters: Readonly<Record<string, string>>, body: string) => Promise<FakeAnswer>;
}

export async function startFake(influxdUrl: string, fake: Fake): Promise<FakeInflux> {
  const requests: string[] = [];
  const influxd: Influxd = {
    query: (parameters) => send(influxdUrl, '/query', new URLSearchParams(parameters).toString(), 'form'),
    write: (parameters, body) => send(influxdUrl, `/write?${new URLSearchParams(parameters)}`, body, 'lines'),
  };
  const server = createServer((message, response) => {
    void read(message).then(async (request) => {
      requests.push(`${request.method} ${request.path} ${request.parameters.get('q') ?? ''}`.trim());
      reply(response, await fake(request, influxd));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(message: IncomingMessage): Promise<FakeRequest> {
  const sent = await buffer(message);
  const body = (message.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString();
  const url = new URL(message.url ?? '/', 'http://fake');
  const parameters = new URLSearchParams(url.search);
  if (message.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body)) parameters.set(name, value);
  }
  return { method: message.method ?? '', path: url.pathname, headers: message.headers, parameters, body };
}

function reply(response: ServerResponse, { status, headers = {}, body = '' }: FakeAnswer): void {
  response.writeHead(status, headers).end(status === 204 ? undefined : body);
}

async function send(base: string, path: string, body: string, kind: 'form' | 'lines'): Promise<FakeAnswer> {
  const type = kind === 'form' ? 'application/x-www-form-urlencoded' : 'text/plain';
  const options = { method: 'POST', headers: { 'content-type': type }, insecureHTTPParser: true };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    requestHttp(new URL(path, base), options, resolve).on('error', reject).end(body);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** An answer in JSON. */
export function json(status: number, value: unknown): FakeAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** The parameters of a query that influxd is to be asked with; without logins. */
export function forInfluxd(parameters: URLSearchParams): Record<string, string> {
  const names = ['q', 'db', 'rp', 'epoch', 'params', 'chunked', 'chunk_size'];
  const given = names.map((name) => [name, parameters.get(name)] as const);
  return Object.fromEntries(given.filter((pair): pair is [string, string] => pair[1] !== null));
}
