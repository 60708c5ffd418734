import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { certificate } from './certificate.ts';
import { makeFolder } from './hostcastProcess.ts';

const docs = fileURLToPath(new URL('../../../../docs/reverse-proxy.md', import.meta.url));

/** The name that the documented configurations and the certificate are for. */
export const siteName = 'hostcast.example.org';

/** A reverse proxy that runs with a configuration of docs/reverse-proxy.md, in a process of its own. */
export interface ReverseProxy {
  /** Of TLS, on 127.0.0.1. */
  readonly port: number;
  /** Of what is not encrypted. */
  readonly plainPort: number;
  /** All that it has logged. */
  log(): string;
  /** Reads its configuration again while it runs; resolves when the new one holds. */
  reload(): Promise<void>;
}

export interface ProxyOptions {
  /** `127.0.0.1:<port>` of hostcast. */
  readonly upstream: string;
  /** Replaces the documented limit of a silent WebSocket. */
  readonly readTimeout?: string;
}

/** A code block of docs/reverse-proxy.md. */
export function documented(language: string, nth = 0): string {
  const blocks = readFileSync(docs, 'utf8').matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'));
  const block = [...blocks][nth]?.[1];
  if (block === undefined) throw new Error(`docs/reverse-proxy.md has no block ${nth} of ${language}`);
  return block;
}

/** Where a program is; undefined where it is not installed. */
export function find(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

/** nginx with the documented site. */
export async function startNginx({ upstream, readTimeout = '60s' }: ProxyOptions): Promise<ReverseProxy> {
  const folder = makeProxyFolder();
  const [port, plainPort] = await freePorts();
  const log = join(folder, 'access.log');
  const site = replaced(documented('nginx'), [
    ['127.0.0.1:4678', upstream],
    [/listen 80;/, `listen 127.0.0.1:${plainPort};`],
    [/listen \[::\]:80;/, ''],
    [/listen 443 ssl http2;/, `listen 127.0.0.1:${port} ssl http2;`],
    [/listen \[::\]:443 ssl http2;/, ''],
    ...certificateIn(folder),
    ['/var/log/nginx/hostcast.log', log],
    [/proxy_read_timeout +60s/, `proxy_read_timeout ${readTimeout}`],
  ]);
  const child = await runNginx(folder, `http {\n${temporary(folder)}\n${site}\n}`, port);
  const errors = join(folder, 'error.log');
  return {
    port,
    plainPort,
    log: () => readFileSync(log, 'utf8') + readFileSync(errors, 'utf8'),
    async reload() {
      const before = readFileSync(errors, 'utf8').length;
      child.kill('SIGHUP');
      // nginx tells nobody; it logs it.
      await until(() => readFileSync(errors, 'utf8').slice(before).includes('start worker process '));
    },
  };
}

/** nginx with the documented TLS around plain STOMP; resolves with its port. */
export async function startNginxStream(stompPort: number): Promise<number> {
  const folder = makeProxyFolder();
  const [port] = await freePorts();
  const stream = replaced(documented('nginx', 1), [
    ['127.0.0.1:61613', `127.0.0.1:${stompPort}`],
    [/listen 61614 ssl;/, `listen 127.0.0.1:${port} ssl;`],
    [/listen \[::\]:61614 ssl;/, ''],
    ...certificateIn(folder),
  ]);
  await runNginx(folder, `load_module ${streamModule};\n${stream}`, port);
  return port;
}

/** Of Debian's package libnginx-mod-stream. */
const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';

export const hasNginxStream = isReadable(streamModule);

/** Caddy with the documented Caddyfile, and the certificate of the tests. */
export async function startCaddy({ upstream, readTimeout }: ProxyOptions): Promise<ReverseProxy> {
  const folder = makeProxyFolder();
  const [port, plainPort, adminPort] = await freePorts();
  const [[, cert], [, key]] = certificateIn(folder);
  const site = replaced(documented('caddyfile'), [
    ['127.0.0.1:4678', upstream],
    [`${siteName} {`, `${siteName} {\n\ttls ${cert} ${key}`],
    ...(readTimeout === undefined
      ? []
      : ([
          ['flush_interval -1', `flush_interval -1\ntransport http {\nread_timeout ${readTimeout}\n}`],
        ] as const)),
  ]);
  const file = join(folder, 'Caddyfile');
  writeFileSync(
    file,
    `{\n\tadmin 127.0.0.1:${adminPort}\n\tdefault_bind 127.0.0.1\n\thttps_port ${port}\n\thttp_port ${plainPort}\n` +
      `\tstorage file_system ${folder}\n}\n${site}`,
  );
  const args = ['--config', file, '--adapter', 'caddyfile'];
  const environment = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, PATH: '' };
  const child = spawn(find('caddy')!, ['run', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment,
  });
  const logged = await untilListening(child, port);
  return {
    port,
    plainPort,
    log: logged,
    async reload() {
      const reloading = ['reload', ...args, '--force', '--address', `127.0.0.1:${adminPort}`];
      const reload = spawn(find('caddy')!, reloading, { stdio: 'ignore', env: environment });
      const [code] = await once(reload, 'exit');
      if (code !== 0) throw new Error(`caddy reload ended with ${code}:\n${logged()}`);
    },
  };
}

