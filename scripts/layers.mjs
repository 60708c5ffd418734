// The map of the house, and the check that the code keeps to it. Rooms stand from the ground up and data goes
// one way: a room may use only what is named behind it. A room is a folder of a package's src, or a file that
// stands directly in it (by its name without .ts). Imports of types count too.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { root, say } from './workspace.mjs';

const house = {
  'packages/stomp': {
    addresses: [],
    clock: [],
    errors: [],
    kinds: [],
    maybePromise: [],
    codec: ['errors'],
    message: ['codec', 'errors', 'kinds'],
    interceptor: ['message', 'maybePromise'],
    events: ['errors', 'kinds', 'maybePromise', 'message'],
    options: ['addresses', 'clock', 'codec', 'kinds', 'message', 'maybePromise'],
    rememberingLast: [],
    passage: ['errors', 'interceptor', 'message', 'maybePromise'],
    channel: ['interceptor', 'kinds', 'message', 'maybePromise', 'passage'],
    outboundFrame: ['codec'],
    turn: ['clock', 'maybePromise'],
    wheel: [],
    runningClock: ['clock', 'turn', 'wheel'],
    broker: ['clock', 'codec', 'errors', 'maybePromise', 'message', 'options', 'outboundFrame', 'turn'],
    publisher: ['broker', 'channel', 'message', 'maybePromise'],
    localSubscription: ['broker', 'channel', 'errors', 'interceptor', 'message', 'passage'],
    transport: [
      ...['addresses', 'clock', 'errors', 'interceptor', 'maybePromise', 'options', 'outboundFrame'],
      ...['kinds', 'rememberingLast', 'turn'],
    ],
    traffic: ['codec', 'message', 'outboundFrame'],
    inbox: ['clock', 'codec', 'traffic', 'turn'],
    outboxOwner: ['channel', 'clock', 'message', 'traffic'],
    outbox: ['message', 'outboundFrame', 'outboxOwner', 'transport', 'turn'],
    outbound: ['channel', 'message', 'outboundFrame', 'outbox'],
    connect: ['codec', 'errors', 'message', 'options', 'maybePromise', 'rememberingLast'],
    replies: ['codec', 'connect', 'errors', 'message', 'outbound', 'outboundFrame', 'outbox', 'transport'],
    sessionTimers: ['codec', 'errors', 'options', 'outbox', 'runningClock', 'transport', 'wheel'],
    acknowledgement: ['codec', 'errors', 'message'],
    unacknowledged: [],
    transactions: ['clock', 'errors', 'maybePromise', 'message', 'turn'],
    destinations: ['broker', 'errors', 'message'],
    sources: ['broker', 'message', 'outboundFrame', 'outbox'],
    subscription: [
      'acknowledgement',
      'broker',
      'clock',
      'message',
      'options',
      'outbound',
      'outboundFrame',
      'sources',
      'unacknowledged',
    ],
    subscriptions: [
      ...['acknowledgement', 'broker', 'clock', 'events', 'message', 'options', 'outbound', 'subscription'],
      ...['turn'],
    ],
    sessions: ['addresses', 'errors', 'message'],
    stats: ['broker', 'clock', 'codec', 'errors', 'events', 'message', 'traffic'],
    sessionContext: [
      ...['broker', 'channel', 'connect', 'events', 'maybePromise', 'message', 'options', 'runningClock'],
      ...['sessions', 'traffic', 'turn'],
    ],
    phase: ['errors'],
    session: [
      ...['codec', 'connect', 'errors', 'inbox', 'maybePromise', 'message', 'outbound', 'outboxOwner'],
      ...['phase', 'replies'],
      ...['sessionContext', 'sessionTimers', 'subscriptions', 'traffic', 'transactions', 'transport'],
    ],
    commands: [
      ...['acknowledgement', 'broker', 'channel', 'codec', 'destinations', 'errors', 'message', 'options'],
      ...['session', 'maybePromise', 'subscriptions', 'transactions'],
    ],
    server: [
      ...['errors', 'maybePromise', 'message', 'interceptor', 'events', 'options', 'channel', 'broker'],
      ...['connect', 'kinds', 'publisher'],
      ...[
        'localSubscription',
        'runningClock',
        'transport',
        'session',
        'sessionContext',
        'sessions',
        'turn',
        'commands',
        'stats',
        'traffic',
      ],
    ],
    index: [
      ...['addresses', 'broker', 'clock', 'codec', 'commands', 'errors', 'events', 'interceptor'],
      ...['localSubscription', 'message', 'options', 'outboundFrame', 'server', 'stats', 'transport'],
    ],
    testing: ['clock', 'codec', 'outboundFrame', 'transport'],
  },
  'packages/tsdb': {
    point: [],
    errors: [],
    disk: [],
    rows: [],
    codec: [],
    checkPoint: ['point'],
    series: ['point'],
    batch: ['checkPoint', 'point', 'series'],
    options: ['disk', 'point'],
    claimFile: [],
    lock: ['claimFile', 'errors'],
    meta: ['disk', 'errors'],
    cellSpace: [],
    packedRows: ['cellSpace'],
    head: ['cellSpace', 'packedRows', 'rows', 'series'],
    target: ['batch', 'head', 'series'],
    log: ['cellSpace', 'codec', 'disk', 'errors', 'head', 'point', 'series', 'target'],
    snapshot: ['disk', 'errors', 'meta', 'log'],
    parts: ['head', 'rows', 'series', 'log'],
    samples: ['parts', 'rows', 'series'],
    segment: ['codec', 'disk', 'options', 'parts', 'point', 'rows', 'series'],
    seal: ['segment', 'disk', 'head', 'series'],
    tier: ['segment', 'codec', 'options', 'parts', 'point', 'rows', 'samples', 'series'],
    retention: ['parts', 'segment', 'tier'],
    maintenance: ['parts', 'retention', 'seal', 'segment', 'tier'],
    folder: [
      ...['disk', 'errors', 'head', 'lock', 'maintenance', 'meta', 'options', 'parts', 'segment', 'series'],
      ...['snapshot', 'tier', 'log'],
    ],
    append: [
      ...['batch', 'checkPoint', 'errors', 'folder', 'options', 'parts', 'point', 'series', 'target', 'tier'],
      'log',
    ],
    recall: ['parts', 'samples', 'segment', 'series', 'tier'],
    query: ['parts', 'point', 'recall', 'rows', 'samples', 'series', 'tier'],
    database: ['append', 'batch', 'errors', 'folder', 'options', 'point', 'query', 'series', 'tier'],
    index: [
      ...[
        'append',
        'batch',
        'checkPoint',
        'claimFile',
        'database',
        'disk',
        'errors',
        'lock',
        'options',
        'point',
        'snapshot',
        'tier',
      ],
    ],
  },
  'packages/hostcast': {
    clock: [],
    namePattern: [],
    metrics: ['namePattern'],
    commandLine: [],
    version: [],
    config: ['commandLine', 'metrics', 'version', 'commander', 'smol-toml'],
    lineProtocol: ['@hostcast/tsdb'],
    store: ['clock', 'commandLine', 'config', 'metrics', 'lineProtocol', '@hostcast/tsdb', 'pino'],
    publish: ['clock', 'metrics', 'store', '@hostcast/tsdb', 'pino'],
    interceptors: ['@hostcast/stomp', 'pino'],
    network: ['@hostcast/stomp', 'fastify', '@fastify/helmet', 'rate-limiter-flexible'],
    security: ['namePattern', 'network', 'publish', '@hostcast/stomp', 'fastify', 'pino'],
    accounts: ['security', 'zod', '@hostcast/tsdb'],
    login: [
      ...['accounts', 'clock', 'config', 'network', 'security'],
      ...['@hostcast/stomp', 'fastify', 'jose', 'pino', 'zod'],
    ],
    ingest: [
      ...[
        'clock',
        'lineProtocol',
        'security',
        'store',
        '@hostcast/stomp',
        '@hostcast/tsdb',
        'fastify',
        'pino',
      ],
    ],
    agent: ['clock', 'pino'],
    collect: ['clock', 'ingest', 'lineProtocol', '@hostcast/tsdb', 'pino'],
    sessions: ['clock', 'security', '@hostcast/stomp'],
    telemetry: ['clock', 'ingest', 'publish', 'security', 'store', '@hostcast/stomp', 'prom-client'],
    http: ['fastify', 'pino'],
    api: [
      ...['accounts', 'clock', 'login', 'metrics', 'network', 'publish', 'security', 'sessions', 'store'],
      ...['telemetry', '@hostcast/stomp', 'fastify', 'zod'],
    ],
    listen: ['config', '@hostcast/stomp', 'fastify'],
    broker: [
      ...['config', 'interceptors', 'network', 'publish', 'security', 'sessions'],
      ...['@hostcast/stomp', 'pino'],
    ],
    web: ['config', 'fastify', '@fastify/static'],
    server: [
      ...[
        'clock',
        'config',
        'metrics',
        'store',
        'ingest',
        'collect',
        'publish',
        'interceptors',
        'accounts',
        'login',
        'network',
        'security',
        'sessions',
        'telemetry',
        'http',
        'api',
        'listen',
        'broker',
        'version',
      ],
      ...['web', '@hostcast/stomp', 'fastify', 'pino'],
    ],
    telegrafSnippet: [],
    startText: ['accounts', 'config', 'security', 'telegrafSnippet'],
    backup: ['accounts', 'config', 'lineProtocol', 'version', '@hostcast/tsdb', 'tar'],
    cli: [
      ...[
        'accounts',
        'agent',
        'backup',
        'collect',
        'commandLine',
        'config',
        'login',
        'security',
        'server',
        'startText',
      ],
      ...['@hostcast/tsdb', 'commander', 'pino', 'pino-pretty'],
    ],
    main: ['cli', 'config'],
    index: ['config', 'server'],
  },
  'packages/page': {
    router: ['preact', '@preact/signals'],
    names: ['preact'],
    stomp: [],
    preference: ['@preact/signals'],
    format: ['preference', 'hostcast'],
    texts: ['format', 'preference', 'hostcast', '@preact/signals'],
    times: ['preference', 'texts', '@preact/signals'],
    theme: ['preference', 'hostcast', '@preact/signals'],
    live: ['hostcast', 'stomp', 'preact', '@preact/signals'],
    parts: [
      ...['format', 'live', 'names', 'texts', 'theme', 'hostcast', 'preact', 'router', '@preact/signals'],
    ],
    plot: [],
    charts: [
      'format',
      'live',
      'names',
      'parts',
      'texts',
      'theme',
      'times',
      'hostcast',
      'preact',
      '@preact/signals',
      'plot',
    ],
    login: ['live', 'parts', 'texts', 'preact', '@preact/signals'],
    style: [],
    onboarding: ['format', 'live', 'login', 'names', 'parts', 'style', 'texts', 'hostcast', 'preact'],
    find: ['format', 'live', 'login', 'names', 'parts', 'style', 'texts', 'preact'],
    diagnosis: ['format', 'live', 'login', 'names', 'parts', 'texts', 'preact'],
    bar: [
      ...[
        'diagnosis',
        'find',
        'format',
        'onboarding',
        'parts',
        'texts',
        'theme',
        'times',
        'preact',
        'router',
      ],
      '@preact/signals',
    ],
    fleet: [
      'onboarding',
      'format',
      'live',
      'login',
      'names',
      'parts',
      'texts',
      'times',
      'hostcast',
      'preact',
      'router',
      '@preact/signals',
    ],
    host: [
      ...[
        'charts',
        'fleet',
        'format',
        'live',
        'names',
        'parts',
        'style',
        'texts',
        'times',
        'hostcast',
        'preact',
        'router',
      ],
      ...['@preact/signals'],
    ],
    connections: [
      ...[
        'format',
        'live',
        'names',
        'parts',
        'style',
        'texts',
        'times',
        'hostcast',
        'preact',
        '@preact/signals',
      ],
    ],
    App: ['bar', 'connections', 'fleet', 'host', 'login', 'parts', 'texts', 'router'],
    main: ['App', 'live', 'login', 'parts', 'style', 'texts', 'preact'],
  },
};

const faults = [];
for (const [folder, rooms] of Object.entries(house)) {
  checkMap(folder, rooms);
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

/** The map goes from the ground up: behind a room stand only rooms that were named before it, so no circle. */
function checkMap(folder, rooms) {
  const below = new Set();
  for (const [room, allowed] of Object.entries(rooms)) {
    for (const used of allowed) {
      if (used in rooms && !below.has(used))
        faults.push(`the map: ${folder} "${room}" uses "${used}", which is not below it`);
    }
    below.add(room);
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
