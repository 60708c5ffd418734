import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { parse } from 'smol-toml';
import { expect, onTestFinished, test } from 'vitest';
import { Accounts } from '../src/accounts/accounts.ts';
import { readConfig } from '../src/config/readConfig.ts';
import { startServer } from '../src/server.ts';
import { telegrafSnippet } from '../src/telegrafSnippet.ts';
import { makeFolder } from './support/hostcastProcess.ts';
import { MemoryStore } from './support/memoryStore.ts';
import { telegrafLines } from './support/telegraf.ts';
import { type OutputKind, type OutputSettings, TelegrafOutput } from './support/telegrafOutput.ts';

interface TelegrafConf {
  readonly agent?: { readonly metric_batch_size?: number; readonly metric_buffer_limit?: number };
  readonly outputs?: Readonly<Record<string, readonly OutputSettings[]>>;
}

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const tomlOf = (file: string) => [...read(file).matchAll(/```toml\n([\s\S]*?)```/g)].map(([, text]) => text!);
const snippets = ['docs/telegraf.md', 'README.md', 'docs/reverse-proxy.md', 'docs/influxdb.md'].flatMap(
  (file) =>
    tomlOf(file)
      .filter((text) => /^\[\[outputs\./m.test(text))
      .map((text, i) => [`${i + 1} of ${file}`, text] as const),
);

/** A hostcast with a login, over TCP too, and a token for one host. */
async function setup() {
  const folder = makeFolder();
  const accounts = Accounts.open(folder);
  const { text: token } = await accounts.createToken({
    name: 'telegraf-web-1',
    right: 'ingest',
    scope: { hosts: ['web-1'] },
  });
  accounts.close();
  const store = new MemoryStore();
  const flags = ['--port', '0', '--stomp-port', '0', '--auth', 'users', '--no-collect', '--data', folder];
  const config = readConfig(flags, {}, 'hostcast', folder);
  const server = await startServer(config, pino({ level: 'silent' }), { openStore: async () => store });
  onTestFinished(() => server.close());
  return { server, token, store };
}

test.each(snippets)('with the configuration %s a Telegraf has all its figures stored', async (_, text) => {
  const { server, token, store } = await setup();
  const withToken = text.replaceAll('hct_…', token).replace('token = ""', `token = "${token}"`);
  const { outputs = {} } = parse(withToken) as TelegrafConf;
  const all = Object.entries(outputs).flatMap(([kind, each]) =>
    each.map((settings) => [kind as OutputKind, settings] as const),
  );
  expect(all).toHaveLength(1);
  for (const [kind, settings] of all) {
    const port = kind === 'stomp' ? server.stompPort! : server.port;
    const output = new TelegrafOutput(kind, port, settings);
    await output.flush(telegrafLines('web-1', Date.now(), 1));
    await output.flush(telegrafLines('web-1', Date.now() + 10_000, 2));
    await output.close();
    expect([output.kept, output.dropped]).toEqual([[], []]);
    expect(output.created.map(({ status }) => status)).toEqual(kind === 'influxdb' ? [200] : []);
    expect((await store.hosts()).map(({ host }) => host)).toEqual(['web-1']);
    const [tables] = await store.latest([{}]);
    expect(tables!.map(({ measurement }) => measurement).sort()).toEqual([
      ...['cpu', 'disk', 'diskio', 'kernel', 'mem', 'net', 'processes', 'swap', 'system'],
    ]);
  }
});

test('each output has its configuration in docs/telegraf.md', () => {
  const kinds = tomlOf('docs/telegraf.md').flatMap((text) =>
    Object.keys((parse(text) as TelegrafConf).outputs ?? {}),
  );
  expect([...new Set(kinds)].sort()).toEqual(['http', 'influxdb', 'influxdb_v2', 'influxdb_v3', 'stomp']);
});

test('the whole telegraf.conf is the one that the page and the start show', () => {
  const snippet = telegrafSnippet('http://hostcast.example.org:4678', 'hct_…');
  expect(tomlOf('docs/telegraf.md').filter((text) => text.includes('[[inputs.'))).toEqual([`${snippet}\n`]);
  const ofReadme = telegrafSnippet('http://your-hostcast:4678');
  expect(tomlOf('README.md').filter((text) => text.includes('[[inputs.'))).toEqual([`${ofReadme}\n`]);
});

test('the buffer that is named for a day lasts for one', () => {
  const { agent } = tomlOf('docs/telegraf.md')
    .map((text) => parse(text) as TelegrafConf)
    .find((conf) => conf.agent?.metric_buffer_limit !== undefined)!;
  const metricsPerDay = (18 * 86_400) / 10;
  expect(agent?.metric_buffer_limit).toBeGreaterThan(metricsPerDay);
});

test('a path that is none of those is answered 404, as docs/telegraf.md says', async () => {
  const { server, token } = await setup();
  const output = new TelegrafOutput('influxdb_v2', server.port, {
    urls: ['http://hostcast.example.org:4678/api/v2/write'],
    token,
  });
  onTestFinished(() => output.close());
  await output.flush('mem,host=web-1 used=1i\n');
  expect(output.answers[0]!.status).toBe(404);
  expect(JSON.parse(output.answers[0]!.body).error).toContain('/api/v2/write');
});
