// A real influxd of our own: private folder and ports, gone with us.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from './client.mjs';
import { end, endWithUs } from './resources.mjs';

/** `1.6.7~rc0`, or undefined where there is none. */
export function influxdVersion() {
  try {
    return /v(\S+)/.exec(execFileSync('influxd', ['version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}

/** Starts influxd over a folder, which may hold the data of an earlier one. */
export async function startInfluxd(folder) {
  mkdirSync(folder, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const [httpPort, rpcPort] = await freePorts();
    const file = join(folder, 'influxdb.conf');
    writeFileSync(file, configuration(folder, httpPort, rpcPort));
    const child = spawn('influxd', ['-config', file], { stdio: 'ignore' });
    endWithUs(child);
    if (await answers(httpPort, child)) return new Influxd(child, httpPort, folder);
    if (attempt === 5) throw new Error('influxd did not start: its ports were taken five times');
  }
}

class Influxd {
  pid;
  url;
  folder;
  #child;
  #client;

  constructor(child, port, folder) {
    this.#child = child;
    this.pid = child.pid;
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.#client = new Client(this.url);
  }

  createDatabase(name) {
    return this.query(`CREATE DATABASE "${name}"`);
  }

  /** The results of one or more statements: of each its series. Times are epoch ms. */
  async query(statement, database = '') {
    const body = new URLSearchParams({ q: statement, db: database, epoch: 'ms' }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.#client.post('/query', body, headers);
    const { results, error } = JSON.parse(answer.text);
    const failed = error ?? results.find((result) => result.error)?.error;
    if (failed) throw new Error(`InfluxDB: ${failed}`);
    return results.map(({ series = [] }) => series);
  }

  /** Resolves when the lines are durable: influxd's log is synced by each write. */
  async write(lines, database) {
    const { status, text } = await this.#client.post(`/write?db=${database}`, lines);
    if (status !== 204) throw new Error(`InfluxDB answered ${status} to a write: ${text}`);
  }

  async stop() {
    this.#client.close();
    await end(this.#child);
  }
}

/**
 * As it comes, but for two things that are to its favour: what it holds in memory is written out as soon as writing
 * pauses (default: 10 min), and its files are merged and compressed as far as they can be (default: after 4 h).
 */
function configuration(folder, httpPort, rpcPort) {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "5s"
  compact-full-write-cold-duration = "10s"
[coordinator]
  max-select-buckets = 100000
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${httpPort}"
  log-enabled = false
[logging]
  level = "error"
`;
}

async function freePorts() {
  const servers = [createServer(), createServer()];
  const ports = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push(server.address().port);
  }
  for (const server of servers) server.close();
  return ports;
}

async function answers(port, child) {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const isUp = await fetch(`http://127.0.0.1:${port}/ping`).then(
      ({ status }) => status === 204,
      () => false,
    );
    if (isUp) return true;
    await delay(50);
  }
  await end(child);
  throw new Error('influxd did not answer /ping within a minute');
}
