// What a server holds, and what it says it holds: `node --expose-gc memoryProbe.mjs <case>` prints both, in octets.
import { createStompServer } from '@hostcast/stomp';

const cases = {
  /** A client that asks for receipts and reads none. */
  receipts() {
    const { stomp, client } = world({ limits: { outboxBytes: 8 * 2 ** 20 } });
    const one = client();
    return probe(() => {
      for (let n = 0; fits(stomp); n += 1) one.send(`SEND\ndestination:/topic/none\nreceipt:${n}\n\n\0`);
      return outboxOf(stomp);
    });
  },

  /** A client that subscribes and reads nothing, of many small messages. */
  messages() {
    const { stomp, client } = world({ limits: { outboxBytes: 8 * 2 ** 20 } });
    client().send('SUBSCRIBE\nid:0\ndestination:/topic/**\n\n\0');
    return probe(() => {
      for (let n = 0; fits(stomp); n += 1) stomp.publish(`/topic/${n}`, 'x'.repeat(20));
      return outboxOf(stomp);
    });
  },

  /** A client that has stopped before what is retained was its, as long as that is retained. */
  replays() {
    const { stomp, client } = world({ destinations: { '/topic/**': { retain: true } } });
    for (let n = 0; n < 10_000; n += 1) stomp.publish(`/topic/${n}`, 'x'.repeat(1_000));
    const clients = Array.from({ length: 50 }, client);
    for (const each of clients) each.send('SUBSCRIBE\nid:0\ndestination:/topic/0\n\n\0');
    // The wire is full before the replay begins, so that nothing of it is there.
    stomp.publish('/topic/0', 'x'.repeat(70_000));
    return probe(() => {
      for (const each of clients) each.send('SUBSCRIBE\nid:1\ndestination:/topic/**\n\n\0');
      return clients.length * (64 * 2 ** 10);
    });
  },

  /** The same client, when others have taken the place of what was retained. */
  evictedReplay() {
    const { stomp, client } = world({
      destinations: { '/topic/**': { retain: true } },
      limits: { outboxBytes: 32 * 2 ** 20 },
    });
    const one = client();
    one.send('SUBSCRIBE\nid:0\ndestination:/topic/full\n\n\0');
    const both = () => outboxOf(stomp) + retainedOf(stomp);
    const before = both();
    return probe(() => {
      for (let n = 0; n < 10_000; n += 1) stomp.publish(`/topic/a/${n}`, 'x'.repeat(200));
      stomp.publish('/topic/full', 'x'.repeat(70_000));
      one.send('SUBSCRIBE\nid:1\ndestination:/topic/a/*\n\n\0');
      for (let n = 0; n < 10_000; n += 1) stomp.publish(`/topic/b/${n}`, 'x'.repeat(200));
      return both() - before;
    });
  },

  /** The newest of many destinations. */
  retained() {
    const { stomp } = world({ destinations: { '/topic/**': { retain: true } } });
    return probe(() => {
      for (let n = 0; n < 10_000; n += 1) stomp.publish(`/topic/${n}`, 'x'.repeat(20), { a: `${n}` });
      return retainedOf(stomp);
    });
  },

  /** The history of one destination. */
  history: () => historyOf(() => '/topic/a'),

  /** The histories of as many destinations as there are messages. */
  histories: () => historyOf((n) => `/topic/${n}`),

  /** What waits in a queue. */
  queue() {
    const { stomp } = world({});
    return probe(() => {
      for (let n = 0; n < 10_000; n += 1) stomp.publish('/queue/a', 'x'.repeat(20));
      return queuedOf(stomp);
    });
  },

  /** What waits in a queue, sent with two megabytes of headers that are not passed on. */
  queueOfLargeHeads() {
    const { stomp, client } = world({});
    const one = client();
    const junk = `user-name:${'x'.repeat(16_000)}\n`.repeat(120);
    return probe(() => {
      for (let n = 0; n < 200; n += 1) {
        one.send(`SEND\ndestination:/queue/${'a'.repeat(100)}\n${junk}\n${'x'.repeat(8_000)}\0`);
      }
      return queuedOf(stomp);
    });
  },

  /** What waits in a queue, with headers whose letters take two octets each. */
  queueOfWideHeads() {
    const { stomp, client } = world({});
    const one = client();
    return probe(() => {
      for (let n = 0; n < 200; n += 1) {
        one.send(`SEND\ndestination:/queue/a\nx-note:한${'x'.repeat(16_000)}\n\n\0`);
      }
      return queuedOf(stomp);
    });
  },

  /** As many subscriptions as a session may have, with the largest ids, after as many that have ended. */
  subscriptions() {
    const { client } = world({});
    const one = client();
    const destination = `/topic/${'x'.repeat(1_017)}`;
    const idOf = (n) => `한${n}${'x'.repeat(16_000)}`;
    const junk = `x-junk:${'x'.repeat(16_000)}\n`.repeat(30);
    return probe(() => {
      for (let n = 0; n < 512; n += 1) {
        if (n >= 256) one.send(`UNSUBSCRIBE\nid:${idOf(n - 256)}\n${junk}\n\0`);
        one.send(`SUBSCRIBE\nid:${idOf(n)}\ndestination:${destination}\n${junk}\n\0`);
      }
      return 4 * 256 * (16_384 + 1_024);
    });
  },

  /** The largest frames that are still coming in. */
  incoming() {
    const { client } = world({});
    const clients = Array.from({ length: 10 }, client);
    const headers = Array.from({ length: 126 }, (_, n) => `h${n}:한${'x'.repeat(16_370)}\n`).join('');
    const frame = `SEND\ndestination:/topic/a\n${headers}\n${'x'.repeat(2 ** 20 - 1)}`;
    return probe(() => {
      for (const each of clients) {
        for (let at = 0; at < frame.length; at += 2 ** 20) each.send(frame.slice(at, at + 2 ** 20));
      }
      return clients.length * 2 * (2 * 128 * 16_384 + 2 ** 20 + 1_153_433);
    });
  },

  /** The largest frames of clients that are not connected. */
  unconnected() {
    const { stomp } = world({});
    const clients = Array.from({ length: 200 }, () => accepted(stomp));
    const headers = Array.from({ length: 3 }, (_, n) => `h${n}:한${'x'.repeat(16_300)}\n`).join('');
    const frame = `SEND\ndestination:/topic/a\n${headers}\n${'x'.repeat(16_000)}`;
    return probe(() => {
      for (const each of clients) {
        for (let at = 0; at < frame.length; at += 16_384) each.send(frame.slice(at, at + 16_384));
      }
      return clients.length * 2 * (2 * 65_536 + 65_536);
    });
  },

  /** Frames that those who came late have shared. */
  lateFrames() {
    const { stomp, client } = world({ destinations: { '/topic/**': { retain: true } } });
    for (let n = 0; n < 10_000; n += 1) stomp.publish(`/topic/${n}`, 'x'.repeat(20));
    return probe(() => {
      for (let n = 0; n < 5; n += 1) {
        const one = client();
        one.isReading = true;
        one.send(`SUBSCRIBE\nid:${n}\ndestination:/topic/**\n\n\0DISCONNECT\n\n\0`);
      }
      return 8 * 2 ** 20;
    });
  },

  /** Messages that a transaction holds back. */
  transaction() {
    const { client } = world({});
    const one = client();
    return probe(() => {
      let octets = 0;
      for (let t = 0; t < 10; t += 1) {
        one.send(`BEGIN\ntransaction:${t}\n\n\0`);
        for (let n = 0; n < 1_000; n += 1) {
          const headers = { destination: `/topic/${n}`, transaction: `${t}` };
          one.send(
            `SEND\n${Object.entries(headers)
              .map((each) => each.join(':'))
              .join('\n')}\n\nxxxx\0`,
          );
          octets += 1_024 + 4;
          for (const [name, value] of Object.entries(headers)) octets += name.length + value.length + 64;
        }
      }
      return octets;
    });
  },
};

