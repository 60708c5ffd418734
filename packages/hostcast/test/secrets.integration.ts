import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { policy } from '../src/security/policy.ts';
import { HostcastProcess, makeFolder } from './support/hostcastProcess.ts';
import { exchange, RawClient } from './support/rawClient.ts';
import { httpAnswer, startRawServer } from './support/rawServer.ts';
import { SecretSearch } from './support/secretSearch.ts';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Characters that JSON, URLs and shells each write in another way. */
const words = {
  admin: 'admin-9f2c+Quarz/"Tor"=ä%41',
  kim: 'kim-77aa Birke&Fluss/"Stein"?ö',
  wrong: 'wrong-51bd+Nebel/"Turm"=ü&',
  asName: 'typed-into-the-wrong-box-31c9',
  issuer: 'issuer-60ee-Hafen-Lampe-Segel-Kohle-Eisen',
  influxPassword: 'influx-12cd+Wolke/"Herd"=ß&',
  influxToken: 'influxtoken-84dd-Weide_Moor',
  inUrl: 'url-39fe-Kreide-Schiefer',
  agent: 'hct_0123456789ab_agent-81fc-Kupfer-Zinn',
  short: 'short-jwt-secret',
};

interface Ended {
  readonly place: string;
  readonly commandLine: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `hostcast <args>` to its end. */
async function runToEnd(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: makeFolder(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  const place = `hostcast ${args.map((word) => word.split(/[=/]/)[0]).join(' ')}`;
  return { place, commandLine, stdout, stderr };
}

/** Runs `hostcast <args>`; what it writes is searched but for what it is to show. Gives its stdout. */
async function cli(
  search: SecretSearch,
  args: readonly string[],
  { environment = {}, isShown = false }: { environment?: NodeJS.ProcessEnv; isShown?: boolean } = {},
): Promise<string> {
  const { place, commandLine, stdout, stderr } = await runToEnd(args, environment);
  search.saw(`the command line of ${place}`, commandLine);
  search.saw(`stderr of ${place}`, stderr);
  if (!isShown) search.saw(`stdout of ${place}`, stdout);
  return stdout;
}

/** Asks hostcast and keeps all of the answer. */
async function ask(
  search: SecretSearch,
  url: string,
  init: RequestInit = {},
  meant: readonly string[] = [],
): Promise<Response> {
  const response = await fetch(url, init);
  const headers = [...response.headers].map((pair) => pair.join(': ')).join('\n');
  const place = `the answer to ${init.method ?? 'GET'} ${new URL(url).pathname}`;
  search.saw(place, `${headers}\n${await response.clone().text()}`, meant);
  return response;
}

/** What a STOMP client over WebSocket gets until it has a frame of its own, or is closed. */
async function stomp(search: SecretSearch, url: string, frames: string, headers = {}): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['v12.stomp'], { headers });
  let received = '';
  socket.on('open', () => socket.send(frames));
  const closed = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      received += data;
      if (received.includes('RECEIPT\n')) socket.close();
    });
    socket.on('error', (error) => {
      received += error.message;
    });
    socket.on('close', (_code, reason) => {
      received += reason;
      resolve();
    });
  });
  await closed;
  search.saw('frames over WebSocket', received);
  return received;
}

const connect = (headers: readonly string[], more = '') =>
  `CONNECT\naccept-version:1.2\nhost:hostcast\n${headers.join('\n')}\n\n\0${more}`;

const subscribe = 'SUBSCRIBE\nid:1\ndestination:/topic/hosts\nreceipt:r\n\n\0';

/** As a header of a STOMP frame has it. */
const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll(':', '\\c').replaceAll('\n', '\\n');

