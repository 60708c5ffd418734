import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Database } from '../src/database.ts';
import type { Point } from '../src/point.ts';
import { maintainAll, newFolder, noon, open, point } from './folder.ts';

/** All that there is goes by blocks of ten minutes when it is an hour old. */
const anHour = {
  blockMs: 600_000,
  dayMs: 600_000,
  retentionMs: 3_600_000,
  minuteRetentionMs: 3_600_000,
  tenMinuteRetentionMs: 3_600_000,
};
const web1 = { measurement: 'cpu', tags: [['host', 'web-1'] as const] };

describe('a database', () => {
  it('gives back what was appended, ordered by time, in a half-open range', () => {
    const database = open({ folder: newFolder() });
    database.append([
      point(noon + 20_000, { usage_idle: 97.5 }),
      point(noon, { usage_idle: 90, state: 'up' }),
      point(noon + 10_000, { usage_idle: 91, on: true }),
    ]);
    expect(database.read(web1, noon, noon + 20_000)).toEqual([
      {
        measurement: 'cpu',
        tags: [['host', 'web-1']],
        times: Float64Array.of(noon, noon + 10_000),
        columns: new Map([
          ['usage_idle', Float64Array.of(90, 91)],
          ['on', Float64Array.of(Number.NaN, 1)],
        ]),
        texts: new Map([['state', ['up', null]]]),
      },
    ]);
  });

  it('has a sample from ahead of its clock as the newest only until one comes that is not', () => {
    const database = open({ folder: newFolder(), now: () => noon });
    const newest = () => {
      const [table] = database.latest({ fields: ['bytes'] });
      return [table?.times, table?.values, table?.previousTimes].map((cells) => cells?.[0]);
    };
    database.append([point(noon + 1_800_000, { bytes: 1 }), point(noon + 1_810_000, { bytes: 2 })]);
    expect(newest()).toEqual([noon + 1_810_000, 2, noon + 1_800_000]);
    database.append([point(noon - 10_000, { bytes: 3 })]); // that host's clock was set right
    expect(newest()).toEqual([noon - 10_000, 3, Number.NaN]);
    database.append([point(noon, { bytes: 4 })]);
    expect(newest()).toEqual([noon, 4, noon - 10_000]);
    expect(database.tagValues('host')).toEqual([{ value: 'web-1', newestMs: noon }]);
    expect(database.read(web1, noon, noon + 3_600_000)[0]?.times).toHaveLength(3);
  });

  it('knows the newest two samples of every series, also of one that came late', () => {
    const database = open({ folder: newFolder() });
    database.append([
      point(noon, { bytes: 100 }),
      point(noon + 20_000, { bytes: 300 }),
      point(noon + 10_000, { bytes: 200 }),
      point(noon, { bytes: 7 }, [['host', 'db-1']]),
    ]);
    expect(database.latest({ measurement: 'cpu', fields: ['bytes'] })).toEqual([
      {
        measurement: 'cpu',
        fields: ['bytes'],
        series: [[['host', 'web-1']], [['host', 'db-1']]],
        times: Float64Array.of(noon + 20_000, noon),
        values: Float64Array.of(300, 7),
        previousTimes: Float64Array.of(noon + 10_000, Number.NaN),
        previousValues: Float64Array.of(200, Number.NaN),
      },
    ]);
  });

  it('knows the newest samples again after it was closed and opened, sealed or not', () => {
    for (const isSealed of [false, true]) {
      const folder = newFolder();
      let now = noon;
      const first = open({ folder, now: () => now });
      first.append([point(noon, { bytes: 100, idle: 1 }), point(noon + 10_000, { bytes: 200 })]);
      now += 600_000;
      if (isSealed) maintainAll(first);
      first.close();
      expect(readdirSync(join(folder, 'raw'))).toEqual([`${noon}-0.${isSealed ? 'seg' : 'wal'}`]);
      const second = open({ folder, now: () => now });
      second.append([point(noon + 65_000, { bytes: 300 })]);
      expect(second.latest({ fields: ['bytes', 'idle'] })[0]).toMatchObject({
        fields: ['bytes', 'idle'],
        values: Float64Array.of(300, 1),
        times: Float64Array.of(noon + 65_000, noon),
        previousValues: Float64Array.of(200, Number.NaN),
      });
      expect(second.tagValues('host')).toEqual([{ value: 'web-1', newestMs: noon + 65_000 }]);
    }
  });

  it('puts the last row before the range first, where it is near enough', () => {
    const database = open({ folder: newFolder() });
    database.append([0, 10_000, 70_000, 80_000].map((ms) => point(noon + ms, { n: ms })));
    const timesOf = (previousWithinMs: number) =>
      database
        .read(web1, noon + 70_000, noon + 80_000, { previousWithinMs })
        .map(({ times }) => [...times].map((time) => time - noon));
    expect(timesOf(0)).toEqual([[70_000]]);
    expect(timesOf(59_999)).toEqual([[70_000]]);
    expect(timesOf(60_000)).toEqual([[10_000, 70_000]]);
  });

  it('opens a second column where a field changes its type', () => {
    const database = open({ folder: newFolder() });
    database.append([
      point(noon, { code: 200 }),
      point(noon + 1, { code: 'timeout' }),
      point(noon + 2, { code: 500 }),
    ]);
    const [series] = database.read(web1, noon, noon + 10);
    expect(series?.columns.get('code')).toEqual(Float64Array.of(200, Number.NaN, 500));
    expect(series?.texts.get('code')).toEqual([null, 'timeout', null]);
  });

  it('keeps numbers to as many decimals as it is asked to, and what they cannot be rounded to as it is', () => {
    const decimals = (measurement: string, name: string) =>
      measurement === 'cpu' && name.startsWith('usage') ? 2 : undefined;
    const database = open({ folder: newFolder(), decimals });
    const numbers = [12.345678, -0.001, 0.57, 57 * 0.01, 3, 1e300, Number.MAX_SAFE_INTEGER];
    database.append(
      numbers.map((value, n) => point(noon + n, { usage: value, other: value, usageText: 'x' })),
    );
    database.append([point(noon, { usage: 12.345678 }, [['host', 'web-2']], 'mem')]);
    const [cpu] = database.read(web1, noon, noon + 10);
    expect([...cpu!.columns.get('usage')!]).toEqual([
      12.35,
      0,
      0.57,
      0.57,
      3,
      1e300,
      Number.MAX_SAFE_INTEGER,
    ]);
    expect([...cpu!.columns.get('other')!]).toEqual(numbers);
    expect(cpu!.texts.get('usageText')?.[0]).toBe('x');
    const [mem] = database.read({ measurement: 'mem' }, noon, noon + 10);
    expect([...mem!.columns.get('usage')!]).toEqual([12.345678]);
  });

  it('changes nothing when a batch is sent again', () => {
    const database = open({ folder: newFolder() });
    const batch = [point(noon, { a: 1, s: 'x' }), point(noon + 10_000, { a: 2.5, s: 'y' })];
    database.append(batch);
    const once = [database.read({}, 0, noon * 2), database.latest({})];
    for (let round = 0; round < 3; round++) database.append(batch);
    expect([database.read({}, 0, noon * 2), database.latest({})]).toEqual(once);
  });

  it('lets the last write of a time and field win, before and after a window is sealed', () => {
    let now = noon + 30_000;
    const folder = newFolder();
    const database = open({ folder, now: () => now });
    database.append([point(noon, { a: 1, b: 1 }), point(noon + 10_000, { a: 2 })]);
    now += 600_000;
    maintainAll(database);
    database.append([point(noon, { a: 9 }), point(noon + 5_000, { b: 5 })]);
    const expected = new Map([
      ['a', Float64Array.of(9, Number.NaN, 2)],
      ['b', Float64Array.of(1, 5, Number.NaN)],
    ]);
    expect(database.read(web1, noon, now)[0]?.columns).toEqual(expected);
    now += 600_000;
    maintainAll(database);
    expect(readdirSync(join(folder, 'raw'))).toEqual([`${noon}-0.seg`, `${noon}-1.seg`]);
    expect(database.read(web1, noon, now)[0]?.columns).toEqual(expected);
  });

  it('refuses single points that cannot be, and takes the others', () => {
    const database = open({ folder: newFolder(), retentionMs: 3_600_000, maxSeries: 1, maxColumns: 2 });
    const { accepted, refused } = database.append([
      point(noon, { a: 1 }),
      point(-1, { a: 1 }),
      point(noon + 0.5, { a: 1 }),
      point(noon - 3_600_001, { a: 1 }),
      point(noon + 3_600_001, { a: 1 }),
      point(noon, { a: Number.POSITIVE_INFINITY }),
      point(noon, { a: Number.NaN }),
      point(noon, {}),
      point(noon, { a: 1 }, [['host', 'other']]),
      point(noon, { b: 1, c: 1 }),
      point(noon, { s: '\ud800' }),
      point(noon, { '': 1 }),
      point(noon + 3_600_000, { a: 2 }),
    ]);
    expect(accepted).toBe(2);
    expect(refused.map(({ index, reason }) => [index, reason])).toEqual([
      [1, 'bad-time'],
      [2, 'bad-time'],
      [3, 'too-old'],
      [4, 'too-far-ahead'],
      [5, 'bad-value'],
      [6, 'no-fields'],
      [7, 'no-fields'],
      [8, 'too-many-series'],
      [9, 'too-many-columns'],
      [10, 'bad-name'],
      [11, 'bad-name'],
    ]);
    expect(refused[3]?.message).toMatch(
      /^time \S+Z is too far ahead, later than \S+Z: is the sender's clock right\?$/,
    );
    expect(refused[2]?.message).toMatch(/^time \S+Z is older than what is kept, from \S+Z on$/);
  });

  it('counts series by the tag that it clusters by: below and at a limit they are taken, above it they are not', () => {
    const limits = { clusterBy: 'host', maxSeries: 5, maxSeriesPerCluster: 2, maxClusters: 3 };
    const database = open({ folder: newFolder(), ...limits });
    const of = (host: string, cpu: string): Point =>
      point(noon, { a: 1 }, [
        ['cpu', cpu],
        ['host', host],
      ]);
    const { refused } = database.append([
      of('x', '0'),
      of('x', '1'),
      of('x', '2'),
      of('y', '0'),
      of('z', '0'),
      of('w', '0'),
      point(noon, { a: 1 }, [['cpu', '0']]),
      point(noon, { a: 1 }, [['cpu', '1']]),
      of('x', '1'),
    ]);
    expect(refused).toEqual([
      {
        index: 2,
        reason: 'too-many-in-cluster',
        message: 'there are maxSeriesPerCluster 2 series of this host already',
      },
      { index: 5, reason: 'too-many-clusters', message: 'there are maxClusters 3 values of host already' },
      { index: 7, reason: 'too-many-series', message: 'there are maxSeries 5 series already' },
    ]);
  });

  it('takes new names up to a limit, counted anew where it is opened, and less of what has expired', () => {
    let now = noon;
    const folder = newFolder();
    const reopen = (): Database => open({ folder, now: () => now, ...anHour, maxNameCharacters: 80 });
    const of = (host: string, field = 'a'): Point => point(now, { [field]: 1 }, [['host', host]]);
    const long = 'x'.repeat(40);
    let database = reopen();
    const reasons = (points: Point[]) => database.append(points).refused.map(({ reason }) => reason);
    expect(reasons([of('h'), of(long)])).toEqual([]);
    expect(reasons([of(long, 'b'.repeat(20)), of('i', 'b'.repeat(20)), of('h')])).toEqual([
      'too-many-names',
      'too-many-names',
    ]);
    database.close();
    database = reopen();
    expect(reasons([of('i', 'b'.repeat(20))])).toEqual(['too-many-names']);
    for (let minutes = 0; minutes < 90; minutes += 30) {
      now += 1_800_000;
      expect(reasons([of('h')])).toEqual([]);
      maintainAll(database);
    }
    expect(reasons([of('i', 'b'.repeat(20)), of('h')])).toEqual([]);
  });

  it('drops what is older than the retention, and series with the last of it', () => {
    let now = noon;
    const folder = newFolder();
    const database = open({ folder, now: () => now, ...anHour });
    database.append([point(noon, { a: 1 }, [['host', 'gone']])]);
    now += 600_000;
    maintainAll(database);
    database.append([point(now, { a: 1 })]);
    now += 3_599_999;
    database.append([point(now, { a: 2 })]);
    maintainAll(database);
    expect(database.tagValues('host').map(({ value }) => value)).toEqual(['gone', 'web-1']);
    now += 1;
    database.append([point(now, { a: 3 })]);
    maintainAll(database);
    expect(database.tagValues('host').map(({ value }) => value)).toEqual(['web-1']);
    for (const tier of ['merged', '1m', '10m']) {
      expect(database.events).toContainEqual({ type: 'expired', file: join(folder, tier, `${noon}-0.seg`) });
    }
  });

  it('deletes nothing when the clock is set years ahead', () => {
    let now = noon;
    const database = open({ folder: newFolder(), now: () => now, retentionMs: 3_600_000 });
    database.append([point(noon, { a: 1 })]);
    now += 10 * 365 * 86_400_000;
    maintainAll(database);
    expect(database.read({}, noon, noon + 1)).toHaveLength(1);
  });

  it('refuses a folder of a newer format and a file that is not its own', () => {
    const newer = newFolder();
    writeFileSync(join(newer, 'meta.json'), '{"format":99,"tiers":[]}');
    expect(() => open({ folder: newer })).toThrowError(
      expect.objectContaining({ code: 'ERR_TSDB_FORMAT', message: expect.stringContaining('format 99') }),
    );
    const other = newFolder();
    writeFileSync(join(other, 'meta.json'), 'hello');
    expect(() => open({ folder: other })).toThrowError(expect.objectContaining({ code: 'ERR_TSDB_FORMAT' }));
  });

  it('keeps the window that its folder was made with, and says so', () => {
    const folder = newFolder();
    open({ folder }).close();
    const database = open({ folder, windowMs: 5_000 });
    expect(database.events).toEqual([{ type: 'window-kept', windowMs: 60_000, askedMs: 5_000 }]);
    expect(readFileSync(join(folder, 'meta.json'), 'utf8')).toBe(
      '{"format":2,"windowMs":60000,"blockMs":14400000,"dayMs":86400000}\n',
    );
  });

  it('answers nothing after it was closed, and closes twice without harm', () => {
    const database = open({ folder: newFolder() });
    database.close();
    database.close();
    expect(() => database.append([])).toThrowError(expect.objectContaining({ code: 'ERR_TSDB_CLOSED' }));
  });

  it('names an option that is out of range', () => {
    expect(() => open({ folder: newFolder(), windowMs: 10 })).toThrowError(
      new RangeError('windowMs is 10: it must be a whole number from 1000 to 86400000'),
    );
  });
});
