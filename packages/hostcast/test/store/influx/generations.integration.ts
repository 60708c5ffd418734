import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createInfluxClient, type InfluxClient } from '../../../src/store/influx/client.ts';
import { listDatabases } from '../../../src/store/influx/databases.ts';
import { openInfluxStore } from '../../../src/store/influx/store.ts';
import type { InfluxCredentials } from '../../../src/store/influx/version.ts';
import { type Influxd, influxdMissing, startInfluxd } from '../../support/influxd.ts';
import type { FakeInflux } from '../../support/influxFakes/fakeInflux.ts';
import { startInfluxThree } from '../../support/influxFakes/influxThree.ts';
import { startInfluxTwo } from '../../support/influxFakes/influxTwo.ts';
import { storeContract } from '../storeContract.ts';

const token = 'apiv3_long-and_random==';
const user = { name: 'kim', password: 'höch:st' };
const reader = { name: 'hostcast', password: 's3cret:ä' };
const nowMs = 1_700_000_000_000;

describe.skipIf(influxdMissing)(`each InfluxDB${influxdMissing ? `: ${influxdMissing}` : ''}`, () => {
  let influxd: Influxd;
  let locked: Influxd;

  beforeAll(async () => {
    influxd = await startInfluxd();
    locked = await startInfluxd({ admin: { name: 'root', password: 'rootpass' } });
    await locked.query(`CREATE USER hostcast WITH PASSWORD '${reader.password}'`);
  });

  afterAll(async () => {
    await influxd?.stop();
    await locked?.stop();
  });

  const two = () => startInfluxTwo({ influxdUrl: influxd.url, token, user });
  const three = (version: '3.0.2' | '3.7.0') => () =>
    startInfluxThree({ influxdUrl: influxd.url, token, version });
  const generations: readonly [string, () => Promise<FakeInflux>][] = [
    ['2.7 (fake)', two],
    ['3.0 (fake)', three('3.0.2')],
    ['3.7 (fake)', three('3.7.0')],
  ];

  for (const [name, start] of generations) {
    storeContract(
      `the InfluxDB store over ${name}`,
      async () => {
        const fake = await start();
        const database = await influxd.createDatabase();
        const open = () =>
          openInfluxStore({ url: fake.url, database, token, intervalMs: 10_000, timeoutMs: 5_000 });
        return { store: await open(), cleanup: fake.close, reopen: open };
      },
      { mixesNumericTypes: false },
    );
  }

  storeContract(
    'the InfluxDB store over 1.6 with logins',
    async () => {
      const database = await locked.createDatabase();
      await locked.query(`GRANT ALL ON "${database}" TO hostcast`);
      const login = { username: reader.name, password: reader.password };
      const options = { url: locked.url, database, ...login, intervalMs: 10_000, timeoutMs: 5_000 };
      return { store: await openInfluxStore(options), cleanup: async () => {} };
    },
    { mixesNumericTypes: false },
  );

  describe('logged in to', () => {
    const login = { username: user.name, password: user.password };
    const starts = new Map(generations);
    it.each<[string, string, InfluxCredentials]>([
      ['2.7 (fake)', 'a token', { token }],
      ['2.7 (fake)', 'user and password', login],
      ['2.7 (fake)', 'a token, whatever user is given with it', { token, username: 'x', password: 'y' }],
      ['3.0 (fake)', 'a token', { token }],
      ['3.0 (fake)', 'a token, whatever user is given with it', { token, username: 'x', password: 'y' }],
      ['3.7 (fake)', 'a token', { token }],
      ['3.7 (fake)', 'the token as password', { username: 'anybody', password: token }],
    ])('%s by %s', async (name, _kind, credentials) => {
      const fake = await starts.get(name)!();
      const client = createInfluxClient({ url: fake.url, timeoutMs: 5_000, ...credentials });
      expect(await client.query('SHOW DATABASES')).toMatchObject([{ name: 'databases' }]);
      client.close();
      await fake.close();
    });

    it.each<[string, string]>([
      [
        '2.7 (fake)',
        'InfluxDB at URL refused the login (401): check user and password, or token: unauthorized access',
      ],
      ['3.0 (fake)', 'InfluxDB at URL refused the login (401): check user and password, or token'],
      ['3.7 (fake)', 'InfluxDB at URL refused the login (401): check user and password, or token'],
    ])('%s by a wrong token it says so', async (name, message) => {
      const fake = await starts.get(name)!();
      const client = createInfluxClient({ url: fake.url, timeoutMs: 5_000, token: 'wrong' });
      await expect(client.query('SHOW DATABASES')).rejects.toThrow(message.replace('URL', fake.url));
      client.close();
      await fake.close();
    });

    it('1.6 by a wrong password, or without the right to read, it says so', async () => {
      const database = await locked.createDatabase();
      const asked = (credentials: InfluxCredentials) =>
        createInfluxClient({ url: locked.url, timeoutMs: 5_000, ...credentials }).query('SHOW TAG KEYS', {
          database,
        });
      await expect(asked({ username: 'hostcast', password: 'wrong' })).rejects.toThrow(
        `InfluxDB at ${locked.url} refused the login (401): check user and password, or token: authorization failed`,
      );
      await expect(asked({})).rejects.toThrow(
        `InfluxDB at ${locked.url} refused the login (401): check user and password, or token: ` +
          'unable to parse authentication credentials',
      );
      await expect(asked({ username: reader.name, password: reader.password })).rejects.toThrow(
        `InfluxDB at ${locked.url} refused the login (403): check user and password, or token: ` +
          `error authorizing query: hostcast not authorized to execute statement 'SHOW TAG KEYS', requires READ on ${database}`,
      );
    });
  });

  it('1.6 takes a user and a token that is given as well', async () => {
    const login = { username: reader.name, password: reader.password, token };
    const client = createInfluxClient({ url: locked.url, timeoutMs: 5_000, ...login });
    expect(await client.query('SHOW DATABASES')).toMatchObject([{ name: 'databases' }]);
    client.close();
  });

  describe.each(generations)('%s', (name, start) => {
    let fake: FakeInflux;
    let client: InfluxClient;

    beforeEach(async () => {
      fake = await start();
      client = createInfluxClient({ url: fake.url, timeoutMs: 5_000, token });
    });

    afterEach(async () => {
      client.close();
      await fake.close();
    });

    it('lists its databases with their hosts', async () => {
      const database = await influxd.createDatabase();
      await influxd.createDatabase();
      await client.write(`mem,host=b used=1i ${nowMs}000000\nmem,host=a used=1i ${nowMs}000000\n`, {
        database,
      });
      const listed = await listDatabases(client, nowMs + 1);
      expect(listed).toContainEqual({ name: database, hosts: ['a', 'b'] });
      expect(listed.map((one) => one.name)).not.toContain('_internal');
    });

    it('takes lines compressed', async () => {
      const database = await influxd.createDatabase();
      await expect(
        client.write(`mem,host=a used=1i ${nowMs}000000\n`, { database, gzip: true }),
      ).resolves.toBeUndefined();
    });

    it('says which database it lacks', async () => {
      const message = {
        '2.7 (fake)': 'refused the query: database not found: nowhere',
        '3.0 (fake)': 'refused the request (404): query error: database not found: nowhere',
        '3.7 (fake)': 'refused the query: Database nowhere not found',
      }[name];
      await expect(client.query('SHOW TAG KEYS', { database: 'nowhere' })).rejects.toThrow(
        `InfluxDB at ${fake.url} ${message}`,
      );
    });

    it('joins the chunks of a series', async () => {
      const database = await influxd.createDatabase();
      const lines = Array.from(
        { length: 25_000 },
        (_, index) => `mem,host=a used=${index}i ${nowMs + index}000000\n`,
      );
      await client.write(lines.join(''), { database });
      const statement =
        `SELECT mean("used") FROM "mem" WHERE time >= ${nowMs}ms AND time < ${nowMs + 25_000}ms ` +
        'GROUP BY time(1ms), * fill(none)';
      const [series, ...others] = await client.query(statement, { database });
      expect(others).toEqual([]);
      expect(series?.rows).toHaveLength(25_000);
      expect(series?.rows.at(-1)).toEqual([nowMs + 24_999, 24_999]);
    });
  });

  it('1.6 gives all rows whatever its max-row-limit, and says what its max-select-buckets refuses', async () => {
    const narrow = await startInfluxd({
      coordinator: 'max-select-buckets = 100',
      http: 'max-row-limit = 100',
    });
    const database = await narrow.createDatabase();
    const client = createInfluxClient({ url: narrow.url, timeoutMs: 5_000 });
    const lines = Array.from({ length: 1_000 }, (_, index) => `mem,host=a used=1i ${nowMs + index}000000\n`);
    await client.write(lines.join(''), { database });
    const range = `time >= ${nowMs}ms AND time < ${nowMs + 1_000}ms`;
    const [series] = await client.query(`SELECT "used" FROM "mem" WHERE ${range}`, { database });
    expect(series?.rows).toHaveLength(1_000);
    const fine = `SELECT mean("used") FROM "mem" WHERE ${range} GROUP BY time(1ms)`;
    await expect(client.query(fine, { database })).rejects.toThrow(
      `InfluxDB at ${narrow.url} refused the query: max-select-buckets limit exceeded: (1000/100)`,
    );
    client.close();
    await narrow.stop();
  });

  it('2.7 finds a bucket whose name holds a policy', async () => {
    const fake = await two();
    const client = createInfluxClient({ url: fake.url, timeoutMs: 5_000, token });
    const database = await influxd.createDatabase();
    await influxd.query(`CREATE RETENTION POLICY "week" ON "${database}" DURATION 0s REPLICATION 1`);
    const bucket = `${database}/week`;
    await client.write(`mem,host=a used=7i ${nowMs}000000\n`, { database: bucket });
    const statement = `SELECT "used" FROM "mem" WHERE time >= ${nowMs}ms AND time < ${nowMs + 1}ms`;
    expect(await client.query(statement, { database: bucket })).toMatchObject([{ rows: [[nowMs, 7]] }]);
    expect(await client.query(statement, { database })).toEqual([]);
    client.close();
    await fake.close();
  });
});