const name = process.argv[2] ?? '';
process.stdout.write(`${JSON.stringify(cases[name]())}\n`);

function historyOf(topicOf) {
  const { stomp } = world({
    destinations: { '/topic/**': { history: { messages: 20_000 }, retain: false } },
  });
  return probe(() => {
    for (let n = 0; n < 20_000; n += 1) stomp.publish(topicOf(n), 'x'.repeat(20));
    const { historyMessages, historyBytes } = stomp.stats().messages;
    return historyBytes + 1_024 * historyMessages;
  });
}

function retainedOf(stomp) {
  const { retained, retainedBytes } = stomp.stats().messages;
  return retainedBytes + 1_024 * retained;
}

function queuedOf(stomp) {
  const { queuedMessages, queuedBytes } = stomp.stats().messages;
  return queuedBytes + 1_024 * queuedMessages;
}

function outboxOf(stomp) {
  return stomp.stats().outboxBytes;
}

function fits(stomp) {
  const [session] = stomp.sessions.values();
  return session.outboxBytes < 8 * 2 ** 20 - 2_000;
}

// What the process has grown by, beside what is expected.
function probe(fill) {
  const before = used();
  const expected = fill();
  return { grown: used() - before, expected };
}

function used() {
  for (let round = 0; round < 3; round += 1) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function world(options) {
  const stomp = createStompServer(options);
  return { stomp, client: () => connected(stomp) };
}

function connected(stomp) {
  const client = accepted(stomp);
  client.send('CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0');
  client.pendingBytes = 0;
  return client;
}

// Keeps nothing of what it is given. It reads where it `isReading`.
function accepted(stomp) {
  let listener;
  const client = {
    name: 'probe',
    remoteAddress: '192.0.2.1',
    request: undefined,
    attributes: new Map(),
    isReading: false,
    pendingBytes: 0,
    takenBytes: 0,
    listen: (each) => {
      listener = each;
    },
    write: (frame) => {
      if (client.isReading) client.takenBytes += frame.bytes.length;
      else client.pendingBytes += frame.bytes.length;
    },
    beat() {},
    ping() {},
    pause() {},
    resume() {},
    close: () => listener.closed(undefined),
    terminate: () => listener.closed(undefined),
    send: (text) => listener.received(Buffer.from(text)),
  };
  stomp.accept(client);
  return client;
}
