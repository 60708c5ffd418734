import { describe, expect, it, onTestFinished } from 'vitest';
import type { FleetSnapshot } from '../../src/publish/snapshots.ts';
import { HostcastProcess } from '../support/hostcastProcess.ts';
import { influxdMissing, startInfluxd } from '../support/influxd.ts';
import { TelegrafClient } from '../support/telegrafClient.ts';
import { type OutputKind, TelegrafOutput } from '../support/telegrafOutput.ts';

const few = [
  '--no-collect',
  ...['--interval', '1s', '--limits-hosts', '2', '--limits-series-per-host', '2', '--limits-series', '4'],
];

async function overInfluxd(): Promise<string[]> {
  const influxd = await startInfluxd();
  onTestFinished(() => influxd.stop());
  return ['--influx-url', influxd.url, '--influx-db', await influxd.createDatabase()];
}

const line = (host: string, cpu: number) => `cpu,cpu=cpu${cpu},host=${host} usage_idle=${cpu}`;

describe.each([
  ['the embedded store', undefined, async () => []],
  ['InfluxDB', influxdMissing, overInfluxd],
])('series above the limits, over %s', (_, missing, storeFlags) => {
  it.skipIf(missing)('are refused line by line while those that are there go on', async () => {
    const hostcast = await HostcastProcess.start([...few, ...(await storeFlags())]);
    const telegraf = new TelegrafClient(Number(new URL(hostcast.url).port));
    onTestFinished(() => telegraf.close());
    const lines = [line('a', 0), line('a', 1), line('b', 0), line('b', 1)];
    expect((await telegraf.sendBatch('/write', lines.join('\n'))).status).toBe(204);
    lines.splice(1, 0, line('a', 2), line('c', 0), 'm f=1', 'bad');
    for (let round = 0; round < 3; round += 1) {
      const answer = await telegraf.sendBatch('/write', lines.join('\n'));
      expect(answer.status).toBe(400);
      const { error, data } = JSON.parse(answer.body);
      expect(error).toMatch(/^partial write: 4 bad lines left out, 4 points stored; line /);
      const reasons = data.map((one: Record<string, unknown>) => [one.line_number, one.error_message]);
      expect(reasons).toEqual([
        [5, 'the line ends in a measurement'],
        [2, 'a new series of a host that has 2 already (limits.series-per-host)'],
        [3, 'a new host, and there are 2 already (limits.hosts)'],
        [4, 'a new series, and there are 4 already (limits.series)'],
      ]);
    }
    expect(hostcast.log('lines of line protocol refused')).toHaveLength(1);
    const fleet = () => hostcast.fetchJson<FleetSnapshot>('/api/hosts');
    await expect
      .poll(async () => (await fleet()).rows.map(([host]) => host), { timeout: 10_000 })
      .toEqual(['a', 'b']);
  });
});

it.each<OutputKind>(['influxdb', 'influxdb_v2', 'influxdb_v3', 'http'])(
  'outputs.%s repeats nothing that is above a limit for good',
  async (kind) => {
    const hostcast = await HostcastProcess.start(few);
    const output = new TelegrafOutput(kind, Number(new URL(hostcast.url).port));
    onTestFinished(() => output.close());
    await output.flush([line('a', 0), line('a', 1), line('a', 2)].join('\n'));
    expect([output.answers.length, output.kept]).toEqual([1, []]);
  },
);
