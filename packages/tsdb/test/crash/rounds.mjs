// Rounds of writing, killing, opening and checking, in one folder. Used by crash.integration.ts and bench/crash.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../dist/index.js';
import * as load from './load.mjs';

const writer = fileURLToPath(new URL('./writer.mjs', import.meta.url));

/**
 * One round after another, as `plan` says: `{ afterTicks }` kills from outside when so many are acknowledged,
 * `{ killAt: { operation, count, when } }` at one operation (or after 2,000 ticks, where there are fewer).
 * Throws where something acknowledged is missing or wrong, or something is there that nobody wrote.
 */
export async function crashRounds({ folder, durability, plan, onRound = () => {} }) {
  const total = {
    kills: 0,
    acknowledgedPoints: 0,
    readPoints: 0,
    unacknowledgedTicks: 0,
    tornLogs: 0,
    died: new Map(),
  };
  let next = 0;
  for (const step of plan) {
    const { acknowledged, diedAt } = await writeUntilKilled({ folder, durability, fromTick: next, step });
    const found = check(folder, durability, acknowledged);
    total.kills++;
    total.acknowledgedPoints += (acknowledged + 1 - next) * load.hosts;
    total.readPoints += found.points;
    total.unacknowledgedTicks += found.nextTick - acknowledged - 1;
    total.tornLogs += found.tornLogs;
    const kind = diedAt.replace(/ \/.*/, '').trim();
    total.died.set(kind, (total.died.get(kind) ?? 0) + 1);
    next = found.nextTick;
    onRound({ ...total, diedAt });
  }
  return total;
}

async function writeUntilKilled({ folder, durability, fromTick, step }) {
  const given = JSON.stringify({ folder, durability, fromTick, killAt: step.killAt });
  const child = spawn(process.execPath, [writer, given], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
  const lastTick = fromTick + (step.afterTicks ?? 2_000);
  let acknowledged = fromTick - 1;
  let diedAt = 'killed from outside';
  let rest = '';
  const ended = once(child, 'exit');
  for await (const text of child.stdout.setEncoding('utf8')) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (/^\d+$/.test(line)) acknowledged = Number(line);
      else diedAt = line;
    }
    if (acknowledged >= lastTick) child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${signal ?? code}`);
  return { acknowledged, diedAt };
}

/** Opens what the writer left and compares all that must be there with what was written. */
function check(folder, durability, acknowledged) {
  const events = [];
  const now = () => load.timeOf(acknowledged + 1);
  const database = openDatabase({
    ...load.options,
    folder,
    durability,
    now,
    onEvent: (event) => events.push(event),
  });
  try {
    const unexpected = events.filter(({ type }) => !['lock-taken-over', 'log-damaged'].includes(type));
    if (unexpected.length > 0) throw new Error(`opening told ${JSON.stringify(unexpected)}`);
    const all = database.read({}, 0, load.timeOf(1e9));
    let nextTick = acknowledged + 1;
    let points = 0;
    for (const samples of all) {
      nextTick = Math.max(nextTick, checkSeries(samples, acknowledged));
      points += samples.times.length;
    }
    if (acknowledged >= 0 && all.length !== load.hosts)
      throw new Error(`${all.length} of ${load.hosts} hosts are there`);
    checkMinutes(database, acknowledged);
    return { nextTick, points, tornLogs: events.filter(({ type }) => type === 'log-damaged').length };
  } finally {
    database.close();
  }
}

/** Cells of a minute and of ten are what the samples give that they were made from, also of those that are dropped. */
function checkMinutes(database, acknowledged) {
  for (const bucketMinutes of [1, 10]) {
    const ticks = bucketMinutes * 60;
    const count = Math.floor((acknowledged + 1) / ticks);
    const query = {
      startMs: load.start,
      toMs: load.timeOf(count * ticks),
      bucketMs: ticks * 1000,
      isCounter: () => false,
    };
    if (count === 0) continue;
    for (const { tags, columns } of database.buckets({ fields: ['counter'] }, query)) {
      const host = Number(tags[0][1].slice('host-'.length));
      columns.get('counter').forEach((mean, bucket) => {
        const middle = load.counterAt(host, bucket * ticks + (ticks - 1) / 2);
        if (Math.abs(mean - middle) > 1e-6)
          throw new Error(`host-${host}: bucket ${bucket} of ${bucketMinutes} min is ${mean}, not ${middle}`);
      });
    }
  }
}

/** Returns the tick after the last that is there: one may have been written and not acknowledged. */
function checkSeries({ tags, times, columns, texts }, acknowledged) {
  const host = Number(tags[0][1].slice('host-'.length));
  const kept = acknowledged - load.retentionTicks + load.windowTicks;
  let expected = Math.max(0, kept);
  const [counters, gauges, states] = [columns.get('counter'), columns.get('gauge'), texts.get('text')];
  times.forEach((timeMs, row) => {
    const tick = (timeMs - load.start) / 1000;
    const isRight =
      counters[row] === load.counterAt(host, tick) &&
      gauges[row] === load.gaugeAt(host, tick) &&
      states[row] === load.textAt(tick);
    if (!isRight) throw new Error(`host-${host} at tick ${tick} has other values than were written`);
    if (tick > expected)
      throw new Error(`host-${host} lacks tick ${expected}, acknowledged up to ${acknowledged}`);
    if (tick === expected) expected++;
  });
  if (expected <= acknowledged) throw new Error(`host-${host} lacks tick ${expected} of ${acknowledged}`);
  if (expected > acknowledged + 2)
    throw new Error(`host-${host} has tick ${expected - 1}, which nobody wrote`);
  return expected;
}
