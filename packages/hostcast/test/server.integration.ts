import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FleetSnapshot, HostHistory, HostSnapshot } from '../src/publish/snapshots.ts';
import { HostcastProcess, makeFolder } from './support/hostcastProcess.ts';
import { influxdMissing, startInfluxd } from './support/influxd.ts';
import { startNetwork } from './support/proxy.ts';
import { StompClient } from './support/stompClient.ts';
import { sendAsTelegraf, telegrafLines } from './support/telegraf.ts';

const everySecond = ['--interval', '1s'];

function rowOf(fleet: FleetSnapshot, host: string): Record<string, unknown> | undefined {
  const row = fleet.rows.find(([name]) => name === host);
  return row && Object.fromEntries(fleet.columns.map((column, i) => [column, row[i]]));
}

describe('hostcast on real /proc data', () => {
  it('pushes this host: a message at once on SUBSCRIBE, then one per tick', async () => {
    const hostcast = await HostcastProcess.start(everySecond);
    const client = await StompClient.connect(hostcast.url);
    const fleet = client.subscribe<FleetSnapshot>('/topic/hosts');
    let snapshot = await fleet.next();
    while (rowOf(snapshot, hostname())?.cpu == null) snapshot = await fleet.next();
    const following = [await fleet.next(), await fleet.next(), await fleet.next()];
    const ticks = following.slice(1).map(({ time }) => Math.floor(time / 1_000));
    expect(ticks[1]).toBeGreaterThan(ticks[0]!);
    const row = rowOf(following[2]!, hostname())!;
    expect(row).toMatchObject({ state: 'live', cores: expect.any(Number), tags: {} });
    expect(row.memory).toBeGreaterThan(0);
    expect(row.uptime).toBeGreaterThan(0);

    const host = client.subscribe<HostSnapshot>(`/topic/hosts.${hostname().replaceAll('.', '%2E')}`);
    const first = await host.next();
    expect(Object.keys(first.panels)).toEqual(
      expect.arrayContaining(['cpu', 'mem', 'swap', 'disk', 'net', 'system', 'processes', 'kernel']),
    );
    expect((await host.next()).time).toBeGreaterThan(first.time);
  });

  it('gives the same bodies by HTTP, and history for the charts', async () => {
    const hostcast = await HostcastProcess.start(everySecond);
    const client = await StompClient.connect(hostcast.url);
    const fleet = client.subscribe<FleetSnapshot>('/topic/hosts');
    while (rowOf(await fleet.next(), hostname())?.cpu == null);
    const twin = await hostcast.fetchJson<FleetSnapshot>('/api/hosts');
    expect(rowOf(twin, hostname())).toMatchObject({ host: hostname(), state: 'live' });
    const host = await hostcast.fetchJson<HostSnapshot>(`/api/hosts/${encodeURIComponent(hostname())}`);
    expect(host.panels.cpu).toHaveProperty('cpu-total');
    const to = Date.now() + 1_000;
    const history = await hostcast.fetchJson<HostHistory>(
      `/api/hosts/${encodeURIComponent(hostname())}/history?from=${to - 60_000}&to=${to}&points=300`,
    );
    const idle = (history.panels.cpu as Record<string, Record<string, (number | null)[]>>)['cpu-total']!
      .usage_idle!;
    expect(idle).toHaveLength(history.times.length);
    expect(idle.some((value) => value !== null)).toBe(true);
  });

  it('takes what a stock Telegraf sends of a second host and shows it within one tick', async () => {
    const hostcast = await HostcastProcess.start([...everySecond, '--no-collect']);
    const client = await StompClient.connect(hostcast.url);
    const fleet = client.subscribe<FleetSnapshot>('/topic/hosts');
    await fleet.next();
    const now = Math.floor(Date.now() / 1_000) * 1_000;
    expect(await sendAsTelegraf(hostcast.url, telegrafLines('web-1', now - 1_000, 1))).toBe(204);
    expect(await sendAsTelegraf(hostcast.url, telegrafLines('web-1', now, 2))).toBe(204);
    const writtenMs = Date.now();
    let next = await fleet.next();
    while (next.time <= writtenMs) next = await fleet.next();
    const row = rowOf(next, 'web-1');
    expect(row).toMatchObject({
      state: 'live',
      seenMs: now,
      cpu: 25,
      memory: 50,
      disk: 71.4,
      diskRead: 10_485_760,
      diskBusy: 31,
      netIn: 1_250_000,
      netOut: 980_000,
    });
  });
});

