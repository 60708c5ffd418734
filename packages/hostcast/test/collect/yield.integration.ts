import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import type { FleetSnapshot } from '../../src/publish/snapshots.ts';
import { HostcastProcess } from '../support/hostcastProcess.ts';
import { StompClient } from '../support/stompClient.ts';
import { sendAsTelegraf } from '../support/telegraf.ts';

it('the own collector leaves memory to a Telegraf of this host, goes on with the rest, and comes back when it stops', async () => {
  const hostcast = await HostcastProcess.start(['--interval', '1s', '--collect']);
  const client = await StompClient.connect(hostcast.url);
  const fleets = client.subscribe<FleetSnapshot>('/topic/hosts');
  const host = hostname();
  const next = async () => {
    const { columns, rows } = await fleets.next();
    const row = rows.find(([name]) => name === host) ?? [];
    return Object.fromEntries(columns.map((column, index) => [column, row[index]]));
  };
  // How often the collector has measured what it goes on with.
  const measured = new Set<unknown>();
  let inARow = 0;
  while (inARow < 5 || measured.size < 4) {
    await sendAsTelegraf(hostcast.url, `mem,host=${host} used_percent=123.5 ${Date.now()}000000\n`);
    const row = await next();
    measured.add(row.uptime);
    inARow = row.memory === 123.5 ? inARow + 1 : 0;
  }
  let row = await next();
  while (row.memory === 123.5) row = await next();
  expect(row.memory).toBeGreaterThan(0);
  expect(row.memory).toBeLessThanOrEqual(100);
  expect(row.state).toBe('live');
});
