// What Node gives to whoever leaves out everything else: the handshake and the reading by `ws`; a frame made once for all who
// have the same subscription id, and written to the socket; what one socket gets in a turn of the loop leaves in one write.
// No logins, no limits, no interceptors, nobody counts, and who reads nothing fills the memory.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** Viewers by destination and subscription id. */
const destinations = new Map();
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const http = createServer();
http.on('upgrade', (request, socket, head) =>
  server.handleUpgrade(request, socket, head, (client) => serve(client, socket)),
);
http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () =>
  process.send({ port: http.address().port, path: '/ws' }),
);

const beat = Buffer.from([0x81, 1, 10]);
/** As hostcast: ours leave at 0.9 of 10 s, spread. */
const beatMs = 9_000;
/** Viewers that were promised heart-beats. */
const beaten = [];
let beats = 0;
let beatsSinceMs;

let messages = 0;
/** Viewers that get something at the end of this turn. */
let waiting = [];

function serve(client, socket) {
  const viewer = { socket, frames: [], readMs: 0 };
  client.on('message', (data) => {
    if (data.length === 1) {
      viewer.readMs = performance.now();
      return;
    }
    const { command, headers, body } = read(data.toString());
    switch (command) {
      case 'CONNECT':
        client.send(`CONNECTED\nversion:1.2\nheart-beat:${headers['heart-beat']}\n\n\0`);
        if (headers['heart-beat'] !== '0,0') beatLater(viewer);
        break;
      case 'SUBSCRIBE':
        subscribe(headers, viewer);
        break;
      case 'SEND':
        publish(headers.destination, body);
        break;
    }
    if (headers.receipt) client.send(`RECEIPT\nreceipt-id:${headers.receipt}\n\n\0`);
  });
  client.on('close', () => {
    for (const groups of destinations.values()) for (const viewers of groups.values()) viewers.delete(viewer);
  });
}

function beatLater(viewer) {
  beaten.push(viewer);
  if (beatsSinceMs !== undefined) return;
  beatsSinceMs = performance.now();
  setInterval(() => {
    const due = ((performance.now() - beatsSinceMs) / beatMs) * beaten.length;
    for (; beats < due; beats++) beaten[beats % beaten.length].socket.write(beat);
  }, 16);
}

function subscribe({ destination, id }, viewer) {
  const groups = destinations.get(destination) ?? new Map();
  destinations.set(destination, groups.set(id, (groups.get(id) ?? new Set()).add(viewer)));
}

function publish(destination, body) {
  messages += 1;
  for (const [id, viewers] of destinations.get(destination) ?? []) {
    const frame = framed(
      `MESSAGE\nsubscription:${id}\nmessage-id:${messages}\ndestination:${destination}\n` +
        `content-length:${Buffer.byteLength(body)}\n\n${body}\0`,
    );
    for (const viewer of viewers) write(viewer, frame);
  }
}

function write(viewer, frame) {
  if (viewer.frames.length === 0) {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(viewer);
  }
  viewer.frames.push(frame);
}

function flush() {
  const viewers = waiting;
  const joined = new Map();
  waiting = [];
  for (const viewer of viewers) {
    const { socket, frames } = viewer;
    viewer.frames = [];
    socket.write(frames.length === 1 ? frames[0] : join(frames, joined));
  }
}

/** One piece of all frames, the same for all sockets that get the same ones: those with the same first and as many. */
function join(frames, joined) {
  const lengths = joined.get(frames[0]) ?? new Map();
  joined.set(frames[0], lengths);
  const piece = lengths.get(frames.length) ?? Buffer.concat(frames);
  lengths.set(frames.length, piece);
  return piece;
}

/** A whole text message (RFC 6455 §5.2). */
function framed(text) {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head =
    length < 126 ? [0x81, length] : length < 65_536 ? [0x81, 126, length >> 8, length & 255] : undefined;
  if (!head) throw new RangeError('a message of the benchmark has less than 64 KiB');
  return Buffer.concat([Buffer.from(head), payload]);
}

function read(text) {
  const split = text.indexOf('\n\n');
  const [command, ...lines] = text.slice(0, split).split('\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)));
  return { command, headers, body: text.slice(split + 2, -1) };
}
