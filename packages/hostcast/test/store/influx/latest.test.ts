import type { LatestTable } from '@hostcast/tsdb';
import { describe, expect, it } from 'vitest';
import type { InfluxSeries } from '../../../src/store/influx/answer.ts';
import { quotedStatement, type Statement } from '../../../src/store/influx/influxql.ts';
import { InfluxLatest } from '../../../src/store/influx/latest.ts';
import { InfluxSchema } from '../../../src/store/influx/schema.ts';

const start = 1_700_000_000_000;
const second = 1_000;

/** A database that has each host's sample of every 10 s as soon as it has arrived. */
class Arrivals {
  readonly delaysMs: ReadonlyMap<string, (sample: number) => number>;
  nowMs = start;
  rows = 0;
  readonly windows: number[] = [];

  constructor(delaysMs: ReadonlyMap<string, (sample: number) => number>) {
    this.delaysMs = delaysMs;
  }

  readonly query = async (statement: Statement): Promise<readonly InfluxSeries[]> => {
    const text = quotedStatement(statement);
    if (text === 'SHOW FIELD KEYS') return [answer(['fieldKey', 'fieldType'], [['used', 'integer']])];
    if (text === 'SHOW TAG KEYS') return [answer(['tagKey'], [['host']])];
    const [, from = '', to = ''] = /time >= (\d+)ms AND time < (\d+)ms/.exec(text) ?? [];
    const rows = this.arrived(Number(from), Number(to));
    this.rows += rows.length;
    this.windows.push(this.nowMs - Number(from));
    return [answer(['time', 'used', 'host'], rows)];
  };

  arrived(fromMs: number, toMs: number): unknown[][] {
    const rows: unknown[][] = [];
    for (const [host, delayMs] of this.delaysMs) {
      for (let sample = 0; sample <= (this.nowMs - start) / (10 * second); sample += 1) {
        const timeMs = start + sample * 10 * second;
        if (timeMs >= fromMs && timeMs < toMs && timeMs + delayMs(sample) <= this.nowMs) {
          rows.push([timeMs, sample, host]);
        }
      }
    }
    return rows;
  }

  /** Host and newest sample that has arrived. */
  newest(): [string, number][] {
    const newest = new Map<string, number>();
    for (const [, sample, host] of this.arrived(start, this.nowMs)) newest.set(String(host), Number(sample));
    return [...newest];
  }
}

function answer(columns: readonly string[], rows: readonly (readonly unknown[])[]): InfluxSeries {
  return { name: 'mem', tags: [], columns, rows };
}

/** Ticks for ten minutes; each must show of every host the newest sample that is there. Gives what was read. */
async function watch(delaysMs: ReadonlyMap<string, (sample: number) => number>) {
  const arrivals = new Arrivals(delaysMs);
  const nowMs = () => arrivals.nowMs;
  const schema = new InfluxSchema(arrivals.query, nowMs);
  const latest = new InfluxLatest({ query: arrivals.query, schema, intervalMs: 10 * second, nowMs });
  const misses: string[] = [];
  for (let tick = 0; tick <= 60; tick += 1) {
    arrivals.nowMs = start + (tick * 10 + 2) * second;
    const [tables] = await latest.round([{ measurement: 'mem' }]);
    const shown = new Map(cellsOf(tables?.[0]));
    for (const [host, sample] of arrivals.newest()) {
      if (shown.get(host) !== sample) misses.push(`tick ${tick}: ${host} ${shown.get(host)}, not ${sample}`);
    }
  }
  return { misses, rowsPerTick: arrivals.rows / 61, windowsMs: arrivals.windows };
}

function cellsOf(table: LatestTable | undefined): [string, number][] {
  return (table?.series ?? []).map((tags, row) => [tags[0]![1], table!.values[row]!]);
}

/** 100 hosts whose flush has each its own phase. */
function hosts(flushMs: number): Map<string, (sample: number) => number> {
  return new Map(
    Array.from({ length: 100 }, (_, host) => [`web-${host}`, () => (flushMs * (host + 1)) / 100]),
  );
}

