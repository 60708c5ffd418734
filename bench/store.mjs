// The embedded store against InfluxDB on the same data: the goals that it was built to.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { folderBytes, warmUpTicks } from './storeJobs.mjs';
import { differenceOf, queriesOf } from './storeQueries.mjs';
import { apart } from './support/apart.mjs';
import { atMost, figure, median, table } from './support/figures.mjs';
import { intervalMs, linesPerHost } from './support/fleet.mjs';
import { startInfluxd } from './support/influxd.mjs';
import { memoryMib } from './support/processes.mjs';

export const about = 'the embedded store and InfluxDB with the same data';

const jobs = join(import.meta.dirname, 'storeJobs.mjs');
const windowMs = 20 * 60_000;
const hour = 3_600_000;

const week = { hours: 7 * 24, stepMs: 600_000 };

/** One of the tables: `100` and `1000` hosts, `7d`, `rounded`, `opening`. */
export async function run({ part, hosts, hours, runs = 7, folder, progress }) {
  switch (part) {
    case '100':
      return compare({ part, hosts: hosts ?? 100, hours: hours ?? 24, runs, folder, progress });
    case '1000':
      return compare({ part, hosts: hosts ?? 1_000, hours: hours ?? 1, runs, folder, progress });
    case '7d':
      return compare({ part, ...week, hosts: hosts ?? 100, runs, folder, progress });
    case 'rounded':
      return roundedBytes({ hosts: hosts ?? 100, hours: hours ?? 4, folder, progress });
    default:
      return opening({ hosts: hosts ?? 1_000, folder, progress });
  }
}

/** One set of data in both stores. */
async function compare({ part, hosts, hours, stepMs = intervalMs, runs, folder, progress }) {
  const endMs = Math.floor(Date.now() / stepMs) * stepMs;
  const name = `store-${part}`;
  const plan = {
    ...{ hosts, runs, writes: stepMs > intervalMs ? 0 : 3 * runs, stepMs },
    // A little less than the longest time that samples are kept.
    ...{ endMs, startMs: endMs - hours * hour + (stepMs > intervalMs ? 4 * stepMs : 0) },
    folder: join(folder, name, 'hostcast'),
    database: 'bench',
  };
  const influxFolder = join(folder, name, 'influxdb');
  let influxd = await startInfluxd(influxFolder);
  try {
    await influxd.createDatabase(plan.database);
    progress(`store: loading ${hosts} hosts for ${hours} h into both`);
    const loaded = await apart(jobs, 'load', { ...plan, influx: influxd.url }, { onProgress: progress });
    const busy = await apart(jobs, 'askedOnce', { ...plan, influx: influxd.url, pid: influxd.pid });
    progress(`store: ${loaded.lines} lines; waiting until InfluxDB has merged its files`);
    const influxBytes = await settled(influxFolder, hosts * hours < 10 ? 1_000 : 16_000);
    const mostMemory = memoryMib(influxd.pid).most;
    // Started anew, so that what loading took is not in its memory; ours is as new.
    await influxd.stop();
    influxd = await startInfluxd(influxFolder);
    const asked = { ...plan, influx: influxd.url, pid: influxd.pid };
    progress('store: asking InfluxDB');
    const theirs = await apart(jobs, 'theirs', asked);
    progress('store: asking hostcast');
    const ours = await apart(jobs, 'ours', asked);
    for (const query of queriesOf(plan)) checkAnswers(query, ours, theirs);
    if (stepMs > intervalMs) return describeLong(plan, { loaded, ours, theirs });
    const written = hosts * linesPerHost * (plan.writes + warmUpTicks);
    const sealed = await apart(jobs, 'seal', plan);
    const bytes = {
      ours: sealed.samples / (loaded.lines + written),
      theirs: influxBytes / loaded.lines,
      cells: sealed.cells / (loaded.lines + written),
    };
    return describe(plan, hours, { loaded, busy, ours, theirs, bytes, mostMemory });
  } finally {
    await influxd.stop();
  }
}

function checkAnswers({ name, tolerance }, ours, theirs) {
  const difference = differenceOf(ours.queries[name].answer, theirs.queries[name].answer, tolerance);
  if (difference !== undefined)
    throw new Error(`${name}: hostcast and InfluxDB answer differently: ${difference}`);
}

const row = (name, goal, our, their) => [
  name,
  figure(our),
  figure(their),
  figure(our / their),
  atMost(our / their, goal),
];
const sameAnswers =
  'The answers of both were the same: to nine digits from samples, to nearly seven from cells, which keep no more.';
const head = ['', 'hostcast', 'InfluxDB', 'ratio', 'goal'];

const queryRows = (plan, ours, theirs) =>
  queriesOf(plan).map(({ name, goal }) =>
    row(`${name}, ms`, goal, median(ours.queries[name].times), median(theirs.queries[name].times)),
  );

