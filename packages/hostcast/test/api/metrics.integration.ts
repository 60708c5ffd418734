import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { parseExposition } from '../support/exposition.ts';
import { HostcastProcess } from '../support/hostcastProcess.ts';
import { StompClient } from '../support/stompClient.ts';
import { sendAsTelegraf, telegrafLines } from '../support/telegraf.ts';

const names = [
  'hostcast_sessions',
  'hostcast_connects_total',
  'hostcast_disconnects_total',
  'hostcast_subscriptions',
  'hostcast_snapshots_sent_total',
  'hostcast_snapshots_skipped_total',
  'hostcast_snapshot_age_seconds',
  'hostcast_viewer_ack_age_seconds',
  'hostcast_tick_duration_seconds',
  'hostcast_last_tick_seconds',
  'hostcast_tick_overrun_total',
  'hostcast_query_errors_total',
  'hostcast_ingest_points_total',
  'hostcast_ingest_points_without_host_total',
  'hostcast_ingest_rejected_total',
  'hostcast_wal_fsync_seconds',
  'hostcast_series',
  'hostcast_store_writable',
  'hostcast_hosts',
  'hostcast_recover_total',
  'hostcast_event_loop_lag_seconds',
  'hostcast_refused_total',
  'hostcast_handshakes_refused_total',
  'hostcast_logins_total',
  'hostcast_login_failures_total',
  'hostcast_build_info',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_heap_size_used_bytes',
];

async function scrape(hostcast: HostcastProcess) {
  const response = await fetch(`${hostcast.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  const metrics = parseExposition(text);
  const value = (sample: string) =>
    metrics.get(sample.replace(/(_bucket|_sum|_count)?(\{.*)?$/, ''))?.samples.get(sample);
  return { text, metrics, value };
}

describe('GET /metrics', () => {
  it('has every metric with help, and no name of a host in it', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    await sendAsTelegraf(hostcast.url, telegrafLines('secret-host-7', Date.now(), 1));
    const client = await StompClient.connect(hostcast.url);
    await client.subscribe('/topic/hosts').next();
    const { metrics, text } = await scrape(hostcast);
    expect([...metrics.keys()]).toEqual(expect.arrayContaining(names));
    for (const { help } of metrics.values()) expect(help.length).toBeGreaterThan(10);
    expect(text).not.toContain('secret-host-7');
    expect(text).not.toContain(`"${hostname()}"`);
    expect(text).not.toContain('127.0.0.1');
    expect(text).toMatch(/hostcast_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.\d+\.\d+"\} 1\n/);
  });

  it('counts viewers, snapshots, ticks and how they end', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const before = await scrape(hostcast);
    expect(before.value('hostcast_sessions')).toBe(0);
    expect(before.value('hostcast_disconnects_total{reason="socket"}')).toBe(0);
    const client = await StompClient.connect(hostcast.url);
    const fleet = client.subscribe('/topic/hosts');
    for (let i = 0; i < 3; i += 1) await fleet.next();
    const during = await scrape(hostcast);
    expect(during.value('hostcast_sessions')).toBe(1);
    expect(during.value('hostcast_connects_total')).toBe(1);
    expect(during.value('hostcast_subscriptions')).toBe(1);
    expect(during.value('hostcast_snapshots_sent_total')).toBeGreaterThanOrEqual(3);
    expect(during.value('hostcast_tick_duration_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(during.value('hostcast_snapshot_age_seconds_count')).toBe(
      during.value('hostcast_tick_duration_seconds_count'),
    );
    expect(during.value('hostcast_event_loop_lag_seconds_count')).toBeGreaterThan(0);
    client.socket.terminate();
    await hostcast.untilLogged('disconnect');
    const after = await scrape(hostcast);
    expect(after.value('hostcast_sessions')).toBe(0);
    expect(after.value('hostcast_disconnects_total{reason="socket"}')).toBe(1);
  });

  it('measures how long viewers take to acknowledge', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const { client } = await StompClient.connect(hostcast.url);
    const headers = { ack: 'client-individual', 'prefetch-count': '1' };
    await new Promise<void>((resolve) => {
      let count = 0;
      client.subscribe(
        '/topic/hosts',
        (message) => {
          count += 1;
          if (count === 3) resolve();
          else message.ack();
        },
        headers,
      );
    });
    const { value } = await scrape(hostcast);
    expect(value('hostcast_viewer_ack_age_seconds_count')).toBe(2);
    expect(value('hostcast_viewer_ack_age_seconds_sum')).toBeGreaterThan(0);
  });

  it('counts points, refused writes, commits, series and hosts', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    expect(await sendAsTelegraf(hostcast.url, 'cpu,host=a usage=1,other=2\ncpu,host=b usage=1\n')).toBe(204);
    expect(await sendAsTelegraf(hostcast.url, 'cpu,host=a usage=1\nnonsense\n')).toBe(400);
    const origin = { method: 'POST', headers: { origin: 'https://evil.example' }, body: 'cpu a=1' };
    expect((await fetch(`${hostcast.url}/api/v2/write`, origin)).status).toBe(403);
    const client = await StompClient.connect(hostcast.url);
    const fleet = client.subscribe<{ rows: unknown[] }>('/topic/hosts');
    while ((await fleet.next()).rows.length < 2);
    const { value } = await scrape(hostcast);
    expect(value('hostcast_ingest_points_total{result="stored"}')).toBe(3);
    expect(value('hostcast_ingest_points_total{result="rejected"}')).toBe(1);
    expect(value('hostcast_ingest_rejected_total{why="bad_request"}')).toBe(1);
    expect(value('hostcast_ingest_rejected_total{why="forbidden"}')).toBe(1);
    expect(value('hostcast_wal_fsync_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(value('hostcast_series')).toBe(2);
    expect(value('hostcast_store_writable')).toBe(1);
    expect(value('hostcast_hosts{state="live"}')).toBe(2);
    expect(value('hostcast_hosts{state="gone"}')).toBe(0);
  });

  it('counts who was turned away before there was a session', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect', '--limits-handshakes-per-minute', '2']);
    const open = (origin?: string) =>
      new Promise<WebSocket | Error>((resolve) => {
        const socket = new WebSocket(`${hostcast.url.replace('http', 'ws')}/ws`, 'v12.stomp', { origin });
        socket.once('open', () => resolve(socket));
        socket.once('error', resolve);
      });
    const socket = await open();
    if (socket instanceof WebSocket) socket.send('NONSENSE\n\n\0');
    await hostcast.untilLogged('session refused');
    await open();
    expect(await open()).toBeInstanceOf(Error);
    const [line] = await hostcast.untilLogged('handshake refused');
    expect(line).toMatchObject({
      level: 30,
      audit: true,
      event: 'handshake refused',
      address: '127.0.0.1',
      status: 429,
    });
    expect(await open('https://evil.example')).toBeInstanceOf(Error);
    expect((await hostcast.untilLogged('handshake refused', 2))[1]).toMatchObject({
      ...{ status: 403, origin: 'https://evil.example' },
    });
    const { value } = await scrape(hostcast);
    expect(value('hostcast_refused_total{why="protocol"}')).toBe(1);
    expect(value('hostcast_handshakes_refused_total')).toBe(2);
  });
});

describe('the probes', () => {
  it('say that hostcast lives and is ready', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const live = await fetch(`${hostcast.url}/healthz`);
    expect([live.status, await live.text()]).toEqual([200, 'ok\n']);
    const ready = await fetch(`${hostcast.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', reasons: [] }]);
  });
});
