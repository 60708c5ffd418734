// `npm run bench:fanout`: one tick to many viewers, hostcast's STOMP server beside others on this machine in turn. How to read
// it: bench/README.md; the goals stand in the tables.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildStale, fail, root, say } from '../scripts/workspace.mjs';
import { availableServers, pins, startLoad } from './fanout/servers.mjs';
import { insert, machine } from './support/document.mjs';
import { atLeast, atMost, figure, median, table } from './support/figures.mjs';
import { workFolder } from './support/resources.mjs';

const options = {
  help: { type: 'boolean', short: 'h' },
  write: { type: 'boolean' },
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '1' },
};
const help = `npm run bench:fanout -- [part …] [--rounds 5] [--seconds 1] [--write]

Parts: thousand, tenThousand, topics, slow, idle; all of them where none is named.
--rounds   every server has its turn in each round; ratios are made within a round, and their middle counts
--seconds  that each figure of a round is measured
--write    put the tables into docs/benchmarks.md

Peers from npm (stomp-broker-js, uwebsockets) are installed into bench/fanout/peers. Used where they are there: RabbitMQ
(apt-get install rabbitmq-server), a C compiler (apt-get install gcc libc6-dev), taskset.`;

/** What is asked of 1,000 viewers: octets of the body, and how many ticks are under way. */
const thousandCases = [
  ...[200, 2_000, 20_000].map((bytes) => ({ bytes, ahead: 1 })),
  { bytes: 2_000, ahead: 2 },
  ...[200, 2_000].map((bytes) => ({ bytes, ahead: 8 })),
];
const tenThousandCases = [
  { bytes: 2_000, ahead: 1 },
  { bytes: 2_000, ahead: 2 },
];

const parts = { thousand, tenThousand, topics, slow, idle };
const { values, positionals } = readArguments();
if (values.help) {
  say(help);
  process.exit(0);
}
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
buildStale();
installPeers();
const { servers, missing } = availableServers(workFolder());

const texts = [];
for (const [name, why] of Object.entries(missing)) texts.push(`Without ${name}: ${why}.`);
if (!pins) texts.push('Nothing is pinned to a core: server and clients take each other’s time.');
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) texts.push(await parts[name]());
say(`\n${machine()}\n\n${texts.join('\n\n')}\n`);
if (values.write) insert('fanout', `${machine()} ${rounds} rounds.\n\n${texts.join('\n\n')}`);
process.exit(0);

/** Ticks to 1,000 viewers, of several sizes, one or more under way. */
async function thousand() {
  const names = named(
    'hostcast',
    'hostcast, interceptor',
    'limit',
    'uWebSockets',
    'ws',
    'stomp-broker-js',
    'RabbitMQ',
  );
  const results = await inTurn('1,000 viewers', names, (name) => fanOut(name, 1_000, thousandCases));
  const rate = (name, index) => results.map((round) => round[name].figures[index].perSecond);
  const rows = names.map((name) => [
    name,
    ...thousandCases.map((_, index) => figure(median(rate(name, index)) / 1_000)),
    figure(median(results.map((round) => round[name].microseconds))),
  ]);
  const head = [
    '1,000 viewers, thousand deliveries/s',
    ...thousandCases.map(titleOf),
    'µs of processor each, 2 KB',
  ];
  const ratios = [
    ...[
      [0, 1.5],
      [1, 3],
      [2, 3.5],
    ].map(([index, goal]) => ['stomp-broker-js', index, goal]),
    ['RabbitMQ', 1, 7.5],
    ['limit', 1, 0.8],
    ['stomp-broker-js', 3, 6],
    ['limit', 4, 3.5],
    ['limit', 5, 3.5],
  ].filter(([peer]) => names.includes(peer));
  const lines = ratios.map(([peer, index, goal]) =>
    ratioLine(
      `1,000 viewers, ${titleOf(thousandCases[index])}: hostcast ÷ ${peer}`,
      results,
      goal,
      (round) => round.hostcast.figures[index].perSecond / round[peer].figures[index].perSecond,
    ),
  );
  lines.push(
    ratioLine(
      'with a no-op outbound interceptor ÷ without, 2 KB',
      results,
      0.9,
      (round) => round['hostcast, interceptor'].figures[1].perSecond / round.hostcast.figures[1].perSecond,
    ),
  );
  return `${table(head, rows)}\n\n${table(['ratio', 'middle of the rounds', 'goal'], lines)}`;
}

