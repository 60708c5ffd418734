import type { LatestTable, Point, Selection } from '@hostcast/tsdb';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodePoints } from '../../../src/lineProtocol/encoder.ts';
import { createInfluxClient } from '../../../src/store/influx/client.ts';
import { listDatabases } from '../../../src/store/influx/databases.ts';
import { quotedStatement, quoteName, quoteValue, rawRows } from '../../../src/store/influx/influxql.ts';
import { type InfluxStore, openInfluxStore } from '../../../src/store/influx/store.ts';
import type { History } from '../../../src/store/metricStore.ts';
import { type Influxd, influxdMissing, startInfluxd } from '../../support/influxd.ts';
import { storeContract } from '../storeContract.ts';

describe.skipIf(influxdMissing)(`over a real influxd${influxdMissing ? `: ${influxdMissing}` : ''}`, () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await startInfluxd();
  });

  afterAll(async () => {
    await influxd?.stop();
  });

  const open = (
    database: string,
    nowMs = (): number => Date.now(),
    timeoutMs = 5_000,
  ): Promise<InfluxStore> =>
    openInfluxStore({ url: influxd.url, database, intervalMs: 10_000, timeoutMs, now: nowMs });

  storeContract(
    'the InfluxDB store',
    async () => {
      const database = await influxd.createDatabase();
      return { store: await open(database), cleanup: async () => {}, reopen: () => open(database) };
    },
    { mixesNumericTypes: false },
  );

  describe('the InfluxDB store in particular', () => {
    let database: string;
    let nowMs: number;
    let store: InfluxStore;
    /** Writes past the store, as Telegraf does. */
    const telegraf = async (points: readonly Point[]): Promise<void> => {
      await createInfluxClient({ url: influxd.url, timeoutMs: 5_000 }).write(encodePoints(points), {
        database,
      });
    };
    const latest = async (selection: Selection): Promise<readonly LatestTable[]> =>
      (await store.latest([selection]))[0]!;

    beforeEach(async () => {
      database = await influxd.createDatabase();
      nowMs = 1_700_000_000_000;
      store = await open(database, () => nowMs);
    });

    afterEach(async () => {
      await store.close();
    });

    it('asks one statement per measurement and list of fields in a round, whatever is watched', async () => {
      const hosts = Array.from({ length: 50 }, (_, index) => `web-${index}`);
      await telegraf(hosts.flatMap((host) => [mem(host, 1, nowMs), cpu(host, 'cpu-total', 90.5, nowMs)]));
      const selections: Selection[] = [
        { measurement: 'cpu', tags: [['cpu', 'cpu-total']], fields: ['usage_idle'] },
        { measurement: 'mem' },
        { measurement: 'mem' },
        { measurement: 'net', fields: ['bytes_recv'] },
        ...hosts.map((host): Selection => ({ tags: [['host', host]] })),
      ];
      const answers = await store.latest(selections);
      expect(store.stats).toEqual({ rounds: 1, statementsInRound: 2, statements: 4 });
      expect(answers[0]?.[0]?.series).toHaveLength(50);
      expect(answers.at(-1)?.map(({ measurement, series }) => [measurement, series.length])).toEqual([
        ['cpu', 1],
        ['mem', 1],
      ]);
      await store.latest(selections);
      expect(store.stats).toEqual({ rounds: 2, statementsInRound: 2, statements: 6 });
    });

    it('keeps the previous value of a host that reports more slowly than it looks back', async () => {
      await telegraf([mem('a', 1, nowMs)]);
      await latest({ measurement: 'mem' });
      for (let round = 1; round <= 12; round += 1) {
        nowMs += 10_000;
        await latest({ measurement: 'mem' });
      }
      await telegraf([mem('a', 2, nowMs)]);
      const [table] = await latest({ measurement: 'mem' });
      expect([table?.values, table?.previousValues]).toEqual([Float64Array.of(2), Float64Array.of(1)]);
    });

    it('looks back as far as the rounds that failed', async () => {
      await telegraf([mem('a', 1, nowMs)]);
      await latest({ measurement: 'mem' });
      await telegraf([mem('a', 2, nowMs + 10_000), mem('a', 3, nowMs + 20_000)]);
      nowMs += 60_000;
      const [table] = await latest({ measurement: 'mem' });
      expect([table?.values, table?.previousValues]).toEqual([Float64Array.of(3), Float64Array.of(2)]);
    });

    it('forgets a series that has been silent for ten minutes more than it looks back', async () => {
      await telegraf([mem('a', 1, nowMs)]);
      await latest({ measurement: 'mem' });
      nowMs += 690_000;
      expect(await latest({ measurement: 'mem' })).toHaveLength(1);
      nowMs += 10_000;
      await latest({ measurement: 'mem' });
      expect(await latest({ measurement: 'mem' })).toEqual([]);
    });

    it('sees hosts whose clock is up to an hour ahead', async () => {
      await telegraf([mem('fast', 1, nowMs + 3_599_000), mem('lost', 1, nowMs + 3_600_000)]);
      const [table] = await latest({ measurement: 'mem' });
      expect(table?.series).toEqual([[['host', 'fast']]]);
    });

    it('finds what Telegraf writes anew: at once where there was nothing, else within a minute', async () => {
      expect(await latest({ tags: [['host', 'a']] })).toEqual([]);
      await telegraf([mem('a', 1, nowMs)]);
      nowMs += 20_000;
      expect(await latest({ tags: [['host', 'a']] })).toHaveLength(1);
      await telegraf([cpu('a', 'cpu0', 1.5, nowMs)]);
      expect(await latest({ tags: [['host', 'a']] })).toHaveLength(1);
      nowMs += 60_000;
      expect(await latest({ tags: [['host', 'a']] })).toHaveLength(2);
      expect((await store.hosts()).map(({ host }) => host)).toEqual(['a']);
      await telegraf([mem('b', 1, nowMs)]);
      nowMs += 60_000;
      expect((await store.hosts()).map(({ host }) => host).sort()).toEqual(['a', 'b']);
    });

    it('tells a tag and a field of the same name apart', async () => {
      await influxd.query(`CREATE DATABASE "${database}"`);
      const odd: Point = {
        measurement: 'odd',
        tags: [['host', 'a']],
        fields: [{ name: 'host', type: 'float', value: 1.5 }],
        timeMs: nowMs,
      };
      await telegraf([odd]);
      const [table] = await latest({ tags: [['host', 'a']] });
      expect([table?.series, table?.fields, table?.values]).toEqual([
        [[['host', 'a']]],
        ['host'],
        Float64Array.of(1.5),
      ]);
    });

    it('answers the others when a host has a name that InfluxQL cannot express', async () => {
      const odd = `mem,host=carriage\rreturn used=1i ${nowMs}000000\n`;
      await createInfluxClient({ url: influxd.url, timeoutMs: 5_000 }).write(odd, { database });
      await telegraf([mem('a', 2, nowMs)]);
      expect((await store.hosts()).map(({ host }) => host).sort()).toEqual(['a', 'carriage\rreturn']);
      const answers = await store.latest([
        { tags: [['host', 'carriage\rreturn']] },
        { tags: [['host', 'a']] },
        { measurement: 'mem' },
      ]);
      expect(answers.map((tables) => tables[0]?.series.length)).toEqual([undefined, 1, 2]);
    });

    it('gives the same history whether it or InfluxDB makes the buckets', async () => {
      const start = Math.floor(nowMs / 60_000) * 60_000 - 3 * 3_600_000;
      const points: Point[] = [];
      let counter = 0;
      for (let at = -1; at < 1080; at += 1) {
        counter = at === 500 ? 17 : counter + 1000 + (at % 7) * 100;
        const gauge = 50 + 40 * Math.sin(at / 50);
        points.push(
          net('a', counter, gauge, start + at * 10_000),
          net('b', counter * 2, gauge, start + at * 10_000),
        );
      }
      await telegraf(points);
      const ask = (fromMs: number, toMs: number): Promise<History> =>
        store.history({ selection: { measurement: 'net' }, fromMs, toMs, bucketMs: 60_000 });
      const inThree = await Promise.all(
        [0, 1, 2].map((hour) => ask(start + hour * 3_600_000, start + (hour + 1) * 3_600_000)),
      );
      const whole = await ask(start, start + 3 * 3_600_000);
      expect(whole.times).toEqual(inThree.flatMap(({ times }) => times));
      for (const { tags, columns } of whole.series) {
        for (const [field, column] of columns) {
          const parts = inThree.flatMap(({ series }) => [
            ...series.find((one) => one.tags[0]?.[1] === tags[0]?.[1])!.columns.get(field)!,
          ]);
          expect(column).toHaveLength(180);
          column.forEach((value, bucket) => {
            expect(value).toBeCloseTo(parts[bucket]!, 6);
          });
        }
      }
      expect(whole.series.map(({ tags, columns }) => [tags[0]?.[1], [...columns.keys()]])).toEqual([
        ['a', ['speed', 'bytes_recv']],
        ['b', ['speed', 'bytes_recv']],
      ]);
    });

    it('reads answers of any number of rows', async () => {
      const startMs = nowMs - 7_200_000;
      const points = Array.from({ length: 36_000 }, (_, index) =>
        mem(`web-${index % 50}`, index, startMs + Math.floor(index / 50) * 10_000),
      );
      await store.write(points);
      const history = await store.history({
        selection: { measurement: 'mem' },
        fromMs: startMs,
        toMs: nowMs,
        bucketMs: 10_000,
      });
      expect(history.series).toHaveLength(50);
      for (const { columns } of history.series) expect(columns.get('used')).not.toContain(Number.NaN);
      const fine = await store.history({
        selection: { measurement: 'mem' },
        fromMs: startMs - 1_000_000,
        toMs: nowMs,
        bucketMs: 10_000,
      });
      expect(fine.series).toHaveLength(50);
      for (const { columns } of fine.series) {
        expect(columns.get('used')?.slice(100)).not.toContain(Number.NaN);
      }
    });

    it('says which points InfluxDB refused, and keeps the others', async () => {
      await store.write([mem('a', 1, nowMs)]);
      const conflict: Point = {
        ...mem('a', 1, nowMs),
        fields: [{ name: 'used', type: 'float', value: 1.5 }],
      };
      await expect(store.write([conflict, mem('b', 2, nowMs)])).rejects.toMatchObject({
        code: 'ERR_STORE_REFUSED',
        message: expect.stringContaining('field type conflict'),
      });
      expect((await store.hosts()).map(({ host }) => host)).toEqual(['a', 'b']);
    });

    it('names the database that does not exist', async () => {
      const lost = await open('nowhere');
      await expect(lost.latest([{ measurement: 'mem' }])).rejects.toMatchObject({
        code: 'ERR_STORE_REFUSED',
        message: `InfluxDB at ${influxd.url} refused the query: database not found: nowhere`,
      });
      await lost.close();
    });

    it('reads and writes the retention policy that is named', async () => {
      await influxd.query(`CREATE RETENTION POLICY "week" ON "${database}" DURATION 7d REPLICATION 1`);
      nowMs = Date.now();
      const options = { url: influxd.url, database, intervalMs: 10_000, timeoutMs: 5_000 };
      const week = await openInfluxStore({ ...options, retentionPolicy: 'week' });
      await week.write([mem('a', 1, nowMs)]);
      expect(await week.latest([{ measurement: 'mem' }])).toHaveLength(1);
      expect((await week.latest([{ measurement: 'mem' }]))[0]).toHaveLength(1);
      expect(await latest({ measurement: 'mem' })).toEqual([]);
      await week.close();
    });

    it('gives up on an influxd that hangs, and goes on when it does', async () => {
      const hasty = await open(database, () => nowMs, 200);
      await hasty.write([mem('a', 1, nowMs)]);
      process.kill(influxd.pid, 'SIGSTOP');
      try {
        await expect(hasty.latest([{ measurement: 'mem' }])).rejects.toMatchObject({
          code: 'ERR_STORE_UNAVAILABLE',
          message: `InfluxDB at ${influxd.url} did not answer within 0.2 s`,
        });
      } finally {
        process.kill(influxd.pid, 'SIGCONT');
      }
      expect((await hasty.latest([{ measurement: 'mem' }]))[0]).toHaveLength(1);
      await hasty.close();
    });

    it('lists the databases with their hosts', async () => {
      await store.write([mem('b', 1, nowMs), mem('a', 1, nowMs), cpu('a', 'cpu0', 1.5, nowMs)]);
      const client = createInfluxClient({ url: influxd.url, timeoutMs: 5_000 });
      expect(await listDatabases(client)).toContainEqual({ name: database, hosts: ['a', 'b'] });
      client.close();
    });
  });

  it('quotes any name and quotes or binds any value such that InfluxDB reads exactly that', async () => {
    const client = createInfluxClient({ url: influxd.url, timeoutMs: 5_000 });
    // What line protocol cannot express: what it escapes after a backslash, and a backslash at the end.
    const cannotBeWritten = /\\[\\,= "]|\\$|^#/;
    const text = fc
      .string({
        unit: fc.constantFrom(...'\'"\\`,;=()*/-$%#. abnrtu0', '서', '🦊', '\u00a0', '\u2028'),
        minLength: 1,
        maxLength: 8,
      })
      .filter((candidate) => !cannotBeWritten.test(candidate));
    const database = await influxd.createDatabase();
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (measurement, key, value, field) => {
        fc.pre(
          key !== field && !['time', '_measurement', '_field'].some((name) => [key, field].includes(name)),
        );
        const point: Point = {
          measurement,
          tags: [[key, value]],
          fields: [{ name: field, type: 'integer', value: 7 }],
          timeMs: 1_700_000_000_000,
        };
        await client.write(encodePoints([point]), { database });
        const statement =
          `SELECT ${quoteName(field)}, ${quoteName(key)} FROM ${quoteName(measurement)} ` +
          `WHERE ${quoteName(key)} = ${quoteValue(value)} AND time >= 1700000000000ms AND time < 1700000000001ms`;
        const expected = [{ name: measurement, rows: [[1_700_000_000_000, 7, value]] }];
        expect(await client.query(statement, { database })).toMatchObject(expected);
        const source = { measurement, fields: [field], tagKeys: [key], ambiguous: new Set<string>() };
        const range = { fromMs: 1_700_000_000_000, toMs: 1_700_000_000_001 };
        const bound = rawRows({ ...source, ...range, anyOf: [[[key, value]]] });
        expect(await client.query(bound, { database })).toMatchObject(expected);
        expect(await client.query(quotedStatement(bound), { database })).toMatchObject(expected);
        const others = rawRows({ ...source, ...range, anyOf: [[[key, `${value}x`]], [[key, `x${value}`]]] });
        expect(await client.query(others, { database })).toEqual([]);
        await influxd.query(`DROP MEASUREMENT ${quoteName(measurement)}`, database);
      }),
      { numRuns: 200 },
    );
    client.close();
  });
});

function mem(host: string, used: number, timeMs: number): Point {
  return {
    measurement: 'mem',
    tags: [['host', host]],
    fields: [{ name: 'used', type: 'integer', value: used }],
    timeMs,
  };
}

function cpu(host: string, name: string, idle: number, timeMs: number): Point {
  return {
    measurement: 'cpu',
    tags: [
      ['cpu', name],
      ['host', host],
    ],
    fields: [{ name: 'usage_idle', type: 'float', value: idle }],
    timeMs,
  };
}

function net(host: string, received: number, speed: number, timeMs: number): Point {
  return {
    measurement: 'net',
    tags: [['host', host]],
    fields: [
      { name: 'bytes_recv', type: 'integer', value: received },
      { name: 'speed', type: 'float', value: speed },
    ],
    timeMs,
  };
}
