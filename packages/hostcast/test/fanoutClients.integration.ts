import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStompServer, type Message, type StompServerOptions } from '@hostcast/stomp';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';

/** The clients of `npm run bench:fanout`: see bench/fanout/clients.mjs. */
interface Load {
  readonly order: (name: string, argument?: object) => Promise<Readonly<Record<string, unknown>>>;
  readonly stop: () => Promise<void>;
}

const fanout = new URL('../../../bench/fanout/', import.meta.url);
const { startLoad, startNodeLoad } = (await import(new URL('clients.mjs', fanout).href)) as {
  readonly startLoad: (folder: string) => Load;
  readonly startNodeLoad: () => Load;
};
const { cMissing } = (await import(new URL('programs.mjs', fanout).href)) as {
  readonly cMissing: string | undefined;
};

/** One for all, so that the clients are compiled once. */
const folder = mkdtempSync(join(tmpdir(), 'hostcast-clients-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inC = () => startLoad(folder);
const clientsInC = `clients of the fan-out benchmark in C${cMissing === undefined ? '' : `: ${cMissing}`}`;
const kinds = [
  { name: clientsInC, start: inC, isMissing: cMissing !== undefined },
  { name: 'clients of the fan-out benchmark in Node', start: startNodeLoad, isMissing: false },
];
const ticks = { bytes: 200, ahead: 2, seconds: 0.05 };

/** A STOMP server that does something with what is published; ends with the test. */
async function serve(onSend: (message: Message) => Message | undefined, options: StompServerOptions = {}) {
  const stomp = createStompServer(options);
  const published: Message[] = [];
  stomp.clientInboundChannel.use({
    preSend(message) {
      if (message.command !== 'SEND') return undefined;
      published.push(message);
      return onSend(message);
    },
  });
  const http = createServer();
  const sockets: Socket[] = [];
  http.on('connection', (socket) => sockets.push(socket));
  stomp.attach(http);
  await new Promise<void>((resolve) => http.listen({ host: '127.0.0.1', port: 0 }, resolve));
  onTestFinished(async () => {
    await stomp.close();
    http.close();
  });
  const hangUp = () => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  return { target: { port: (http.address() as AddressInfo).port, path: '/ws' }, stomp, published, hangUp };
}

function started(start: () => Load): Load {
  const load = start();
  onTestFinished(() => load.stop());
  return load;
}

const unchanged = () => undefined;
const changed = (message: Message) => message.with({ body: message.text().replace('web-17', 'web-18') });

for (const { name, start, isMissing } of kinds) {
  describe.skipIf(isMissing)(name, () => {
    it('count a delivery for each tick and viewer of its topic', async () => {
      const { target, published } = await serve(unchanged);
      const load = started(start);
      await load.order('open', { ...target, count: 20, topics: 4, hasOwnIds: true });
      const { deliveries } = await load.order('publish', { ...ticks, topics: 4 });
      expect(published.length).toBeGreaterThan(0);
      expect(deliveries).toBe(published.length * 5);
    });

    it('go on with those that read', async () => {
      const { target, published } = await serve(unchanged);
      const load = started(start);
      await load.order('open', { ...target, count: 20 });
      await load.order('stop', { every: 10 });
      const { deliveries } = await load.order('publish', ticks);
      expect(deliveries).toBe(published.length * 18);
    });

    it('read what comes compressed', async () => {
      const { target } = await serve(unchanged, { compression: true });
      const load = started(start);
      await load.order('open', { ...target, count: 20, isDeflating: true });
      const result = await load.order('publish', { ...ticks, bytes: 20_000, isTick: true });
      expect(result.octetsEach).toBeLessThan(10_000);
    });

    it.each([
      ['as it is', { bytes: 200, isTick: false }],
      ['compressed', { bytes: 20_000, isTick: true }],
    ])('fail where a body that comes %s is not the one that was published', async (_, which) => {
      const { target } = await serve(changed, { compression: true });
      const load = started(start);
      await load.order('open', { ...target, count: 20, isDeflating: which.isTick });
      await expect(load.order('publish', { ...ticks, ...which })).rejects.toThrow(
        'not what was published: MESSAGE',
      );
    });

    it('fail when the server closes a connection', async () => {
      const server = await serve(() => void server.hangUp());
      const load = started(start);
      await load.order('open', { ...server.target, count: 20 });
      await expect(load.order('publish', ticks)).rejects.toThrow('the server closed a connection');
    });

    it('fail where a tick does not reach everyone', async () => {
      const { target, stomp } = await serve(unchanged);
      let isWithheld = false;
      stomp.clientOutboundChannel.use({
        preSend({ command, headers }) {
          if (isWithheld || command !== 'MESSAGE' || headers.get('subscription') !== 'sub-1')
            return undefined;
          isWithheld = true;
          return null;
        },
      });
      const load = started(start);
      await load.order('open', { ...target, count: 20, topics: 4, hasOwnIds: true });
      await expect(load.order('publish', { ...ticks, topics: 4, quietSeconds: 1 })).rejects.toThrow(
        'nothing came for 1 s, though not all is there: 1 missing',
      );
    });

    it('fail where the server refuses them', async () => {
      const { target } = await serve(unchanged, { limits: { sessions: 1 } });
      const load = started(start);
      await expect(load.order('open', { ...target, count: 1 })).rejects.toThrow('unexpected: ERROR');
    });
  });
}

describe.skipIf(cMissing !== undefined)(clientsInC, () => {
  it('come back after a loss', async () => {
    const { target, hangUp } = await serve(unchanged);
    const load = started(inC);
    await load.order('open', { ...target, count: 20 });
    const back = load.order('comeBack');
    hangUp();
    const { seconds, failures } = await back;
    expect(seconds).toBeGreaterThan(0.4);
    expect(failures).toEqual([]);
  });

  it('name an order that they do not know', async () => {
    await expect(started(inC).order('dance')).rejects.toThrow('an order that is unknown: dance');
  });
});
