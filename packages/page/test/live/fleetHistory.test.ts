import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FleetHistory, fleetPastOf } from '../../src/live/fleetHistory.ts';
import type { Live } from '../../src/live/live.ts';
import { type Fleet, readFleet, readFleetPast } from '../../src/live/snapshots.ts';

const minuteMs = 60_000;
const start = Date.parse('2026-11-23T00:00:00Z');
const no = Number.NaN;

/** A snapshot at `time` of hosts that were seen and measured so; a minute's interval makes 15 buckets. */
function fleet(time: number, ...rows: [host: string, seenMs: number, cpu: number | null][]) {
  const columns = ['host', 'state', 'seenMs', 'cpu'];
  const body = { time, intervalMs: minuteMs, source: 'live', columns };
  return readFleet({ ...body, rows: rows.map(([host, seenMs, cpu]) => [host, 'live', seenMs, cpu]) })!;
}

function past(times: number[], hosts: Record<string, Record<string, (number | null)[]>>) {
  return readFleetPast({ bucketMs: minuteMs, times, hosts })!;
}

describe("the fleet's last minutes", () => {
  test('hold what was measured in the bucket of its time', () => {
    const history = new FleetHistory();
    history.append(fleet(start + 2_000, ['a', start, 10]));
    history.append(fleet(start + minuteMs + 2_000, ['a', start + minuteMs, 20]));
    expect(history.valuesOf('a', 'cpu').slice(-3)).toEqual([no, 10, 20]);
    expect(history.valuesOf('a', 'cpu')).toHaveLength(15);
    expect(history.valuesOf('nobody', 'cpu')).toEqual(Array(15).fill(no));
  });

  test('take the mean of what comes within one bucket, and nothing twice', () => {
    const history = new FleetHistory();
    history.append(fleet(start + 2_000, ['a', start, 10]));
    history.append(fleet(start + 3_000, ['a', start, 10]));
    history.append(fleet(start + 9_000, ['a', start + 8_000, 40]));
    history.append(fleet(start + 20_000, ['a', start + 19_000, 40]));
    expect(history.valuesOf('a', 'cpu').at(-1)).toBe(30);
  });

  test('stay empty where a host said nothing, and forget what is older than they reach', () => {
    const history = new FleetHistory();
    history.append(fleet(start, ['a', start, 10], ['b', start, 1]));
    history.append(fleet(start + 14 * minuteMs, ['a', start + 14 * minuteMs, 20], ['b', start, 1]));
    expect(history.valuesOf('a', 'cpu')).toEqual([10, ...Array(13).fill(no), 20]);
    history.append(fleet(start + 15 * minuteMs, ['a', start + 15 * minuteMs, 30], ['b', start, 1]));
    expect(history.valuesOf('a', 'cpu')).toEqual([...Array(13).fill(no), 20, 30]);
    expect(history.valuesOf('b', 'cpu')).toEqual(Array(15).fill(no));
  });

  test('are filled with history only where they are empty', () => {
    const history = new FleetHistory();
    history.append(fleet(start, ['a', start, 10]));
    const { fromMs, toMs, points } = history.range;
    expect([start + minuteMs - toMs, toMs - fromMs, points]).toEqual([0, 15 * minuteMs, 15]);
    const times = [start - 20 * minuteMs, start - 2 * minuteMs, start - minuteMs, start];
    history.fill(past(times, { a: { cpu: [1, 2, null, 99] }, b: { cpu: [1, 5, 6, 7] } }));
    expect(history.valuesOf('a', 'cpu').slice(-4)).toEqual([no, 2, no, 10]);
    expect(history.valuesOf('b', 'cpu').slice(-4)).toEqual([no, 5, 6, 7]);
  });

  test('show a host whose clock is ahead at the newest place', () => {
    const history = new FleetHistory();
    history.append(fleet(start, ['a', start + 5 * minuteMs, 10]));
    expect(history.valuesOf('a', 'cpu').at(-1)).toBe(10);
  });

  test('have a mean over hosts only where at least half of those that report say something', () => {
    const history = new FleetHistory();
    const at = (minute: number) => start + minute * minuteMs;
    const all = (minute: number) =>
      fleet(at(minute), ['a', at(minute), 10], ['b', at(minute), 20], ['c', at(minute), 90]);
    history.append(all(0));
    history.append(all(1));
    // One tick is lost of two of them: what they said last holds until their next is due. Then nobody knows.
    history.append(fleet(at(2), ['a', at(1), 10], ['b', at(1), 20], ['c', at(2), 90]));
    history.append(fleet(at(3), ['a', at(1), 10], ['b', at(1), 20], ['c', at(3), 90]));
    history.append(all(4));
    expect(history.meanOf(all(4).hosts, 'cpu').slice(-6)).toEqual([no, 40, 40, 40, no, 40]);
  });

  test('have a mean over hosts that report seldom', () => {
    const history = new FleetHistory();
    for (let minute = 0; minute <= 10; minute += 1) {
      const seen = (every: number, from: number) =>
        start + (minute - ((minute - from + every) % every)) * minuteMs;
      history.append(fleet(start + minute * minuteMs, ['a', seen(4, 0), 10], ['b', seen(4, 2), 30]));
    }
    const { hosts } = fleet(start, ['a', start, 10], ['b', start, 30]);
    expect(history.meanOf(hosts, 'cpu').slice(-8)).toEqual(Array(8).fill(20));
  });

  test('forget hosts that are no longer there, and begin anew with another interval', () => {
    const history = new FleetHistory();
    history.append(fleet(start, ['a', start, 10], ['b', start, 30]));
    history.append(fleet(start, ['a', start, 10]));
    history.append(fleet(start, ['a', start, 10], ['b', start - minuteMs, 30]));
    expect(history.valuesOf('b', 'cpu').slice(-2)).toEqual([30, no]);
    history.append({ ...fleet(start, ['a', start, 10]), intervalMs: 10_000 });
    expect(history.valuesOf('a', 'cpu')).toHaveLength(90);
  });
});

