// What the table `store` does in processes of their own: loading, asking either store, opening, sealing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '@hostcast/tsdb';
import { createIngest } from '../packages/hostcast/dist/ingest/ingest.js';
import { createLineParser } from '../packages/hostcast/dist/lineProtocol/parser.js';
import { kindOf, rollupKindOf } from '../packages/hostcast/dist/metrics/kinds.js';
import { isPercentage } from '../packages/hostcast/dist/metrics/units.js';
import { bucketRange } from '../packages/hostcast/dist/store/buckets.js';
import { openEmbeddedStore } from '../packages/hostcast/dist/store/embedded.js';
import { headBytes } from './storeFeed.mjs';
import { queriesOf } from './storeQueries.mjs';
import { Client, writeTo } from './support/client.mjs';
import { quantile, timed } from './support/figures.mjs';
import { Fleet, intervalMs } from './support/fleet.mjs';
import { memoryMib } from './support/processes.mjs';
import { endWithUs } from './support/resources.mjs';

const feeder = join(import.meta.dirname, 'storeFeed.mjs');
const quietMs = 3_000;

/** The octets that all files below a folder have on the disk: InfluxDB makes large files with holes. */
export function folderBytes(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false }))
    .reduce((sum, status) => sum + (status ? Math.min(status.size, 512 * status.blocks) : 0), 0);
}

/**
 * The same lines into both stores: into InfluxDB through `/write`, into ours through the parser and the database
 * with a clock that stands at the lines' time, so that windows are sealed as if the time had passed. Then our store is
 * asked the queries, where the plan says so, for the memory that it takes who has done both.
 */