describe('plain STOMP over TCP', () => {
  it('gets what the page gets, under the same rights', async () => {
    const hostcast = await HostcastProcess.start([...everySecond, '--stomp-port', '0']);
    const port = Number(/STOMP +127\.0\.0\.1:(\d+)/.exec(hostcast.output)?.[1]);
    const socket = connect({ host: '127.0.0.1', port });
    onTestFinished(() => void socket.destroy());
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk));
    socket.write('CONNECT\naccept-version:1.2\nhost:/\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/hosts\n\n\0');
    while (!/MESSAGE\n(.+\n)*destination:\/topic\/hosts\n(.+\n)*\n\{"time":/.test(text))
      await once(socket, 'data');
    socket.write('SEND\ndestination:/topic/hosts\n\nforged\0');
    await once(socket, 'end');
    expect(text).toContain('code:ERR_STOMP_FORBIDDEN');
  });

  it('on a port that is taken names the flag and another port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const hostcast = await HostcastProcess.start(['--stomp-port', String(port)]);
    expect(await hostcast.stop()).toBe(1);
    expect(hostcast.errors).toContain(`--stomp-port ${port + 1}`);
  });
});

describe('a viewer', () => {
  it('may not publish what others would take for figures', async () => {
    const hostcast = await HostcastProcess.start([...everySecond, '--no-collect']);
    const client = await StompClient.connect(hostcast.url);
    const refused = new Promise<string>((resolve) => {
      client.client.onStompError = (frame) => resolve(frame.headers.message!);
    });
    client.client.publish({ destination: '/topic/hosts', body: '{"rows":[]}' });
    expect(await refused).toMatch(/not allowed|forbidden|denied/i);
    const [line] = await hostcast.untilLogged('disconnect');
    expect(line).toMatchObject({ reason: 'forbidden' });
  });
});

describe('the session log', () => {
  async function sessionLines(end: (client: StompClient) => void, heartbeatMs = 10_000) {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const client = await StompClient.connect(hostcast.url, { heartbeatMs });
    const [connect] = await hostcast.untilLogged('connect');
    end(client);
    const [disconnect] = await hostcast.untilLogged('disconnect');
    await hostcast.stop();
    expect(hostcast.log('connect')).toHaveLength(1);
    expect(hostcast.log('disconnect')).toHaveLength(1);
    expect(disconnect).toMatchObject({ session: connect!.session, address: '127.0.0.1' });
    return disconnect;
  }

  it('has one connect and one disconnect of a client that sends DISCONNECT', async () => {
    expect(await sessionLines(({ client }) => void client.deactivate())).toMatchObject({ reason: 'client' });
  });

  it('has one of each of a client that closes its socket', async () => {
    expect(await sessionLines(({ socket }) => socket.close(1001))).toMatchObject({ reason: 'socket' });
  });

  it('has one of each of a client whose connection breaks', async () => {
    expect(await sessionLines(({ socket }) => socket.terminate())).toMatchObject({ reason: 'socket' });
  });

  it('has one of each of a client that loses its network', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const network = await startNetwork(hostcast.url);
    await StompClient.connect(network.url);
    await hostcast.untilLogged('connect');
    network.cut();
    const [disconnect] = await hostcast.untilLogged('disconnect'); // after two missed heart-beats of 10 s
    expect(disconnect).toMatchObject({ reason: 'heartbeat' });
    await hostcast.stop();
    expect([hostcast.log('connect').length, hostcast.log('disconnect').length]).toEqual([1, 1]);
  });

  it('has one of each of a client that is still there when the server stops', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    await StompClient.connect(hostcast.url);
    await hostcast.untilLogged('connect');
    expect(await hostcast.stop()).toBe(0);
    expect(hostcast.log('disconnect')).toMatchObject([{ reason: 'shutdown' }]);
  });
});

