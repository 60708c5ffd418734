import { connect } from 'node:net';
import { createStompServer } from '@hostcast/stomp';
import type { Point } from '@hostcast/tsdb';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../src/http.ts';
import { createIngest, type IngestLimits } from '../../src/ingest/ingest.ts';
import { ingestRoutes } from '../../src/ingest/routes.ts';
import { StompIngest } from '../../src/ingest/stompIngest.ts';
import { Audit } from '../../src/security/audit.ts';
import { authenticateWith, withoutLogin } from '../../src/security/authentication.ts';
import { authorize } from '../../src/security/authorize.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { type OutputKind, type OutputSettings, TelegrafOutput } from '../support/telegrafOutput.ts';

// What becomes of what a Telegraf sends, for each of its outputs in each situation: what is stored in the end, what
// Telegraf drops and what it keeps and sends again.

const kinds: readonly OutputKind[] = ['influxdb', 'influxdb_v2', 'influxdb_v3', 'http', 'stomp'];

class CountingStore extends MemoryStore {
  points = 0;

  override async write(points: readonly Point[]): Promise<void> {
    await super.write(points);
    this.points += points.length;
  }
}

async function setup(limits: Partial<IngestLimits> = {}) {
  const store = new CountingStore();
  const clock = new FakeClock();
  const log = pino({ level: 'silent' });
  const ingest = createIngest({ store, log, clock, limits });
  const http = createHttp(log);
  await http.register(ingestRoutes, { ingest, log, audit: new Audit({ log }), clock });
  const stomp = createStompServer({ authenticate: authenticateWith(withoutLogin), authorize });
  const stompIngest = new StompIngest({ stomp, ingest, log, clock });
  const httpPort = Number(new URL(await http.listen({ host: '127.0.0.1', port: 0 })).port);
  const stompPort = (await stomp.listenTcp({ host: '127.0.0.1', port: 0 })).port;
  onTestFinished(async () => {
    await http.close();
    await stomp.close({ drainMs: 100 });
    await stompIngest.close();
  });
  const telegraf = (kind: OutputKind, settings: OutputSettings = {}, sizes = {}) => {
    const output = new TelegrafOutput(kind, kind === 'stomp' ? stompPort : httpPort, settings, sizes);
    onTestFinished(() => output.close());
    return output;
  };
  const hosts = async () => (await store.hosts()).map(({ host }) => host).sort();
  return { store, clock, http, httpPort, ingest, telegraf, hosts };
}

type Setup = Awaited<ReturnType<typeof setup>>;

const line = (host: string, more = '') => `mem,host=${host} used=1i${more} 1700000000000000000\n`;
const batch = line('a') + line('b') + line('c') + line('d');
const lineBytes = line('a').length;

/** Sends a batch and, so that what is kept comes again, an empty one; answers with what became of it. */
async function fateOf(
  { telegraf, hosts, clock, store }: Setup,
  kind: OutputKind,
  lines: string,
  { settings = {}, between = () => {} }: { settings?: OutputSettings; between?: () => void } = {},
): Promise<string> {
  const output = telegraf(kind, settings);
  await output.flush(lines);
  between();
  output.nowMs = output.retryAtMs;
  await output.flush('');
  let isClosed = false;
  const closed = output.close().then(() => {
    isClosed = true;
  });
  while (!isClosed) await clock.advance(10_000);
  await closed;
  store.failure = undefined; // it is to tell what it has
  const all = (await hosts()).join('');
  return `stored ${all || 'nothing'}, dropped ${output.dropped.length}, kept ${output.kept.length}`;
}

interface Situation {
  readonly name: string;
  readonly lines?: string;
  readonly limits?: Partial<IngestLimits>;
  readonly settings?: OutputSettings;
  readonly before?: (setup: Setup) => void;
  /** Between two flushes. */
  readonly between?: (setup: Setup) => void;
  readonly fates: Readonly<Record<OutputKind, string>>;
}

const allStored = 'stored abcd, dropped 0, kept 0';
const same = (fate: string): Record<OutputKind, string> => ({
  influxdb: fate,
  influxdb_v2: fate,
  influxdb_v3: fate,
  http: fate,
  stomp: fate,
});

const failing =
  (code: 'ERR_STORE_OVERLOADED' | 'ERR_STORE_UNAVAILABLE' | 'ERR_STORE_REFUSED') =>
  ({ store }: Setup) => {
    store.failure = new StoreError(code, 'so it is');
  };
const mended = ({ store }: Setup) => {
  store.failure = undefined;
};