export async function load(plan, progress) {
  const { startMs, endMs, hosts } = plan;
  const store = new Loader(plan.folder, plan);
  const feed = spawn(process.execPath, [feeder, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithUs(feed);
  const ended = once(feed, 'exit');
  let reportedMs = Date.now();
  for await (const chunk of feed.stdout) {
    store.take(chunk);
    if (Date.now() - reportedMs < 10_000) continue;
    reportedMs = Date.now();
    const share = (store.timeMs - startMs) / (endMs - startMs);
    progress(`${Math.round(100 * share)} % of ${hosts} hosts' lines are loaded`);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`the lines' maker ended with ${code}`);
  const mostMemory = memoryMib(process.pid).most;
  if (plan.runs) for (const { askStore } of queriesOf(plan)) await timed(plan.runs, () => askStore(store));
  return { lines: store.lines, mostMemory, memory: memoryMib(process.pid), ...store.close() };
}

class Loader {
  lines = 0;
  #database;
  /** Every line has a time of its own. */
  #parser = createLineParser({ receivedMs: 0 });
  #head = Buffer.alloc(0);
  #bodyLeft = 0;
  #nowMs = 0;
  #slices = [];

  /** As the store's worker opens it, but for the disk's syncing and the clock. */
  constructor(folder, { stepMs = intervalMs, percentDecimals } = {}) {
    this.#database = openDatabase({
      folder,
      durability: 'process',
      clusterBy: 'host',
      intervalMs: stepMs,
      rollupKind: rollupKindOf,
      decimals: (measurement, field) => (isPercentage(measurement, field) ? percentDecimals : undefined),
      now: () => this.#nowMs,
    });
  }

  /** Octets as the pipe hands them over: any number of ticks, or a part of one. */
  take(chunk) {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#bodyLeft === 0) {
        const missing = headBytes - this.#head.length;
        this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (this.#head.length < headBytes) return;
        this.#begin(this.#head.readUInt32LE(0), this.#head.readDoubleLE(4));
      }
      const piece = rest.subarray(0, this.#bodyLeft);
      rest = rest.subarray(piece.length);
      this.#bodyLeft -= piece.length;
      this.#write(piece);
    }
  }

  #begin(length, timeMs) {
    this.#head = Buffer.alloc(0);
    this.#bodyLeft = length;
    this.#nowMs = timeMs;
  }

  #write(piece) {
    const parser = this.#parser;
    parser.push(piece);
    if (this.#bodyLeft === 0) parser.end();
    parser.takeLines();
    const points = parser.take();
    const { refused } = this.#database.append(points);
    if (parser.errorCount + refused.length > 0) {
      throw new Error(`lines were refused: ${parser.errors[0]?.reason ?? refused[0].message}`);
    }
    this.lines += points.length;
    if (this.#bodyLeft > 0) return;
    this.#database.commit();
    this.maintain();
  }

  get timeMs() {
    return this.#nowMs;
  }

  latest(selections) {
    return selections.map((selection) => this.#database.latest(selection));
  }

  history({ selection, fromMs, toMs, bucketMs }) {
    const { startMs } = bucketRange({ fromMs, toMs, bucketMs });
    const isCounter = (measurement, field) => kindOf(measurement, field) === 'counter';
    const buckets = this.#database.buckets(selection, { startMs, toMs, bucketMs, isCounter });
    return Array.from(buckets, ({ tags, columns }) => ({
      tags,
      columns: Array.from(columns, ([field, values]) => [field, values.slice()]),
    }));
  }

  /** Until nothing is left to be sealed; `nowMs` sets the clock. */
  maintain(nowMs = this.#nowMs) {
    this.#nowMs = nowMs;
    for (let isMore = true; isMore; ) {
      const startedMs = performance.now();
      isMore = this.#database.maintain();
      this.#slices.push(performance.now() - startedMs);
    }
  }

  close() {
    this.#database.close();
    const long = this.#slices.filter((ms) => ms > 1);
    return long.length === 0 ? {} : { sliceMs: { p99: quantile(long, 0.99), most: Math.max(...long) } };
  }
}

/** Seals everything, the clock going on by half a day: the octets of the samples, and of their cells. */
export function seal({ folder, endMs }) {
  const loader = new Loader(folder);
  for (let hours = 2; hours <= 12; hours += 1) loader.maintain(endMs + hours * 3_600_000);
  loader.close();
  const samples = folderBytes(join(folder, 'raw')) + folderBytes(join(folder, 'merged'));
  return { samples, cells: folderBytes(folder) - samples };
}

/** Opens our store as hostcast does, asks the queries, writes ticks; answers and times of each. */
export async function ours(plan) {
  const startedMs = performance.now();
  let workedMs = startedMs;
  const onEvent = () => {
    workedMs = performance.now();
  };
  const store = await openEmbeddedStore({ folder: plan.folder, intervalMs: plan.stepMs, onEvent });
  const openMs = performance.now() - startedMs;
  // Windows that were over before it was opened are sealed now; the figures are of a store that has been running.
  while (performance.now() - Math.max(workedMs, startedMs + openMs) < quietMs) await delay(100);
  const queries = {};
  for (const { name, askStore, readStore } of queriesOf(plan)) {
    let answer;
    const [firstMs, ...times] = await timed(
      plan.runs + 1,
      async () => {
        answer = await askStore(store);
      },
      { warmUps: 0 },
    );
    queries[name] = { firstMs, times, answer: readStore(answer) };
  }
  const memory = memoryMib(process.pid);
  const ingest = createIngest({ store, log: { warn: () => {} } });
  const writes = await writeTicks(plan, async (body) => {
    const { errorCount } = await ingest.write(body);
    if (errorCount > 0) throw new Error(`${errorCount} lines were refused`);
  });
  await store.close();
  return { openMs, queries, writes, memory, memoryAfterWrites: memoryMib(process.pid) };
}

/** The same of InfluxDB. */
export async function theirs(plan) {
  const influxd = clientOf(plan);
  const queries = {};
  for (const { name, askInflux, readInflux } of queriesOf(plan)) {
    let answer;
    const times = await timed(plan.runs, async () => {
      answer = await askInflux(influxd);
    });
    queries[name] = { times, answer: readInflux(answer) };
  }
  const memory = memoryMib(plan.pid);
  const writes = await writeTicks(plan, influxd.write);
  influxd.client.close();
  return { queries, writes, memory };
}

/** The memory of an influxd that has loaded the data when it has answered the queries too. */
export async function askedOnce(plan) {
  const influxd = clientOf(plan);
  for (const { askInflux } of queriesOf(plan)) await timed(plan.runs, () => askInflux(influxd));
  influxd.client.close();
  return memoryMib(plan.pid);
}

/** How long our store takes to open, ms; closed at once, so that its folder stays as it is. */
export async function open({ folder }) {
  const startedMs = performance.now();
  const store = await openEmbeddedStore({ folder });
  const openMs = performance.now() - startedMs;
  await store.close();
  return openMs;
}

/** Ticks of either side that are not counted: five minutes of a fleet, in which Node compiles what it runs. */
export const warmUpTicks = 30;

/** Ticks that follow what was loaded, each when the one before is durable. */
async function writeTicks({ hosts, endMs, writes }, write) {
  const fleet = new Fleet(hosts, 2);
  const bodies = Array.from({ length: writes + warmUpTicks }, (_, index) =>
    fleet.tick(endMs + index * intervalMs),
  );
  return timed(writes, (run) => write(bodies[run + warmUpTicks]), { warmUps: warmUpTicks });
}

function clientOf({ influx, database }) {
  const client = new Client(influx);
  return {
    client,
    async query(statement) {
      const body = new URLSearchParams({ q: statement, db: database, epoch: 'ms' }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const { results, error } = JSON.parse((await client.post('/query', body, headers)).text);
      const failed = error ?? results.find((result) => result.error)?.error;
      if (failed) throw new Error(`InfluxDB: ${failed}`);
      return results.map(({ series = [] }) => series);
    },
    write: (body) => writeTo(client, database, body),
  };
}
