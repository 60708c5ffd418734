import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Influxd {
  readonly url: string;
  /** Changes with `start`. */
  readonly pid: number;
  /** Runs InfluxQL without a database and gives the answer as text. */
  readonly query: (statement: string, database?: string) => Promise<string>;
  /** Makes an empty database and gives its name. */
  readonly createDatabase: () => Promise<string>;
  /** Ends it as a power cut would; what it has on the disk stays. */
  readonly kill: () => Promise<void>;
  /** Starts it again, with what it had, at the same address. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Why tests that need InfluxDB cannot run here, or undefined where they can. */
export const influxdMissing: string | undefined = findInfluxd()
  ? undefined
  : 'influxd is not installed (apt-get install influxdb)';

export interface InfluxdOptions {
  /** Logins are asked for, and this is the admin. */
  readonly admin?: { readonly name: string; readonly password: string };
  /** Lines of the section `[coordinator]` or `[http]` in place of, or besides, the usual ones. */
  readonly coordinator?: string;
  readonly http?: string;
}

/** Starts a real influxd 1.x of its own: temp folder, own configuration, free ports on 127.0.0.1. */
export async function startInfluxd(options: InfluxdOptions = {}): Promise<Influxd> {
  for (let attempt = 1; ; attempt += 1) {
    const influxd = await tryToStart(options);
    if (influxd) return influxd;
    if (attempt === 5) throw new Error('influxd did not start: its ports were taken five times');
  }
}

/** Undefined where it ended at once: another process took one of its ports. */
async function tryToStart(options: InfluxdOptions): Promise<Influxd | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'hostcast-influxd-'));
  const [httpPort, rpcPort] = await freePorts();
  const config = join(folder, 'influxdb.conf');
  await writeFile(config, configuration(folder, httpPort, rpcPort, options));
  let child = run(config);
  const url = `http://127.0.0.1:${httpPort}`;
  if (!(await answersPing(url, child))) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  let databases = 0;
  const { admin } = options;
  const query = (statement: string, database = ''): Promise<string> =>
    post(url, { q: statement, db: database }, admin);
  if (admin) await query(`CREATE USER "${admin.name}" WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`);
  return {
    url,
    get pid() {
      return child.pid!;
    },
    query,
    kill: () => end(child, 'SIGKILL'),
    start: async () => {
      child = run(config);
      if (!(await answersPing(url, child))) throw new Error('influxd did not start again');
    },
    createDatabase: async () => {
      databases += 1;
      await query(`CREATE DATABASE "test${databases}"`);
      return `test${databases}`;
    },
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function run(config: string): ChildProcess {
  const child = spawn(findInfluxd()!, ['-config', config], { stdio: 'ignore' });
  endWithUs(child);
  return child;
}

/**
 * A test run that ends early must not leave it behind. Vitest ends its workers without their 'exit' event, so
 * another process waits for the pipe from here to close.
 */
function endWithUs(child: ChildProcess): void {
  const script = 'read _; kill -9 "$0"';
  const watcher = spawn('sh', ['-c', script, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.once('exit', () => watcher.kill());
}

function findInfluxd(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'influxd')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function configuration(
  folder: string,
  httpPort: number,
  rpcPort: number,
  { admin, coordinator = 'max-select-buckets = 100000', http = '' }: InfluxdOptions,
): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[coordinator]
  ${coordinator}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${httpPort}"
  log-enabled = false
  auth-enabled = ${admin !== undefined}
  ${http}
[logging]
  level = "error"
`;
}

/** Both are held at the same time, so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    ports.push(typeof address === 'object' && address ? address.port : 0);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return [ports[0]!, ports[1]!];
}

async function answersPing(url: string, child: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const isUp = await fetch(`${url}/ping`).then(
      ({ status }) => status === 204,
      () => false,
    );
    if (isUp) return true;
    // Nothing tells when it listens; it is asked again.
    await delay(50);
  }
  await end(child);
  throw new Error('influxd did not answer /ping within 30 s');
}

async function post(
  url: string,
  form: Record<string, string>,
  admin: InfluxdOptions['admin'],
): Promise<string> {
  const pair = Buffer.from(`${admin?.name}:${admin?.password}`).toString('base64');
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: admin ? { authorization: `Basic ${pair}` } : {},
  });
  return response.text();
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
