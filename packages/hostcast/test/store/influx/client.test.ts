import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInfluxClient, type InfluxClientOptions } from '../../../src/store/influx/client.ts';
import { StoreError, type StoreErrorCode } from '../../../src/store/metricStore.ts';
import { httpAnswer, type RawServer, startRawServer } from '../../support/rawServer.ts';

const json = 'application/json';
const empty = httpAnswer('200 OK', json, '{"results":[{"statement_id":0}]}');

const ping = 'HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 1.8.10\r\nConnection: close\r\n\r\n';

let server: RawServer;
let answer: string | undefined;
let pinged: string | undefined;

beforeEach(async () => {
  answer = empty;
  pinged = ping;
  server = await startRawServer((request) => (isPing(request) ? pinged : answer));
});

afterEach(async () => {
  await server.close();
});

function client(options: Partial<InfluxClientOptions> = {}) {
  return createInfluxClient({ url: server.url, timeoutMs: 5_000, ...options });
}

function isPing(request: string): boolean {
  return request.startsWith('GET /ping ') || request.startsWith('GET /influx/ping ');
}

/** What was asked, without the pings. */
function asked(): readonly string[] {
  return server.requests.filter((request) => !isPing(request));
}

/** Code and message of the StoreError that a promise fails with; the server's address as `URL`. */
async function failure(promise: Promise<unknown>): Promise<[StoreErrorCode, string]> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`not a StoreError: ${error}`);
  return [error.code, error.message.replaceAll(server.url, 'URL')];
}

