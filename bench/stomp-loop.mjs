// How long the worst that clients may send within the default limits holds up everybody else: `npm run bench:loop`
// (after `npm run build`), or `npm run bench:loop -- COMMIT` for the rows whose names contain that. Each run is a new
// server in a process of its own, seen by a probe that asks in every round of the event loop how long ago it was there
// last. Printed is the longest such time in ms: of the processor, all threads of the process (the garbage collector
// and the compiler have their own), the middle of the runs; of the clock, the middle and the longest of the runs. The
// machine has other work too: the clock tells of it as well.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { createStompServer } from '@hostcast/stomp';

const runs = Number(process.env.RUNS ?? 5);
const encoder = new TextEncoder();

/** A client that reads everything at once and looks at nothing. */
class Sink {
  name = 'sink';
  remoteAddress;
  request = undefined;
  attributes = new Map();
  pendingBytes = 0;
  takenBytes = 0;
  frames = 0;
  isClosed = false;
  lastText = '';
  #listener;

  constructor(stomp, remoteAddress = '192.0.2.1') {
    this.remoteAddress = remoteAddress;
    stomp.accept(this);
    this.send('CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0');
  }

  send(octets) {
    this.#listener.received(typeof octets === 'string' ? encoder.encode(octets) : octets);
  }
  drop() {
    this.isClosed = true;
    this.#listener.closed(undefined);
  }
  listen(listener) {
    this.#listener = listener;
  }
  write({ bytes, frame }) {
    this.takenBytes += bytes.length;
    this.frames += 1;
    if (frame.command === 'ERROR') this.lastText = frame.headers.get('code');
  }
  beat() {}
  ping() {}
  pause() {}
  resume() {}
  close() {
    if (!this.isClosed) this.drop();
  }
  terminate() {
    this.close();
  }
}

const frame = (command, headers, body = '') =>
  `${command}\n${Object.entries(headers)
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')}\n${body}\0`;
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));
const text = (count, make) => many(count, make).join('');
const subscribe = (id, destination, headers = {}) => frame('SUBSCRIBE', { id, destination, ...headers });
const send = (destination, body = 'x', headers = {}) => frame('SEND', { destination, ...headers }, body);
/** Sinks, each address having as many as it may. */
const sinks = (stomp, count, greeting) =>
  many(count, (index) => {
    const sink = new Sink(stomp, `192.0.2.${1 + Math.floor(index / 1_000)}`);
    sink.send(typeof greeting === 'function' ? greeting(index) : greeting);
    return sink;
  });

const deep = `/topic${'/a'.repeat(63)}`;
/** So many segments that differ from those of the other indexes, and match only `a`s. */
const bits = (index, count) =>
  [...index.toString(2).padStart(count, '0')].map((bit) => (bit === '1' ? '/*' : '/a')).join('');
// Patterns that match nothing of `deep` but show it as late as they can.
const starPattern = (index) => `/topic${bits(index, 14)}${'/a'.repeat(48)}/b`;
const doubleStarPattern = (index) => `/topic/**${bits(index, 14)}${'/a'.repeat(17)}/b/**/a/**/a/**`;
/** Matches all of it, as late as it can. */
const matchingPattern = (index) => `/topic/**${bits(index, 14)}${'/a'.repeat(17)}/**/a/**/a/**/a`;
const patternSessions = (stomp, count, pattern) =>
  sinks(stomp, count, (session) => text(16, (index) => subscribe(index, pattern(session * 16 + index))));
const retaining = { destinations: { '/topic/**': { retain: true } } };
const commit = (sends) =>
  frame('BEGIN', { transaction: 't' }) + sends + frame('COMMIT', { transaction: 't', receipt: 'commit' });
const inTransaction = (destination) => text(1_000, () => send(destination, 'x', { transaction: 't' }));

