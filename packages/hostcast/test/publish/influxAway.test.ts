import { isPattern, matches } from '@hostcast/stomp';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Publisher } from '../../src/publish/publisher.ts';
import type { FleetSnapshot } from '../../src/publish/snapshots.ts';
import { type InfluxStore, openInfluxStore } from '../../src/store/influx/store.ts';
import { FakeClock, settle } from '../support/fakeClock.ts';
import { type FaultyInflux, startFaultyInflux } from '../support/faultyInflux.ts';
import { httpAnswer } from '../support/rawServer.ts';

const noon = Date.UTC(2026, 10, 22, 12, 0, 0);
const json = 'application/json';
const html = '<html><body>Bad gateway</body></html>';

let clock: FakeClock;
let influx: FaultyInflux;
let store: InfluxStore;
let publisher: Publisher;
let fleets: FleetSnapshot[];

beforeEach(async () => {
  clock = new FakeClock(noon + 2_000);
  fleets = [];
  influx = await startFaultyInflux(() => clock.nowMs());
  await open(200);
});

async function open(timeoutMs: number): Promise<void> {
  await publisher?.close();
  await store?.close();
  const now = () => clock.nowMs();
  store = await openInfluxStore({
    url: influx.url,
    database: 'telegraf',
    intervalMs: 10_000,
    timeoutMs,
    now,
  });
  publisher = new Publisher({
    store,
    clock,
    intervalMs: 10_000,
    log: pino({ level: 'silent' }),
    matches: (pattern, destination) => isPattern(pattern) && matches(pattern, destination),
    publish: (destination, body) => {
      if (destination === '/topic/hosts') fleets.push(JSON.parse(body) as FleetSnapshot);
    },
    retract: () => {},
  });
}

afterEach(async () => {
  await store.close();
  await influx.stop();
  await publisher.close();
});

/** One tick, 10 s after the one before; gives the source, with the server's address as `URL`, and the cpu. */
async function tick(): Promise<readonly [string, unknown]> {
  await clock.advance(10_000);
  await publisher.tick();
  const { source, rows } = fleets.at(-1)!;
  return [source.replaceAll(influx.url, 'URL'), rows[0]?.[4]];
}

const away = 'InfluxDB at URL did not answer within 0.2 s';

