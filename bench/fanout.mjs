// `npm run bench:fanout`: one tick to many viewers, hostcast's STOMP server beside others on this machine in turn. How to read
// it: bench/README.md; the goals stand in the tables.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildStale, fail, root, say } from '../scripts/workspace.mjs';
import { startLoad, startNodeLoad } from './fanout/clients.mjs';
import {
  again,
  deflate,
  idle,
  ids,
  restart,
  roundsText,
  slow,
  tenThousand,
  thousand,
  topics,
} from './fanout/parts.mjs';
import { cMissing, pins } from './fanout/programs.mjs';
import { availableServers } from './fanout/servers.mjs';
import { Turns } from './fanout/turns.mjs';
import { insert, machine } from './support/document.mjs';
import { workFolder } from './support/resources.mjs';

const parts = { thousand, tenThousand, again, restart, topics, ids, deflate, slow, idle };
const options = {
  help: { type: 'boolean', short: 'h' },
  write: { type: 'boolean' },
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '0.6' },
};
const help = `npm run bench:fanout -- [part …] [--rounds 5] [--seconds 0.6] [--write]

Parts: ${Object.keys(parts).join(', ')}; all of them where none is named.
--rounds   every server has its turn in each round; ratios are made within a round, and their middle counts
--seconds  that each figure of a round is measured
--write    put the tables into docs/benchmarks.md; only with all parts

Peers from npm (stomp-broker-js, uwebsockets) are installed into bench/fanout/peers. Used where they are there: RabbitMQ
(apt-get install rabbitmq-server), a C compiler (apt-get install gcc libc6-dev; without it the clients are slower), taskset.`;

const { values, positionals } = readArguments();
if (values.help) {
  say(help);
  process.exit(0);
}
const rounds = Number(values.rounds);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
buildStale();
const folder = workFolder();
const { servers, missing } = availableServers(folder, installPeers());
const start = cMissing === undefined ? () => startLoad(folder) : startNodeLoad;
const turns = new Turns({ servers, startLoad: start, rounds, seconds: Number(values.seconds) });

const texts = [];
for (const [name, why] of Object.entries(missing)) texts.push(`Without ${name}: ${why}.`);
if (cMissing !== undefined) {
  texts.push(
    `Without clients in C: ${cMissing}. They are Node’s, which hold up the faster servers: those come out closer to ` +
      'the others than they are.',
  );
}
if (!pins) texts.push('Nothing is pinned to a core: server and clients take each other’s time.');
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  texts.push(await parts[name](turns));
}
say(`\n${machine()}\n\n${texts.join('\n\n')}\n`);
if (values.write) insert('fanout', `${machine()} ${roundsText(rounds)}\n\n${texts.join('\n\n')}`);
process.exit(0);

/** Returns why there are none, if so. */
function installPeers() {
  const folder = join(root, 'bench/fanout/peers');
  if (existsSync(join(folder, 'node_modules/uwebsockets'))) return undefined;
  say('Installing the peers from npm (250 MB: uwebsockets holds a program for each system) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
  return status === 0 ? undefined : 'could not be installed from npm';
}

function readArguments() {
  try {
    const given = parseArgs({ options, allowPositionals: true });
    const unknown = given.positionals.find((name) => !(name in parts));
    if (unknown !== undefined) fail(`there is no part ${unknown}: ${Object.keys(parts).join(', ')}`);
    if (given.values.write && given.positionals.length > 0)
      fail('--write takes no parts: the tables of all of them are written together');
    for (const name of ['rounds', 'seconds']) {
      if (!(Number(given.values[name]) > 0)) fail(`--${name} ${given.values[name]} is not a number above 0`);
    }
    return given;
  } catch (error) {
    return fail(`${error.message}\n\n${help}`);
  }
}
