import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FleetSnapshot, HostHistory } from '../src/publish/snapshots.ts';
import { mountMissing, onFullDisk, onSmallDisk, straceMissing, withInjected } from './support/faults.ts';
import { HostcastProcess, makeFolder } from './support/hostcastProcess.ts';
import { StompClient } from './support/stompClient.ts';

const flags = ['--interval', '1s', '--no-collect'];
const noMount = mountMissing();
const noStrace = straceMissing();
const takesNone = 'store: takes no data; writers are answered 503 and keep theirs, what is there is shown';

/** Writes one second of one host; large enough to fill pages soon. Returns the status. */
async function write(hostcast: HostcastProcess, second: number): Promise<Response> {
  const text = 'x'.repeat(4_000);
  const body = `mem,host=web-1 used_percent=${second % 100},note="${text}${second}" ${second}`;
  return fetch(`${hostcast.url}/write?db=telegraf&precision=s`, { method: 'POST', body });
}

async function metric(hostcast: HostcastProcess, name: string): Promise<number> {
  const text = await (await fetch(`${hostcast.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function secondsKept(hostcast: HostcastProcess, from: number, to: number): Promise<number[]> {
  const path = `/api/hosts/web-1/history?from=${from * 1_000}&to=${to * 1_000}&points=${to - from}`;
  const { times, panels } = await hostcast.fetchJson<HostHistory>(path);
  const { used_percent } = panels.mem as Record<string, (number | null)[]>;
  return times.filter((_, row) => used_percent?.[row] != null).map((timeMs) => timeMs / 1_000);
}

describe.skipIf(noMount !== undefined)(`on a full disk${noMount ? ` (${noMount})` : ''}`, () => {
  it('answers 503 and acknowledges nothing, goes on showing what it has, and recovers without a restart', async () => {
    const data = makeFolder();
    const hostcast = await HostcastProcess.start(flags, { data, under: onSmallDisk(data, '2m') });
    const viewer = await StompClient.connect(hostcast.url);
    const fleet = viewer.subscribe<FleetSnapshot>('/topic/hosts');
    const start = Math.floor(Date.now() / 1_000) - 600;
    const acknowledged: number[] = [];
    const writeNext = async (): Promise<Response> => {
      const second = start + acknowledged.length;
      const answer = await write(hostcast, second);
      if (answer.status === 204) acknowledged.push(second);
      return answer;
    };
    expect((await writeNext()).status).toBe(204);

    const ballast = join('/proc', String(hostcast.pid), 'root', data, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_600 * 1024));
    let answer = await writeNext();
    while (answer.status === 204) answer = await writeNext();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    const text = await answer.text();
    expect([text.includes('ENOSPC'), text.includes(data)]).toEqual([true, false]);
    expect((await writeNext()).status).toBe(503);

    let snapshot = await fleet.next();
    while (snapshot.source === 'live') snapshot = await fleet.next();
    expect([snapshot.source, snapshot.rows[0]![0]]).toEqual([
      'the store takes no new data: its disk is full',
      'web-1',
    ]);
    const ready = await fetch(`${hostcast.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', reasons: [], warnings: ['the store takes no new data: its disk is full'] },
    ]);
    expect(await metric(hostcast, 'hostcast_store_writable')).toBe(0);
    expect(await hostcast.untilLogged(takesNone)).toMatchObject([{ trouble: 'its disk is full' }]);

    rmSync(ballast);
    await hostcast.untilLogged('store: takes data again');
    while (snapshot.source !== 'live') snapshot = await fleet.next();
    expect(await metric(hostcast, 'hostcast_store_writable')).toBe(1);
    // As Telegraf does: what was refused comes again.
    expect((await writeNext()).status).toBe(204);
    expect(await secondsKept(hostcast, start, start + acknowledged.length)).toEqual(acknowledged);
    expect(hostcast.log(takesNone)).toHaveLength(1);
  });

  it('starts after it was killed, shows what it has, and takes data as soon as there is room', async () => {
    const start = Math.floor(Date.now() / 1_000) - 600;
    const killed = await HostcastProcess.start(flags);
    expect((await write(killed, start)).status).toBe(204);
    await killed.stop('SIGKILL');
    const data = makeFolder();
    const hostcast = await HostcastProcess.start(flags, { data, under: onFullDisk(data, '2m', killed.data) });
    expect(hostcast.log().map(({ msg }) => msg)).toEqual([
      'store: the hostcast before did not stop in order; its lock was taken over',
    ]);
    expect(await secondsKept(hostcast, start, start + 2)).toEqual([start]);
    // What the log's last page has room for may be taken.
    const statuses = [204];
    while (statuses.at(-1) === 204) statuses.push((await write(hostcast, start + statuses.length)).status);
    expect(statuses.at(-1)).toBe(503);
    rmSync(join('/proc', String(hostcast.pid), 'root', data, 'ballast'));
    await hostcast.untilLogged('store: takes data again');
    expect((await write(hostcast, start + 500)).status).toBe(204);
    expect(readdirSync(join('/proc', String(hostcast.pid), 'root', data)).sort()).toEqual([
      ...['LOCK', 'meta.json', 'raw'],
    ]);
  });
});

describe.skipIf(noStrace !== undefined)(`under strace${noStrace ? ` (${noStrace})` : ''}`, () => {
  it('a sync that fails is never acknowledged: the data is written anew, and everything acknowledged is there', async () => {
    const hostcast = await HostcastProcess.start(flags, {
      under: withInjected('fdatasync:error=EIO:when=5'),
    });
    const start = Math.floor(Date.now() / 1_000) - 600;
    const statuses: number[] = [];
    let second = start;
    while (!statuses.includes(503)) statuses.push((await write(hostcast, second++)).status);
    expect(await hostcast.untilLogged(takesNone)).toMatchObject([{ trouble: 'its disk fails' }]);
    await hostcast.untilLogged('store: takes data again');
    expect((await write(hostcast, second)).status).toBe(204);
    const kept = await secondsKept(hostcast, start, second + 1);
    const lost = statuses.flatMap((status, row) =>
      status === 204 && !kept.includes(start + row) ? [row] : [],
    );
    expect([lost, kept.includes(second)]).toEqual([[], true]);
  });

  it('a slow disk holds up writers, and neither ticks nor viewers', async () => {
    const hostcast = await HostcastProcess.start(flags, {
      under: withInjected('fdatasync:delay_enter=200000'),
    });
    const viewer = await StompClient.connect(hostcast.url);
    const fleet = viewer.subscribe<FleetSnapshot>('/topic/hosts');
    const start = Math.floor(Date.now() / 1_000) - 600;
    let isOver = false;
    let second = start;
    const writing = (async () => {
      while (!isOver) expect((await write(hostcast, second++)).status).toBe(204);
    })();
    for (let tick = 0; tick < 5; tick++) expect((await fleet.next()).source).toBe('live');
    isOver = true;
    await writing;
    const commits = await metric(hostcast, 'hostcast_wal_fsync_seconds_count');
    const seconds = await metric(hostcast, 'hostcast_wal_fsync_seconds_sum');
    expect(commits).toBeGreaterThan(0);
    expect(seconds / commits).toBeGreaterThan(0.2);
    expect(await metric(hostcast, 'hostcast_tick_overrun_total')).toBe(0);
  });
});
