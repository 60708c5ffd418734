import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Point } from '@hostcast/tsdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedStoreOptions, openEmbeddedStore } from '../../src/store/embedded.ts';
import type { MetricStore, StoreError } from '../../src/store/metricStore.ts';
import { point } from '../support/points.ts';
import { storeContract } from './storeContract.ts';

storeContract('the embedded store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hostcast-'));
  const open = () => openEmbeddedStore({ folder });
  return {
    store: await open(),
    reopen: open,
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
});

describe('the embedded store', () => {
  let folder: string;
  let stores: MetricStore[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hostcast-'));
    stores = [];
  });

  afterEach(async () => {
    for (const store of stores) await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: Partial<EmbeddedStoreOptions> = {}): Promise<MetricStore> {
    const store = await openEmbeddedStore({ folder, ...options });
    stores.push(store);
    return store;
  }

  const startMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

  function points(host: string, count: number, firstMs = startMs): Point[] {
    return Array.from({ length: count }, (_, index) => ({
      measurement: 'mem',
      tags: [['host', host]],
      timeMs: firstMs + index * 1000,
      fields: [{ name: 'used', type: 'integer', value: index }],
    }));
  }

  it('reads history as the configuration says what fields are', async () => {
    const store = await open({ kinds: { counters: ['myapp.jobs'], gauges: ['myapp.rx_bytes'] } });
    const fromMs = Math.floor(Date.now() / 10_000) * 10_000 - 60_000;
    const points = [0, 10_000, 20_000].map((sinceMs, n) =>
      point('myapp', { host: 'a' }, { jobs: n * 50, rx_bytes: n * 50, tx_bytes: n * 50 }, fromMs + sinceMs),
    );
    await store.write(points);
    const { series } = await store.history({
      selection: {},
      fromMs,
      toMs: fromMs + 30_000,
      bucketMs: 10_000,
    });
    expect(series[0]?.columns).toEqual(
      new Map([
        ['jobs', Float64Array.of(Number.NaN, 5, 5)],
        ['rx_bytes', Float64Array.of(0, 50, 100)],
        ['tx_bytes', Float64Array.of(Number.NaN, 5, 5)],
      ]),
    );
  });

  it('makes writes durable together where more was announced', async () => {
    let commits = 0;
    const store = await open({ patienceMs: 600_000, onCommit: () => commits++ });
    const first = store.write(points('a', 1), true);
    await store.latest([]); // it is asked after the write
    expect(commits).toBe(0);
    await Promise.all([first, store.write(points('b', 1))]);
    expect(commits).toBe(1);
  });

  it('lets no more than three writes wait for more', async () => {
    const store = await open({ patienceMs: 600_000 });
    await Promise.all(['a', 'b', 'c'].map((host) => store.write(points(host, 1), true)));
  });

  it('makes a write durable that was to be followed by more which never came', async () => {
    const store = await open();
    await store.write(points('a', 1), true);
    const closing = await open({ folder: join(folder, 'other'), patienceMs: 600_000 });
    const write = closing.write(points('a', 1), true);
    await closing.close();
    await write;
  });

  it('tells who writes what is wrong with the disk, and not where the data folder is', async () => {
    const store = await openEmbeddedStore({ folder });
    await rm(join(folder, 'raw'), { recursive: true });
    await writeFile(join(folder, 'raw'), '');
    const error: StoreError = await store.write(points('a', 1)).then(
      () => expect.fail('it was written'),
      (error) => error,
    );
    expect([error.code, error.message]).toEqual([
      'ERR_STORE_UNAVAILABLE',
      expect.stringMatching(/<data>.raw.*ENOTDIR/),
    ]);
    expect(error.message).not.toContain(folder);
    await expect(store.close()).rejects.toThrow(error.message);
  });

  it('keeps every acknowledged write when its process is killed', async () => {
    const writer = fileURLToPath(new URL('./embeddedWriter.mjs', import.meta.url));
    const child = spawn(process.execPath, [writer, folder, String(startMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {},
    });
    let output = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      output += text;
      if (output.split('\n').length > 100) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const acknowledged = Number(output.trimEnd().split('\n').at(-1));
    expect(acknowledged).toBeGreaterThanOrEqual(99);

    const store = await open();
    const [tables] = await store.latest([{ measurement: 'net' }]);
    expect(tables![0]!.series).toEqual([[['host', 'a']], [['host', 'b']], [['host', 'c']]]);
    for (const value of tables![0]!.values) expect(value).toBeGreaterThanOrEqual(acknowledged * 100);
    const toMs = startMs + (acknowledged + 1) * 1000;
    const history = await store.history({ selection: {}, fromMs: startMs + 1000, toMs, bucketMs: 1000 });
    for (const { columns } of history.series) {
      expect([...columns.get('bytes_recv')!]).toEqual(new Array(acknowledged).fill(100));
    }
  });

  it('is refused to a second one, saying who has the folder', async () => {
    await open();
    await expect(open()).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message: `${folder} is in use by this process: stop it first, or choose another data folder`,
    });
  });

  it('takes no more than it may hold back, and goes on when that is on the disk', async () => {
    const store = await open({ maxWaitingPoints: 10 });
    const first = store.write(points('a', 6));
    await expect(store.write(points('b', 5))).rejects.toMatchObject({ code: 'ERR_STORE_OVERLOADED' });
    await first;
    await store.write(points('b', 5));
    expect((await store.hosts()).map(({ host }) => host)).toEqual(['a', 'b']);
  });

  it('refuses points that cannot be, and keeps the others of the same write', async () => {
    const store = await open();
    const future = points('b', 2, Date.now() + 7_200_000);
    await expect(store.write([...points('a', 1), ...future])).rejects.toMatchObject({
      code: 'ERR_STORE_REFUSED',
      message: expect.stringMatching(
        /^2 points were refused and the others stored; the first: time \S+Z is too far ahead, later than \S+Z: is the sender's clock right\?$/,
      ),
    });
    expect((await store.hosts()).map(({ host }) => host)).toEqual(['a']);
  });

  it('refuses new series above each limit, point by point, and those that are there go on after a restart', async () => {
    const limits = { series: 4, seriesPerHost: 2, hosts: 2 };
    let store = await open({ limits });
    const of = (host: string, cpu: string) => point('cpu', { cpu, host }, { f: 1 }, startMs);
    const sent = [of('a', '0'), of('a', '1'), of('a', '2'), of('b', '0'), of('c', '0'), of('b', '1')];
    const more = point('cpu', { cpu: '0' }, { f: 1 }, startMs);
    for (let round = 0; round < 2; round += 1) {
      await expect(store.write([...sent, more])).rejects.toMatchObject({
        code: 'ERR_STORE_REFUSED',
        refused: {
          count: 3,
          first: [
            { index: 2, reason: 'a new series of a host that has 2 already (limits.series-per-host)' },
            { index: 4, reason: 'a new host, and there are 2 already (limits.hosts)' },
            { index: 6, reason: 'a new series, and there are 4 already (limits.series)' },
          ],
        },
      });
      await store.close();
      store = await open({ limits });
    }
    expect((await store.hosts()).map(({ host }) => host).sort()).toEqual(['a', 'b']);
  });

  it('tells everyone who waits, and everyone who comes, that its thread died', async () => {
    const failures: StoreError[] = [];
    const store = await open({ onFailure: (error) => failures.push(error) });
    await store.write(points('a', 1));
    const asked = [store.latest([null as never]), store.write(points('b', 1)), store.hosts()];
    const dead = {
      code: 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining("The store's thread failed"),
    };
    expect(await Promise.allSettled(asked)).toEqual(
      asked.map(() => ({ status: 'rejected', reason: expect.objectContaining(dead) })),
    );
    await expect(store.hosts()).rejects.toMatchObject(dead);
    expect(failures).toMatchObject([dead]);
    await store.close();
    expect(await (await open()).hosts()).toMatchObject([{ host: 'a', newestMs: startMs }]);
  });

  it('finishes the writes that are on their way before it closes', async () => {
    const store = await open();
    const writes = [store.write(points('a', 3)), store.write(points('b', 3))];
    await store.close();
    await Promise.all(writes);
    expect((await (await open()).hosts()).map(({ host }) => host)).toEqual(['a', 'b']);
  });
});