/** Rows: what is measured, and how it is made ready; that returns what to do in one go. */
const rows = [
  ['nothing (what the machine itself holds up)', () => () => {}],
  [
    'SUBSCRIBE /topic/**, 10,000 retained messages',
    () => {
      const stomp = createStompServer(retaining);
      for (let n = 0; n < 10_000; n += 1) stomp.publish(`/topic/a.${n}`, `${n}`);
      const [one] = sinks(stomp, 1, '');
      return () => one.send(subscribe(0, '/topic/**'));
    },
  ],
  [
    'SUBSCRIBE to the worst pattern, 10,000 retained messages of 64 segments',
    () => {
      const stomp = createStompServer(retaining);
      for (let n = 0; n < 10_000; n += 1) stomp.publish(`/topic${'/a'.repeat(62)}/${n}`, 'x');
      const [one] = sinks(stomp, 1, '');
      return () => one.send(subscribe(0, doubleStarPattern(0)));
    },
  ],
  [
    'COMMIT of 1,000 SENDs, 256 own subscriptions each',
    () => {
      const stomp = createStompServer();
      const [one] = sinks(
        stomp,
        1,
        text(256, (id) => subscribe(id, '/topic/a')),
      );
      one.send(frame('BEGIN', { transaction: 't' }) + inTransaction('/topic/a'));
      return () => one.send(frame('COMMIT', { transaction: 't' }));
    },
  ],
  [
    'COMMIT of 1,000 SENDs to 500 subscribers',
    () => {
      const stomp = createStompServer();
      sinks(stomp, 500, subscribe(0, '/topic/a'));
      const [one] = sinks(stomp, 1, frame('BEGIN', { transaction: 't' }) + inTransaction('/topic/a'));
      return () => one.send(frame('COMMIT', { transaction: 't' }));
    },
  ],
  [
    '1,000 SENDs and their COMMIT in one piece, to a queue',
    () => {
      const stomp = createStompServer();
      const [one] = sinks(stomp, 1, '');
      const octets = encoder.encode(commit(inTransaction('/queue/a')));
      return () => one.send(octets);
    },
  ],
  [
    'SEND to 20,000 sessions',
    () => {
      const stomp = createStompServer();
      const [one] = sinks(stomp, 20_000, subscribe(0, '/topic/a'));
      return () => one.send(send('/topic/a'));
    },
  ],
  [
    'SEND to 20,000 sessions under 20,000 subscription ids',
    () => {
      const stomp = createStompServer();
      const [one] = sinks(stomp, 20_000, (id) => subscribe(id, '/topic/a'));
      return () => one.send(send('/topic/a'));
    },
  ],
  ...[
    ['*', starPattern],
    ['**', doubleStarPattern],
  ].map(([name, pattern]) => [
    `SEND against 16,000 worst patterns (${name}) of 1,000 sessions`,
    () => {
      const stomp = createStompServer();
      const [one] = patternSessions(stomp, 1_000, pattern);
      return () => one.send(send(deep));
    },
  ]),
  [
    'SEND matched by 16,000 patterns of 1,000 sessions',
    () => {
      const stomp = createStompServer();
      const [one] = patternSessions(stomp, 1_000, matchingPattern);
      return () => one.send(send(deep));
    },
  ],
  [
    'SENDs to 57 separators, 1 MiB of them',
    () => {
      const [one] = sinks(createStompServer(), 1, '');
      const octets = encoder.encode(send(`/topic${'/'.repeat(57)}`).repeat(9_000));
      return () => one.send(octets);
    },
  ],
  [
    'SEND with 128 headers of 16 KiB',
    () => {
      const stomp = createStompServer();
      const [one] = sinks(stomp, 1, subscribe(0, '/topic/a'));
      const octets = encoder.encode(
        `SEND\ndestination:/topic/a\n${text(127, (n) => `h${n}:${'y'.repeat(16_370)}\n`)}\nx\0`,
      );
      return () => one.send(octets);
    },
  ],
  [
    'SEND with 128 headers of 16 KiB, all escapes',
    () => {
      const stomp = createStompServer();
      const [one] = sinks(stomp, 1, subscribe(0, '/topic/a'));
      const octets = encoder.encode(
        `SEND\ndestination:/topic/a\n${text(127, (n) => `h${n}:${'\\c'.repeat(8_185)}\n`)}\nx\0`,
      );
      return () => one.send(octets);
    },
  ],
  [
    '1 MiB of the smallest SENDs',
    () => {
      const [one] = sinks(createStompServer(), 1, '');
      const octets = encoder.encode('SEND\ndestination:/topic/a\n\n\0'.repeat(36_000));
      return () => one.send(octets);
    },
  ],
  [
    '1 MiB of the smallest SENDs, 256 own subscriptions',
    () => {
      const [one] = sinks(
        createStompServer(),
        1,
        text(256, (id) => subscribe(id, '/topic/a')),
      );
      const octets = encoder.encode('SEND\ndestination:/topic/a\n\n\0'.repeat(36_000));
      return () => one.send(octets);
    },
  ],
  [
    '1 MiB of empty lines',
    () => {
      const [one] = sinks(createStompServer(), 1, '');
      const octets = encoder.encode('\n'.repeat(1_048_576));
      return () => one.send(octets);
    },
  ],
  [
    'a WebSocket message of 1 MiB in 1,024 fragments',
    async () => {
      const stomp = createStompServer();
      const { port, close } = await listening(stomp);
      const socket = await upgraded(port);
      const body = Buffer.alloc(1_048_000, 'x');
      const message = Buffer.concat([
        encoder.encode(`SEND\ndestination:/topic/a\ncontent-length:${body.length}\n\n`),
        body,
        Buffer.alloc(1),
      ]);
      const size = Math.ceil(message.length / 1_024);
      const octets = Buffer.concat(
        many(1_024, (n) => fragment(message.subarray(n * size, (n + 1) * size), n === 0, n === 1_023)),
      );
      return {
        act: () => socket.write(octets),
        end: () => {
          socket.destroy();
          close();
        },
      };
    },
  ],
  ...['ACK', 'NACK'].map((command) => [
    `a cumulative ${command} of 10,000 messages`,
    async () => {
      const { one } = await consumer('client');
      return () => one.send(frame(command, { id: '0.10000' }));
    },
  ]),
  ...['ACK', 'NACK'].map((command) => [
    `10,000 ${command}s in one piece`,
    async () => {
      const { one } = await consumer('client-individual');
      const octets = encoder.encode(text(10_000, (n) => frame(command, { id: `0.${n + 1}` })));
      return () => one.send(octets);
    },
  ]),
  [
    '10,000 NACKs in one piece, newest first, and nobody else to take them',
    async () => {
      const { one } = await consumer('client-individual');
      const octets = encoder.encode(text(10_000, (n) => frame('NACK', { id: `0.${10_000 - n}` })));
      return () => one.send(octets);
    },
  ],
  [
    'COMMIT of 1,000 NACKs of 10 messages each',
    async () => {
      const { one } = await consumer('client');
      one.send(
        frame('BEGIN', { transaction: 't' }) +
          text(1_000, (n) => frame('NACK', { id: `0.${(n + 1) * 10}`, transaction: 't' })),
      );
      return () => one.send(frame('COMMIT', { transaction: 't' }));
    },
  ],
  [
    'UNSUBSCRIBE with 10,000 unanswered messages, to another consumer',
    async () => {
      const { stomp, one } = await consumer('client');
      sinks(stomp, 1, subscribe(0, '/queue/a'));
      return () => one.send(frame('UNSUBSCRIBE', { id: '0' }));
    },
  ],
  [
    'loss of a session with 256 subscriptions and 10,000 unanswered messages',
    async () => {
      const { stomp, one } = await consumer('client', 256);
      sinks(
        stomp,
        1,
        text(256, (id) => subscribe(id, queueOf(id))),
      );
      return () => one.drop();
    },
  ],
  [
    'loss of a session with 16 worst patterns among 16,000',
    () => {
      const stomp = createStompServer();
      const [one] = patternSessions(stomp, 1_000, doubleStarPattern);
      return () => one.drop();
    },
  ],
  [
    'DISCONNECT of 1,000 sessions with 256 subscriptions each, in one go',
    () => {
      const stomp = createStompServer();
      const all = sinks(
        stomp,
        1_000,
        text(256, (id) => subscribe(id, `/topic/${id}`)),
      );
      return () => {
        for (const each of all) each.send(frame('DISCONNECT', {}));
      };
    },
  ],
  [
    'loss of 1,000 sessions with 16 worst patterns each, in one go',
    () => {
      const stomp = createStompServer();
      const all = patternSessions(stomp, 1_000, doubleStarPattern);
      return () => {
        for (const each of all) each.drop();
      };
    },
  ],
];

