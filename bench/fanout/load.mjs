// The clients of the fan-out benchmark where load.c can't run: raw sockets that count WebSocket messages and look into
// those of the first few. Told by IPC what to do; answers each order with its figures.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { bodiesOf, compare } from './orders.mjs';

const deflateOffer =
  'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n';
/** One for all: Node reads a socket at a time, and nothing is kept. */
const shared = Buffer.allocUnsafe(256 * 1_024);

let viewers = [];
let subscriptions = [];
let target;
let publisher;
let octets = 0;

process.on('message', async ({ order, argument }) => {
  try {
    process.send({ result: await orders[order](argument) });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
process.on('disconnect', () => process.exit(0));

const orders = {
  /**
   * Connects a publisher, and viewers that subscribe to `/topic/t<n>` in turn: by one id, or each by its own. They offer
   * permessage-deflate where `isDeflating`, without context, so that what was sent can be read from any one message.
   */
  async open({ count, topics, hasOwnIds, atOnce, quietSeconds, ...more }) {
    target = more;
    let missing = count + 1;
    const opened = async (...of) => {
      const client = await open(...of);
      missing -= 1;
      return client;
    };
    const unlessQuiet = (work) => unlessQuietFor(quietSeconds, work, () => missing);
    publisher = await unlessQuiet(opened({ ...target, heartbeat: '0,0', isDeflating: false }));
    const startedMs = performance.now();
    viewers = new Array(count);
    subscriptions = Array.from({ length: count }, (_, index) => ({
      destination: `/topic/t${index % topics}`,
      id: `sub-${hasOwnIds ? index : 0}`,
    }));
    let next = 0;
    const work = async () => {
      for (let index = next++; index < count; index = next++) {
        viewers[index] = await opened(target, subscriptions[index], index < target.readers);
      }
    };
    await unlessQuiet(Promise.all(Array.from({ length: atOnce }, work)));
    return { seconds: (performance.now() - startedMs) / 1_000 };
  },

  /** Publishes for so long, so many ticks ahead of the slowest viewer; each has to reach all of its topic's viewers. */
  async publish({ bytes, ahead, seconds, everyMs, topics, isTick, quietSeconds }) {
    const awake = viewers.filter(({ isStopped }) => !isStopped);
    const groups = Array.from({ length: topics }, (_, topic) =>
      awake.filter((_, index) => index % topics === topic),
    );
    const before = octets;
    const usage = process.cpuUsage();
    const startedMs = performance.now();
    const bodies = bodiesOf({ bytes, isTick });
    const { deliveries, tookMs } = await run({ bodies, ahead, seconds, everyMs, groups, quietSeconds });
    const took = (performance.now() - startedMs) / 1_000;
    const { user, system } = process.cpuUsage(usage);
    const sorted = tookMs.toSorted((a, b) => a - b);
    return {
      deliveries,
      perSecond: deliveries / took,
      octetsEach: (octets - before) / deliveries,
      /** Until a tick's last viewer had it. */
      lastP50: sorted[Math.floor(sorted.length * 0.5)],
      lastP99: sorted[Math.floor(sorted.length * 0.99)],
      busy: (user + system) / 1e6 / took,
    };
  },

  /** Every so manieth viewer reads nothing any more. */
  async stop({ every }) {
    for (let index = 0; index < viewers.length; index += every) viewers[index].stop();
    return {};
  },

  /** Sends a heart-beat for each viewer every 10 s, evenly, for so long; counts what came. */
  async idle({ seconds }) {
    const before = octets;
    const startedMs = performance.now();
    let sent = 0;
    while (performance.now() - startedMs < seconds * 1_000) {
      const due = ((performance.now() - startedMs) / 10_000) * viewers.length;
      for (; sent < due; sent++) viewers[sent % viewers.length].beat();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return { sent, received: octets - before };
  },

  /** Has each viewer come back when its server goes, after the waits of the page; done when all have. */
  async comeBack() {
    let firstMs;
    const tookMs = [];
    const failures = new Map();
    const comeBack = async (index) => {
      await new Promise((resolve) => {
        viewers[index].failed = resolve;
      });
      firstMs ??= performance.now();
      for (let attempt = 1; ; attempt++) {
        await new Promise((resolve) => setTimeout(resolve, reconnectDelayMs(attempt)));
        const startedMs = performance.now();
        try {
          viewers[index] = await open(target, subscriptions[index], index < target.readers);
          tookMs.push(performance.now() - startedMs);
          return;
        } catch (error) {
          const what = error.code ?? error.message;
          failures.set(what, (failures.get(what) ?? 0) + 1);
        }
      }
    };
    await Promise.all(subscriptions.map((_, index) => comeBack(index)));
    const sorted = tookMs.toSorted((a, b) => a - b);
    return {
      seconds: (performance.now() - firstMs) / 1_000,
      p99: sorted[Math.floor(sorted.length * 0.99)],
      failures: [...failures],
    };
  },
};

/** Publishes until the time is over and all has arrived; tells for each tick how long it took to its last viewer, ms. */
function run({ bodies, ahead, seconds, everyMs, groups, quietSeconds }) {
  const arrived = [];
  const missing = () =>
    arrived.reduce((sum, count, tick) => sum + groups[tick % groups.length].length - count, 0);
  const work = new Promise((resolve, reject) => {
    const sentMs = [];
    const tookMs = [];
    let deliveries = 0;
    const endMs = performance.now() + seconds * 1_000;
    const send = () => {
      while (performance.now() < endMs && sentMs.length - tookMs.length < ahead) {
        const topic = sentMs.length % groups.length;
        const body = bodies[sentMs.length % bodies.length];
        sentMs.push(performance.now());
        arrived.push(0);
        publisher.send(`SEND\ndestination:/topic/t${topic}\ncontent-length:${body.length}\n\n${body}\0`);
      }
      if (sentMs.length === tookMs.length) resolve({ deliveries, tookMs });
    };
    const completed = () => (everyMs > 0 ? setTimeout(send, everyMs) : send());
    for (const [topic, group] of groups.entries()) {
      for (const viewer of group) {
        let tick = topic;
        viewer.expected = bodies[tick % bodies.length];
        viewer.failed = reject;
        viewer.onMessage = () => {
          deliveries += 1;
          arrived[tick] += 1;
          const isLast = arrived[tick] === group.length;
          if (isLast) tookMs.push(performance.now() - sentMs[tick]);
          tick += groups.length;
          viewer.expected = bodies[tick % bodies.length];
          if (isLast) completed();
        };
      }
    }
    send();
  });
  return unlessQuietFor(quietSeconds, work, missing);
}

/** What something is to come of; fails when nothing has come for so long. */
async function unlessQuietFor(quietSeconds, work, missing) {
  let timer;
  const quiet = new Promise((_, reject) => {
    let [before, heardMs] = [octets, performance.now()];
    timer = setInterval(() => {
      const nowMs = performance.now();
      if (octets > before) [before, heardMs] = [octets, nowMs];
      else if (nowMs - heardMs > quietSeconds * 1_000) {
        const what = `though not all is there: ${missing()} missing`;
        reject(new Error(`nothing came for ${quietSeconds} s, ${what}`));
      }
    }, 100);
  });
  try {
    return await Promise.race([work, quiet]);
  } finally {
    clearInterval(timer);
  }
}

/** As packages/page/src/live/backoff.ts has it, of attempts that follow a loss. */
function reconnectDelayMs(attempt) {
  return Math.min(15_000, 1_000 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

/** Connects a STOMP client over WebSocket; resolves when its subscription, if any, stands. */
function open({ port, path, heartbeat, hasReceipts, isDeflating }, subscription, isReader = false) {
  return new Promise((resolve, reject) => {
    const client = new Client(port, isReader);
    client.failed = reject;
    client.onOpen = () =>
      client.send(
        `CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\nheart-beat:${heartbeat}\n\n\0`,
      );
    client.onText = (text) => {
      if (text.startsWith('CONNECTED')) {
        if (subscription === undefined) return resolve(client.ready());
        const { id, destination } = subscription;
        const receipt = hasReceipts ? 'receipt:r\n' : '';
        client.send(`SUBSCRIBE\nid:${id}\ndestination:${destination}\n${receipt}\n\0`);
        if (!hasReceipts) client.ping();
      } else if (text.startsWith('RECEIPT')) resolve(client.ready());
      else if (text.trim() !== '') reject(new Error(`unexpected: ${text.slice(0, 200)}`));
    };
    client.onPong = () => resolve(client.ready());
    client.handshake(path, isDeflating);
  });
}

class Client {
  onOpen;
  onText;
  onPong;
  onMessage = () => {};
  expected;
  isStopped = false;
  failed = () => {};
  #socket;
  #isReader;
  #isUpgraded = false;
  #isReady = false;
  #head = Buffer.alloc(10);
  #headLength = 0;
  #opcode = 0;
  #isCompressed = false;
  #left = 0;
  #length = 0;
  #kept = '';
  #isClosing = false;

  constructor(port, isReader) {
    this.#isReader = isReader;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length) => {
          octets += length;
          this.#read(0, length);
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the server closed a connection')));
  }

  handshake(path, isDeflating) {
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Protocol: v12.stomp\r\n${isDeflating ? deflateOffer : ''}\r\n`,
    );
  }

  /** From here on messages are counted. */
  ready() {
    this.#isReady = true;
    this.#kept = '';
    return this;
  }

  /** A masked text message; the mask is zero, which costs the server what any other does. */
  send(text) {
    const payload = Buffer.from(text, 'latin1');
    const { length } = payload;
    const head =
      length < 126
        ? Buffer.from([0x81, 0x80 | length, 0, 0, 0, 0])
        : Buffer.from([0x81, 0xfe, length >> 8, length & 255, 0, 0, 0, 0]);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  /** What came before it is done when it is answered, where messages are handled as they come. */
  ping() {
    this.#socket.write(Buffer.from([0x89, 0x80, 0, 0, 0, 0]));
  }

  beat() {
    this.#socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 10]));
  }

  /** Reads nothing any more; that the server ends it is its right. */
  stop() {
    this.isStopped = true;
    this.#isClosing = true;
    this.#socket.pause();
  }

  #fail(error) {
    if (!this.#isClosing) this.failed(error);
  }

  #read(from, to) {
    let at = from;
    if (!this.#isUpgraded) {
      this.#kept += shared.latin1Slice(at, to);
      const end = this.#kept.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!this.#kept.startsWith('HTTP/1.1 101')) return this.#fail(new Error(this.#kept.slice(0, 200)));
      at = to - (this.#kept.length - end - 4);
      this.#kept = '';
      this.#isUpgraded = true;
      this.onOpen();
    }
    while (at < to) {
      if (this.#left === 0) {
        at = this.#readHead(at, to);
        continue;
      }
      const taken = Math.min(this.#left, to - at);
      if (!this.#isReady || this.#isReader) this.#kept += shared.latin1Slice(at, at + taken);
      at += taken;
      this.#left -= taken;
      if (this.#left === 0) this.#complete();
    }
  }

  /** RFC 6455 §5.2, of a server: 2, 4 or 10 octets. */
  #readHead(from, to) {
    let at = from;
    // The usual case, without a copy.
    if (this.#headLength === 0 && to - at >= 4 && (shared[at + 1] & 127) < 127) {
      const short = shared[at + 1] & 127;
      this.#begin(shared[at], short < 126 ? short : (shared[at + 2] << 8) | shared[at + 3]);
      return at + (short < 126 ? 2 : 4);
    }
    while (at < to) {
      this.#head[this.#headLength++] = shared[at++];
      if (this.#headLength < 2) continue;
      const short = this.#head[1] & 127;
      const wanted = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.#headLength < wanted) continue;
      const length =
        wanted === 2
          ? short
          : wanted === 4
            ? this.#head.readUInt16BE(2)
            : Number(this.#head.readBigUInt64BE(2));
      this.#headLength = 0;
      this.#begin(this.#head[0], length);
      break;
    }
    return at;
  }

  #begin(first, length) {
    this.#opcode = first & 15;
    this.#isCompressed = (first & 0x40) > 0;
    this.#left = length;
    this.#length = length;
    if (length === 0) this.#complete();
  }

  #complete() {
    const text = this.#kept;
    this.#kept = '';
    if (this.#opcode === 10) return this.onPong();
    if (this.#opcode > 2) return; // ping, close: what follows tells
    if (!this.#isReady) return this.onText(text);
    if (this.#length < 8) return; // a heart-beat
    if (this.#isReader) this.#check(text);
    this.onMessage();
  }

  #check(text) {
    try {
      compare(text, this.#isCompressed, this.expected);
    } catch (error) {
      this.#fail(error);
    }
  }
}