/** Every way to show a text to a route, each a request. */
function shown(text: string): readonly { headers: Record<string, string>; query: string }[] {
  const encoded = encodeURIComponent(text);
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  const ascii = Buffer.from(text).toString('latin1');
  return [
    { headers: { authorization: `Bearer ${ascii}` }, query: '' },
    { headers: { authorization: `Token ${ascii}` }, query: '' },
    { headers: { authorization: `Token kim:${ascii}` }, query: '' },
    { headers: { authorization: basic(`kim:${text}`) }, query: '' },
    { headers: { authorization: basic(`${text}:x`) }, query: '' },
    { headers: { authorization: ascii }, query: '' },
    { headers: { cookie: `hostcast=${encoded}` }, query: '' },
    { headers: {}, query: `?u=kim&p=${encoded}` },
    { headers: {}, query: `?token=${encoded}&access_token=${encoded}&precision=${encoded}` },
    { headers: { 'content-type': ascii, 'content-encoding': ascii, origin: ascii }, query: '' },
  ];
}

/** Every route of the policy, and two that are none, with a text in every place that takes one. */
async function knockEverywhere(search: SecretSearch, url: string, text: string): Promise<void> {
  const routes = policy
    .filter(({ verb }) => verb === 'GET' || verb === 'POST')
    .map(({ verb, what }) => ({
      verb,
      path: what.replace(':host', 'web-1').replace(':id', '1').replace('/*', '/'),
    }));
  for (const { verb, path } of [
    ...routes,
    { verb: 'GET', path: '/api/none' },
    { verb: 'POST', path: '/none' },
  ]) {
    for (const { headers, query } of shown(text)) {
      const body = verb === 'POST' ? `{"name":"kim","password":${JSON.stringify(text)}` : undefined;
      await ask(search, `${url}${path}${query}`, {
        method: verb,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body }),
      });
    }
  }
}

