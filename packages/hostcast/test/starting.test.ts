import { Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Selection } from '@hostcast/tsdb';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../src/config/readConfig.ts';
import { UserError } from '../src/config/userError.ts';
import { type Listening, startServer } from '../src/server.ts';
import { type MetricStore, StoreError } from '../src/store/metricStore.ts';
import { makeFolder } from './support/hostcastProcess.ts';
import { MemoryStore } from './support/memoryStore.ts';
import { type OutputKind, TelegrafOutput } from './support/telegrafOutput.ts';

/** A hostcast whose store opens when it is told to. */
async function setup() {
  const folder = makeFolder();
  const flags = ['--port', '0', '--stomp-port', '0', '--interval', '1s', '--no-collect', '--data', folder];
  const config = readConfig(flags, {}, 'hostcast', folder);
  let open: (store: MetricStore) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const opening = new Promise<MetricStore>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  let starting: ReturnType<typeof startServer> | undefined;
  const listening = await new Promise<Listening>((resolve) => {
    starting = startServer(config, pino({ level: 'silent' }), {
      openStore: () => opening,
      onListening: resolve,
    });
  });
  const started = starting!;
  onTestFinished(async () => {
    open(new MemoryStore());
    await started.then((server) => server.close()).catch(() => undefined);
  });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${listening.port}${path}`);
    return { status: response.status, body: await response.text() };
  };
  return { open, fail, started, listening, get };
}

test('a hostcast whose store is still being opened says that it lives, and is not ready', async () => {
  const { open, started, get } = await setup();
  expect(await get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
  const ready = await get('/readyz');
  expect([ready.status, JSON.parse(ready.body).reasons]).toEqual([
    503,
    expect.arrayContaining(['hostcast is starting']),
  ]);
  expect((await get('/')).status).toBe(200);
  expect(JSON.parse((await get('/api/hosts')).body).source).toContain('its store is still being opened');
  open(new MemoryStore());
  await started;
  await expect.poll(async () => (await get('/readyz')).status, { timeout: 10_000 }).toBe(200);
});

test.each<OutputKind>(['influxdb', 'influxdb_v2', 'influxdb_v3', 'http'])(
  'outputs.%s keeps what it has until the store is open, and is told why',
  async (kind) => {
    const { open, started, listening } = await setup();
    const output = new TelegrafOutput(kind, listening.port);
    onTestFinished(() => output.close());
    await output.flush('mem,host=a used=1i\n');
    const { status, headers, body } = output.answers[0]!;
    expect([status, headers['retry-after'], JSON.parse(body).error]).toEqual([
      503,
      '5',
      'hostcast is starting: its store is still being opened',
    ]);
    const store = new MemoryStore();
    open(store);
    await started;
    output.nowMs = output.retryAtMs;
    await output.flush('mem,host=b used=1i\n');
    expect([output.kept, output.dropped]).toEqual([[], []]);
    expect((await store.hosts()).map(({ host }) => host)).toEqual(['a', 'b']);
  },
);

test('what comes by STOMP is kept until the store is open', async () => {
  const { open, started, listening } = await setup();
  const output = new TelegrafOutput('stomp', listening.stompPort!);
  await output.flush('mem,host=a used=1i\n');
  const store = new MemoryStore();
  open(store);
  await started;
  await output.close();
  await expect
    .poll(async () => (await store.hosts()).map(({ host }) => host), { timeout: 5_000 })
    .toEqual(['a']);
});

test('a store that cannot be opened after all ends the start with its reason, and nothing listens any more', async () => {
  const { fail, started, get } = await setup();
  fail(new UserError('the folder is damaged'));
  await expect(started).rejects.toThrow('the folder is damaged');
  await expect(get('/healthz')).rejects.toThrow('fetch failed');
});

test('a hostcast whose buffer for InfluxDB opens slowly shows what it holds in memory all the same', async () => {
  const folder = makeFolder();
  const influx = ['--influx-url', 'http://127.0.0.1:9', '--influx-db', 'telegraf'];
  const flags = ['--port', '0', '--stomp-port', '0', '--interval', '1s', '--no-collect', '--data', folder];
  const config = readConfig([...flags, ...influx], {}, 'hostcast', folder);
  const store = Object.assign(new MemoryStore(), {
    latest: () => Promise.reject(new StoreError('ERR_STORE_UNAVAILABLE', 'InfluxDB is away')),
    recent: (selections: readonly Selection[]) => ({
      tables: selections.map(() => []),
      hosts: [{ host: 'a', newestMs: Date.now() }],
    }),
  });
  // Longer than anybody waits for a store before one stands in for it.
  const openStore = () => delay(700, store);
  const server = await startServer(config, pino({ level: 'silent' }), { openStore });
  onTestFinished(() => server.close());
  const response = await fetch(`http://127.0.0.1:${server.port}/api/hosts`);
  const { source, rows } = JSON.parse(await response.text());
  expect([source, rows.length]).toEqual(['InfluxDB is away', 1]);
});

test('thousands of viewers, and of those who speak plain STOMP, may wait to be taken', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen');
  onTestFinished(() => listen.mockRestore());
  await setup();
  expect(listen.mock.calls.map(([options]) => options)).toEqual([
    expect.objectContaining({ backlog: 4_096 }),
    expect.objectContaining({ backlog: 4_096 }),
  ]);
});