const queueOf = (id) => (id === 0 ? '/queue/a' : `/queue/${id}`);

/** One session that has 10,000 messages of queues to answer. */
async function consumer(ack, subscriptions = 1) {
  const stomp = createStompServer();
  const [producer, one] = sinks(stomp, 2, '');
  one.send(text(subscriptions, (id) => subscribe(id, queueOf(id), { ack })));
  producer.send(text(10_000, (n) => send(queueOf(n % subscriptions))));
  await until(() => one.frames > 10_000);
  return { stomp, one };
}

async function listening(stomp) {
  const server = createServer();
  stomp.attach(server);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => void server.close() };
}

/** A WebSocket client made of octets, connected. */
async function upgraded(port) {
  const socket = connect(port, '127.0.0.1');
  const received = () => new Promise((resolve) => socket.once('data', resolve));
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n`,
  );
  await received();
  const isConnected = received();
  socket.write(fragment(encoder.encode('CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0'), true, true));
  await isConnected;
  socket.on('data', () => {});
  return socket;
}

/** One masked fragment of a text message (RFC 6455 §5.2). */
function fragment(payload, isFirst, isLast) {
  const head = Buffer.alloc(8);
  head[0] = (isLast ? 0x80 : 0) | (isFirst ? 1 : 0);
  head[1] = 0x80 | 126;
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const rounds = () => new Promise((resolve) => setImmediate(resolve));

async function until(isDone) {
  while (!isDone()) await rounds();
}

/** The longest round of the loop from `act` on until all is quiet again, in ms of the clock and of the processor. */
async function longestHold(act) {
  const longest = { wallMs: 0, cpuMs: 0 };
  await rounds();
  let [last, lastCpu] = [performance.now(), process.cpuUsage()];
  act();
  // Quiet: no round of some length for a while, or never.
  const endMs = last + 3_000;
  for (let quietMs = last; last - quietMs < 30 && last < endMs; ) {
    await rounds();
    const [now, cpu] = [performance.now(), process.cpuUsage(lastCpu)];
    const cpuMs = (cpu.user + cpu.system) / 1_000;
    longest.wallMs = Math.max(longest.wallMs, now - last);
    longest.cpuMs = Math.max(longest.cpuMs, cpuMs);
    if (cpuMs > 2) quietMs = now;
    [last, lastCpu] = [now, process.cpuUsage()];
  }
  return longest;
}

async function measure(prepare) {
  const ready = await prepare();
  const { act, end } = typeof ready === 'function' ? { act: ready, end: () => {} } : ready;
  globalThis.gc?.();
  const longest = await longestHold(act);
  end();
  return longest;
}

/** One run of a row in a process of its own: no other row's garbage is in it, and the code is not compiled yet. */
async function measureApart(index) {
  const args = ['--expose-gc', import.meta.filename, '--row', String(index)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

const print = (...cells) => console.log(`| ${cells.join(' | ')} |`);

async function printTable(wanted) {
  const [cpu] = cpus();
  const day = new Date().toISOString().slice(0, 10);
  console.log(
    `${day}, Node ${process.version}, ${cpus().length} cores (${cpu?.model.trim()}), ${runs} runs\n`,
  );
  print('what clients send', 'processor', 'clock, middle', 'clock, longest');
  print('---', '---:', '---:', '---:');
  for (const [index, [name]] of rows.entries()) {
    if (!name.toLowerCase().includes(wanted.toLowerCase())) continue;
    const held = [];
    for (let run = 0; run < runs; run += 1) held.push(await measureApart(index));
    const cpuMs = sorted(held.map((each) => each.cpuMs));
    const wallMs = sorted(held.map((each) => each.wallMs));
    const middle = Math.floor(runs / 2);
    print(name, ...[cpuMs[middle], wallMs[middle], wallMs.at(-1)].map((ms) => ms.toFixed(1)));
  }
}

const [flag, index] = process.argv.slice(2);
if (flag === '--row') console.log(JSON.stringify(await measure(rows[Number(index)][1])));
else await printTable(process.argv.slice(2).join(' '));