/** Octets that are no HTTP, with a text in them. */
async function knockBadly(search: SecretSearch, url: string, text: string): Promise<void> {
  const port = Number(new URL(url).port);
  for (const octets of [
    `GET /?p=${text} HTTP/9.9\r\n\r\n`,
    `GET /write?p=${text} HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`,
    `GET /%?p=${encodeURIComponent(text)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    `GET /api/hosts/${'x'.repeat(5_000)}?p=${encodeURIComponent(text)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    `POST /write HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${text}\r\nContent-Length: x\r\n\r\n`,
    `${text}\r\n\r\n`,
    `GET /ws?token=${encodeURIComponent(text)} HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n` +
      `Cookie: hostcast=${encodeURIComponent(text)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  ]) {
    search.saw('answers to what is no HTTP', (await exchange(port, octets)).received);
  }
}

/** Frames that are wrong in every place, with a text in them; over WebSocket and TCP. */
async function knockByStomp(search: SecretSearch, hostcast: HostcastProcess, text: string): Promise<void> {
  const stompPort = Number(/STOMP +127\.0\.0\.1:(\d+)/.exec(hostcast.output)?.[1]);
  const value = escaped(text);
  const frames = [
    connect([`login:kim`, `passcode:${value}`]),
    connect([`login:${value}`, `passcode:x`]),
    connect([`Authorization:Bearer ${value}`]),
    connect([`Authorization:${value}`]),
    connect([`passcode:${value}`, `heart-beat:${value}`]),
    connect([`passcode:${value}`]).replace('1.2', value),
    connect([`passcode:${value}`]).replace('CONNECT', 'CONNECTED'),
    connect([`passcode:${value}`]).replace('passcode:', 'passcode'),
    connect([`passcode:${value}\\x`]),
    `${value}\npasscode:${value}\n\n\0`,
    `SEND\ndestination:/app/token\npasscode:${value}\n\n${text}\0`,
    `CONNECT\naccept-version:1.2\nhost:${value}\npasscode:${value}\ncontent-length:5\n\n${text}\0`,
  ];
  for (const frame of frames) {
    await stomp(search, hostcast.url, frame);
    const client = await RawClient.open(stompPort);
    client.write(Buffer.from(frame).toString('latin1'));
    await client.closed;
    search.saw('frames over TCP', client.received);
  }
}

/** What others on the machine can see of a process, and what its children were given. */
function lookAtProcess(search: SecretSearch, { pid }: HostcastProcess): void {
  search.saw('the process list', readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    search.saw('the list of threads', readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8'));
    for (const child of readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ')) {
      if (child.trim() === '') continue;
      search.saw('the command line of a child', readFileSync(`/proc/${child}/cmdline`, 'utf8'));
      search.saw('the environment of a child', readFileSync(`/proc/${child}/environ`, 'utf8'));
    }
  }
}

/** The files of a data folder: what is in them, and which of them are only for their owner. */
function lookAtFiles(
  search: SecretSearch,
  folder: string,
  meant: Record<string, readonly string[]>,
): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const isPrivate = (file: string) => (statSync(join(folder, file)).mode & 0o077) === 0;
  const regular = files.filter((file) => statSync(join(folder, file)).isFile());
  for (const file of regular) {
    search.saw(`the file ${file}`, readFileSync(join(folder, file), 'latin1'), meant[file]);
    search.saw(`the file ${file}`, readFileSync(join(folder, file), 'utf8'), meant[file]);
  }
  return regular.filter(isPrivate).sort();
}

/** A folder with users, tokens and secrets of all kinds, each watched. */
async function prepare(
  search: SecretSearch,
): Promise<{ data: string; files: string; ingest: string; read: string }> {
  const [data, files] = [makeFolder(), makeFolder()];
  for (const name of ['admin', 'kim'] as const) {
    const flags = ['--data', data, '--role', name === 'admin' ? 'admin' : 'viewer'];
    await cli(search, ['user', 'add', name, ...flags], {
      environment: { HOSTCAST_USER_PASSWORD: words[name] },
    });
    await cli(search, ['user', 'add', name, ...flags], {
      environment: { HOSTCAST_USER_PASSWORD: words[name] },
    });
  }
  writeFileSync(join(files, 'issuer'), words.issuer, { mode: 0o600 });
  const create = async (right: string) => {
    const args = ['token', 'create', '--data', data, '--name', right, '--right', right];
    return search.watch(`the ${right} token`, (await cli(search, args, { isShown: true })).trim());
  };
  const tokens = { ingest: await create('ingest'), read: await create('viewer') };
  await cli(search, ['user', 'list', '--data', data]);
  await cli(search, ['token', 'list', '--data', data]);
  await cli(search, ['check-config', '--data', data, '--jwt-secret-file', join(files, 'issuer')], {
    environment: {
      HOSTCAST_INFLUX_PASSWORD: words.influxPassword,
      HOSTCAST_INFLUX_URL: 'http://127.0.0.1:1',
    },
  });
  return { data, files, ...tokens };
}

function watchAll(search: SecretSearch): void {
  for (const [name, secret] of Object.entries(words)) search.watch(name, secret);
}

describe('no secret', () => {
  it('of people, tokens and issuers comes to light, whatever is done', { timeout: 300_000 }, async () => {
    const search = new SecretSearch();
    watchAll(search);
    const { data, files, ingest, read } = await prepare(search);
    const signed = await new SignJWT({ role: 'viewer' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('jo')
      .setExpirationTime('1h')
      .sign(Buffer.from(words.issuer));
    search.watch("the issuer's token", signed);
    const hostcast = await HostcastProcess.start(
      ['--no-collect', '--interval', '1s', '--stomp-port', '0', '--log-level', 'debug', '--auth', 'users'],
      {
        data,
        environment: {
          HOSTCAST_JWT_SECRET_FILE: join(files, 'issuer'),
          HOSTCAST_LIMITS_LOGINS_PER_MINUTE: '1000',
        },
      },
    );
    const { url } = hostcast;

    const login = (name: string, password: string) =>
      ask(
        search,
        `${url}/api/login`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name, password }),
        },
        ['the login', "the admin's login"],
      );
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const good = await login('kim', words.kim);
    expect(good.status).toBe(200);
    const { token } = (await good.json()) as { token: string };
    search.watch('the login', token);
    expect((await login('kim', words.wrong)).status).toBe(401);
    expect((await login(words.asName, words.kim)).status).toBe(401);

    const writing = { method: 'POST', body: 'cpu,cpu=cpu-total,host=web-1 usage_idle=1\n' };
    expect((await ask(search, `${url}/api/v2/write`, { ...writing, ...bearer(ingest) })).status).toBe(204);
    expect((await ask(search, `${url}/write?u=x&p=${ingest}`, writing)).status).toBe(204);
    for (const each of [token, read, signed]) {
      expect((await ask(search, `${url}/api/hosts`, bearer(each))).status).toBe(200);
      expect((await ask(search, `${url}/api/hosts/none?p=${each}`, bearer(each))).status).toBe(404);
      expect(await stomp(search, url, connect([`Authorization:Bearer ${each}`], subscribe))).toContain(
        'RECEIPT',
      );
    }
    const passcode = [`login:kim`, `passcode:${escaped(words.kim)}`];
    expect(await stomp(search, url, connect(passcode, subscribe))).toContain('RECEIPT');
    const cookie = { headers: { cookie: `hostcast=${token}` } };
    expect((await ask(search, `${url}/api/me`, cookie)).status).toBe(200);

    await knockEverywhere(search, url, words.wrong);
    for (const text of [words.wrong, `hct_0123456789ab_${words.wrong}`]) {
      await knockByStomp(search, hostcast, text);
    }
    // Good ones, where they do not belong.
    for (const text of [ingest, read, signed, token]) await knockBadly(search, url, text);
    await knockEverywhere(search, url, words.kim);
    await knockByStomp(search, hostcast, words.admin);
    await cli(search, ['token', 'revoke', read.slice(4, 16), '--data', data]);
    await cli(search, ['user', 'passwd', 'kim', '--data', data], {
      environment: { HOSTCAST_USER_PASSWORD: words.wrong },
    });

    const { token: ofAdmin } = (await (await login('admin', words.admin)).json()) as { token: string };
    search.watch("the admin's login", ofAdmin);
    for (const path of ['/metrics', '/healthz', '/readyz', '/api/me', '/api/hosts/web-1', '/api/sessions']) {
      await ask(search, url + path, bearer(ofAdmin));
    }
    lookAtProcess(search, hostcast);
    expect(await hostcast.stop()).toBe(0);
    search.saw('stdout', hostcast.output);
    search.saw('stderr', hostcast.errors);
    const jwtSecret = readFileSync(join(data, 'jwt-secret'), 'utf8').trim();
    search.watch('the secret of logins', jwtSecret);
    const kept = lookAtFiles(search, data, { 'jwt-secret': ['the secret of logins'] });
    expect(kept).toEqual(expect.arrayContaining(['accounts.json', 'jwt-secret']));

    expect(search.characters).toBeGreaterThan(100_000);
    expect(search.found).toEqual([]);
  });

  it('of the first admin is anywhere but in the file that is for it', async () => {
    const search = new SecretSearch();
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect', '--log-level', 'debug']);
    const password = readFileSync(join(hostcast.data, 'admin-password'), 'utf8').trim();
    search.watch('the first password', password);
    await ask(search, `${hostcast.url}/`);
    lookAtProcess(search, hostcast);
    await hostcast.stop();
    search.saw('stdout', hostcast.output);
    search.saw('stderr', hostcast.errors);
    const kept = lookAtFiles(search, hostcast.data, { 'admin-password': ['the first password'] });
    expect(kept).toContain('admin-password');
    expect(search.found).toEqual([]);
  });

  it.each([
    ['password', { HOSTCAST_INFLUX_USER: 'telegraf', HOSTCAST_INFLUX_PASSWORD: words.influxPassword }],
    ['token', { HOSTCAST_INFLUX_TOKEN: words.influxToken }],
  ])('of InfluxDB, a %s, is shown, whatever InfluxDB says', async (_kind, environment) => {
    const search = new SecretSearch();
    watchAll(search);
    let requests = 0;
    const statuses = ['401 Unauthorized', '200 OK', '400 Bad Request', '500 Internal Server Error'];
    const influx = await startRawServer((request) => {
      // An InfluxDB, or what stands in its place, that tells all that it was sent.
      requests += 1;
      const status = statuses[requests % statuses.length]!;
      const body = requests % 8 < 4 ? { error: request } : { results: [{ statement_id: 0, error: request }] };
      return httpAnswer(status, 'application/json', JSON.stringify(body), 'X-Influxdb-Version: 1.8.10\r\n');
    });
    onTestFinished(() => influx.close());
    const hostcast = await HostcastProcess.start(
      ['--interval', '1s', '--log-level', 'debug', '--influx-url', influx.url, '--influx-db', 'telegraf'],
      { environment },
    );
    await hostcast.until(() => influx.requests.length >= 24 || hostcast.exitCode !== undefined);
    if (hostcast.exitCode === undefined) {
      await ask(search, `${hostcast.url}/api/hosts`);
      await ask(search, `${hostcast.url}/api/hosts/web-1/history?from=0&to=1000`);
      await ask(search, `${hostcast.url}/metrics`);
      await ask(search, `${hostcast.url}/readyz`);
      await ask(search, `${hostcast.url}/write`, { method: 'POST', body: 'm,host=web-1 f=1' });
      await stomp(search, hostcast.url, connect([], subscribe));
      lookAtProcess(search, hostcast);
    }
    await hostcast.stop();
    search.saw('stdout', hostcast.output);
    search.saw('stderr', hostcast.errors);
    lookAtFiles(search, hostcast.data, {});
    expect(influx.requests.join()).toContain('authorization');
    expect(search.found).toEqual([]);
  });

  it('of an agent, its token, is shown, whatever the other side says', async () => {
    const search = new SecretSearch();
    watchAll(search);
    const echo = await startRawServer((request) =>
      httpAnswer('401 Unauthorized', 'application/json', JSON.stringify({ error: request })),
    );
    onTestFinished(() => echo.close());
    const args = ['agent', '--url', echo.url, '--interval', '1s', '--log-level', 'debug'];
    const agent = spawn(process.execPath, [program, ...args], {
      cwd: makeFolder(),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOSTCAST_TOKEN: words.agent },
    });
    onTestFinished(() => void agent.kill('SIGKILL'));
    const output = text(agent.stdout);
    const errors = text(agent.stderr);
    for await (const _line of on(agent.stdout, 'data')) if (echo.requests.length >= 2) break;
    search.saw('the process list', readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8'));
    agent.kill('SIGTERM');
    search.saw('stdout of the agent', await output);
    search.saw('stderr of the agent', await errors);
    expect(echo.requests.join()).toContain(words.agent);
    expect(search.found).toEqual([]);
  });

  it('is repeated where the configuration is refused', async () => {
    const search = new SecretSearch();
    watchAll(search);
    const file = join(makeFolder(), 'hostcast.toml');
    writeFileSync(
      file,
      `[influx]\npassword = '${words.influxPassword}'\n[jwt]\nsecret = '${words.issuer}'\n`,
    );
    const inUrl = `http://kim:${words.inUrl}@127.0.0.1:8086`;
    for (const [args, environment] of [
      [['--config', file], {}],
      [['check-config', '--config', file], {}],
      [['check-config'], { HOSTCAST_JWT_SECRET: words.short, HOSTCAST_INFLUX_URL: inUrl }],
      [
        ['check-config'],
        { HOSTCAST_INFLUX_URL: inUrl, HOSTCAST_JWT_JWKS_URL: inUrl.replace('http', 'https') },
      ],
      [[], { HOSTCAST_INFLUX_URL: inUrl }],
      [
        ['check-config'],
        { HOSTCAST_INFLUX_PASWORD: words.influxPassword, HOSTCAST_ADMIN_TOKEN: words.influxToken },
      ],
      [
        ['check-config'],
        { HOSTCAST_INFLUX_TOKEN: `${words.influxToken}\n`, HOSTCAST_INFLUX_PASSWORD: words.kim },
      ],
    ] as const) {
      await cli(search, args, { environment });
    }
    for (const flag of [
      '--influx-password',
      '--influx-token',
      '--jwt-secret',
      '--password',
      '--influx-pasword',
    ]) {
      const { place, stderr } = await runToEnd([`${flag}=${words.wrong}`]);
      search.saw(place, stderr);
    }
    for (const command of [['agent', '--url'], ['--influx-url'], ['--jwt-jwks-url']]) {
      const { place, stderr } = await runToEnd([...command, inUrl]);
      search.saw(place, stderr);
    }
    expect(search.found).toEqual([]);
  });
});
