import fastify from 'fastify';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { hostRoutes } from '../../src/api/hosts.ts';
import { kindOf } from '../../src/metrics/kinds.ts';
import { Publisher } from '../../src/publish/publisher.ts';
import { anonymous, type Scope } from '../../src/security/principal.ts';
import { type History, type HistoryQuery, StoreError } from '../../src/store/metricStore.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { point } from '../support/points.ts';

const startMs = Date.UTC(2026, 10, 22, 12, 0, 0);
const at = (n: number) => startMs + n * 10_000;

/** A store that counts the questions for history, and answers them when it is told to. */
class HeldStore extends MemoryStore {
  readonly asked: HistoryQuery[] = [];
  held: Promise<void> = Promise.resolve();

  override async history(query: HistoryQuery): Promise<History> {
    this.asked.push(query);
    await this.held;
    return super.history(query);
  }
}

function setUp(scope?: Scope) {
  const clock = new FakeClock(at(3));
  const store = new HeldStore();
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
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    request.principal = { ...anonymous, ...(scope && { scope }) };
  });
  hostRoutes(app, { publisher, store, intervalMs: 10_000, kindOf, clock });
  const ask = async (query: string, headers: Record<string, string> = {}) => {
    const response = await app.inject({ url: `/api/hosts/history${query}`, headers });
    return { status: response.statusCode, headers: response.headers, text: response.body };
  };
  const get = async (query: string) => {
    const { status, text } = await ask(query);
    return { status, body: JSON.parse(text) as unknown };
  };
  return { clock, store, publisher, app, ask, get };
}

const range = `from=${at(0)}&to=${at(3)}`;

async function fleetOf(store: MemoryStore): Promise<void> {
  const own = { host: 'web-1', dc: 'icn' };
  for (const n of [0, 1, 2]) {
    await store.write([
      point('cpu', { ...own, cpu: 'cpu-total' }, { usage_idle: 90 - n }, at(n)),
      point('cpu', { ...own, cpu: 'cpu0' }, { usage_idle: 1 }, at(n)),
      point('mem', own, { used_percent: 50 + n }, at(n)),
      point('disk', { ...own, path: '/' }, { used_percent: 71.3 }, at(n)),
      point('disk', { ...own, path: '/boot' }, { used_percent: 20 }, at(n)),
      point('diskio', { ...own, name: 'sda' }, { io_time: n * 3_100, read_bytes: n * 1_000 }, at(n)),
      point('diskio', { ...own, name: 'sdb' }, { io_time: n * 50_000, read_bytes: n * 500 }, at(n)),
      point('diskio', { ...own, name: 'sda1' }, { io_time: n * 90_000, read_bytes: n * 1_000 }, at(n)),
      point('net', { ...own, interface: 'eth0' }, { bytes_recv: n * 1_000 }, at(n)),
      point('net', { ...own, interface: 'docker0' }, { bytes_recv: n * 7_000 }, at(n)),
    ]);
  }
  await store.write([
    point('mem', { host: 'db-1', dc: 'nrt' }, { used_percent: 7 }, at(1)),
    point('system', { host: 'db-1', dc: 'nrt' }, { load1: 0.5 }, at(1)),
  ]);
}

