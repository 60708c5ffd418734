import { type Fake, type FakeAnswer, type FakeInflux, forInfluxd, json, startFake } from './fakeInflux.ts';

export interface InfluxTwoOptions {
  /** The real influxd behind it. */
  readonly influxdUrl: string;
  /** An API token. */
  readonly token: string;
  /** A v1 authorization, made by `influx v1 auth create`. */
  readonly user: { readonly name: string; readonly password: string };
}

/** InfluxDB v2.7.11 as far as its 1.x compatibility goes. Its buckets are the databases of influxd. */
export function startInfluxTwo(options: InfluxTwoOptions): Promise<FakeInflux> {
  return startFake(options.influxdUrl, answers(options));
}

/** v2 http/legacy/ping_handler.go; http/handler.go sends both headers with every answer. */
const headers = { 'x-influxdb-build': 'OSS', 'x-influxdb-version': 'v2.7.11' };

function answers(options: InfluxTwoOptions): Fake {
  return async (request, influxd) => {
    const answer = await (async (): Promise<FakeAnswer> => {
      const { method, path, parameters } = request;
      // v2 http/legacy/influx1x_authentication_handler.go ServeHTTP: the ping endpoint does not need authorization.
      if (path === '/ping' && ['GET', 'HEAD'].includes(method)) return { status: 204 };
      if (!isLoggedIn(request.headers.authorization ?? '', parameters, options)) {
        return json(401, { code: 'unauthorized', message: 'unauthorized access' });
      }
      if (path === '/query') return query(parameters, influxd.query);
      if (path === '/write') return write(parameters, (given) => influxd.write(given, request.body));
      return json(404, { code: 'not found', message: 'path not found' });
    })();
    return { ...answer, headers: { ...answer.headers, ...headers } };
  };
}

/** v2 http/legacy/influx1x_authentication_handler.go parseCredentials: `u` and `p`, Token, Basic; no Bearer. */
function isLoggedIn(
  authorization: string,
  parameters: URLSearchParams,
  { token, user }: InfluxTwoOptions,
): boolean {
  const [scheme = '', sent = ''] = authorization.split(' ');
  if (parameters.get('u') === user.name && parameters.get('p') === user.password) return true;
  if (scheme === 'Token') return sent.slice(sent.indexOf(':') + 1) === token;
  if (scheme !== 'Basic') return false;
  const pair = Buffer.from(sent, 'base64').toString();
  return pair === `${user.name}:${user.password}` || pair.slice(pair.indexOf(':') + 1) === token;
}

/** What v2 influxql/query and v1/coordinator/statement_executor.go have no more. */
const gone =
  /\b(INTO|CARDINALITY|SHOW (STATS|DIAGNOSTICS|SERIES CARDINALITY)|CREATE DATABASE|ALTER|GRANT|REVOKE)\b/;

async function query(
  parameters: URLSearchParams,
  ask: (given: Record<string, string>) => Promise<FakeAnswer>,
): Promise<FakeAnswer> {
  const statement = parameters.get('q') ?? '';
  // v2 http/legacy/influxqld_handler.go: an empty query is refused by the parser.
  if (statement === '') return json(400, { code: 'invalid', message: 'error parsing query: missing query' });
  if (gone.test(statement.replaceAll(/"(\\.|[^"])*"|'(\\.|[^'])*'/g, ''))) {
    return json(400, { code: 'invalid', message: 'statement not supported' });
  }
  // v2 dbrp/service.go: a virtual mapping's database ends at the first slash of the bucket's name.
  if (parameters.get('db')?.includes('/')) return notMapped(parameters);
  const answer = await ask(forInfluxd(parameters));
  // v2 kit/transport/http/error_handler.go: errors have a code and a message.
  if (answer.status !== 200) {
    const { error } = JSON.parse(answer.body ?? '{}') as { error?: string };
    return json(answer.status, { code: 'invalid', message: error ?? '' });
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: answer.body ?? '' };
}

function notMapped(parameters: URLSearchParams): FakeAnswer {
  return json(200, { results: [{ statement_id: 0, error: `database not found: ${parameters.get('db')}` }] });
}

/** v2 http/legacy/write_handler.go handleWrite, findMapping, decodeWriteRequest. */
async function write(
  parameters: URLSearchParams,
  send: (given: Record<string, string>) => Promise<FakeAnswer>,
): Promise<FakeAnswer> {
  const database = parameters.get('db') ?? '';
  if (database === '') return json(400, { code: 'invalid', message: 'missing db' });
  if (database.includes('/')) return json(404, { code: 'not found', message: 'no dbrp mapping found' });
  const given = { ...forInfluxd(parameters), precision: parameters.get('precision') ?? 'ns' };
  const { status, body = '' } = await send(given);
  if (status === 204) return { status };
  if (status === 404) return json(404, { code: 'not found', message: 'no dbrp mapping found' });
  const { error = '' } = JSON.parse(body) as { error?: string };
  return json(status === 400 ? 422 : 500, {
    code: 'unprocessable entity',
    message: `failure writing points to database: ${error}`,
  });
}