/** The same with 10,000, how quickly they are back, and what they take of memory. */
async function tenThousand() {
  const names = named('hostcast', 'limit', 'uWebSockets', 'ws', 'stomp-broker-js');
  const results = await inTurn('10,000 viewers', names, (name) => fanOut(name, 10_000, tenThousandCases));
  const rows = names.map((name) => [
    name,
    ...tenThousandCases.map((_, index) =>
      figure(median(results.map((round) => round[name].figures[index].perSecond)) / 1_000),
    ),
    figure(median(results.map((round) => round[name].figures[0].lastP50))),
    figure(median(results.map((round) => round[name].connectsPerSecond))),
    figure(median(results.map((round) => round[name].kibEach))),
  ]);
  const head = [
    '10,000 viewers',
    ...tenThousandCases.map((each) => `thousand deliveries/s, ${titleOf(each)}`),
    'last viewer has a tick after, ms',
    'connects/s with CONNECT and SUBSCRIBE',
    'KiB each',
  ];
  const ratio = (goal, title, of) => ratioLine(title, results, goal, of);
  const perSecond = (round, name, index) => round[name].figures[index].perSecond;
  const lines = [
    ratio(
      2.3,
      '10,000 viewers, 2 KB, 1 under way: hostcast ÷ stomp-broker-js',
      (round) => perSecond(round, 'hostcast', 0) / perSecond(round, 'stomp-broker-js', 0),
    ),
    ...(names.includes('limit')
      ? [
          ratio(
            0.8,
            '10,000 viewers, 2 KB, 1 under way: hostcast ÷ limit',
            (round) => perSecond(round, 'hostcast', 0) / perSecond(round, 'limit', 0),
          ),
        ]
      : []),
    ratio(
      1,
      'connects/s: hostcast ÷ stomp-broker-js',
      (round) => round.hostcast.connectsPerSecond / round['stomp-broker-js'].connectsPerSecond,
    ),
    ...(await stormOfRabbit(results)),
  ];
  const each = median(results.map((round) => round.hostcast.kibEach));
  lines.push(['memory of a subscribed connection, KiB', figure(each), atMost(each, 8)]);
  return `${table(head, rows)}\n\n${table(['ratio', 'middle of the rounds', 'goal'], lines)}`;
}

/** RabbitMQ takes half a minute for what others do in a second: 2,000 connections, once. */
async function stormOfRabbit(results) {
  if (!servers.RabbitMQ) return [];
  progress('connects to RabbitMQ');
  const { connectsPerSecond } = await withServer('RabbitMQ', (server, load) => connect(server, load, 2_000));
  const ratio = median(results.map((round) => round.hostcast.connectsPerSecond)) / connectsPerSecond;
  return [['connects/s: hostcast ÷ RabbitMQ (2,000, once)', figure(ratio), atLeast(ratio, 18)]];
}

/** 5,000 viewers of 500 topics, 64 messages under way. */
async function topics() {
  const names = named('hostcast', 'limit', 'uWebSockets', 'ws', 'stomp-broker-js');
  const results = await inTurn('500 topics', names, (name) =>
    withServer(name, async (server, load) => {
      await connect(server, load, 5_000, { topics: 500 });
      await load.order('publish', { bytes: 200, ahead: 64, seconds: 0.5, topics: 500 });
      return await load.order('publish', { bytes: 200, ahead: 64, seconds, topics: 500 });
    }),
  );
  const rows = names.map((name) => [
    name,
    figure(median(results.map((round) => round[name].perSecond)) / 1_000),
  ]);
  const line = ratioLine(
    'hostcast ÷ stomp-broker-js',
    results,
    15,
    (round) => round.hostcast.perSecond / round['stomp-broker-js'].perSecond,
  );
  return `${table(['500 topics of 10 viewers, 200 B, 64 messages under way', 'thousand deliveries/s'], rows)}\n\n${table(['ratio', 'middle of the rounds', 'goal'], [line])}`;
}

