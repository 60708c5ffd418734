import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Point } from '@hostcast/tsdb';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FleetSnapshot } from '../../../src/publish/snapshots.ts';
import type { MetricStore } from '../../../src/store/metricStore.ts';
import { openTee } from '../../../src/store/tee/open.ts';
import { HostcastProcess, makeFolder } from '../../support/hostcastProcess.ts';
import { type Influxd, influxdMissing, startInfluxd } from '../../support/influxd.ts';
import { startInfluxThree } from '../../support/influxFakes/influxThree.ts';
import { startInfluxTwo } from '../../support/influxFakes/influxTwo.ts';
import { point } from '../../support/points.ts';
import { TelegrafClient } from '../../support/telegrafClient.ts';
import { storeContract } from '../storeContract.ts';

const text = `hostcast before a real influxd${influxdMissing ? `: ${influxdMissing}` : ''}`;

describe.skipIf(influxdMissing)(text, () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await startInfluxd();
  });

  afterAll(async () => {
    await influxd?.stop();
  });

  storeContract(
    'the store before InfluxDB',
    async () => {
      const database = await influxd.createDatabase();
      const dataFolder = makeFolder();
      const open = async (): Promise<MetricStore> => {
        const store = await openTee({
          ...{ url: influxd.url, database, dataFolder, bufferBytes: 1_073_741_824 },
          ...{ intervalMs: 10_000, timeoutMs: 5_000, log: pino({ level: 'silent' }) },
        });
        const write = store.write.bind(store);
        // The contract asks at once, and for hours: memory alone has minutes.
        store.write = async (points) => {
          await write(points);
          await until(async () => store.forwarding!().bufferBytes === 0);
        };
        return store;
      };
      return { store: await open(), cleanup: async () => {}, reopen: open };
    },
    { mixesNumericTypes: false },
  );

  const startHostcast = (database: string, data?: string, flags: readonly string[] = []) =>
    HostcastProcess.start(
      ['--influx-url', influxd.url, '--influx-db', database, '--interval', '1s', ...flags],
      data === undefined ? {} : { data },
    );

  const token = 'apiv3_long-and-random';
  it.each([
    ['2.7', () => startInfluxTwo({ influxdUrl: influxd.url, token, user: { name: 'kim', password: 'p' } })],
    ['3.0', () => startInfluxThree({ influxdUrl: influxd.url, token, version: '3.0.2' })],
    ['3.7', () => startInfluxThree({ influxdUrl: influxd.url, token, version: '3.7.0' })],
  ])('hands on to InfluxDB %s (fake), and drops only what that cannot take', async (_, startFake) => {
    const fake = await startFake();
    onTestFinished(fake.close);
    const database = await influxd.createDatabase();
    const store = await openTee({
      ...{ url: fake.url, database, token, dataFolder: makeFolder(), bufferBytes: 1_073_741_824 },
      ...{ intervalMs: 10_000, timeoutMs: 5_000, log: pino({ level: 'silent' }) },
    });
    onTestFinished(() => store.close());
    const nowMs = Date.now();
    await store.write([point('mem', { host: 'a' }, { used: 1 }, nowMs - 10_000)]);
    await until(async () => store.forwarding!().forwardedLines === 1);
    const other = {
      ...point('mem', { host: 'a' }, {}, nowMs),
      fields: [{ name: 'used', type: 'string', value: 'x' }],
    };
    await store.write([other as Point, point('mem', { host: 'b' }, { used: 2 }, nowMs)]);
    await until(async () => store.forwarding!().bufferBytes === 0);
    expect(store.forwarding!()).toMatchObject({ forwardedLines: 2, droppedLines: 1, isFlowing: true });
    expect(await influxd.query("SELECT used FROM mem WHERE host = 'b'", database)).toContain(',2]');
  });

  it('keeps what a fake of InfluxDB 3 does not let in for want of its token', async () => {
    const fake = await startInfluxThree({ influxdUrl: influxd.url, token, version: '3.7.0' });
    onTestFinished(fake.close);
    const database = await influxd.createDatabase();
    const open = { url: fake.url, database, dataFolder: makeFolder(), bufferBytes: 1_073_741_824 };
    const rest = { intervalMs: 10_000, timeoutMs: 5_000, log: pino({ level: 'silent' }) };
    const locked = await openTee({ ...open, ...rest, token: 'another' });
    await locked.write([point('mem', { host: 'a' }, { used: 1 }, Date.now())]);
    await until(async () => !locked.forwarding!().isFlowing);
    expect(locked.forwarding!()).toMatchObject({ forwardedLines: 0, droppedLines: 0 });
    await locked.close();
    const store = await openTee({ ...open, ...rest, token });
    onTestFinished(() => store.close());
    await until(async () => store.forwarding!().bufferBytes === 0);
    expect(store.forwarding!()).toMatchObject({ forwardedLines: 1, droppedLines: 0 });
  });

  it('hands everything on that came while InfluxDB was away, once, and shows it live meanwhile', async () => {
    const database = await influxd.createDatabase();
    const hostcast = await startHostcast(database);
    const telegraf = telegrafTo(hostcast);
    const beginMs = Date.now() - 60_000;
    await telegraf.sendBatch('/api/v2/write', batch('web-1', beginMs, 0));
    await until(async () => (await rowsIn(influxd, database)).length === 1);
    // A Telegraf that writes to InfluxDB itself.
    await fetch(`${influxd.url}/write?db=${database}`, {
      method: 'POST',
      body: mem('direct', 7, Date.now()),
    });
    await until(async () => (await fleetOf(hostcast)).rows.some(([host]) => host === 'direct'));

    await influxd.kill();
    for (let n = 1; n <= 30; n += 1) {
      const answer = await telegraf.sendBatch('/api/v2/write', batch('web-1', beginMs, n));
      expect(answer.status).toBe(204);
    }
    await telegraf.sendBatch('/write?db=telegraf', mem('web-2', 42.5, Date.now()));
    await until(async () => (await fleetOf(hostcast)).source !== 'live');
    await until(async () =>
      (await fleetOf(hostcast)).rows.some(([host, , , , , memory]) => host === 'web-2' && memory === 42.5),
    );
    const fleet = await fleetOf(hostcast);
    expect(fleet.source).toBe(`InfluxDB at ${influxd.url} refused the connection`);
    expect(fleet.rows.map(([host]) => host)).toEqual(['direct', 'web-1', 'web-2']);
    expect(fleet.rows.map(([host, state]) => [host, state]).at(-1)).toEqual(['web-2', 'live']);
    expect(await hostcast.fetchJson('/readyz')).toMatchObject({
      status: 'ready',
      warnings: [expect.any(String)],
    });
    expect(await metric(hostcast, 'hostcast_influx_buffer_bytes')).toBeGreaterThan(0);
    expect(await metric(hostcast, 'hostcast_influx_forwarding')).toBe(0);
    await until(async () => (await fleetOf(hostcast)).rows[0]![1] === 'stale'); // nobody knows of `direct`

    await influxd.start();
    await hostcast.untilLogged('InfluxDB takes what is written again');
    await until(async () => (await metric(hostcast, 'hostcast_influx_buffer_bytes')) === 0);
    expect(await rowsIn(influxd, database)).toEqual(
      Array.from({ length: 31 }, (_, n) => [beginMs + n * 1_000, 'web-1', n, n * 1_000]),
    );
    await until(async () => (await fleetOf(hostcast)).source === 'live');
    expect(hostcast.log('InfluxDB takes nothing; what is written waits in the buffer')).toHaveLength(1);
    expect(hostcast.log('InfluxDB takes what is written again')).toMatchObject([
      { lastedMs: expect.any(Number), waitingBytes: expect.any(Number) },
    ]);
    expect(await metric(hostcast, 'hostcast_influx_lines_total', 'result="forwarded"')).toBe(32);
    expect(await metric(hostcast, 'hostcast_influx_lines_total', 'result="dropped"')).toBe(0);
  });

  it('loses nothing that was acknowledged when it is killed while InfluxDB is away', async () => {
    const database = await influxd.createDatabase();
    const data = makeFolder();
    const first = await startHostcast(database, data);
    const telegraf = telegrafTo(first);
    const beginMs = Date.now() - 600_000;
    await influxd.kill();
    let sent = 0;
    let acknowledged = -1;
    const sending = (async () => {
      for (; ; sent += 1) {
        if ((await telegraf.sendBatch('/api/v2/write', batch('web-1', beginMs, sent))).status === 204)
          acknowledged = sent;
      }
    })().catch(() => {}); // the process is gone
    await until(async () => acknowledged >= 50);
    await first.stop('SIGKILL');
    await sending;

    const second = await startHostcast(database, data);
    await influxd.start();
    await second.untilLogged('InfluxDB takes what is written again');
    await until(async () => (await metric(second, 'hostcast_influx_buffer_bytes')) === 0);
    const values = (await rowsIn(influxd, database)).map(([, , value]) => value);
    // What was not acknowledged may have been taken all the same.
    expect(values.slice(0, acknowledged + 1)).toEqual(Array.from({ length: acknowledged + 1 }, (_, n) => n));
    expect(values.length).toBeLessThanOrEqual(sent + 1);
  });

  it('loses nothing when it is killed with a full buffer, and refuses more until there is room', async () => {
    const database = await influxd.createDatabase();
    const data = makeFolder();
    const flags = ['--influx-buffer-size', '16MiB'];
    const first = await startHostcast(database, data, flags);
    const telegraf = telegrafTo(first);
    await influxd.kill();
    const beginMs = Date.now() - 600_000;
    let taken = 0;
    while ((await telegraf.sendBatch('/api/v2/write', noise(beginMs, taken))).status === 204) taken += 1;
    expect(taken).toBeGreaterThan(10);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(503);
    await first.stop('SIGKILL');

    const second = await startHostcast(database, data, flags);
    const again = telegrafTo(second);
    expect((await again.sendBatch('/api/v2/write', noise(beginMs, taken))).status).toBe(503);
    await influxd.start();
    await until(async () => (await metric(second, 'hostcast_influx_buffer_bytes')) === 0);
    expect((await again.sendBatch('/api/v2/write', noise(beginMs, taken))).status).toBe(204);
    await until(async () => (await metric(second, 'hostcast_influx_buffer_bytes')) === 0);
    const answer = await influxd.query('SELECT count(n) FROM noise', database);
    expect(answer).toContain(`[["1970-01-01T00:00:00Z",${(taken + 1) * 25}]]`);
    expect(await metric(second, 'hostcast_influx_lines_total', 'result="dropped"')).toBe(0);
  });

  it('makes the database that Telegraf asked for, as Telegraf itself does', async () => {
    const hostcast = await startHostcast('made-by-hostcast');
    const telegraf = telegrafTo(hostcast);
    await telegraf.sendBatch('/write?db=telegraf', batch('web-1', Date.now(), 1));
    await hostcast.untilLogged('InfluxDB had no such database; it was made');
    await until(async () => (await rowsIn(influxd, 'made-by-hostcast')).length === 1);
  });

  it('drops only what InfluxDB can never take, and says how much and why', async () => {
    const database = await influxd.createDatabase();
    const hostcast = await startHostcast(database);
    const telegraf = telegrafTo(hostcast);
    const nowMs = Date.now();
    await telegraf.sendBatch('/api/v2/write', `t,host=a v=1i ${nowMs}000000\n`);
    await until(
      async () => (await metric(hostcast, 'hostcast_influx_lines_total', 'result="forwarded"')) === 1,
    );
    // The type of a field is settled by its first value.
    const lines = `t,host=a v=2.5 ${nowMs + 1_000}000000\nt,host=a v=3i ${nowMs + 2_000}000000\n`;
    expect((await telegraf.sendBatch('/api/v2/write', lines)).status).toBe(204);
    const [logged] = await hostcast.untilLogged('InfluxDB refused lines for good; they are dropped');
    expect(logged).toMatchObject({ lines: 1, reason: expect.stringContaining('field type conflict') });
    await until(
      async () => (await metric(hostcast, 'hostcast_influx_lines_total', 'result="forwarded"')) === 2,
    );
    expect(await influxd.query('SELECT v FROM t', database)).not.toContain('2.5');
  });

  it('refuses a second hostcast on its buffer, and says what to do', async () => {
    const database = await influxd.createDatabase();
    const data = makeFolder();
    await startHostcast(database, data);
    const second = await startHostcast(database, data);
    expect(second.exitCode).toBe(1);
    expect(second.errors).toMatch(/influx-buffer is in use by process \d+.*--data <folder>/s);
  });

  it('empties the buffer as soon as InfluxDB has all', async () => {
    const database = await influxd.createDatabase();
    const hostcast = await startHostcast(database);
    await telegrafTo(hostcast).sendBatch('/api/v2/write', batch('web-1', Date.now(), 1));
    await until(async () => (await metric(hostcast, 'hostcast_influx_buffer_bytes')) === 0);
    const folder = join(hostcast.data, 'influx-buffer');
    const sizes = readdirSync(folder)
      .filter((name) => name.endsWith('.hcb1'))
      .map((name) => statSync(join(folder, name)).size);
    expect(sizes).toEqual([0]);
  });

  it('without a buffer acknowledges what InfluxDB has taken, and nothing else', async () => {
    const database = await influxd.createDatabase();
    const hostcast = await startHostcast(database, undefined, ['--no-influx-buffer']);
    const telegraf = telegrafTo(hostcast);
    expect((await telegraf.sendBatch('/api/v2/write', batch('web-1', Date.now(), 1))).status).toBe(204);
    expect(await rowsIn(influxd, database)).toHaveLength(1);
    await influxd.kill();
    expect((await telegraf.sendBatch('/api/v2/write', batch('web-1', Date.now(), 2))).status).toBe(503);
    await influxd.start();
    expect(readdirSync(hostcast.data)).not.toContain('influx-buffer');
  });
});

