// Many Telegrafs, each with a connection and a phase of its own: gzip, chunked, every 10 s what its host has.
import { gzipSync } from 'node:zlib';
import { Client } from './client.mjs';
import { Fleet, intervalMs } from './fleet.mjs';

/**
 * Sends until it is stopped. `write` is the path with its query: `/write?db=telegraf`. Samples are taken at whole
 * intervals for all hosts; each Telegraf flushes at a time of its own within the next interval, as Telegraf does.
 */
export function startTelegrafs({ url, hosts, path = '/write?db=telegraf' }) {
  const fleet = new Fleet(hosts);
  const clients = Array.from({ length: hosts }, () => new Client(url, { connections: 1 }));
  const headers = { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' };
  const counts = { bodies: 0, failed: 0, latencies: [] };
  const flying = new Set();
  let timers = [];

  const send = async (client, body) => {
    const startedMs = performance.now();
    const { status } = await client.post(path, body, headers).catch(() => ({ status: 0 }));
    counts.latencies.push(performance.now() - startedMs);
    counts.bodies += 1;
    if (status !== 204) counts.failed += 1;
  };
  const collect = (withinMs) => {
    const bodies = fleet.tickByHost(Math.floor(Date.now() / intervalMs) * intervalMs);
    timers = bodies.map((body, host) =>
      setTimeout(
        () => {
          const sent = send(clients[host], gzipSync(body)).finally(() => flying.delete(sent));
          flying.add(sent);
        },
        (withinMs * host) / hosts,
      ),
    );
  };
  collect(1_000); // what was there before: the fleet is complete after a second
  let interval;
  const start = setTimeout(
    () => {
      collect(intervalMs);
      interval = setInterval(() => collect(intervalMs), intervalMs);
    },
    intervalMs - (Date.now() % intervalMs),
  );
  return {
    counts,
    async stop() {
      clearTimeout(start);
      clearInterval(interval);
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(flying);
      for (const client of clients) client.close();
    },
  };
}