describe('an InfluxDB that', () => {
  it.each<[string, FaultyInflux['fault'], string]>([
    ['accepts and is silent', { kind: 'silent' }, away],
    ['sends headers, then nothing', { kind: 'headers, then nothing', onlyQuery: true }, away],
    ['sends an octet at a time', { kind: 'an octet at a time', onlyQuery: true }, away],
    ['resets connections', { kind: 'reset' }, 'InfluxDB at URL closed the connection before it had answered'],
    [
      'answers 500',
      { octets: httpAnswer('500 Internal Server Error', json, '{"error":"engine is closed"}') },
      'InfluxDB at URL answered 500: engine is closed',
    ],
    [
      'answers 503 by a page',
      { octets: httpAnswer('503 Service Unavailable', 'text/html', html) },
      'InfluxDB at URL answered 503',
    ],
    [
      'answers 500 to statements only',
      { octets: httpAnswer('500 Internal Server Error', json, '{"error":"timeout"}'), onlyQuery: true },
      'InfluxDB at URL answered 500: timeout',
    ],
    [
      'refuses the login',
      { octets: httpAnswer('401 Unauthorized', json, '{"error":"authorization failed"}') },
      'InfluxDB at URL refused the login (401): check user and password, or token: authorization failed',
    ],
    [
      'refuses the login without a word',
      { octets: httpAnswer('401 Unauthorized', 'text/plain', '') },
      'InfluxDB at URL refused the login (401): check user and password, or token',
    ],
    [
      'answers by a page',
      { octets: httpAnswer('200 OK', 'text/html', html) },
      'InfluxDB at URL sent an answer that cannot be read (text/html, not JSON: is it InfluxDB?)',
    ],
    [
      'sends elsewhere',
      { octets: httpAnswer('302 Found', 'text/html', '', 'Location: http://127.0.0.1:1/\r\n') },
      'InfluxDB at URL answered 302, which is no answer to this: is it InfluxDB?',
    ],
    [
      'breaks off its JSON',
      { octets: httpAnswer('200 OK', json, '{"results":[{"ser'), onlyQuery: true },
      'InfluxDB at URL sent an answer that cannot be read (the JSON is broken off or damaged)',
    ],
    [
      'breaks off its answer',
      { octets: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"results":', onlyQuery: true },
      'InfluxDB at URL closed the connection before it had answered',
    ],
    [
      'tells an error within a 200',
      { octets: httpAnswer('200 OK', json, '{"results":[{"error":"shard 7 is gone"}]}'), onlyQuery: true },
      'InfluxDB at URL refused the query: shard 7 is gone',
    ],
    [
      'gives part of the rows',
      { octets: httpAnswer('200 OK', json, '{"results":[{"partial":true}]}'), onlyQuery: true },
      'InfluxDB at URL gave only part of the rows: raise its max-row-limit or ask for less',
    ],
    [
      'takes no more requests',
      { octets: httpAnswer('429 Too Many Requests', 'text/plain', '') },
      'InfluxDB at URL takes no more requests now (429)',
    ],
  ])(
    '%s is named in each tick, its last figures kept, and is live in the first tick after',
    async (_, fault, source) => {
      expect(await tick()).toEqual(['live', 25]);
      influx.fault = fault;
      expect(await tick()).toEqual([source, 25]);
      expect(await tick()).toEqual([source, 25]);
      influx.fault = undefined;
      expect(await tick()).toEqual(['live', 25]);
      expect(publisher.stats).toMatchObject({ rounds: 4, failedRounds: 2, skippedTicks: 0 });
    },
  );

  it('refuses connections is named likewise', async () => {
    expect(await tick()).toEqual(['live', 25]);
    await influx.stop();
    expect(await tick()).toEqual(['InfluxDB at URL refused the connection', 25]);
    expect(await tick()).toEqual(['InfluxDB at URL refused the connection', 25]);
    await influx.start();
    expect(await tick()).toEqual(['live', 25]);
  });

  it('was away when hostcast started is live in the first tick after', async () => {
    influx.fault = { kind: 'reset' };
    expect(await tick()).toEqual(['InfluxDB at URL closed the connection before it had answered', undefined]);
    influx.fault = undefined;
    expect(await tick()).toEqual(['live', 25]);
  });

  it.each<[string, FaultyInflux['fault'], readonly string[]]>([
    ['is down', { octets: httpAnswer('503 Service Unavailable', 'text/html', html) }, ['GET /ping']],
    [
      'fails all statements',
      { octets: httpAnswer('500 Internal Server Error', json, '{}'), onlyQuery: true },
      ['GET /ping', 'POST /query'],
    ],
  ])('%s for five minutes is tried once per tick', async (_, fault, trial) => {
    await tick();
    influx.fault = fault;
    await tick();
    const before = influx.requests.length;
    for (let count = 0; count < 30; count += 1) await tick();
    expect(influx.requests.slice(before)).toEqual(Array.from({ length: 30 }, () => trial).flat());
  });
});

describe('a round', () => {
  it('goes over the connections of the one before', async () => {
    await tick();
    await tick();
    const { connections } = influx;
    for (let count = 0; count < 10; count += 1) await tick();
    expect(influx.connections).toBe(connections);
    expect(influx.connections).toBeLessThanOrEqual(4);
  });

  it('is live also when the server has closed them meanwhile', async () => {
    expect(await tick()).toEqual(['live', 25]);
    await influx.stop();
    await influx.start();
    expect(await tick()).toEqual(['live', 25]);
    expect(publisher.stats.failedRounds).toBe(0);
  });

  it('is one, of the same statements, for 1 viewer and for 500', async () => {
    await tick();
    const selects = async (): Promise<number> => {
      const before = influx.statements.length;
      await tick();
      return influx.statements.slice(before).filter((statement) => statement.startsWith('SELECT ')).length;
    };
    await publisher.subscribed('/topic/hosts.web-1');
    const one = await selects();
    for (let viewer = 1; viewer < 500; viewer += 1) await publisher.subscribed('/topic/hosts.web-1');
    expect([one, await selects(), await selects()]).toEqual([1, 1, 1]);
    expect(store.stats.rounds).toBe(publisher.stats.rounds);
    expect(publisher.stats).toMatchObject({ failedRounds: 0, skippedTicks: 0 });
  });

  it('that takes longer than the interval lets ticks be skipped and counted, never two under way', async () => {
    await open(60_000);
    await tick();
    const rounds = store.stats.rounds;
    let answer = () => {};
    influx.pause = new Promise((resolve) => {
      answer = resolve;
    });
    publisher.start();
    await clock.advance(35_000);
    await settle();
    expect(store.stats.rounds).toBe(rounds + 1);
    expect(publisher.stats.skippedTicks).toBe(2);
    const late = fleets.length;
    influx.pause = undefined;
    answer();
    while (fleets.length === late) await settle();
    await clock.advance(5_000);
    while (fleets.length === late + 1) await settle();
    // The ticks keep to their moments, 2 s after the full ten.
    expect(fleets.slice(-1).map(({ time, source }) => [time % 10_000, source])).toEqual([[2_000, 'live']]);
    expect(publisher.stats.skippedTicks).toBe(2);
  });
});
