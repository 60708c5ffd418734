import { describe, expect, it, onTestFinished } from 'vitest';
import { hostDestination } from '../src/publish/destinations.ts';
import type { FleetSnapshot, HostHistory, HostSnapshot } from '../src/publish/snapshots.ts';
import { HostcastProcess } from './support/hostcastProcess.ts';
import { escaped, hostileNames, impossibleNames } from './support/hostileNames.ts';
import { influxdMissing, startInfluxd } from './support/influxd.ts';
import { StompClient } from './support/stompClient.ts';
import { TelegrafClient } from './support/telegrafClient.ts';

async function overInfluxd() {
  const influxd = await startInfluxd();
  onTestFinished(() => influxd.stop());
  const database = await influxd.createDatabase();
  return { flags: ['--influx-url', influxd.url, '--influx-db', database], influxd };
}

/** A host whose disk, tag, measurement and field are called as it is. */
function linesOf(name: string, timeMs: number): string {
  const [key, time] = [escaped(name), `${timeMs}000000`];
  const measurement = name.startsWith('#') ? 'm' : name.replace(/[, ]/g, '\\$&');
  return [
    `mem,dc=${key},host=${key} used_percent=50 ${time}`,
    `disk,device=sda1,fstype=ext4,host=${key},path=${key} used_percent=71,total=100i,used=71i ${time}`,
    `${measurement},host=${key} ${key}=1 ${time}\n`,
  ].join('\n');
}

/** What no text may hold that goes to a terminal or a file that is looked at. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

describe.each([
  ['the embedded store', undefined, async () => ({ flags: [], influxd: undefined })],
  ['InfluxDB', influxdMissing, overInfluxd],
])('names from the wire, over %s', (_, missing, open) => {
  it.skipIf(missing)('are stored and given back as they are, everywhere, and do nothing', async () => {
    const { flags, influxd } = await open();
    const hostcast = await HostcastProcess.start(['--no-collect', '--interval', '1s', ...flags]);
    const telegraf = new TelegrafClient(Number(new URL(hostcast.url).port));
    onTestFinished(() => telegraf.close());
    const now = Math.floor(Date.now() / 1_000) * 1_000;
    for (const name of hostileNames) {
      const lines = linesOf(name, now - 1_000) + linesOf(name, now);
      const { status, body } = await telegraf.sendBatch('/write', lines);
      expect([name, status, body]).toEqual([name, 204, '']);
    }

    const fleet = () => hostcast.fetchJson<FleetSnapshot>('/api/hosts');
    const hostsShown = async () => (await fleet()).rows.map(([host]) => host).sort();
    await expect.poll(hostsShown, { timeout: 15_000 }).toEqual([...hostileNames].sort());
    for (const [host, , , , , memory, , disk] of (await fleet()).rows) {
      expect([host, memory, disk]).toEqual([host, 50, 71]);
    }

    const stomp = await StompClient.connect(hostcast.url);
    for (const name of hostileNames) {
      const path = `/api/hosts/${encodeURIComponent(name)}`;
      const snapshot = await hostcast.fetchJson<HostSnapshot>(path);
      expect([snapshot.host, snapshot.tags]).toEqual([name, { dc: name }]);
      expect(Object.keys(snapshot.panels.disk!), name).toEqual([name]);
      const own = snapshot.panels[name.startsWith('#') ? 'm' : name];
      expect(own && Object.keys(own), name).toEqual([name]);
      const pushed = await stomp.subscribe<HostSnapshot>(hostDestination(name)).next();
      expect(pushed.host).toBe(name);
      const range = `from=${now - 60_000}&to=${now + 1_000}&points=10`;
      const history = await hostcast.fetchJson<HostHistory>(`${path}/history?${range}`);
      expect([history.host, Object.keys(history.panels.disk!)]).toEqual([name, [name]]);
    }

    const metrics = await (await fetch(`${hostcast.url}/metrics`)).text();
    expect(metrics).not.toMatch(/wasRun|passwd|DROP|__proto__/);
    if (influxd) expect(await influxd.query('SHOW DATABASES')).toContain('"test1"');
    expect(hostcast.output).not.toMatch(unseen);
    expect(hostcast.log().filter(({ level }) => Number(level) > 30)).toEqual([]);
  });
});

describe('names that nothing can have', () => {
  it('cost their line, which is told with its reason', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect', '--interval', '1s']);
    const telegraf = new TelegrafClient(Number(new URL(hostcast.url).port));
    onTestFinished(() => telegraf.close());
    for (const [what, octets, reason] of impossibleNames) {
      const before = Buffer.from('mem,host=a used=1\nmem,host=');
      const chunks = [before, octets, Buffer.from(' used=1\nmem,host=b used=1\n')];
      const { status, body } = await telegraf.send({ path: '/write', chunks });
      expect([what, status]).toEqual([what, 400]);
      const { error, data } = JSON.parse(body);
      expect(error).toMatch(/^partial write: 1 bad line left out, 2 points stored; line 2: /);
      expect(data).toMatchObject([{ line_number: 2, error_message: expect.stringContaining(reason) }]);
    }
    const [logged] = await hostcast.untilLogged('lines of line protocol refused');
    expect(logged).toMatchObject({ lines: 1, first: { line: 2, start: 'mem,host=a\u001b' } });
    expect(hostcast.output).not.toMatch(unseen);
    const fleet = () => hostcast.fetchJson<FleetSnapshot>('/api/hosts');
    await expect
      .poll(async () => (await fleet()).rows.map(([host]) => host), { timeout: 10_000 })
      .toEqual(['a', 'b']);
  });

  it('such as a point of 10,000 fields, or 1,000 tags, cost their line', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect', '--interval', '1s']);
    const telegraf = new TelegrafClient(Number(new URL(hostcast.url).port));
    onTestFinished(() => telegraf.close());
    const fields = Array.from({ length: 10_000 }, (_, i) => `f${i}=1`).join(',');
    const tags = Array.from({ length: 1_000 }, (_, i) => `t${i}=1`).join(',');
    const answer = await telegraf.sendBatch(
      '/write',
      `m,host=a ${fields}\nm,host=a,${tags} f=1\nm,host=b f=1\n`,
    );
    expect(JSON.parse(answer.body).data).toMatchObject([
      { line_number: 1, error_message: 'more than 1024 fields' },
      { line_number: 2, error_message: 'more than 64 tags' },
    ]);
  });
});