/** Before anything was kept, or compiled. */
function firstTimes(plan, ours) {
  const asked = queriesOf(plan).map(({ name }) => `${name} ${figure(ours.queries[name].firstMs)}`);
  return `Asked for the first time, which is not counted, hostcast took (ms): ${asked.join('; ')}.`;
}

function describeLong(plan, { loaded, ours, theirs }) {
  return `### ${plan.hosts.toLocaleString('en')} hosts, 7 d with a sample every 10 min: ${loaded.lines.toLocaleString('en')} lines

${table(head, queryRows(plan, ours, theirs))}

${sameAnswers} ${firstTimes(plan, ours)}`;
}

function describe(plan, hours, { loaded, busy, ours, theirs, bytes, mostMemory }) {
  const rows = [
    row('write one tick, line protocol in, durable, ms', 0.5, median(ours.writes), median(theirs.writes)),
    ...queryRows(plan, ours, theirs),
    row('octets per line on disk, nothing rounded', 0.75, bytes.ours, bytes.theirs),
    row('memory after loading and the queries (RSS), MiB', 0.7, loaded.memory.resident, busy.resident),
    row('most memory while loading (RSS), MiB', 0.7, loaded.mostMemory, mostMemory),
    [
      'memory, started anew, after the queries alone (RSS), MiB',
      ...[ours.memory.resident, theirs.memory.resident].map(figure),
      figure(ours.memory.resident / theirs.memory.resident),
      '',
    ],
  ];
  const lines = loaded.lines.toLocaleString('en');
  const slices = loaded.sliceMs
    ? ` Sealing while loading: slices of ${figure(loaded.sliceMs.p99)} ms (p99), ${figure(loaded.sliceMs.most)} ms at most.`
    : '';
  return `### ${plan.hosts.toLocaleString('en')} hosts, ${hours} h: ${lines} lines

${table(head, rows)}

${sameAnswers} ${firstTimes(plan, ours)} Opening with these data took hostcast ${figure(ours.openMs)} ms; most memory
it ever had: ${figure(ours.memoryAfterWrites.most)} MiB. Cells of a minute and of ten minutes: ${figure(bytes.cells)} octets per line
besides.${slices}`;
}

/** What is on the disk with `store.percent-decimals`; InfluxDB has all of them. */
async function roundedBytes({ hosts, hours, folder, progress }) {
  const blockMs = 4 * hour;
  const endMs = Math.floor(Date.now() / blockMs) * blockMs;
  const [place, influxFolder] = ['hostcast', 'influxdb'].map((name) => join(folder, 'store-rounded', name));
  const plan = {
    hosts,
    startMs: endMs - hours * hour,
    endMs,
    folder: place,
    database: 'bench',
    percentDecimals: 2,
  };
  const influxd = await startInfluxd(influxFolder);
  try {
    await influxd.createDatabase(plan.database);
    progress(
      `store: loading ${hosts} hosts for ${hours} h, rounded, into hostcast, and as they are into InfluxDB`,
    );
    const { lines } = await apart(jobs, 'load', { ...plan, influx: influxd.url }, { onProgress: progress });
    const theirs = (await settled(influxFolder, hosts * hours < 10 ? 1_000 : 16_000)) / lines;
    const { samples } = await apart(jobs, 'seal', plan);
    return `### ${hosts.toLocaleString('en')} hosts, ${hours} h: ${lines.toLocaleString('en')} lines

${table(head, [row('octets per line on disk, percentages rounded by hostcast alone', 0.4, samples / lines, theirs)])}`;
  } finally {
    await influxd.stop();
  }
}

/** The logs of a full window and of the time until it is sealed: as long as opening can take. */
async function opening({ hosts, folder, progress }) {
  progress(`store: opening with the logs of ${hosts} hosts`);
  const startMs = Math.floor(Date.now() / windowMs) * windowMs - windowMs;
  const place = join(folder, 'opening');
  const { lines } = await apart(jobs, 'load', {
    hosts,
    startMs,
    endMs: startMs + 1.25 * windowMs - intervalMs,
    folder: place,
  });
  const times = [];
  for (let run = 0; run < 3; run += 1) times.push(await apart(jobs, 'open', { folder: place }));
  const seconds = median(times) / 1_000;
  return `### Opening

${table(
  ['', 'measured', 'goal'],
  [
    [
      `opening after the worst moment to be stopped, ${hosts.toLocaleString('en')} hosts: ` +
        `logs of 25 min, ${lines.toLocaleString('en')} lines, ${figure(folderBytes(place) / 1e6)} MB; s`,
      figure(seconds),
      atMost(seconds, 2),
    ],
  ],
)}`;
}

/** The octets of a folder once they have not changed for a while. */
async function settled(folder, quietMs) {
  let [bytes, sinceMs] = [0, Date.now()];
  const endMs = sinceMs + 240_000;
  while (Date.now() < endMs && Date.now() - sinceMs < quietMs) {
    const now = folderBytes(folder);
    if (now !== bytes) [bytes, sinceMs] = [now, Date.now()];
    await delay(500);
  }
  return bytes;
}