function telegrafTo(hostcast: HostcastProcess): TelegrafClient {
  const telegraf = new TelegrafClient(Number(new URL(hostcast.url).port));
  onTestFinished(() => telegraf.close());
  return telegraf;
}

/** A counter of 1,000 per second, and a gauge that counts the batches. */
function batch(host: string, beginMs: number, n: number): string {
  return `net,host=${host},interface=eth0 n=${n}i,bytes_recv=${n * 1_000}i ${beginMs + n * 1_000}000000\n`;
}

/** A megabyte that does not compress: 25 lines. */
function noise(beginMs: number, batch: number): string {
  const lines = Array.from({ length: 25 }, (_, n) => {
    const text = randomBytes(30_000).toString('base64');
    return `noise,host=web-1 n=${n}i,text="${text}" ${beginMs + batch * 1_000 + n}000000\n`;
  });
  return lines.join('');
}

function mem(host: string, percent: number, timeMs: number): string {
  return `mem,host=${host} used_percent=${percent} ${timeMs}000000\n`;
}

async function rowsIn(influxd: Influxd, database: string): Promise<unknown[][]> {
  const search = new URLSearchParams({ db: database, epoch: 'ms', q: 'SELECT host, n, bytes_recv FROM net' });
  const response = await fetch(`${influxd.url}/query?${search}`);
  const body = (await response.json()) as { results: { series?: { values: unknown[][] }[] }[] };
  return body.results[0]?.series?.[0]?.values ?? [];
}

const fleetOf = (hostcast: HostcastProcess): Promise<FleetSnapshot> => hostcast.fetchJson('/api/hosts');

async function metric(hostcast: HostcastProcess, name: string, label = ''): Promise<number> {
  const exposition = await (await fetch(`${hostcast.url}/metrics`)).text();
  const line = exposition
    .split('\n')
    .find((one) => one.startsWith(label === '' ? `${name} ` : `${name}{${label}} `));
  return Number(line?.split(' ').at(-1));
}

/** Nothing tells when: it is asked again. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(20);
}