const situations: readonly Situation[] = [
  { name: 'all is well', fates: same(allStored) },
  { name: 'the body is not compressed', settings: { content_encoding: 'identity' }, fates: same(allStored) },
  { name: 'the body is compressed', settings: { content_encoding: 'gzip' }, fates: same(allStored) },
  {
    name: 'one line is bad',
    lines: `${line('a')}mem,host used=1i\n${line('c')}${line('d')}`,
    // Whole batches, by their books: what was stored is stored.
    fates: {
      influxdb: 'stored acd, dropped 4, kept 0',
      influxdb_v2: 'stored acd, dropped 4, kept 0',
      influxdb_v3: 'stored acd, dropped 4, kept 0',
      http: 'stored acd, dropped 0, kept 0',
      stomp: 'stored acd, dropped 0, kept 0',
    },
  },
  {
    name: 'no line can be read',
    lines: 'bad\nworse\n',
    fates: {
      influxdb: 'stored nothing, dropped 2, kept 0',
      influxdb_v2: 'stored nothing, dropped 2, kept 0',
      influxdb_v3: 'stored nothing, dropped 2, kept 0',
      http: 'stored nothing, dropped 0, kept 0',
      stomp: 'stored nothing, dropped 0, kept 0',
    },
  },
  {
    name: 'the body is too large, its halves are not',
    limits: { bodyBytes: 2 * lineBytes },
    fates: {
      influxdb: 'stored nothing, dropped 4, kept 0',
      influxdb_v2: allStored,
      influxdb_v3: allStored,
      http: 'stored nothing, dropped 0, kept 4',
      stomp: allStored,
    },
  },
  {
    name: 'the body is too large, its quarters are not',
    limits: { bodyBytes: lineBytes },
    fates: {
      influxdb: 'stored nothing, dropped 4, kept 0',
      influxdb_v2: allStored,
      influxdb_v3: 'stored nothing, dropped 0, kept 4',
      http: 'stored nothing, dropped 0, kept 4',
      stomp: allStored,
    },
  },
  {
    name: 'the body is too large by one line alone',
    limits: { bodyBytes: lineBytes },
    lines: line('a') + line('b') + line('c') + line('d', ',free=1i'),
    fates: {
      influxdb: 'stored nothing, dropped 4, kept 0',
      influxdb_v2: 'stored abc, dropped 0, kept 1',
      influxdb_v3: 'stored nothing, dropped 0, kept 4',
      http: 'stored nothing, dropped 0, kept 4',
      // Messages have a limit of their own, that of STOMP's frames.
      stomp: allStored,
    },
  },
  {
    name: 'the store is overloaded for a while',
    before: failing('ERR_STORE_OVERLOADED'),
    between: mended,
    fates: same(allStored),
  },
  {
    name: 'the disk is full, or the store still opens, for a while',
    before: failing('ERR_STORE_UNAVAILABLE'),
    between: mended,
    fates: same(allStored),
  },
  {
    name: 'the store takes nothing',
    before: failing('ERR_STORE_UNAVAILABLE'),
    fates: { ...same('stored nothing, dropped 0, kept 4'), stomp: 'stored nothing, dropped 0, kept 0' },
  },
  {
    name: 'the store refuses all of it for good',
    before: failing('ERR_STORE_REFUSED'),
    fates: {
      influxdb: 'stored nothing, dropped 4, kept 0',
      influxdb_v2: 'stored nothing, dropped 4, kept 0',
      influxdb_v3: 'stored nothing, dropped 4, kept 0',
      http: 'stored nothing, dropped 0, kept 0',
      stomp: 'stored nothing, dropped 0, kept 0',
    },
  },
  {
    name: 'the encoding is none that hostcast knows',
    settings: { headers: { 'content-encoding': 'zstd' }, http_headers: { 'content-encoding': 'zstd' } },
    fates: {
      influxdb: 'stored nothing, dropped 4, kept 0',
      influxdb_v2: allStored,
      influxdb_v3: allStored,
      http: 'stored nothing, dropped 0, kept 4',
      stomp: allStored,
    },
  },
  {
    name: 'the format is JSON, of outputs.http',
    settings: { data_format: 'json' },
    fates: { ...same(allStored), http: 'stored nothing, dropped 0, kept 4' },
  },
];

describe.each(situations)('where $name', (situation) => {
  test.each(kinds)('outputs.%s', async (kind) => {
    const all = await setup(situation.limits);
    situation.before?.(all);
    const fate = await fateOf(all, kind, situation.lines ?? batch, {
      settings: situation.settings ?? {},
      between: () => situation.between?.(all),
    });
    expect(fate).toBe(situation.fates[kind]);
  });
});

const overHttp = kinds.filter((kind) => kind !== 'stomp');