describe('what is asked for', () => {
  const asked: string[] = [];
  let status = 200;

  beforeEach(() => {
    asked.length = 0;
    status = 200;
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    // A page that nobody sees: it draws nothing.
    vi.stubGlobal('document', { hidden: true, addEventListener() {} });
    vi.stubGlobal('fetch', async (address: string) => {
      asked.push(address);
      const body = { bucketMs: minuteMs, times: [start - minuteMs], hosts: { a: { cpu: [5] } } };
      return new Response(JSON.stringify(body), { status });
    });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** A page that has had one snapshot, and a way to wait until an answer is in. */
  function openPage() {
    const snapshot = (time: number): Fleet => fleet(time, ['a', time, 10]);
    const newest = signal<Fleet | undefined>(snapshot(start));
    const past = fleetPastOf({ received: newest } as unknown as Live);
    const answered = (): Promise<void> =>
      vi.waitFor(() => expect(past.history.valuesOf('a', 'cpu')).toContain(5));
    return { newest, past, snapshot, answered };
  }

  test('is the past, once, when somebody looks', async () => {
    const { newest, past, snapshot, answered } = openPage();
    expect(asked).toEqual([]);
    past.watch();
    await answered();
    newest.value = snapshot(start + minuteMs);
    newest.value = snapshot(start + 2 * minuteMs);
    past.watch();
    const from = start + minuteMs - 15 * minuteMs;
    expect(asked).toEqual([
      `/api/hosts/history?columns=cpu%2Cmemory&from=${from}&to=${start + minuteMs}&points=15`,
    ]);
  });

  test('is once more where snapshots have left a hole', async () => {
    const { newest, past, snapshot, answered } = openPage();
    past.watch();
    await answered();
    newest.value = snapshot(start + 10 * minuteMs);
    newest.value = snapshot(start + 11 * minuteMs);
    expect(asked).toHaveLength(2);
  });

  test('is the hole when somebody looks again, and not before', async () => {
    const { newest, past, snapshot, answered } = openPage();
    const leave = past.watch();
    await answered();
    leave();
    newest.value = snapshot(start + 10 * minuteMs);
    expect(asked).toHaveLength(1);
    past.watch();
    expect(asked).toHaveLength(2);
  });

  test('waits while the store does not answer', () => {
    const { newest, past, snapshot } = openPage();
    newest.value = { ...snapshot(start), source: 'InfluxDB does not answer' };
    past.watch();
    expect(asked).toEqual([]);
    newest.value = snapshot(start + minuteMs);
    expect(asked).toHaveLength(1);
  });

  test('is asked for again half a minute after it failed', async () => {
    status = 503;
    const { newest, past, snapshot, answered } = openPage();
    past.watch();
    await new Promise(setImmediate); // the answer is in
    newest.value = snapshot(start + minuteMs);
    expect(asked).toHaveLength(1);
    status = 200;
    vi.setSystemTime(start + 31_000);
    newest.value = snapshot(start + 2 * minuteMs);
    await answered();
    expect(asked).toHaveLength(2);
  });

  test('is nothing of what somebody else saw before', async () => {
    const { newest, past, snapshot, answered } = openPage();
    past.watch();
    await answered();
    newest.value = undefined;
    expect(past.history.valuesOf('a', 'cpu')).toEqual([]);
    newest.value = snapshot(start + minuteMs);
    await answered();
    expect(asked).toHaveLength(2);
  });
});
