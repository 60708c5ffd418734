import { METHODS } from 'node:http';
import type { Caller } from './callers.ts';
import { fleet, leaksIn } from './fleet.ts';
import { misspellings } from './spellings.ts';
import { ask, type HttpAnswer, type HttpQuestion, type Ports } from './wire.ts';

/** One cell of the matrix: a request, and whose figures are there where it is an address of hostcast's. */
export interface HttpCell extends HttpQuestion {
  readonly method: string;
  /** `fleet`, a host's name, or what only some may have; undefined for an address that nothing is at. */
  readonly what: string | undefined;
}

const now = Date.now();
const history = `history?from=${now - 3_600_000}&to=${now + 3_600_000}`;

const addresses: readonly (readonly [path: string, what: string])[] = [
  ['/api/hosts', 'fleet'],
  [`/api/hosts/${history}&columns=cpu,load1`, 'fleet'],
  ['/api/hosts/history', 'nobody'],
  ...fleet.map(({ name, path }) => [`/api/hosts/${path}`, name] as const),
  ...fleet.map(({ name, path }) => [`/api/hosts/${path}/${history}`, name] as const),
  ['/api/hosts/nobody', 'nobody'],
  ['/api/sessions', 'sessions'],
  ['/metrics', 'metrics'],
];

const methods = METHODS.filter((method) => method !== 'CONNECT');
const few = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'].filter((method) =>
  methods.includes(method),
);

/** Headers that some servers take for another address, method, client or answer. */
const disguises: readonly Readonly<Record<string, string>>[] = [
  { 'x-http-method-override': 'GET' },
  { 'x-original-url': '/api/hosts' },
  { 'x-rewrite-url': '/api/hosts' },
  { 'x-forwarded-for': '127.0.0.1' },
  { 'x-forwarded-user': 'admin' },
  { 'x-forwarded-prefix': '/api' },
  { 'x-real-ip': '127.0.0.1' },
  { forwarded: 'for=127.0.0.1;host=localhost;proto=https' },
  { cookie: 'hostcast=admin' },
  { 'if-none-match': '*' },
  { 'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT' },
  { range: 'bytes=0-100000' },
  { accept: 'text/html' },
  { 'sec-fetch-site': 'same-origin' },
  { expect: '100-continue' },
  { te: 'trailers' },
];

/** Every cell of one caller. */
export function httpCells({ isReader, writes }: Caller, folder: string): HttpCell[] {
  const cells: HttpCell[] = addresses.flatMap(([path, what]) => [
    { method: 'GET', path, what },
    { method: 'HEAD', path, what },
    { method: 'POST', path, what },
  ]);
  for (const method of methods) cells.push({ method, path: '/api/hosts', what: 'fleet' });
  for (const method of few)
    cells.push({ method, path: `/api/hosts/web-quokka/${history}`, what: 'web-quokka' });
  cells.push({ method: 'POST', path: '/api/sessions/0/kick', what: 'kick' });
  cells.push({ method: 'POST', path: '/api/tokens', what: 'tokens' });
  for (const [path, what] of addresses.slice(0, 2)) {
    for (const headers of disguises) cells.push({ method: 'GET', path, what, headers });
  }
  // Who is not let in at all gets no further by spelling.
  if (!isReader && writes.length === 0) return cells;
  const spelled = ['/api/hosts', '/api/hosts/web-quokka', `/api/hosts/web-okapi.example/${history}`];
  const outside = ['/..', '/%2e%2e', '/..%2f', '/..%5c', '/assets/..', '/assets/%2e%2e%2f', '//'].flatMap(
    (up) => [`${up.repeat(12)}${folder}/accounts.json`, `${up}/package.json`, `${up}/../src/server.ts`],
  );
  const paths = [...spelled.flatMap(misspellings), ...outside].filter(
    (path) => !/[\0-\x20\x7f]/.test(path) && path !== '',
  );
  for (const path of new Set(paths)) {
    cells.push({ method: 'GET', path, what: undefined });
  }
  return cells;
}

/** Asks for a cell and returns what is wrong about the answer; nothing where all is well. */
export async function tryHttp(ports: Ports, caller: Caller, cell: HttpCell): Promise<string[]> {
  const answer = await ask(ports, caller, cell);
  const said = `${cell.path} ${decoded(cell.path)}`;
  const faults = leaksIn(answer.octets, caller.sees, said).map((leak) => `leaks ${leak}`);
  if (/passwordHash|"sha256"|"workspaces"|openAll/.test(answer.body)) faults.push('leaks a file');
  if (answer.status >= 500) faults.push(`breaks: ${answer.status} ${answer.body.slice(0, 200)}`);
  const isPlain = cell.what !== undefined && (cell.method === 'GET' || cell.method === 'HEAD');
  if (isPlain) faults.push(...faultsOf(caller, cell, answer));
  else if (cell.what !== undefined && answer.status > 0 && answer.status < 400) {
    faults.push(`is answered with ${answer.status}`);
  }
  return faults;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

/** By hand: who is answered what, where the address is one of hostcast's. */
function faultsOf(caller: Caller, { what = '', method, headers }: HttpCell, answer: HttpAnswer): string[] {
  const allowed = answeredWith(caller, what);
  const isOk = answer.status === 200;
  if (allowed === undefined)
    return isOk ? [] : [`is not given: ${answer.status} ${answer.body.slice(0, 200)}`];
  if (answer.status !== allowed.status) {
    return [`is answered with ${answer.status}, not ${allowed.status}: ${answer.body.slice(0, 200)}`];
  }
  if (method === 'HEAD' || headers?.range !== undefined) return [];
  return allowed.hosts
    .filter((host) => !answer.body.includes(fleet.find(({ name }) => name === host)!.figure))
    .map((host) => `does not get ${host}`);
}

/** Undefined for a plain 200. */
function answeredWith(
  { isReader, sees, isWide, isMeter, writes }: Caller,
  what: string,
): { readonly status: number; readonly hosts: readonly string[] } | undefined {
  const isKnown = isReader || writes.length > 0;
  const refused = { status: isKnown ? 403 : 401, hosts: [] };
  if (what === 'sessions') return isWide ? undefined : refused;
  if (what === 'metrics') return isMeter ? undefined : refused;
  if (!isReader) return refused;
  if (what === 'fleet') return { status: 200, hosts: sees };
  return sees.includes(what) ? { status: 200, hosts: [what] } : { status: 404, hosts: [] };
}