/** A tick of 2 KB every 20 ms to 1,000 viewers, of whom a tenth reads nothing. */
async function slow() {
  const measure = (every) =>
    withServer('hostcast', async (server, load) => {
      await connect(server, load, 1_000);
      if (every !== undefined) await load.order('stop', { every });
      await load.order('publish', { bytes: 2_000, ahead: 1, seconds: 1, everyMs: 20 });
      return await load.order('publish', { bytes: 2_000, ahead: 1, seconds: 5 * seconds, everyMs: 20 });
    });
  const results = [];
  for (let round = 0; round < rounds; round++) {
    progress(`slow viewers, round ${round + 1}`);
    results.push({ all: await measure(), rest: await measure(10) });
  }
  const of = (name) => median(results.map((round) => round[name].lastP99));
  const moved = median(results.map(({ all, rest }) => rest.lastP99 - all.lastP99));
  return table(
    ['1,000 viewers, 2 KB every 20 ms: the last viewer that reads has a tick after', 'p99, ms', 'goal'],
    [
      ['all read', figure(of('all')), ''],
      ['a tenth reads nothing', figure(of('rest')), ''],
      ['moved by', figure(Math.max(0, moved)), atMost(moved, 20)],
    ],
  );
}

/** 10,000 viewers to whom nothing is published: heart-beats of 10 s both ways. */
async function idle() {
  const shares = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    progress(`10,000 idle viewers, round ${round + 1}`);
    const share = await withServer('hostcast', async (server, load) => {
      await connect(server, load, 10_000, { heartbeat: '10000,10000' });
      await load.order('idle', { seconds: 2 });
      const before = server.cpuSeconds();
      await load.order('idle', { seconds: 20 });
      return (server.cpuSeconds() - before) / 20;
    });
    shares.push(share * 100);
  }
  const share = median(shares);
  return table(
    ['10,000 idle viewers, heart-beats of 10 s both ways', '% of a core', 'goal'],
    [['hostcast', figure(share), atMost(share, 3, ' %')]],
  );
}

/** Gives every server its turn in every round. */
async function inTurn(title, names, act) {
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const figures = {};
    for (const name of names) {
      progress(`${title}, round ${round + 1} of ${rounds}: ${name}`);
      figures[name] = await act(name);
    }
    results.push(figures);
  }
  return results;
}

function fanOut(name, count, cases) {
  return withServer(name, async (server, load) => {
    const emptyMib = server.residentMib();
    const { connectsPerSecond } = await connect(server, load, count);
    const kibEach = ((server.residentMib() - emptyMib) * 1_024) / count;
    await load.order('publish', { bytes: 2_000, ahead: 1, seconds: 0.5 });
    const figures = [];
    let microseconds = 0;
    for (const each of cases) {
      const before = server.cpuSeconds();
      const result = await load.order('publish', { ...each, seconds });
      if (each.bytes === 2_000 && each.ahead === 1) {
        microseconds = ((server.cpuSeconds() - before) / result.deliveries) * 1e6;
      }
      figures.push(result);
    }
    return { figures, microseconds, connectsPerSecond, kibEach };
  });
}

async function connect({ port, path, hasReceipts }, load, count, more = {}) {
  const { seconds: took } = await load.order('open', { port, path, count, hasReceipts, ...more });
  return { connectsPerSecond: count / took };
}

async function withServer(name, act) {
  const { start, hasReceipts = true } = servers[name];
  const server = { ...(await start()), hasReceipts };
  const load = startLoad();
  try {
    return await act(server, load);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  } finally {
    await load.stop();
    await server.stop();
  }
}

function ratioLine(title, results, goal, of) {
  const ratio = median(results.map(of));
  return [title, figure(ratio), atLeast(ratio, goal)];
}

function named(...names) {
  return names.filter((name) => servers[name] !== undefined);
}

function titleOf({ bytes, ahead }) {
  const size = bytes < 1_000 ? `${bytes} B` : `${bytes / 1_000} KB`;
  return `${size}, ${ahead} under way`;
}

function installPeers() {
  const folder = join(root, 'bench/fanout/peers');
  if (existsSync(join(folder, 'node_modules/uwebsockets'))) return;
  say('Installing the peers from npm (250 MB: uwebsockets holds a program for each system) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) fail('the peers could not be installed: see above');
}

function readArguments() {
  try {
    const given = parseArgs({ options, allowPositionals: true });
    const unknown = given.positionals.find((name) => !(name in parts));
    if (unknown !== undefined) fail(`there is no part ${unknown}: ${Object.keys(parts).join(', ')}`);
    for (const name of ['rounds', 'seconds']) {
      if (!(Number(given.values[name]) > 0)) fail(`--${name} ${given.values[name]} is not a number above 0`);
    }
    return given;
  } catch (error) {
    return fail(`${error.message}\n\n${help}`);
  }
}

/** Progress goes to stderr, so that the tables can be kept. */
function progress(text) {
  process.stderr.write(`… ${text}\n`);
}
