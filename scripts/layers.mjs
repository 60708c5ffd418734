// The map of the house, and the check that the code keeps to it. Rooms stand from the ground up and data goes
// one way: a room may use only what is named behind it. A room is a folder of a package's src, or a file that
// stands directly in it (by its name without .ts). Imports of types count too.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { root, say } from './workspace.mjs';

const house = {
  'packages/stomp': {
    clock: [],
    errors: [],
    codec: ['errors'],
    maybePromise: [],
    message: ['codec'],
    interceptor: ['message'],
    channel: ['message', 'interceptor', 'errors', 'maybePromise'],
  },
  'packages/tsdb': {
    point: [],
  },
  'packages/hostcast': {
    clock: [],
    metrics: [],
    lineProtocol: ['@hostcast/tsdb'],
    store: ['metrics', 'lineProtocol', '@hostcast/tsdb'],
    ingest: ['clock', 'lineProtocol', 'store', '@hostcast/tsdb', 'fastify', 'pino'],
    collect: ['clock', 'lineProtocol', 'ingest', '@hostcast/tsdb', 'pino'],
    publish: ['clock', 'metrics', 'store', '@hostcast/tsdb', 'pino'],
    interceptors: ['@hostcast/stomp', 'pino'],
    api: ['publish', 'store', 'fastify', 'zod'],
    web: ['fastify', '@fastify/static'],
    config: ['commander'],
    startText: ['config'],
    server: [
      'clock',
      'config',
      'store',
      'ingest',
      'collect',
      'publish',
      'interceptors',
      'api',
      'web',
      '@hostcast/stomp',
      'fastify',
      'pino',
    ],
    main: ['config', 'server', 'startText', 'pino', 'pino-pretty'],
    index: ['config', 'server'],
  },
  'packages/page': {},
};

const faults = [];
for (const [folder, rooms] of Object.entries(house)) {
  const source = join(root, folder, 'src');
  for (const file of filesIn(source)) checkFile(folder, rooms, source, file);
}
for (const fault of faults) say(fault);
if (faults.length > 0) process.exit(1);
say('Every import goes the way the map says (scripts/layers.mjs).');

function checkFile(folder, rooms, source, file) {
  const room = roomOf(source, file);
  const where = relative(root, file);
  const allowed = rooms[room];
  if (allowed === undefined) {
    faults.push(`${where}: "${room}" is not on the map of ${folder}`);
    return;
  }
  for (const target of importsOf(file)) {
    if (target.startsWith('node:')) continue;
    const used = target.startsWith('.')
      ? roomOf(source, resolve(dirname(file), target))
      : packageName(target);
    if (used === room || allowed.includes(used)) continue;
    faults.push(`${where}: "${room}" may not use "${used}" (import of ${target})`);
  }
}

/** The first step of a file's path below src: its folder, or its own name. */
function roomOf(source, file) {
  return relative(source, file)
    .split(sep)[0]
    .replace(/\.tsx?$/, '');
}

/** Biome keeps imports in this form, one `from '…'` each. */
function importsOf(file) {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\b[^;'"]*?\bfrom\s+'([^']+)'/gm)];
  const bare = [...text.matchAll(/^import\s+'([^']+)'/gm), ...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return [...found, ...bare].map((match) => match[1]);
}

function packageName(target) {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}
