import {
  type Fake,
  type FakeAnswer,
  type FakeInflux,
  type FakeRequest,
  forInfluxd,
  type Influxd,
  json,
  startFake,
} from './fakeInflux.ts';

export interface InfluxThreeOptions {
  /** The real influxd behind it. */
  readonly influxdUrl: string;
  readonly token: string;
  /** 3.0 to 3.6 answer `/query` by a handler of their own, from 3.7 on by that of the managed products. */
  readonly version: '3.0.2' | '3.7.0';
  /** Wall clock, epoch ms: what SHOW TAG VALUES looks back from. Default `Date.now`. */
  readonly now?: () => number;
}

/** InfluxDB 3 Core as far as its 1.x compatibility goes. Its databases are those of influxd. */
export function startInfluxThree(options: InfluxThreeOptions): Promise<FakeInflux> {
  return startFake(options.influxdUrl, answers(options));
}

function answers(options: InfluxThreeOptions): Fake {
  return async (request, influxd) => {
    const { path, headers } = request;
    // v3 influxdb3_server/src/http.rs authenticate_request, before routing: /ping too. Error::Authentication has
    // status 401 and an empty body.
    if (!isLoggedIn(request, options)) return { status: 401, body: '' };
    if (path === '/ping') return ping(options);
    if (path === '/query') {
      // v3 http/v1.rs QueryFormat::from_request: exactly these, no list of types.
      const accept = headers.accept ?? '*/*';
      if (!['application/json', '*/*'].includes(accept)) return text(400, `invalid mime type (${accept})`);
      return query(request.parameters, options, influxd);
    }
    if (path === '/write') return write(request, influxd);
    return text(404, 'not found');
  };
}

/** v3 http.rs extract_v1_auth_token (`p`), validate_auth_header: Bearer and Token, in 3.0 no Basic yet. */
function isLoggedIn(
  { headers, parameters, path }: FakeRequest,
  { token, version }: InfluxThreeOptions,
): boolean {
  if (path !== '/ping' && parameters.get('p') !== null) return parameters.get('p') === token;
  const [scheme = '', sent = '', ...more] = (headers.authorization ?? '').split(' ');
  if (more.length > 0) return false;
  if (scheme === 'Bearer' || scheme === 'Token') return sent === token;
  const pair = Buffer.from(sent, 'base64').toString();
  return scheme === 'Basic' && version === '3.7.0' && pair.slice(pair.indexOf(':') + 1) === token;
}

/** v3 http.rs ping: a 200 with a body, unlike the others. */
function ping({ version }: InfluxThreeOptions): FakeAnswer {
  const answer = json(200, {
    version,
    revision: '0123456789',
    process_id: '00000000-0000-0000-0000-000000000000',
  });
  return {
    ...answer,
    headers: { ...answer.headers, 'x-influxdb-build': 'Core', 'x-influxdb-version': version },
  };
}

/** What v3 core/influxdb_influxql_parser and core/iox_query_influxql refuse. */
const refused =
  /\b(SLIMIT|SOFFSET|SAMPLE|INTO|CARDINALITY|SHOW SERIES|CREATE|DROP|ALTER|DELETE)\b|^SHOW .* ON /;

async function query(
  parameters: URLSearchParams,
  options: InfluxThreeOptions,
  influxd: Influxd,
): Promise<FakeAnswer> {
  const fail = (status: number, error: string) => failed(options, status, error);
  // v3 http/v1.rs Precision, iox_v1_query_api types.rs: `u`, no `us`.
  if (!['ns', 'u', 'ms', 's', 'm', 'h', null].includes(parameters.get('epoch'))) {
    return text(400, 'serde error: unknown variant');
  }
  const statement = parameters.get('q') ?? '';
  const skeleton = statement.replaceAll(/"(\\.|[^"])*"|'(\\.|[^'])*'/g, '""');
  if (skeleton.replace(/;\s*$/, '').includes(';') && options.version === '3.0.2') {
    return text(400, 'must provide only one InfluxQl statement per query');
  }
  if (refused.test(skeleton))
    return fail(400, 'error in InfluxQL statement: parsing error: invalid SQL statement');
  // v3 http/v1.rs of 3.0: "Currently not supporting parameterized queries", influxdb issue 24805.
  if (skeleton.includes('$') && options.version === '3.0.2')
    return text(500, 'datafusion error: undefined parameter');
  const isOfAll = /^SHOW DATABASES/.test(statement);
  if (!isOfAll && !parameters.get('db')) {
    return fail(400, "must specify a 'db' parameter, or provide the database in the InfluxQL query");
  }
  const tagValues = /^SHOW TAG VALUES/.test(statement)
    ? tagValuesQuery(statement, (options.now ?? Date.now)())
    : undefined;
  const answer = await influxd.query({ ...forInfluxd(parameters), ...(tagValues && { q: tagValues.q }) });
  const documents = (answer.body ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Document);
  const error = documents.map((one) => one.error ?? one.results?.[0]?.error).find((one) => one !== undefined);
  if (error !== undefined) return fail(400, errorOf(error, parameters, options));
  const shaped = documents.map((document) =>
    shape(tagValues ? asTagValues(document, tagValues.key) : document, options),
  );
  const body = shaped.map((document) => `${JSON.stringify(document)}\r\n`).join('');
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

