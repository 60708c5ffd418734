import fastify from 'fastify';
import pino from 'pino';
import { expect, it } from 'vitest';
import { hostRoutes } from '../../src/api/hosts.ts';
import { kindOf } from '../../src/metrics/kinds.ts';
import { Publisher } from '../../src/publish/publisher.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { point } from '../support/points.ts';

function setUp() {
  const clock = new FakeClock();
  const store = new MemoryStore();
  const publisher = new Publisher({
    store,
    clock,
    matches: () => false,
    intervalMs: 10_000,
    log: pino({ level: 'silent' }),
    publish: () => {},
    retract: () => {},
  });
  const app = fastify();
  hostRoutes(app, { publisher, store, intervalMs: 10_000, kindOf });
  const get = async (url: string) => {
    const response = await app.inject({ url });
    return { status: response.statusCode, body: response.json() };
  };
  return { store, get, nowMs: clock.nowMs() };
}

it('says why the store could not be asked, not that the host is unknown', async () => {
  const { store, get } = setUp();
  store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'InfluxDB refused the connection');
  expect(await get('/api/hosts/web-1')).toMatchObject({
    status: 200,
    body: { host: 'web-1', source: 'InfluxDB refused the connection', seenMs: null, panels: {} },
  });
  expect(await get('/api/hosts/web-1/history?from=0&to=1000')).toEqual({
    status: 503,
    body: { error: 'InfluxDB refused the connection', code: 'ERR_STORE_UNAVAILABLE' },
  });
  expect(await get('/api/hosts')).toMatchObject({
    status: 200,
    body: { source: 'InfluxDB refused the connection' },
  });
});

it('finds a host by any name, and says that there is none', async () => {
  const { store, get, nowMs } = setUp();
  const host = 'a/b <서버>.%';
  await store.write([point('mem', { host }, { used_percent: 5 }, nowMs)]);
  expect(await get(`/api/hosts/${encodeURIComponent(host)}`)).toMatchObject({ status: 200, body: { host } });
  expect(await get('/api/hosts/nobody')).toEqual({
    status: 404,
    body: { error: 'no data of a host named "nobody"' },
  });
});

it('gives history in columns, with null where there was no data', async () => {
  const { store, get } = setUp();
  const at = (n: number) => 1_795_305_600_000 + n * 10_000;
  await store.write([
    point('mem', { host: 'a' }, { used_percent: 5 }, at(0)),
    point('mem', { host: 'a' }, { used_percent: 7 }, at(2)),
    point('net', { host: 'a', interface: 'eth0' }, { bytes_recv: 0 }, at(0)),
    point('net', { host: 'a', interface: 'eth0' }, { bytes_recv: 500 }, at(2)),
  ]);
  expect(await get(`/api/hosts/a/history?from=${at(0)}&to=${at(3)}&points=300`)).toEqual({
    status: 200,
    body: {
      host: 'a',
      bucketMs: 10_000,
      times: [at(0), at(1), at(2)],
      panels: { mem: { used_percent: [5, null, 7] }, net: { eth0: { bytes_recv: [null, null, 25] } } },
    },
  });
});

it.each([
  ['', [6, 8]],
  ['&statistic=mean', [6, 8]],
  ['&statistic=min', [5, 8]],
  ['&statistic=max', [7, 8]],
])('gives of gauges what is asked for: %s, and counters per second all the same', async (query, mem) => {
  const { store, get } = setUp();
  const at = (n: number) => 1_795_305_600_000 + n * 10_000;
  for (const [n, used] of [5, 7, 8, 8].entries()) {
    await store.write([
      point('mem', { host: 'a' }, { used_percent: used }, at(n)),
      point('net', { host: 'a', interface: 'eth0' }, { bytes_recv: n * 500 }, at(n)),
    ]);
  }
  const { body } = await get(`/api/hosts/a/history?from=${at(0)}&to=${at(4)}&points=2${query}`);
  expect(body.panels).toEqual({ mem: { used_percent: mem }, net: { eth0: { bytes_recv: [50, 50] } } });
});

it.each([
  ['from=0&to=1&statistic=median', '"statistic" is mean, min or max'],
  ['from=0&to=1&statistic=min&statistic=max', '"statistic" is mean, min or max'],
  ['from=-1&to=1', '"from" is before 1970'],
  ['from=0&to=1.5', '"to" is a time in whole ms'],
  ['from=0', '^"to" is a time in epoch ms$'],
  ['from=x&to=5', '^"from" is a time in epoch ms$'],
  ['from=5&to=5', 'must be later'],
  ['from=0&to=1&points=0', 'points'],
  ['from=0&to=1&points=2001', 'points'],
  [`from=0&to=${400 * 86_400_000 + 1}`, '400 days'],
])('refuses history of %s', async (query, reason) => {
  const { get } = setUp();
  const { status, body } = await get(`/api/hosts/a/history?${query}`);
  expect(status).toBe(400);
  expect(body.error).toMatch(new RegExp(reason));
});

it('answers one who asks for a hundred histories at once with all of them, two at a time', async () => {
  const { store, get, nowMs } = setUp();
  await store.write([point('mem', { host: 'a' }, { used_percent: 1 }, nowMs)]);
  let underWay = 0;
  let most = 0;
  const history = store.history.bind(store);
  store.history = async (query) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return history(query);
  };
  const asked = Array.from({ length: 100 }, (_, n) =>
    get(`/api/hosts/a/history?from=${nowMs - n}&to=${nowMs + 10_000}`),
  );
  expect((await Promise.all(asked)).filter(({ status }) => status === 200)).toHaveLength(100);
  expect(most).toBe(2);
});