describe.each(overHttp)('outputs.%s', (kind) => {
  test('that gets no answer to what was stored sends it again, which changes nothing', async () => {
    const { http, store, telegraf, hosts } = await setup();
    let isCut = false;
    http.server.prependListener('request', (request, response) => {
      if (isCut || request.url === '/query') return;
      isCut = true;
      response.once('pipe', () => undefined);
      response.end = () => {
        request.socket.destroy();
        return response;
      };
    });
    const output = telegraf(kind);
    await output.flush(batch);
    expect([store.points, output.kept.length]).toEqual([4, 4]);
    await output.flush('');
    expect([store.points, output.kept.length, output.dropped.length]).toEqual([8, 0, 0]);
    expect(await hosts()).toEqual(['a', 'b', 'c', 'd']);
    const [table] = (await store.latest([{ measurement: 'mem' }]))[0]!;
    expect([...table!.previousValues]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  test('keeps 10,000 metrics while the store takes nothing, the newest, and stores them all', async () => {
    const { store, telegraf } = await setup();
    const output = telegraf(kind);
    store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'disk full');
    for (let minute = 0; minute < 11; minute += 1) {
      const lines = Array.from(
        { length: 1_000 },
        (_, i) => `mem,host=h${i} used=${minute}i ${minute}000000\n`,
      );
      await output.flush(lines.join(''));
      output.nowMs = output.retryAtMs;
    }
    expect([output.kept.length, output.overwritten, output.dropped.length]).toEqual([10_000, 1_000, 0]);
    expect(output.kept[0]).toBe('mem,host=h0 used=1i 1000000\n');
    store.failure = undefined;
    await output.flush('');
    expect([output.kept.length, output.dropped.length, store.points]).toEqual([0, 0, 10_000]);
  });

  test('is answered what is under way when hostcast stops, and keeps what comes after', async () => {
    const { http, store, telegraf, hosts } = await setup();
    const write = store.write.bind(store);
    let commit = (): void => {};
    const reached = new Promise<void>((resolve) => {
      store.write = async (points) => {
        await new Promise<void>((go) => {
          commit = go;
          resolve();
        });
        await write(points);
      };
    });
    const output = telegraf(kind);
    const underWay = output.flush(line('a'));
    await reached;
    const closed = http.close();
    commit();
    await underWay;
    expect([output.kept, output.dropped]).toEqual([[], []]);
    await output.flush(line('b'));
    await closed;
    await output.flush(line('c'));
    expect([output.kept, output.dropped]).toEqual([[line('b'), line('c')], []]);
    expect(await hosts()).toEqual(['a']);
  });

  test('sends all it has over one connection', async () => {
    const { telegraf } = await setup();
    const output = telegraf(kind);
    for (let i = 0; i < 5; i += 1) await output.flush(batch);
    expect(output.ports.size).toBe(1);
  });
});

describe('Retry-After', () => {
  test.each(['influxdb_v2', 'influxdb_v3'] as const)('is what outputs.%s waits', async (kind) => {
    const { store, telegraf } = await setup();
    const output = telegraf(kind);
    store.failure = new StoreError('ERR_STORE_OVERLOADED', 'full');
    await output.flush(line('a'));
    expect([output.answers.length, output.retryAtMs]).toEqual([1, 5_000]);
    output.nowMs = 4_999;
    await output.flush(line('b'));
    expect(output.answers.length).toBe(1);
    output.nowMs = 5_000;
    store.failure = undefined;
    await output.flush(line('c'));
    expect([output.answers.map(({ status }) => status), output.kept]).toEqual([[503, 204], []]);
  });
});

describe('an idle connection', () => {
  test('stays for longer than Telegraf waits between two flushes', async () => {
    const { http } = await setup();
    const { keepAliveTimeout, timeout, headersTimeout, requestTimeout } = http.server;
    expect({ keepAliveTimeout, timeout, headersTimeout, requestTimeout }).toEqual({
      keepAliveTimeout: 75_000,
      timeout: 120_000,
      headersTimeout: 15_000,
      requestTimeout: 60_000,
    });
  });

  test('is there when one with a shorter time has long been closed', async () => {
    const long = await setup();
    const short = await setup();
    short.http.server.keepAliveTimeout = 50;
    const output = long.telegraf('influxdb_v2');
    await output.flush(batch);
    const idle = connect(short.httpPort, '127.0.0.1');
    idle.resume().write('GET /ping HTTP/1.1\r\nhost: a\r\n\r\n');
    await new Promise((resolve) => idle.once('close', resolve));
    await output.flush(batch);
    expect([output.ports.size, output.kept.length]).toEqual([1, 0]);
  });
});