describe('a round of latest', () => {
  it('reads 3.1 samples of each host that flushes each second, where 40 s of them would be four', async () => {
    const { misses, rowsPerTick } = await watch(hosts(1_000));
    expect(misses).toEqual([]);
    expect(rowsPerTick / 100).toBeCloseTo(3.1, 1);
  });

  it('loses nothing of hosts that flush each 10 s, as Telegraf does, and reads 3.1 samples of each', async () => {
    const { misses, rowsPerTick } = await watch(hosts(10_000));
    expect(misses).toEqual([]);
    expect(rowsPerTick / 100).toBeCloseTo(3.1, 1);
  });

  it('loses nothing of a host that flushes each 30 s among others that flush each second', async () => {
    const slow = (sample: number): number => 30_000 - ((sample * 10_000) % 30_000);
    const { misses } = await watch(new Map([...hosts(1_000), ['slow', slow]]));
    expect(misses).toEqual([]);
  });

  it('finds a new host that is 28 s late within a minute, and follows it from there', async () => {
    const joins = 25;
    const late = (sample: number): number => (sample < joins ? Number.POSITIVE_INFINITY : 28_000);
    const { misses } = await watch(new Map([...hosts(1_000), ['new', late]]));
    expect(misses.length).toBeLessThanOrEqual(6);
    expect(misses.every((miss) => /^tick (2[89]|3[0-4]): new undefined/.test(miss))).toBe(true);
  });

  it('reads no further back for a host that fell silent than for 40 s', async () => {
    const silent = (sample: number): number => (sample < 20 ? 1_000 : Number.POSITIVE_INFINITY);
    const { misses, windowsMs } = await watch(new Map([...hosts(1_000), ['gone', silent]]));
    expect(misses).toEqual([]);
    expect(Math.max(...windowsMs.slice(1))).toBe(40_000);
    expect(windowsMs.at(-2)).toBe(22_000);
  });

  it('names the hosts that are looked at, up to 200 of them, and beyond that reads all', async () => {
    const statements: string[] = [];
    const all = new Map(Array.from({ length: 300 }, (_, host) => [`web-${host}`, () => 0]));
    const arrivals = new Arrivals(all);
    arrivals.nowMs = start + 12 * second;
    const query = (statement: Statement) => {
      statements.push(quotedStatement(statement));
      return arrivals.query(statement);
    };
    const schema = new InfluxSchema(arrivals.query, () => arrivals.nowMs);
    const latest = new InfluxLatest({ query, schema, intervalMs: 10 * second, nowMs: () => arrivals.nowMs });
    for (const count of [200, 201]) {
      const hostsSeen = [...all.keys()].slice(0, count);
      const answers = await latest.round(hostsSeen.map((host) => ({ tags: [['host', host]] })));
      expect(answers.map(([table]) => table?.series)).toEqual(hostsSeen.map((host) => [[['host', host]]]));
    }
    expect(statements.map((statement) => statement.split(' OR ').length)).toEqual([200, 1]);
  });

  it('goes on from where it was after rounds that failed', async () => {
    const arrivals = new Arrivals(hosts(1_000));
    const nowMs = () => arrivals.nowMs;
    const schema = new InfluxSchema(arrivals.query, nowMs);
    let isAway = false;
    const query = async (statement: Statement) => {
      if (isAway) throw new Error('away');
      return arrivals.query(statement);
    };
    const latest = new InfluxLatest({ query, schema, intervalMs: 10 * second, nowMs });
    for (let tick = 0; tick <= 15; tick += 1) {
      arrivals.nowMs = start + (tick * 10 + 2) * second;
      isAway = tick > 4 && tick < 9;
      await latest.round([{ measurement: 'mem' }]).catch(() => {});
    }
    const [tables] = await latest.round([{ measurement: 'mem' }]);
    expect(cellsOf(tables?.[0])).toEqual(arrivals.newest());
  });
});
