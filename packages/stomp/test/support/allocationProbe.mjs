// What publishing a message allocates, octets a message, in the middle of some rounds: `node --expose-gc
// --min-semi-space-size=64 --max-semi-space-size=64 allocationProbe.mjs <subscribers>` prints it.
import { createStompServer } from '@hostcast/stomp';

const subscribers = Number(process.argv[2]);
let frames = 0;
const body = Buffer.alloc(2_000, 'x');

/** The server's end of a client that takes everything at once and keeps nothing. */
class Sink {
  name = 'sink';
  remoteAddress = '192.0.2.1';
  request = undefined;
  attributes = new Map();
  pendingBytes = 0;
  takenBytes = 0;

  listen(listener) {
    this.listener = listener;
  }

  write(frame) {
    if (frame.bytes.length > body.length) frames += 1;
  }

  send(text) {
    this.listener.received(Buffer.from(text));
  }

  beat() {}
  ping() {}
  pause() {}
  resume() {}
  close() {}
  terminate() {}
}

const stomp = createStompServer({ limits: { sessionsPerAddress: 2_000 } });
for (let index = 0; index < subscribers; index += 1) {
  const sink = new Sink();
  stomp.accept(sink);
  sink.send('CONNECT\naccept-version:1.2\nhost:/\n\n\0');
  sink.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
}

async function publish(messages) {
  for (let message = 0; message < messages; message += 1) {
    const goal = frames + subscribers;
    stomp.publish('/topic/a', body);
    while (frames < goal) await new Promise(setImmediate);
  }
}

function used() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function octetsEach(messages) {
  const before = used();
  await publish(messages);
  return (used() - before) / messages;
}

// Until all that it runs through is compiled.
await publish(3_000);
globalThis.gc();
const rounds = [];
for (let round = 0; round < 15; round += 1) rounds.push(await octetsEach(20));
// Compiling, and a collection after all, falls into single rounds.
process.stdout.write(String(rounds.toSorted((a, b) => a - b)[7]));
