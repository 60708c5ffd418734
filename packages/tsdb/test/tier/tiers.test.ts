import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/database.ts';
import type { DatabaseOptions } from '../../src/options.ts';
import { maintainAll, newFolder, noon, open, point } from '../folder.ts';

const minute = 60_000;
const spans: Omit<DatabaseOptions, 'folder'> = {
  windowMs: minute,
  blockMs: 10 * minute,
  dayMs: 30 * minute,
  retentionMs: 40 * minute,
  minuteRetentionMs: 70 * minute,
  tenMinuteRetentionMs: 300 * minute,
};

interface Running {
  readonly folder: string;
  readonly database: Database;
  now: number;
}

/** A database into which one host wrote every 10 s for some minutes: a gauge, and a counter of 5 per second. */
function running(minutes: number, options: Partial<DatabaseOptions> = {}): Running {
  const folder = newFolder();
  const state = { now: noon };
  const database = open({ folder, ...spans, ...options, now: () => state.now });
  for (let tick = 0; tick < minutes * 6; tick++) {
    state.now = noon + tick * 10_000;
    database.append([point(state.now, { gauge: tick % 6, counter: tick * 50, state: 'up' })]);
    if (tick % 6 === 5) maintainAll(database);
  }
  state.now = noon + minutes * minute;
  maintainAll(database);
  return Object.assign(state, { folder, database });
}

function files(folder: string): Record<string, number[]> {
  const startOf = (name: string): number => (Number(name.split('-')[0]) - noon) / minute;
  return Object.fromEntries(
    ['merged', '1m', '10m'].map((tier) => [
      tier,
      (existsSync(join(folder, tier)) ? readdirSync(join(folder, tier)) : [])
        .map(startOf)
        .sort((a, b) => a - b),
    ]),
  );
}

function bucketsOf(
  database: Database,
  field: string,
  fromMinute: number,
  toMinute: number,
  bucketMs: number,
) {
  const [series] = database.buckets(
    { fields: [field] },
    {
      startMs: noon + fromMinute * minute,
      toMs: noon + toMinute * minute,
      bucketMs,
      isCounter: (_, name) => name === 'counter',
    },
  );
  return [...(series?.columns.get(field) ?? [])];
}

