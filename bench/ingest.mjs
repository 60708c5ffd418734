// Writing over HTTP as Telegraf does: gzip, chunked, batches of 1,000 lines, each acknowledged when it is on the disk.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { apart } from './support/apart.mjs';
import { Client } from './support/client.mjs';
import { figure, median, quantile, table } from './support/figures.mjs';
import { Fleet, intervalMs, linesPerHost } from './support/fleet.mjs';
import { startHostcast } from './support/hostcast.mjs';
import { startInfluxd } from './support/influxd.mjs';
import { cpuSeconds, memoryMib } from './support/processes.mjs';

export const about = 'writing over HTTP in batches of 1,000 lines, gzip, chunked, as Telegraf does';

const batchLines = 1_000;
const connections = [1, 4];

export async function run({ hosts = 100, runs = 3, seconds = 15, folder, progress }) {
  const rows = [];
  for (const count of connections) {
    const ours = [];
    const theirs = [];
    for (let index = 0; index < runs; index += 1) {
      progress(`ingest: ${count} connections, run ${index + 1} of ${runs}`);
      const place = join(folder, `ingest-${count}-${index}`);
      const job = { hosts, seconds, connections: count };
      const hostcast = await startHostcast(join(place, 'hostcast'), ['--log-level', 'error']);
      try {
        ours.push(await measure(hostcast, { ...job, url: hostcast.url, path: '/write?db=bench' }));
      } finally {
        await hostcast.stop();
      }
      const influxd = await startInfluxd(join(place, 'influxdb'));
      try {
        await influxd.createDatabase('bench');
        theirs.push(await measure(influxd, { ...job, url: influxd.url, path: '/write?db=bench' }));
      } finally {
        await influxd.stop();
      }
    }
    rows.push(...rowsOf(count, ours, theirs));
  }
  return `${hosts} hosts, ${seconds} s of writing, ${runs} runs; bodies made beforehand.

${table(['', 'hostcast', 'InfluxDB', 'hostcast ÷ InfluxDB'], rows)}`;
}

async function measure({ pid }, job) {
  const before = cpuSeconds(pid);
  const written = await apart(import.meta.filename, 'writeAll', job);
  const cpu = cpuSeconds(pid) - before;
  return { ...written, cpuPerMillion: (1e6 * cpu) / written.lines, memory: memoryMib(pid).most };
}

function rowsOf(count, ours, theirs) {
  const row = (name, of) => {
    const [our, their] = [median(ours.map(of)), median(theirs.map(of))];
    return [
      `${name}, ${count === 1 ? '1 connection' : `${count} connections`}`,
      figure(our),
      figure(their),
      figure(our / their),
    ];
  };
  return [
    row('lines/s', ({ lines, tookMs }) => (1_000 * lines) / tookMs),
    row('ms until a batch is acknowledged, p50', ({ p50 }) => p50),
    row('ms until a batch is acknowledged, p99', ({ p99 }) => p99),
    row("seconds of the server's processor per million lines", ({ cpuPerMillion }) => cpuPerMillion),
    row('most memory (RSS), MiB', ({ memory }) => memory),
  ];
}

/** Writes for that many seconds on as many connections; each body's samples are later than the last one's. */
export async function writeAll({ url, path, hosts, seconds, connections: count }) {
  const bodies = makeBodies(hosts, seconds);
  const client = new Client(url, { connections: count });
  const headers = { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' };
  const latencies = [];
  const startedMs = performance.now();
  const endMs = startedMs + 1_000 * seconds;
  let next = 0;
  const writer = async () => {
    while (performance.now() < endMs && next < bodies.length) {
      const body = bodies[next];
      next += 1;
      const sentMs = performance.now();
      const { status, text } = await client.post(path, body, headers);
      if (status !== 204) throw new Error(`a write was answered ${status}: ${text}`);
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: count }, writer));
  const tookMs = performance.now() - startedMs;
  client.close();
  return {
    ...{ lines: next * batchLines, tookMs },
    ...{ p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
  };
}

/** More than can be written in that time, samples of the past hours. */
function makeBodies(hosts, seconds) {
  const ticks = Math.ceil((160_000 * seconds) / (hosts * linesPerHost));
  const startMs = Math.floor(Date.now() / intervalMs - ticks) * intervalMs;
  const fleet = new Fleet(hosts);
  const bodies = [];
  let lines = [];
  for (let tick = 0; tick < ticks; tick += 1) {
    lines.push(
      ...fleet
        .tick(startMs + tick * intervalMs)
        .toString('latin1')
        .split(/(?<=\n)/),
    );
    while (lines.length >= batchLines) {
      bodies.push(gzipSync(lines.slice(0, batchLines).join(''), { level: 1 }));
      lines = lines.slice(batchLines);
    }
  }
  return bodies;
}
