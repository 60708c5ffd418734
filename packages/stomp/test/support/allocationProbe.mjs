// What publishing a message of 10,000 octets allocates, octets a message, in the middle of some rounds: `node --expose-gc
// --min-semi-space-size=64 --max-semi-space-size=64 allocationProbe.mjs <subscribers>` prints it.
import { EventEmitter } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createStompServer } from '@hostcast/stomp';

const subscribers = Number(process.argv[2]);
const body = Buffer.alloc(10_000, 'x');
let messages = 0;

/** The socket of a client that takes everything at once. What a stream of Node's allocates for a write is left out. */
class Wire extends Duplex {
  _read() {}

  write(bytes) {
    if (bytes.length > body.length) messages += 1;
    return true;
  }

  /** As a client does: one masked text of less than 126 octets. */
  send(text) {
    const payload = Buffer.from(text);
    this.push(Buffer.concat([Buffer.of(0x81, 0x80 | payload.length, 0, 0, 0, 0), payload]));
  }
}

/** The upgrade of a WebSocket, as an HTTP server tells of it. */
function upgradeRequest() {
  const request = new IncomingMessage(new Socket());
  const headers = {
    host: '127.0.0.1',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  };
  return Object.assign(request, { method: 'GET', url: '/ws', httpVersion: '1.1', headers });
}

const http = new EventEmitter();
const stomp = createStompServer({ limits: { sessionsPerAddress: 2_000 } });
stomp.attach(http);
for (let index = 0; index < subscribers; index += 1) {
  const wire = new Wire();
  http.emit('upgrade', upgradeRequest(), wire, Buffer.alloc(0));
  wire.send('CONNECT\naccept-version:1.2\nhost:/\n\n\0');
  wire.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
}
while (stomp.stats().subscriptions < subscribers) await new Promise(setImmediate);

async function publish(count) {
  for (let message = 0; message < count; message += 1) {
    const goal = messages + subscribers;
    stomp.publish('/topic/a', body);
    while (messages < goal) await new Promise(setImmediate);
  }
}

function used() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function octetsEach(count) {
  const before = used();
  await publish(count);
  return (used() - before) / count;
}

// Until all that it runs through is compiled; a collection throws some of that away.
await publish(2_000);
globalThis.gc();
await publish(1_000);
const rounds = [];
for (let round = 0; round < 25; round += 1) rounds.push(await octetsEach(20));
// Compiling, and a collection after all, falls into single rounds.
process.stdout.write(String(rounds.toSorted((a, b) => a - b)[12]));