describe('GET /api/hosts/history', () => {
  it('gives columns of the fleet by the rules of the fleet snapshot, with null where there was no data', async () => {
    const { store, get } = setUp();
    await fleetOf(store);
    const columns = 'cpu,memory,disk,load1,diskRead,diskBusy,netIn,netOut';
    expect(await get(`?columns=${columns}&${range}`)).toEqual({
      status: 200,
      body: {
        bucketMs: 10_000,
        times: [at(0), at(1), at(2)],
        hosts: {
          'db-1': { memory: [null, 7, null], load1: [null, 0.5, null] },
          'web-1': {
            cpu: [10, 11, 12],
            memory: [50, 51, 52],
            disk: [71.3, 71.3, 71.3],
            diskRead: [null, 150, 150],
            diskBusy: [null, 100, 100],
            netIn: [null, 100, 100],
          },
        },
      },
    });
  });

  it('shows those in the scope alone', async () => {
    const { store, get } = setUp({ tags: { dc: 'nrt' } });
    await fleetOf(store);
    expect(await get(`?columns=memory&${range}`)).toMatchObject({
      status: 200,
      body: { hosts: { 'db-1': { memory: [null, 7, null] } } },
    });
    expect((await get(`?columns=memory&${range}`)).body).not.toHaveProperty('hosts.web-1');
    expect((await get(`?columns=cpu&${range}`)).body).toMatchObject({ hosts: {} });
  });

  it('asks the store once for a thousand viewers, and again when an interval has passed', async () => {
    const { store, clock, ask } = setUp();
    await fleetOf(store);
    let release = () => {};
    store.held = new Promise((resolve) => {
      release = resolve;
    });
    const viewers = Array.from({ length: 1_000 }, (_, n) =>
      ask(`?columns=cpu,memory&from=${at(0) + n}&to=${at(3) - n}`),
    );
    await Promise.resolve();
    release();
    const answers = new Set((await Promise.all(viewers)).map(({ status, text }) => `${status} ${text}`));
    expect(answers.size).toBe(1);
    expect(store.asked.map(({ selection }) => selection.measurement)).toEqual(['cpu', 'mem']);

    await ask(`?columns=memory&${range}`);
    expect(store.asked).toHaveLength(2);
    await clock.advance(9_999);
    await ask(`?columns=memory&${range}`);
    expect(store.asked).toHaveLength(2);
    await clock.advance(1);
    await ask(`?columns=memory&${range}`);
    expect(store.asked).toHaveLength(3);
  });

  it('asks the store of two columns at a time, whatever the number of questions', async () => {
    const { store, publisher, ask } = setUp();
    await fleetOf(store);
    await publisher.fleet();
    let release = () => {};
    store.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = [1, 2, 3, 4].map((n) => ask(`?columns=cpu,memory&from=${at(-n)}&to=${at(3)}`));
    while (store.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(store.asked).toHaveLength(2);
    release();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(store.asked).toHaveLength(8);
  });

  it('says when nothing has changed', async () => {
    const { store, ask } = setUp();
    await fleetOf(store);
    const { headers, text } = await ask(`?columns=cpu&${range}`);
    expect(headers.etag).toMatch(/^"[\w-]{22}"$/);
    expect(headers['cache-control']).toBe('private, no-cache');
    const again = await ask(`?columns=cpu&${range}`, { 'if-none-match': `"x", W/${headers.etag}` });
    expect(again).toMatchObject({ status: 304, text: '' });
    const other = await ask(`?columns=cpu&${range}`, { 'if-none-match': '*' });
    expect(other).toMatchObject({ status: 200, text });
  });

  it('says why the store did not answer, and asks again at the next question', async () => {
    const { store, get } = setUp();
    await fleetOf(store);
    await get('?columns=cpu&from=0&to=1');
    store.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'InfluxDB refused the connection');
    expect(await get(`?columns=cpu&${range}`)).toEqual({
      status: 503,
      body: { error: 'InfluxDB refused the connection', code: 'ERR_STORE_UNAVAILABLE' },
    });
    store.failure = undefined;
    expect(await get(`?columns=cpu&${range}`)).toMatchObject({ status: 200 });
  });

  it.each([
    ['columns=', '"columns" names some of cpu, memory, swap'],
    ['columns=cpu,constructor', '"columns" names some of cpu'],
    ['columns=host', '"columns" names some of cpu'],
    ['columns=cpu&columns=memory', '"columns" is to be given once'],
    ['columns=cpu&from=5&to=5', 'must be later'],
    ['columns=cpu&from=0', '"to" is a time in epoch ms'],
    ['columns=cpu&from=-1&to=5', '"from" is before 1970'],
    ['columns=cpu&from=0.5&to=5', '"from" is a time in whole ms'],
    ['columns=cpu&from=0&to=8640000000000001', '"to" is later than any date'],
    ['columns=cpu&from=0&to=1&points=0', 'points'],
    ['columns=cpu&from=0&to=1&points=501', 'points'],
    [`columns=cpu&from=0&to=${31 * 86_400_000 + 1}`, '31 days'],
    ['columns=cpu&from=0&to=1&statistic=max', '"statistic"'],
  ])('refuses %s', async (query, reason) => {
    const { get } = setUp();
    const { status, body } = await get(`?${query.includes('from') ? query : `${query}&${range}`}`);
    expect(status).toBe(400);
    expect((body as { error: string }).error).toContain(reason);
  });

  it('takes the longest range and the most points', async () => {
    const { get } = setUp();
    const query = `columns=cpu&from=${startMs}&to=${startMs + 31 * 86_400_000}&points=500`;
    expect(await get(`?${query}`)).toMatchObject({ status: 200, body: { hosts: {} } });
  });

  it('refuses more figures than can be given', async () => {
    const { store, get } = setUp();
    const hosts = Array.from({ length: 1_700 }, (_, n) =>
      point('mem', { host: `h${n}` }, { used_percent: 1 }, at(0)),
    );
    await store.write(hosts);
    const columns = 'cpu,memory,swap,disk,load1,diskRead';
    const day = `from=${at(0)}&to=${at(0) + 5_000_000}&points=500`;
    expect(await get(`?columns=${columns}&${day}`)).toEqual({
      status: 400,
      body: {
        error: '5100000 figures were asked for, at most 5000000 are given: ask for fewer points or columns',
      },
    });
    expect(store.asked).toEqual([]);
  });
});

describe('a host called history', () => {
  it('has its snapshot where the fleet has its history, and its own history', async () => {
    const { store, app, get } = setUp();
    expect(await get('')).toEqual({ status: 404, body: { error: 'no data of a host named "history"' } });
    await store.write([point('mem', { host: 'history' }, { used_percent: 5 }, at(2))]);
    expect(await get('')).toMatchObject({
      status: 200,
      body: { host: 'history', panels: { mem: { used_percent: 5 } } },
    });
    const { body } = await app.inject({ url: `/api/hosts/history/history?${range}` });
    expect(JSON.parse(body)).toMatchObject({
      host: 'history',
      panels: { mem: { used_percent: [null, null, 5] } },
    });
  });
});

describe('GET /api/hosts/:host/history', () => {
  it('asks the store once for equal questions that come together', async () => {
    const { store, app } = setUp();
    await fleetOf(store);
    let release = () => {};
    store.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = Array.from({ length: 50 }, () => app.inject({ url: `/api/hosts/web-1/history?${range}` }));
    await Promise.resolve();
    release();
    expect(new Set((await Promise.all(asked)).map(({ body }) => body)).size).toBe(1);
    expect(store.asked).toHaveLength(1);
    await app.inject({ url: `/api/hosts/web-1/history?${range}` });
    expect(store.asked).toHaveLength(2);
  });
});