describe('tiers', () => {
  it('are made of what is over, and what each of them has is dropped when it is old', () => {
    const { folder, database } = running(95);
    expect(files(folder)).toEqual({
      merged: [50, 60, 70, 80],
      '1m': [0, 10, 20, 30, 40, 50, 60, 70, 80],
      '10m': [0, 30, 60],
    });
    expect(bucketsOf(database, 'gauge', 0, 95, 5 * minute)).toEqual(new Array(19).fill(2.5));
    expect(bucketsOf(database, 'counter', 0, 95, 5 * minute)).toEqual(new Array(19).fill(5));
    expect(bucketsOf(database, 'counter', 0, 90, 10 * minute)).toEqual(new Array(9).fill(5));
  });

  it('answer in the bucket where each cell begins when the samples are gone', () => {
    const { database } = running(95);
    expect(bucketsOf(database, 'gauge', 0, 2, 20_000)).toEqual([2.5, NaN, NaN, 2.5, NaN, NaN]);
    expect(bucketsOf(database, 'gauge', 55, 56, 20_000)).toEqual([0.5, 2.5, 4.5]);
  });

  it('have what came late, also twice, after all was merged and rolled up', () => {
    const state = running(65);
    const { folder, database } = state;
    const late = [
      point(noon + 35 * minute + 5_000, { gauge: 500 }),
      point(noon + 35 * minute, { gauge: 500 }),
    ];
    for (let round = 0; round < 3; round++) {
      database.append(late);
      expect(bucketsOf(database, 'gauge', 35, 36, minute)).toEqual([(15 + 1000) / 7]);
      state.now += minute;
      maintainAll(database);
      expect(bucketsOf(database, 'gauge', 30, 40, 10 * minute)[0]).toBeCloseTo((150 + 1000) / 61, 5);
    }
    database.close();
    expect(readdirSync(join(folder, 'raw')).filter((name) => name.endsWith('.seg'))).toHaveLength(8);
    const again = open({ folder, ...spans, now: () => state.now });
    expect(bucketsOf(again, 'gauge', 30, 40, 10 * minute)[0]).toBeCloseTo((150 + 1000) / 61, 5);
    expect(bucketsOf(again, 'counter', 0, 60, 30 * minute)).toEqual([5, 5]);
  });

  it('still know a host, and its newest samples, whose samples are gone', () => {
    const { folder, database, now } = running(5);
    let later = now;
    const second = open({ folder: newFolder(), ...spans, now: () => later });
    second.close();
    database.close();
    const go = () => open({ folder, ...spans, now: () => later });
    let again = go();
    for (; later < noon + 200 * minute; later += minute) {
      again.append([point(later, { gauge: 1 }, [['host', 'other']])]);
      maintainAll(again);
    }
    again.close();
    again = go();
    expect(files(folder)['1m']![0]).toBeGreaterThan(0);
    expect(again.tagValues('host').find(({ value }) => value === 'web-1')).toEqual({
      value: 'web-1',
      newestMs: noon + 290_000,
    });
    expect(again.latest({ tags: [['host', 'web-1']], fields: ['gauge', 'counter'] })).toMatchObject([
      {
        fields: ['gauge', 'counter'],
        times: Float64Array.of(noon + 290_000, noon + 290_000),
        values: Float64Array.of(5, 1450),
        previousValues: Float64Array.of(4, 1400),
      },
    ]);
  });

  it('keep numbers where a field is a text in between', () => {
    const state = running(5);
    state.database.append([point(noon + 299_000, { gauge: 'broken' }), point(noon + 299_500, { gauge: 5 })]);
    expect(bucketsOf(state.database, 'gauge', 4, 5, minute)).toEqual([20 / 7]);
    state.now += 20 * minute;
    maintainAll(state.database);
    state.now += minute;
    maintainAll(state.database);
    expect(files(state.folder)['1m']).toEqual([0]);
    expect(bucketsOf(state.database, 'gauge', 4, 5, minute)).toEqual([20 / 7]);
    const [series] = state.database.read({ fields: ['gauge'] }, noon + 298_000, noon + 300_000);
    expect(series!.texts.get('gauge')).toEqual(['broken', null]);
  });

  it('make one file a block of thousands of series that come at once', () => {
    const state = { now: noon };
    const folder = newFolder();
    const database = open({ folder, ...spans, now: () => state.now });
    const hosts = Array.from({ length: 3_000 }, (_, host) => `host-${host}`);
    database.append(hosts.map((host, at) => point(noon, { gauge: at }, [['host', host]])));
    state.now += 20 * minute;
    maintainAll(database);
    state.now += minute;
    maintainAll(database);
    expect(files(folder)).toMatchObject({ merged: [0], '1m': [0] });
    const all = [
      ...database.buckets(
        {},
        { startMs: noon, toMs: noon + minute, bucketMs: minute, isCounter: () => false },
      ),
    ];
    expect(all.map(({ columns }) => columns.get('gauge')![0])).toEqual(hosts.map((_, at) => at));
  });

  it('take the place of one another after a crash left both, and what is newer wins', () => {
    const state = running(15);
    const { folder, database } = state;
    database.close();
    const merged = join(folder, 'merged', `${noon}-0.seg`);
    // As if the parts had not been removed yet: one that says other things is not believed.
    writeFileSync(join(folder, 'raw', `${noon}-0.seg`), 'what was merged');
    writeFileSync(`${merged}.tmp`, 'half');
    const again = open({ folder, ...spans, now: () => state.now });
    expect(again.events).toEqual([]);
    expect(readdirSync(join(folder, 'raw'))).not.toContain(`${noon}-0.seg`);
    expect(readdirSync(join(folder, 'merged'))).toEqual([`${noon}-0.seg`]);
    expect(bucketsOf(again, 'gauge', 0, 10, 10 * minute)).toEqual([2.5]);
    again.close();
    rmSync(join(folder, '1m', `${noon}-0.seg`));
    const third = open({ folder, ...spans, now: () => state.now });
    maintainAll(third);
    expect(files(folder)['1m']).toEqual([0]);
  });
});

it('tiers take what comes for a block that had nothing, older than all, of a day that was rolled up', () => {
  const folder = newFolder();
  const state = { now: noon + 25 * minute };
  const database = open({ folder, ...spans, now: () => state.now });
  database.append([point(noon + 25 * minute, { gauge: 1 })]);
  for (let step = 0; step < 20; step++) {
    state.now += minute;
    maintainAll(database);
  }
  expect(files(folder)['10m']).toEqual([0]);
  expect(database.append([point(noon + 5 * minute, { gauge: 3 })]).refused).toEqual([]);
  for (let step = 0; step < 5; step++) {
    state.now += minute;
    maintainAll(database);
  }
  expect(files(folder)).toEqual({ merged: [0, 20], '1m': [0, 20], '10m': [0] });
  expect(bucketsOf(database, 'gauge', 0, 30, 30 * minute)).toEqual([2]);
});

describe('a limit on the bytes of all', () => {
  it('drops the oldest samples first, then minutes, then ten minutes, and never the newest', () => {
    const { folder, database } = running(95, { maxBytes: 1 });
    expect(files(folder)).toEqual({ merged: [], '1m': [60, 70, 80], '10m': [60] });
    expect(bucketsOf(database, 'gauge', 85, 95, minute)).toEqual(new Array(10).fill(2.5));
  });

  it('refuses what would come to samples that were dropped', () => {
    const { database } = running(95, { maxBytes: 1 });
    const { refused } = database.append([point(noon + 75 * minute, { gauge: 1 })]);
    expect(refused).toMatchObject([{ reason: 'too-old' }]);
    expect(bucketsOf(database, 'gauge', 75, 76, minute)).toEqual([2.5]);
  });
});