interface Series {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string | null>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly partial?: boolean;
}

interface Document {
  readonly error?: string;
  readonly results?: readonly {
    statement_id: number;
    error?: string;
    series?: readonly Series[];
    partial?: boolean;
  }[];
}

/** v3 iox_v1_query_api/src/handler.rs: statements fail within a 200. v3 http.rs IntoResponse: before that, in text. */
function failed({ version }: InfluxThreeOptions, status: number, error: string): FakeAnswer {
  if (version === '3.7.0') return json(200, { results: [{ statement_id: 0, error }] });
  return error.startsWith('query error: database not found') ? json(404, { error }) : text(status, error);
}

/** v3 iox_v1_query_api/src/error.rs DatabaseNotFound; http.rs QueryExecutorError::DatabaseNotFound. */
function errorOf(error: string, parameters: URLSearchParams, { version }: InfluxThreeOptions): string {
  if (!error.startsWith('database not found')) return `error in InfluxQL statement: ${error}`;
  const name = parameters.get('db') ?? '';
  return version === '3.7.0' ? `Database ${name} not found` : `query error: database not found: ${name}`;
}

/**
 * v3 http/v1.rs of 3.0, StatementResponse and Series: no `partial` anywhere, though answers come in chunks; a series
 * that lacks a tag of GROUP BY has null for it. v3 iox_v1_query_api response/chunked.rs: `partial` as in 1.x.
 */
function shape(document: Document, { version }: InfluxThreeOptions): Document {
  if (version === '3.7.0') return document;
  const results = (document.results ?? []).map(({ statement_id, series = [] }) => ({
    statement_id,
    ...(series.length > 0 && {
      series: series.map(({ name, tags, columns, values }) => ({
        name,
        ...(tags && {
          tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, value || null])),
        }),
        columns,
        values,
      })),
    }),
  }));
  return { results };
}

const dayMs = 86_400_000;

/**
 * v3 core/iox_query_influxql/src/plan/planner.rs show_tag_values: looks through the data of the range, and of the last 24 h
 * where there is no condition on time. influxd looks at its index instead, so it is asked for the data.
 */
function tagValuesQuery(statement: string, nowMs: number): { readonly q: string; readonly key: string } {
  const [, from = '/.*/', key = ''] =
    /^SHOW TAG VALUES(?: FROM (.+?))? WITH KEY = "((?:\\.|[^"])*)"/.exec(statement) ?? [];
  const [, where = `time >= ${nowMs - dayMs}ms AND time < ${nowMs + dayMs}ms`] =
    / WHERE (.*)$/.exec(statement) ?? [];
  return { q: `SELECT count(*) FROM ${from} WHERE ${where} GROUP BY "${key}"`, key };
}

/** Series of tags as rows of key and value. */
function asTagValues({ results = [] }: Document, key: string): Document {
  const [{ statement_id = 0, series = [] } = {}] = results;
  const rows = new Map<string, string[][]>();
  for (const { name, tags = {} } of series) {
    const value = tags[key];
    if (value) rows.set(name, [...(rows.get(name) ?? []), [key, value]]);
  }
  const listed = [...rows].map(([name, values]) => ({ name, columns: ['key', 'value'], values }));
  return { results: [{ statement_id, ...(listed.length > 0 && { series: listed }) }] };
}

/** v3 http.rs write_lp_inner, and /write of the 1.x API. */
async function write({ parameters, body }: FakeRequest, influxd: Influxd): Promise<FakeAnswer> {
  const database = parameters.get('db') ?? '';
  if (database === '') return json(400, { error: 'missing query parameter: db' });
  const answer = await influxd.write(
    { ...forInfluxd(parameters), precision: parameters.get('precision') ?? 'ns' },
    body,
  );
  if (answer.status === 204) return { status: 204 };
  const { error = '' } = JSON.parse(answer.body ?? '{}') as { error?: string };
  const data = [{ original_line: '', line_number: 1, error_message: error }];
  return json(400, { error: 'partial write of line protocol occurred', data });
}

function text(status: number, body: string): FakeAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}