describe('a query', () => {
  it('is a form of one statement, with database, retention policy and milliseconds', async () => {
    await client().query('SHOW TAG KEYS', { database: 'tele graf', retentionPolicy: 'a&b' });
    const [request] = asked();
    expect(request).toMatch(/^POST \/query HTTP\/1\.1\r\n/);
    expect(request).toMatch(/\r\ncontent-type: application\/x-www-form-urlencoded/i);
    expect(request?.split('\r\n\r\n')[1]).toBe('q=SHOW+TAG+KEYS&epoch=ms&chunked=true&db=tele+graf&rp=a%26b');
    expect(request).not.toMatch(/authorization/i);
  });

  it('keeps the path of the URL', async () => {
    await client({ url: `${server.url}/influx/` }).query('SHOW TAG KEYS');
    expect(asked()[0]).toMatch(/^POST \/influx\/query /);
  });

  it.each([
    [{ username: 'kim', password: 'höch:st' }, 'Basic a2ltOmjDtmNoOnN0'],
    [{ username: 'kim' }, 'Basic a2ltOg=='],
    [{ token: 'abc==', username: 'kim', password: 'x' }, 'Basic a2ltOng='],
  ])('with %o is authorized by %s', async (credentials, header) => {
    await client(credentials).query('SHOW TAG KEYS');
    expect(asked()[0]?.toLowerCase()).toContain(`\r\nauthorization: ${header.toLowerCase()}\r\n`);
  });

  it('gives the series of the answer, tags sorted and without empty ones', async () => {
    answer = httpAnswer(
      '200 OK',
      json,
      '{"results":[{"statement_id":0,"series":[{"name":"net","tags":{"interface":"","host":"a","__proto__":"x"},' +
        '"columns":["time","mean"],"values":[[0,1.5],[10,null]]},{"name":"mem","columns":["k"]}]}]}',
    );
    expect(await client().query('SELECT 1')).toEqual([
      {
        name: 'net',
        tags: [
          ['__proto__', 'x'],
          ['host', 'a'],
        ],
        columns: ['time', 'mean'],
        rows: [
          [0, 1.5],
          [10, null],
        ],
      },
      { name: 'mem', tags: [], columns: ['k'], rows: [] },
    ]);
  });

  it('gives no series where there is no data', async () => {
    expect(await client().query('SELECT 1')).toEqual([]);
  });

  it('joins the chunks of an answer', async () => {
    const chunk = (partial: string, series: string): string =>
      `{"results":[{"statement_id":0,${partial}"series":[${series}]}]}\n`;
    const more = '"partial":true,';
    const rows = (host: string, partial: string, values: string): string =>
      `{"name":"m","tags":{"host":"${host}"},${partial}"columns":["time","v"],"values":[${values}]}`;
    answer = httpAnswer(
      '200 OK',
      json,
      chunk(more, rows('a', more, '[0,1]')) +
        chunk(more, `${rows('a', '', '[1,2]')},${rows('b', more, '[0,3]')}`) +
        chunk('', rows('b', '', '[1,4]')),
    );
    const series = await client().query('SELECT 1');
    expect(series.map(({ tags, rows: joined }) => [tags, joined])).toEqual([
      [
        [['host', 'a']],
        [
          [0, 1],
          [1, 2],
        ],
      ],
      [
        [['host', 'b']],
        [
          [0, 3],
          [1, 4],
        ],
      ],
    ]);
  });

  const html = '<html><body>502 Bad Gateway</body></html>';
  it.each<[string, string, StoreErrorCode, string]>([
    [
      'an error within a result',
      httpAnswer('200 OK', json, '{"results":[{"statement_id":0,"error":"database not found: x"}]}'),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the query: database not found: x',
    ],
    [
      'an error in place of results',
      httpAnswer('200 OK', json, '{"error":"timeout"}'),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the query: timeout',
    ],
    [
      'a statement it cannot parse',
      httpAnswer('400 Bad Request', json, '{"error":"error parsing query: found x"}'),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the request (400): error parsing query: found x',
    ],
    [
      'a wrong password',
      httpAnswer('401 Unauthorized', json, '{"error":"authorization failed"}'),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the login (401): check user and password, or token: authorization failed',
    ],
    [
      'a wrong token, answered without a body',
      httpAnswer('401 Unauthorized', 'text/plain', ''),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the login (401): check user and password, or token',
    ],
    [
      'too many requests',
      httpAnswer('429 Too Many Requests', 'text/plain', 'slow down'),
      'ERR_STORE_OVERLOADED',
      'InfluxDB at URL takes no more requests now (429)',
    ],
    [
      'a fault of its own',
      httpAnswer('500 Internal Server Error', json, '{"error":"engine is closed"}'),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL answered 500: engine is closed',
    ],
    [
      'a page of a proxy in between',
      httpAnswer('503 Service Unavailable', 'text/html', html),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL answered 503',
    ],
    [
      'a redirect',
      httpAnswer('301 Moved', 'text/html', html, 'Location: http://127.0.0.1:1/\r\n'),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL answered 301, which is no answer to this: is it InfluxDB?',
    ],
    [
      'a page of another server',
      httpAnswer('200 OK', 'text/html; charset=utf-8', html),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL sent an answer that cannot be read (text/html, not JSON: is it InfluxDB?)',
    ],
    [
      'truncated JSON',
      httpAnswer('200 OK', json, '{"results":[{"statement_id":0,"ser'),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL sent an answer that cannot be read (the JSON is broken off or damaged)',
    ],
    [
      'JSON that is something else',
      httpAnswer('200 OK', json, '{"hello":"world"}'),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL sent an answer that cannot be read (it holds no result)',
    ],
    [
      'rows that are no rows',
      httpAnswer('200 OK', json, '{"results":[{"series":[{"name":"x","columns":["time"],"values":[1]}]}]}'),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL sent an answer that cannot be read (a series has no columns or no rows)',
    ],
    [
      'part of the rows',
      httpAnswer('200 OK', json, '{"results":[{"series":[{"name":"x","columns":["time"],"partial":true}]}]}'),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL gave only part of the rows: raise its max-row-limit or ask for less',
    ],
    [
      'all chunks but the last',
      httpAnswer(
        '200 OK',
        json,
        '{"results":[{"partial":true,"series":[{"name":"x","columns":["time"]}]}]}\n',
      ),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL gave only part of the rows: raise its max-row-limit or ask for less',
    ],
    [
      'an error after some chunks',
      httpAnswer('200 OK', json, '{"results":[{"partial":true}]}\n{"results":[{"error":"shard closed"}]}\n'),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the query: shard closed',
    ],
    [
      'no body',
      httpAnswer('200 OK', json, ''),
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL sent an answer that cannot be read (it is empty)',
    ],
    [
      'less than the length it announced',
      'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"results":',
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL closed the connection before it had answered',
    ],
    ['nothing', '', 'ERR_STORE_UNAVAILABLE', 'InfluxDB at URL closed the connection before it had answered'],
    [
      'another protocol',
      'SSH-2.0-OpenSSH_9.2\r\n',
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL does not speak HTTP there',
    ],
    [
      'a header with octets that HTTP forbids',
      httpAnswer('400 Bad Request', json, '{}', 'X-Influxdb-Error: unable to parse \x01\x02\r\n'),
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the request, and its reason cannot be read',
    ],
  ])('answered with %s fails in words', async (_, octets, code, message) => {
    answer = octets;
    expect(await failure(client().query('SELECT 1'))).toEqual([code, message]);
  });

  it('fails in words when the connection is refused', async () => {
    const gone = await startRawServer(() => ping);
    await gone.close();
    expect(await failure(client({ url: gone.url }).query('SELECT 1'))).toEqual([
      'ERR_STORE_UNAVAILABLE',
      `InfluxDB at ${gone.url} refused the connection`,
    ]);
  });

  it.each([
    ['no answer at all', undefined],
    ['headers and then nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"results":'],
  ])('is given up when there is %s', async (_, octets) => {
    const hanging = await startHanging(octets);
    expect(await failure(client({ url: hanging.url, timeoutMs: 100 }).query('SELECT 1'))).toEqual([
      'ERR_STORE_UNAVAILABLE',
      `InfluxDB at ${hanging.url} did not answer within 0.1 s`,
    ]);
    await hanging.close();
  });

  it('takes an answer of the largest size and refuses a larger one', async () => {
    const body = '{"results":[{"statement_id":0}]}';
    const mebibyte = 1024 * 1024;
    answer = httpAnswer('200 OK', json, body.padEnd(mebibyte));
    expect(await client({ answerBytes: mebibyte }).query('SELECT 1')).toEqual([]);
    answer = httpAnswer('200 OK', json, body.padEnd(mebibyte + 1));
    expect(await failure(client({ answerBytes: mebibyte }).query('SELECT 1'))).toEqual([
      'ERR_STORE_REFUSED',
      'InfluxDB at URL answered with more than 1 MiB: ask for a shorter range or fewer series',
    ]);
  });

  it('takes an answer of the most rows and refuses one of more', async () => {
    const rows = (count: number): string => Array.from({ length: count }, (_, row) => `[${row}]`).join(',');
    const body = (count: number): string =>
      `{"results":[{"series":[{"name":"m","columns":["time"],"values":[${rows(count)}]}]}]}`;
    answer = httpAnswer('200 OK', json, body(1_000));
    expect((await client({ answerRows: 1_000 }).query('SELECT 1'))[0]?.rows).toHaveLength(1_000);
    answer = httpAnswer('200 OK', json, body(1_001));
    expect(await failure(client({ answerRows: 1_000 }).query('SELECT 1'))).toEqual([
      'ERR_STORE_REFUSED',
      'InfluxDB at URL answered with more than 1,000 rows: ask for a shorter range or fewer series',
    ]);
  });

  it('never repeats a secret, nor control characters, nor a long reason', async () => {
    answer = httpAnswer(
      '400 Bad Request',
      json,
      JSON.stringify({ error: `no\u0007\n s3cret ${'x'.repeat(500)}` }),
    );
    const [, message] = await failure(client({ username: 'kim', password: 's3cret' }).query('SELECT 1'));
    expect(message).toBe(`InfluxDB at URL refused the request (400): no … ${'x'.repeat(295)}…`);
  });
});

