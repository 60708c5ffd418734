// Whether the main thread is ever held up: the real server with Telegrafs at their true pace, and viewers.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { atMost, figure, quantile, table } from './support/figures.mjs';
import { hostNames } from './support/fleet.mjs';
import { startHostcast } from './support/hostcast.mjs';
import { cpuSeconds, memoryMib } from './support/processes.mjs';
import { startTelegrafs } from './support/telegrafs.mjs';
import { startViewers } from './support/viewers.mjs';

export const about = "the main thread's event loop while hosts report and viewers look";

const viewerCount = 50;
const probe = pathToFileURL(join(import.meta.dirname, 'support/loopProbe.mjs')).href;

export async function run({ hosts = 100, seconds = 60, folder, progress }) {
  const hostcast = await startHostcast(join(folder, 'loop'), [], { probe });
  const stops = [hostcast.stop];
  try {
    const telegrafs = startTelegrafs({ url: hostcast.url, hosts });
    stops.push(telegrafs.stop);
    await delay(2_000); // the fleet is there
    const viewers = await startViewers({ url: hostcast.url, count: viewerCount, hosts: hostNames(hosts) });
    stops.push(viewers.stop);
    const warmUpSeconds = Math.min(15, seconds / 2);
    progress(
      `loop: ${hosts} Telegrafs and ${viewerCount} viewers: ${warmUpSeconds} s to warm up, ${seconds} s measured`,
    );
    await delay(warmUpSeconds * 1_000);
    await hostcast.ask('begin');
    const cpu = cpuSeconds(hostcast.pid);
    telegrafs.counts.latencies.length = 0;
    await delay(seconds * 1_000);
    const loop = await hostcast.ask('read');
    const busy = (cpuSeconds(hostcast.pid) - cpu) / seconds;
    if (telegrafs.counts.failed + viewers.counts.lost > 0)
      throw new Error('a write failed, or a viewer was lost');
    return describe({
      hosts,
      seconds,
      loop,
      busy,
      latencies: telegrafs.counts.latencies,
      memory: memoryMib(hostcast.pid),
    });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

function describe({ hosts, seconds, loop, busy, latencies, memory }) {
  return `${hosts} Telegrafs, ${viewerCount} viewers of the fleet and of a host each, ${seconds} s, durability \`disk\`.

${table(
  ["delay of the main thread's loop", 'ms', 'goal'],
  [
    ['p50', figure(loop.p50), ''],
    ['p99', figure(loop.p99), atMost(loop.p99, 5)],
    ['p99.9', figure(loop.p999), ''],
    ['longest', figure(loop.most), ''],
    ['p99 without waiting for a core', figure(loop.own.p99), ''],
    ['p99.9 without waiting for a core', figure(loop.own.p999), ''],
    ['longest without waiting for a core', figure(loop.own.most), ''],
    [
      `longest pause of the garbage collector, young (${loop.minor.count} times)`,
      figure(loop.minor.most),
      '',
    ],
    [`longest pause of the garbage collector, old (${loop.major.count} times)`, figure(loop.major.most), ''],
  ],
)}

The loop was busy ${figure(100 * loop.utilization)} % of the time, the process ${figure(100 * busy)} % of a core (all threads). A
write was acknowledged within ${figure(quantile(latencies, 0.5))} ms (p50), ${figure(quantile(latencies, 0.99))} ms (p99). Memory: ${figure(memory.resident)} MiB.`;
}