describe('a restart', () => {
  it('keeps what was acknowledged, and shows it at once', async () => {
    const first = await HostcastProcess.start(['--no-collect']);
    const now = Math.floor(Date.now() / 10_000) * 10_000;
    expect(await sendAsTelegraf(first.url, telegrafLines('web-1', now - 10_000, 1))).toBe(204);
    expect(await sendAsTelegraf(first.url, telegrafLines('web-1', now, 2))).toBe(204);
    await first.stop('SIGKILL');
    const second = await HostcastProcess.start(['--no-collect'], { data: first.data });
    const row = rowOf(await second.fetchJson<FleetSnapshot>('/api/hosts'), 'web-1');
    expect(row).toMatchObject({ seenMs: now, cpu: 25, netIn: 125_000 });
  });
});

describe('stopping', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s ends with 0', async (signal) => {
    const hostcast = await HostcastProcess.start();
    expect(await hostcast.stop(signal)).toBe(0);
    expect(hostcast.errors).toBe('');
  });

  it('by a Ctrl-C that arrives twice ends with 0', async () => {
    const hostcast = await HostcastProcess.start();
    hostcast.signal('SIGINT');
    hostcast.signal('SIGINT');
    expect(await hostcast.stop('SIGINT')).toBe(0);
  });
});

describe('what cannot be done', () => {
  it('is listening on a port that is taken: the error names it and another one', async () => {
    const taken = await listen();
    const { port } = taken.address() as AddressInfo;
    const hostcast = await HostcastProcess.start(['--port', String(port)]);
    expect(hostcast.exitCode).toBe(1);
    expect(hostcast.errors).toContain(`port ${port}`);
    expect(hostcast.errors).toContain(`--port ${port + 1}`);
    expect(hostcast.errors).not.toContain('    at ');
  });

  it('is using a data folder that another hostcast uses', async () => {
    const first = await HostcastProcess.start(['--no-collect']);
    const second = await HostcastProcess.start(['--no-collect'], { data: first.data });
    expect(second.exitCode).toBe(1);
    expect(second.errors).toContain(first.data);
    expect(second.errors).toContain(String(first.pid));
    expect(second.errors).toContain('--data');
    expect(second.errors).not.toContain('    at ');
  });

  it('is using a data folder that cannot be written', async () => {
    const file = join(makeFolder(), 'a-file');
    writeFileSync(file, '');
    const hostcast = await HostcastProcess.start(['--no-collect'], { data: join(file, 'data') });
    expect(hostcast.exitCode).toBe(1);
    expect(hostcast.errors).toContain(join(file, 'data'));
    expect(hostcast.errors).toContain('--data');
    expect(hostcast.errors).not.toContain('    at ');
  });

  it('is using a data folder where none can be made', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect'], { data: '/proc/hostcast/data' });
    expect(hostcast.exitCode).toBe(1);
    expect(hostcast.errors).toContain('/proc/hostcast/data');
    expect(hostcast.errors).not.toContain('    at ');
  });

  it('is using users and tokens that are damaged', async () => {
    const data = makeFolder();
    writeFileSync(join(data, 'accounts.json'), '{}', { mode: 0o600 });
    const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect'], { data });
    expect(hostcast.exitCode).toBe(1);
    expect(hostcast.errors).toContain(`hostcast: ${join(data, 'accounts.json')} is damaged (version:`);
    expect(hostcast.errors).not.toContain('    at ');
    expect(readFileSync(join(data, 'accounts.json'), 'utf8')).toBe('{}');
  });
});

