// What it costs InfluxDB to be looked at: by hostcast, once per tick for everybody, or by every viewer's own polling.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { apart } from './support/apart.mjs';
import { Client } from './support/client.mjs';
import { figure, quantile, table } from './support/figures.mjs';
import { hostNames, intervalMs } from './support/fleet.mjs';
import { startHostcast } from './support/hostcast.mjs';
import { startInfluxd } from './support/influxd.mjs';
import { cpuSeconds } from './support/processes.mjs';
import { startTelegrafs } from './support/telegrafs.mjs';
import { startViewers } from './support/viewers.mjs';

export const about = 'an InfluxDB that is looked at by 100 viewers, through hostcast or each on their own';

const viewerCount = 100;

export async function run({ hosts, seconds = 30, folder, progress }) {
  const parts = [];
  for (const each of hosts === undefined ? [100, 1_000] : [hosts]) {
    parts.push(await compare({ hosts: each, seconds, folder: join(folder, `viewers-${each}`), progress }));
  }
  return parts.join('\n\n');
}

async function compare({ hosts, seconds, folder, progress }) {
  const influxd = await startInfluxd(join(folder, 'influxdb'));
  const stops = [influxd.stop.bind(influxd)];
  try {
    await influxd.createDatabase('telegraf');
    const telegrafs = startTelegrafs({ url: influxd.url, hosts });
    stops.push(telegrafs.stop);
    progress(`viewers: ${hosts} Telegrafs write into InfluxDB; nobody looks for ${seconds} s`);
    await delay(Math.min(2 * intervalMs, 2_000 * seconds));
    const nobody = await costOf(influxd, () => delay(seconds * 1_000, {}));
    progress(`viewers: ${viewerCount} viewers through hostcast`);
    const live = await throughHostcast({ influxd, hosts, seconds, folder });
    const failedBefore = telegrafs.counts.failed;
    progress(`viewers: ${viewerCount} pollers`);
    const polled = await costOf(influxd, () =>
      apart(import.meta.filename, 'poll', { url: influxd.url, seconds }),
    );
    const failed = { live: failedBefore, polled: telegrafs.counts.failed - failedBefore };
    return describe({ hosts, seconds, nobody, live, polled, failed });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** Seconds of influxd's processor per 10 s, and what `act` gave. */
async function costOf({ pid }, act) {
  const [before, startedMs] = [cpuSeconds(pid), performance.now()];
  const result = await act();
  const tookMs = performance.now() - startedMs;
  return { ...result, influxCpu: (10_000 * (cpuSeconds(pid) - before)) / tookMs };
}

async function throughHostcast({ influxd, hosts, seconds, folder }) {
  const flags = ['--influx-url', influxd.url, '--influx-db', 'telegraf', '--log-level', 'error'];
  const hostcast = await startHostcast(join(folder, 'hostcast'), flags);
  const settleMs = Math.min(intervalMs, 1_000 * seconds);
  const stops = [hostcast.stop];
  try {
    await delay(settleMs); // a tick has shown the fleet
    const spreads = new Map();
    let measuredFromMs = Number.POSITIVE_INFINITY;
    const onFleet = (timeMs) => {
      if (timeMs < measuredFromMs) return; // what was there already, shown to each when it came
      const now = performance.now();
      const [first] = spreads.get(timeMs) ?? [now];
      spreads.set(timeMs, [first, now]);
    };
    const viewers = await startViewers({
      url: hostcast.url,
      count: viewerCount,
      hosts: hostNames(hosts),
      onFleet,
    });
    stops.push(viewers.stop);
    await delay(settleMs);
    measuredFromMs = Date.now();
    const before = await metricsOf(hostcast.url);
    const cpu = cpuSeconds(hostcast.pid);
    const cost = await costOf(influxd, () => delay(seconds * 1_000, {}));
    const after = await metricsOf(hostcast.url);
    if (viewers.counts.lost > 0) throw new Error(`${viewers.counts.lost} viewers were lost`);
    return {
      ...cost,
      cpu: (10 * (cpuSeconds(hostcast.pid) - cpu)) / seconds,
      rounds: (10 * (after.ticks - before.ticks)) / seconds,
      roundMs: (1_000 * (after.seconds - before.seconds)) / (after.ticks - before.ticks),
      spreadMs: Math.max(...[...spreads.values()].map(([first, last]) => last - first)),
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** What hostcast tells of its ticks, each of which is one round of queries. */
async function metricsOf(url) {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const value = (name) =>
    Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    ticks: value('hostcast_tick_duration_seconds_count'),
    seconds: value('hostcast_tick_duration_seconds_sum'),
  };
}

/** 100 pollers, each asking every 10 s at a time of its own for what a page of the fleet shows. */
export async function poll({ url, seconds }) {
  const client = new Client(url, { connections: 4 * viewerCount });
  const latencies = [];
  let octets = 0;
  let unanswered = 0;
  const ask = async () => {
    const startedMs = performance.now();
    const answers = await Promise.all(fleetStatements().map((statement) => postQuery(client, statement)));
    latencies.push(performance.now() - startedMs);
    for (const { status, text } of answers) {
      if (status !== 200) unanswered += 1;
      octets += text.length;
    }
  };
  const rounds = Math.max(1, Math.floor((seconds * 1_000) / intervalMs));
  await Promise.all(
    Array.from({ length: viewerCount }, async (_, viewer) => {
      for (let round = 0; round < rounds; round += 1) {
        const dueMs = round * intervalMs + (viewer * intervalMs) / viewerCount;
        await delay(Math.max(0, dueMs - performance.now() + started));
        await ask();
      }
    }),
  );
  client.close();
  return {
    ...{ p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    ...{ unanswered, octetsPerTick: octets / rounds },
  };
}

const started = performance.now();

/** The cheapest way to ask for a fleet: the raw rows of an interval, tags as columns. */
function fleetStatements() {
  const endMs = Math.floor(Date.now() / intervalMs) * intervalMs;
  const when = `time >= ${endMs - intervalMs}ms AND time < ${endMs}ms`;
  return [
    `SELECT host,usage_idle,usage_user,usage_system,usage_iowait,usage_steal FROM cpu WHERE cpu='cpu-total' AND ${when}`,
    `SELECT host,used_percent,used,total,available FROM mem WHERE ${when}`,
    `SELECT host,path,used_percent,used,total FROM disk WHERE ${when}`,
    `SELECT host,interface,bytes_recv,bytes_sent FROM net WHERE ${when}`,
    `SELECT host,"name",read_bytes,write_bytes,io_util FROM diskio WHERE ${when}`,
  ];
}

function postQuery(client, statement) {
  const body = new URLSearchParams({ q: statement, db: 'telegraf', epoch: 'ms' }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return client.post('/query', body, headers).catch(() => ({ status: 0, text: '' }));
}

function describe({ hosts, seconds, nobody, live, polled, failed }) {
  const more = (cost) => Math.max(0, cost.influxCpu - nobody.influxCpu);
  return `### ${hosts.toLocaleString('en')} hosts, ${viewerCount} viewers, ${seconds} s each

${table(
  ['', 'through hostcast', `${viewerCount} pollers`],
  [
    ['rounds of queries per 10 s', figure(live.rounds), figure(viewerCount)],
    [
      "seconds of influxd's processor per 10 s, for being looked at",
      figure(more(live)),
      figure(more(polled)),
    ],
    ['the same with what the Telegrafs write', figure(live.influxCpu), figure(polled.influxCpu)],
    ["seconds of hostcast's processor per 10 s", figure(live.cpu), '–'],
    [
      'ms for a round of queries: the mean of a tick; p50 of a poller',
      figure(live.roundMs),
      figure(polled.p50),
    ],
    ['p99 of a poller, ms', '–', figure(polled.p99)],
    ['ms between the first and the last viewer of a tick, at most', figure(live.spreadMs), '–'],
    ["Telegrafs' writes that InfluxDB did not take", String(failed.live), String(failed.polled)],
    ['questions that InfluxDB did not answer', '–', String(polled.unanswered)],
    ['MB of JSON from InfluxDB per 10 s', '–', figure(polled.octetsPerTick / 1e6)],
  ],
)}`;
}
