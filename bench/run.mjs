// `npm run bench`: every table of docs/benchmarks.md, or the ones named. See that file, and `npm run bench -- --help`.
import { parseArgs } from 'node:util';
import { buildStale, fail, say } from '../scripts/workspace.mjs';
import { insert, machine } from './support/document.mjs';
import { influxdVersion } from './support/influxd.mjs';
import { workFolder } from './support/resources.mjs';

const stores = ['store-100', 'store-1000', 'store-7d', 'store-rounded', 'store-opening'];
const names = ['lines', ...stores, 'ingest', 'loop', 'viewers'];
const options = {
  help: { type: 'boolean', short: 'h' },
  write: { type: 'boolean' },
  hosts: { type: 'string' },
  hours: { type: 'string' },
  runs: { type: 'string' },
  seconds: { type: 'string' },
};
const help = `npm run bench -- [table …] [--hosts n] [--hours n] [--runs n] [--seconds n] [--write]

Tables: ${names.join(', ')}; all of them where none is named, and those of the store for "store".
--hosts, --hours, --runs, --seconds  other sizes than the table's own, for a quick look
--write                              put the tables into docs/benchmarks.md; only with their own sizes

It needs influxd (Debian: apt-get install influxdb), writes below ${process.env.TMPDIR ?? '/tmp'} and removes what it wrote.`;

const { values, positionals } = readArguments();
if (values.help) {
  say(help);
  process.exit(0);
}
const sizes = Object.fromEntries(
  ['hosts', 'hours', 'runs', 'seconds']
    .filter((name) => values[name] !== undefined)
    .map((name) => [name, sizeOf(name, values[name])]),
);
if (values.write && Object.keys(sizes).length > 0)
  fail('--write takes no other sizes: the tables name their own');
const version = influxdVersion() ?? fail('influxd is not installed: apt-get install influxdb');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
const given = positionals.flatMap((name) => (name === 'store' ? stores : [name]));
const wanted = given.length > 0 ? given : names;
buildStale();

say(`\n${machine(`influxd ${version}`)}\n`);
for (const name of wanted) {
  const startedMs = Date.now();
  const [module, part] = name.split('-');
  const { run, about } = await import(`./${module}.mjs`);
  say(`## ${name}: ${about}\n`);
  const text = await run({ ...sizes, part, folder: workFolder(), progress });
  say(`\n${text}\n\n(${Math.round((Date.now() - startedMs) / 1_000)} s)\n`);
  if (values.write) insert(name, `${machine(`influxd ${version}`)}\n\n${text}`);
}
process.exit(0);

function readArguments() {
  try {
    const given = parseArgs({ options, allowPositionals: true });
    const unknown = given.positionals.find((name) => name !== 'store' && !names.includes(name));
    if (unknown !== undefined) fail(`there is no table ${unknown}: ${names.join(', ')}`);
    return given;
  } catch (error) {
    return fail(`${error.message}\n\n${help}`);
  }
}

function sizeOf(name, text) {
  const size = Number(text);
  return size > 0 && Number.isFinite(size) ? size : fail(`--${name} ${text} is not a number above 0`);
}

/** Progress goes to stderr, so that the tables can be kept. */
function progress(text) {
  process.stderr.write(`… ${text}\n`);
}
