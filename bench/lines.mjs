// Line protocol: how fast it is read. Peers: influxd, with and without storing, and the naive way in JavaScript.
import { join } from 'node:path';
import { createLineParser } from '../packages/hostcast/dist/lineProtocol/parser.js';
import { apart } from './support/apart.mjs';
import { atLeast, atMost, figure, median, table, timed } from './support/figures.mjs';
import { Fleet, intervalMs, linesPerHost } from './support/fleet.mjs';
import { startInfluxd } from './support/influxd.mjs';
import { cpuSeconds } from './support/processes.mjs';

export const about = 'line protocol: MB/s, lines/s, fields/s, and a tick of 1,000 hosts';

const ticks = 10;
/** As bodies come and go: in chunks of HTTP, in batches to the store. */
const chunkBytes = 64 * 1_024;
const batchPoints = 5_000;

export async function run({ hosts = 1_000, runs = 5, folder, progress }) {
  progress(`lines: ${ticks} ticks of ${hosts} hosts, parsed ${runs} times`);
  const ours = [];
  const naive = [];
  for (let index = 0; index < runs; index += 1) {
    ours.push(await apart(import.meta.filename, 'parse', { hosts }));
    naive.push(await apart(import.meta.filename, 'parseNaively', { hosts }));
  }
  const rows = [
    ['**hostcast**, whole bodies', ...best(ours, 'whole')],
    ['**hostcast**, chunks of 64 KiB', ...best(ours, 'chunked')],
    ['`split` at newline, space, comma, `=` (no escapes, no checks)', ...best(naive, 'whole')],
  ];
  progress('lines: influxd');
  rows.push(...(await influxRows(hosts, folder)));
  const tickMs = median(ours.map(({ tick }) => tick));
  const rate = median(ours.map(({ chunked }) => chunked.bytes / chunked.seconds / 1e6));
  const lines = (hosts * linesPerHost).toLocaleString('en');
  return `${table(['reader', 'MB/s per core', 'lines/s', 'fields/s'], rows)}

${table(
  ['figure', 'measured', 'goal'],
  [
    ['reading in chunks, MB/s per core', figure(rate), atLeast(rate, 100)],
    [
      `a tick of ${hosts.toLocaleString('en')} hosts (${lines} lines) in chunks and batches, ms`,
      figure(tickMs),
      atMost(tickMs, 50),
    ],
  ],
)}`;
}

/** Our parser: seconds for all ticks in whole bodies and in chunks, and ms for one tick, the code compiled. */
export async function parse({ hosts }) {
  const bodies = makeBodies(hosts);
  const count = (pieceBytes) => {
    const total = { bytes: 0, lines: 0, fields: 0 };
    for (const body of bodies) {
      const parser = createLineParser({ receivedMs: 0 });
      for (let start = 0; start < body.length; start += pieceBytes) {
        parser.push(body.subarray(start, start + pieceBytes));
        total.lines += countFields(parser.take(), total);
      }
      parser.end();
      total.lines += countFields(parser.take(), total);
      if (parser.errorCount > 0) throw new Error(`a line was refused: ${parser.errors[0].reason}`);
      total.bytes += body.length;
    }
    return total;
  };
  const whole = await measured(() => count(Number.POSITIVE_INFINITY));
  const chunked = await measured(() => count(chunkBytes));
  if (whole.lines !== hosts * linesPerHost * ticks) throw new Error(`${whole.lines} lines were read`);
  const tick = await timed(7, () => {
    const parser = createLineParser({ receivedMs: 0 });
    let batch = [];
    for (let start = 0; start < bodies[0].length; start += chunkBytes) {
      parser.push(bodies[0].subarray(start, start + chunkBytes));
      batch = batch.concat(parser.take());
      if (batch.length >= batchPoints) batch = [];
    }
    parser.end();
  });
  return { whole, chunked, tick: median(tick) };
}

/** What one writes in five minutes, wrong for every line that holds an escape or a space in a string. */
export async function parseNaively({ hosts }) {
  const bodies = makeBodies(hosts);
  const read = (line) => {
    const [series, fields, ...rest] = line.split(' ');
    const [measurement, ...tags] = series.split(',');
    return {
      measurement,
      tags: tags.map((tag) => tag.split('=')),
      fields: fields.split(',').map((field) => {
        const [name, value] = field.split('=');
        return { name, value: value.startsWith('"') ? value : Number.parseFloat(value) };
      }),
      timeMs: Number(rest.at(-1)) / 1e6,
    };
  };
  const whole = await measured(() => {
    const total = { bytes: 0, lines: 0, fields: 0 };
    for (const body of bodies) {
      const points = body
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map(read);
      total.bytes += body.length;
      total.lines += countFields(points, total);
    }
    return total;
  });
  return { whole };
}

async function influxRows(hosts, folder) {
  const influxd = await startInfluxd(join(folder, 'lines'));
  try {
    await influxd.query('CREATE DATABASE parsed WITH DURATION 1h');
    await influxd.createDatabase('stored');
    const old = makeBodies(hosts, Date.now() - 30 * 86_400_000);
    const recent = makeBodies(hosts, Date.now() - ticks * intervalMs);
    // Points beyond the retention policy are parsed and then dropped; the answer says so.
    const parsed = await influxCost(influxd, old, (body) =>
      influxd.write(body, 'parsed').catch(mustBeDropped),
    );
    const stored = await influxCost(influxd, recent, (body) => influxd.write(body, 'stored'));
    return [
      ['influxd `/write`, points too old to be stored: reads only', ...rates(parsed)],
      ['influxd `/write`: reads, stores, syncs', ...rates(stored)],
    ];
  } finally {
    await influxd.stop();
  }
}

function mustBeDropped(error) {
  if (!/beyond retention policy/.test(error.message)) throw error;
}

/** Per second of influxd's processor time: it uses several cores. */
async function influxCost(influxd, bodies, write) {
  await write(bodies[0]);
  const before = cpuSeconds(influxd.pid);
  let bytes = 0;
  for (const body of bodies) {
    await write(body);
    bytes += body.length;
  }
  const perTick = countTick(bodies[0]);
  const seconds = cpuSeconds(influxd.pid) - before;
  return { bytes, lines: perTick.lines * bodies.length, fields: perTick.fields * bodies.length, seconds };
}

function countTick(body) {
  const parser = createLineParser({ receivedMs: 0 });
  parser.push(body);
  const total = { fields: 0 };
  return { lines: countFields(parser.take(), total), fields: total.fields };
}

function makeBodies(hosts, startMs = Date.now() - 86_400_000) {
  const fleet = new Fleet(hosts);
  const alignedMs = Math.floor(startMs / intervalMs) * intervalMs;
  return Array.from({ length: ticks }, (_, index) => fleet.tick(alignedMs + index * intervalMs));
}

function countFields(points, total) {
  for (const { fields } of points) total.fields += fields.length;
  return points.length;
}

/** What `act` counted, and the seconds it took when its code was compiled: the middle of three. */
async function measured(act) {
  const times = await timed(3, act, { warmUps: 2 });
  return { ...act(), seconds: median(times) / 1_000 };
}

const best = (results, key) => {
  const middle = (amount) => median(results.map((result) => result[key][amount] / result[key].seconds));
  return [figure(middle('bytes') / 1e6), figure(middle('lines')), figure(middle('fields'))];
};

const rates = ({ bytes, lines, fields, seconds }) => [
  figure(bytes / seconds / 1e6),
  figure(lines / seconds),
  figure(fields / seconds),
];