describe('several queries', () => {
  it('wait for their turn, and no longer than they may take', async () => {
    answer = undefined;
    const busy = client({ parallel: 1 });
    const first = busy.query('SELECT 1', { timeoutMs: 300 });
    const second = busy.query('SELECT 2', { timeoutMs: 50 });
    expect((await failure(second))[1]).toBe('InfluxDB at URL did not answer within 0.05 s');
    expect((await failure(first))[1]).toBe('InfluxDB at URL did not answer within 0.3 s');
    expect(asked()).toHaveLength(1);
  });
});

describe('a write', () => {
  it('compresses the lines where it is told to', async () => {
    answer = 'HTTP/1.1 204 No Content\r\n\r\n';
    await client().write('mem,host=a used=1i 1000000\n', { database: 'telegraf', gzip: true });
    const [head = '', body = ''] = asked()[0]?.split('\r\n\r\n') ?? [];
    expect(head).toMatch(/\r\ncontent-encoding: gzip/);
    expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe('mem,host=a used=1i 1000000\n');
  });

  it('posts the lines with nanoseconds', async () => {
    answer = 'HTTP/1.1 204 No Content\r\n\r\n';
    await client().write('mem,host=a used=1i 1000000\n', { database: 'telegraf', retentionPolicy: 'week' });
    expect(asked()[0]).toMatch(/^POST \/write\?db=telegraf&rp=week&precision=ns HTTP/);
    expect(asked()[0]?.split('\r\n\r\n')[1]).toBe('mem,host=a used=1i 1000000\n');
  });

  it('fails with the reason where lines were refused', async () => {
    answer = httpAnswer('400 Bad Request', json, '{"error":"partial write: field type conflict dropped=1"}');
    expect(await failure(client().write('x', {}))).toEqual([
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the request (400): partial write: field type conflict dropped=1',
    ]);
  });

  it.each<[string, string, StoreErrorCode, string]>([
    [
      '401 Unauthorized',
      'authorization failed',
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL refused the login (401): check user and password, or token: authorization failed',
    ],
    [
      '403 Forbidden',
      '"kim" user is not authorized to write to database "telegraf"',
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL refused the login (403): check user and password, or token: ' +
        '"kim" user is not authorized to write to database "telegraf"',
    ],
    [
      '404 Not Found',
      'database not found: "telegraf"',
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL refused the request (404): database not found: "telegraf"',
    ],
    [
      '405 Method Not Allowed',
      'no',
      'ERR_STORE_UNAVAILABLE',
      'InfluxDB at URL refused the request (405): no',
    ],
    ['429 Too Many Requests', '', 'ERR_STORE_OVERLOADED', 'InfluxDB at URL takes no more requests now (429)'],
    [
      '413 Request Entity Too Large',
      'too large',
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the request (413): too large',
    ],
    [
      '422 Unprocessable Entity',
      'beyond retention',
      'ERR_STORE_REFUSED',
      'InfluxDB at URL refused the request (422): beyond retention',
    ],
  ])('answered with %s can be done later, or never', async (status, reason, code, message) => {
    answer = httpAnswer(status, json, JSON.stringify({ error: reason }));
    expect(await failure(client().write('x', {}))).toEqual([code, message]);
  });

  it.each(['400 Bad Request', '401 Unauthorized', '403 Forbidden', '413 Request Entity Too Large'])(
    'can be done later when already the ping was answered with %s',
    async (status) => {
      pinged = httpAnswer(status, 'text/plain', 'no');
      expect((await failure(client().write('x', {})))[0]).toBe('ERR_STORE_UNAVAILABLE');
      expect(asked()).toEqual([]);
    },
  );

  it('is not taken for stored when the answer is a page', async () => {
    answer = httpAnswer('200 OK', 'text/html', '<html></html>');
    expect((await failure(client().write('x', {})))[0]).toBe('ERR_STORE_UNAVAILABLE');
  });
});

describe('close', () => {
  it('ends what is under way and refuses the rest', async () => {
    const hanging = await startHanging(undefined);
    const closing = client({ url: hanging.url });
    const underWay = failure(closing.query('SELECT 1'));
    closing.close();
    closing.close();
    expect(await underWay).toEqual(['ERR_STORE_UNAVAILABLE', 'The store is closed']);
    expect(await failure(closing.query('SELECT 1'))).toEqual([
      'ERR_STORE_UNAVAILABLE',
      'The store is closed',
    ]);
    await hanging.close();
  });
});

it.each(['127.0.0.1:8086', 'ftp://host', '', 'http://kim:s3cret@host:8086'])(
  'refuses %j as URL without repeating it',
  (url) => {
    expect(() => createInfluxClient({ url, timeoutMs: 1 })).toThrow(TypeError);
    expect(() => createInfluxClient({ url, timeoutMs: 1 })).not.toThrow(/s3cret/);
  },
);

/** A server that says that much, leaves the connection open and says no more. */
async function startHanging(octets: string | undefined): Promise<RawServer> {
  return startRawServer((request) => (isPing(request) ? ping : octets), { isHanging: true });
}