describe.skipIf(influxdMissing)('InfluxDB without a named database', () => {
  it('is listed with its databases and their hosts, and the command that opens the fullest', async () => {
    const influxd = await startInfluxd();
    onTestFinished(() => influxd.stop());
    const empty = await influxd.createDatabase();
    const filled = await influxd.createDatabase();
    const body = telegrafLines('web-1', Date.now(), 1) + telegrafLines('web-2', Date.now(), 1);
    await fetch(`${influxd.url}/write?db=${filled}`, { method: 'POST', body });
    const hostcast = await HostcastProcess.start(['--influx-url', influxd.url]);
    expect(hostcast.exitCode).toBe(1);
    expect(hostcast.errors).toContain(`  ${empty}   no hosts\n`);
    expect(hostcast.errors).toContain(`  ${filled}   2 hosts: web-1, web-2\n`);
    expect(hostcast.errors).toContain(` --influx-url ${influxd.url} --influx-db ${filled}\n`);
  });

  it('is said to be away where nobody answers', async () => {
    const nobody = await listen();
    const url = `http://127.0.0.1:${(nobody.address() as AddressInfo).port}`;
    nobody.close();
    await once(nobody, 'close');
    const hostcast = await HostcastProcess.start(['--influx-url', url]);
    expect(hostcast.exitCode).toBe(1);
    expect(hostcast.errors).toContain(`InfluxDB at ${url} refused the connection`);
    expect(hostcast.errors).toContain('Is --influx-url right');
  });
});

describe.skipIf(influxdMissing)('an InfluxDB that goes away', () => {
  it('is named in the snapshots, and is live again within a tick of its return', async () => {
    const influxd = await startInfluxd();
    onTestFinished(() => influxd.stop());
    const database = await influxd.createDatabase();
    await fetch(`${influxd.url}/write?db=${database}`, {
      method: 'POST',
      body: telegrafLines('web-1', Date.now(), 1),
    });
    const network = await startNetwork(influxd.url);
    const hostcast = await HostcastProcess.start([
      ...['--influx-url', network.url, '--influx-db', database],
      ...everySecond,
    ]);
    const client = await StompClient.connect(hostcast.url);
    const fleet = client.subscribe<FleetSnapshot>('/topic/hosts');
    let snapshot = await fleet.next();
    while (snapshot.rows.length === 0) snapshot = await fleet.next();
    expect(snapshot.source).toBe('live');
    network.cut();
    while (snapshot.source === 'live') snapshot = await fleet.next();
    expect(snapshot.source).toContain(`InfluxDB at ${network.url} did not answer within`);
    expect(rowOf(snapshot, 'web-1')).toMatchObject({ cpu: 25 });
    network.mend();
    while (snapshot.source !== 'live') snapshot = await fleet.next();
    expect(rowOf(snapshot, 'web-1')).toMatchObject({ cpu: 25 });
  });
});

describe('the API', () => {
  it('answers in JSON, also when it refuses', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const answers = await Promise.all(
      [
        '/api/hosts/nobody',
        '/api/hosts/nobody/history',
        '/api/hosts/nobody/history?from=5&to=5',
        '/api/hosts/nobody/history?from=0&to=9&points=2001',
        '/api/nothing',
      ].map(async (path) => {
        const response = await fetch(hostcast.url + path);
        return [response.status, ((await response.json()) as { error: string }).error];
      }),
    );
    expect(answers.map(([status]) => status)).toEqual([404, 400, 400, 400, 404]);
    expect(answers[0]![1]).toContain('"nobody"');
    expect(answers[1]![1]).toContain('from');
    expect(answers[2]![1]).toContain('must be later');
    expect(answers[3]![1]).toContain('points');
  });

  it('gives the page for its own paths, hashed assets to keep and the document to ask for again', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const page = await fetch(`${hostcast.url}/hosts/web-1`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const html = await page.text();
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)![1]!;
    const asset = await fetch(hostcast.url + script, { headers: { 'accept-encoding': 'gzip' } });
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('content-encoding')).toBe('gzip');
    expect(asset.headers.get('content-type')).toContain('javascript; charset=utf-8');
    expect((await fetch(`${hostcast.url}/assets/nothing.js`)).status).toBe(404);
  });
});

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}
