import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInfluxClient } from '../src/store/influx/client.ts';
import { type InfluxStore, openInfluxStore } from '../src/store/influx/store.ts';
import { HostcastProcess } from './support/hostcastProcess.ts';
import { type Influxd, influxdMissing, startInfluxd } from './support/influxd.ts';
import type { FakeInflux } from './support/influxFakes/fakeInflux.ts';
import { startInfluxThree } from './support/influxFakes/influxThree.ts';
import { startInfluxTwo } from './support/influxFakes/influxTwo.ts';

const file = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const text = file('../../../docs/influxdb.md');

/** The blocks of a language, in the order of the text. */
function blocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, block]) =>
    block!.trim(),
  );
}

const nowMs = 1_795_305_602_000;
const token = 'the-token';

describe.skipIf(influxdMissing)(`docs/influxdb.md${influxdMissing ? `: ${influxdMissing}` : ''}`, () => {
  let influxd: Influxd;
  let two: FakeInflux;
  let store: InfluxStore;

  beforeAll(async () => {
    const [conf = ''] = blocks('toml').filter((block) => block.startsWith('[coordinator]'));
    influxd = await startInfluxd({ coordinator: conf.replace('[coordinator]\n', '') });
    await influxd.query('CREATE DATABASE "telegraf"');
    const client = createInfluxClient({ url: influxd.url, timeoutMs: 5_000 });
    const lines = ['a', 'b'].map(
      (host) =>
        `mem,host=${host} used_percent=50 ${nowMs - 2_000}000000\n` +
        `net,host=${host} bytes_recv=1000i ${nowMs - 2_000}000000\n`,
    );
    await client.write(lines.join(''), { database: 'telegraf' });
    client.close();
    two = await startInfluxTwo({ influxdUrl: influxd.url, token, user: { name: 'kim', password: 'x' } });
    const options = { url: two.url, database: 'telegraf', token, intervalMs: 10_000, timeoutMs: 5_000 };
    store = await openInfluxStore({ ...options, now: () => nowMs });
  });

  afterAll(async () => {
    await store?.close();
    await two?.close();
    await influxd?.stop();
  });

  it('shows the statements that are sent, letter by letter', async () => {
    const fields = ['used_percent'];
    await store.latest([{ measurement: 'mem', fields }]);
    await store.hosts();
    await store.latest(['a', 'b'].map((host) => ({ tags: [['host', host]], measurement: 'mem', fields })));
    const tags = [['host', 'a']] as const;
    const range = { fromMs: 1_795_212_000_000, toMs: 1_795_305_600_000, bucketMs: 600_000 };
    await store.history({ selection: { measurement: 'mem', tags, fields }, ...range });
    await store.history({ selection: { measurement: 'net', tags }, ...range });
    const sent = new Set(two.requests.map((request) => anyTime(request.replace('POST /query ', ''))));
    const shown = blocks('sql')
      .filter((block) => !block.startsWith('CREATE USER'))
      .flatMap((block) => block.split('\n'));
    expect(shown).toHaveLength(7);
    for (const statement of shown) expect(sent).toContain(anyTime(statement));
  });

  it('says how many buckets are the most, and its settings allow them', async () => {
    const query = {
      selection: { measurement: 'mem' },
      fromMs: nowMs - 100_000_000,
      toMs: nowMs,
      bucketMs: 10_001,
    };
    expect((await store.history(query)).times).toHaveLength(10_000);
  });

  it('has commands for an InfluxDB 1.x with and without logins', async () => {
    const [plain = '', withLogin = ''] = blocks('sh');
    const locked = await startInfluxd({ admin: { name: 'root', password: 'rootpass' } });
    await locked.query('CREATE DATABASE "telegraf"');
    for (const statement of blocks('sql')[0]!.split('\n')) await locked.query(statement);
    for (const [command, url] of [
      [plain, influxd.url],
      [withLogin, locked.url],
    ] as const) {
      const [, environment, flags = ''] = /^(?:(\S+)=\S+ )?hostcast (.*)$/.exec(command)!;
      const hostcast = await HostcastProcess.start(
        [...flags.replace('http://127.0.0.1:8086', url).split(' '), '--interval', '1s'],
        environment ? { environment: { [environment]: /=(\S+) /.exec(command)![1]! } } : {},
      );
      const { source } = (await (await fetch(`${hostcast.url}/api/hosts`)).json()) as { source: string };
      expect(source).toBe('live');
    }
    await locked.stop();
  });

  it('has commands for 2.x and 3.x', async () => {
    for (const command of blocks('sh').filter((block) => block.startsWith('HOSTCAST_INFLUX_TOKEN='))) {
      const [, sent = '', flags = ''] = /^HOSTCAST_INFLUX_TOKEN=(\S+) hostcast (.*)$/.exec(command)!;
      const fake = sent.startsWith('apiv3_')
        ? await startInfluxThree({ influxdUrl: influxd.url, token: sent, version: '3.7.0' })
        : await startInfluxTwo({
            influxdUrl: influxd.url,
            token: sent,
            user: { name: 'kim', password: 'x' },
          });
      const hostcast = await HostcastProcess.start(
        [...flags.replace(/http:\S+/, fake.url).split(' '), '--interval', '1s'],
        { environment: { HOSTCAST_INFLUX_TOKEN: sent } },
      );
      const { source } = (await (await fetch(`${hostcast.url}/api/hosts`)).json()) as { source: string };
      expect(source).toBe('live');
      await fake.close();
    }
  });

  it('lists what can be wrong in words that the tests of each fault expect', () => {
    const tests = ['publish/influxAway.test.ts', 'store/influx/generations.integration.ts']
      .map((path) => file(`./${path}`))
      .join('');
    const told = [...text.matchAll(/^\| `(InfluxDB at http[^`]*)` \|/gm)].map(([, words]) =>
      words!.replace('http://127.0.0.1:8086', 'URL').replace('within 5 s', 'within 0.2 s'),
    );
    expect(told).toHaveLength(11);
    for (const words of told)
      expect(tests).toContain(words.replace('InfluxDB at URL refused the query: ', 'refused the query: '));
  });
});

/** A statement whose times are those of no moment in particular. */
function anyTime(statement: string): string {
  return statement.replaceAll(/\d{13}ms/g, '<ms>');
}