async function runNginx(folder: string, configuration: string, port: number): Promise<ChildProcess> {
  const file = join(folder, 'nginx.conf');
  // As root, its workers would be somebody else, who may not read the folder.
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  const [modules, rest] = configuration.startsWith('load_module')
    ? [configuration.slice(0, configuration.indexOf('\n')), configuration.slice(configuration.indexOf('\n'))]
    : ['', configuration];
  const main = `worker_processes 1;\npid ${folder}/pid;\nerror_log ${folder}/error.log notice;\nevents {}\n`;
  writeFileSync(file, `${modules}\n${user}${main}${rest}\n`);
  const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', file, '-g', 'daemon off;'];
  const child = spawn(find('nginx')!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await untilListening(child, port);
  return child;
}

function temporary(folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n');
}

/** Waits until the proxy takes connections; it ends with the test. Gives what it writes to stderr. */
async function untilListening(child: ChildProcess, port: number): Promise<() => string> {
  let logged = '';
  child.stderr!.on('data', (text: Buffer) => {
    logged += text;
  });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  endWithUs(child);
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the proxy has ended:\n${logged}`);
    return await accepts(port);
  });
  return () => logged;
}

/** A test run that ends early must not leave it behind: see influxd.ts. */
function endWithUs(child: ChildProcess): void {
  const script = 'read _; kill -TERM "$0"';
  const watcher = spawn('sh', ['-c', script, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.once('exit', () => watcher.kill());
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Asks again and again: other programs tell nobody here what they have done. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(20);
}

function makeProxyFolder(): string {
  const folder = makeFolder();
  mkdirSync(join(folder, 'tls'));
  return folder;
}

function certificateIn(folder: string): readonly [[string, string], [string, string]] {
  const cert = join(folder, 'tls/fullchain.pem');
  const key = join(folder, 'tls/privkey.pem');
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key, { mode: 0o600 });
  const documentedFolder = `/etc/letsencrypt/live/${siteName}`;
  return [
    [`${documentedFolder}/fullchain.pem`, cert],
    [`${documentedFolder}/privkey.pem`, key],
  ];
}

/** A replacement that finds nothing to replace is a fault: the documentation has changed. */
function replaced(text: string, replacements: readonly (readonly [string | RegExp, string])[]): string {
  return replacements.reduce((before, [what, by]) => {
    const after = before.replace(what, by);
    if (after === before) throw new Error(`docs/reverse-proxy.md: there is no ${what}`);
    return after;
  }, text);
}

/** Held at the same time, so that they differ. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return [ports[0]!, ports[1]!, ports[2]!];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
