import { expect, it } from 'vitest';
import type { Database } from '../../src/database.ts';
import type { DatabaseOptions } from '../../src/options.ts';
import type { Point } from '../../src/point.ts';
import { newFolder, noon, open, point } from '../folder.ts';
import { type Crash, type MemoryDisk, memoryDisk } from '../memoryDisk.ts';

/*
 * A sample a minute, so that each cell of a minute is a sample: whatever is sealed, merged, rolled up and dropped when
 * the disk stops, each minute that was acknowledged is there, once.
 */
const minute = 60_000;
const ticks = 64;
const base: Omit<DatabaseOptions, 'folder'> = {
  windowMs: 5 * minute,
  blockMs: 10 * minute,
  dayMs: 20 * minute,
  restMs: minute,
  retentionMs: 20 * minute,
  minuteRetentionMs: 40 * minute,
  tenMinuteRetentionMs: 600 * minute,
};

interface Moment {
  readonly operation: string;
  readonly acknowledged: number;
  readonly disks: ReadonlyMap<Crash, MemoryDisk>;
}

/** In every third minute nothing comes in time, but twelve minutes later, behind the block before. */
function batchOf(tick: number): Point[] {
  const times = [...(tick % 3 === 0 ? [] : [tick]), ...(tick >= 12 && tick % 3 === 0 ? [tick - 12] : [])];
  return times.map((at) => point(noon + at * minute, { gauge: at, counter: at * 60 }));
}

function run(options: DatabaseOptions, kinds: readonly Crash[]): Moment[] {
  const disk = memoryDisk();
  const moments: Moment[] = [];
  const state = { now: noon, acknowledged: -1 };
  disk.onChange = (operation) => {
    const disks = new Map(kinds.map((kind) => [kind, disk.after(kind)] as const));
    moments.push({ operation, acknowledged: state.acknowledged, disks });
  };
  const database = open({ ...options, disk, now: () => state.now });
  for (let tick = 0; tick < ticks; tick++) {
    state.now = noon + tick * minute;
    database.append(batchOf(tick));
    database.commit();
    state.acknowledged = tick;
    while (database.maintain());
  }
  database.close();
  return moments;
}

/** Sums of what is in [0, ticks), by buckets of so many minutes, as means tell them. */
function meansOf(database: Database, minutes: number): number[] {
  const buckets = {
    startMs: noon,
    toMs: noon + 80 * minute,
    bucketMs: minutes * minute,
    isCounter: () => false,
  };
  const [series] = database.buckets({ fields: ['gauge'] }, buckets);
  return [...(series?.columns.get('gauge') ?? [])];
}

function expectedMeans(acknowledged: number, minutes: number): number[] {
  const present = new Set<number>();
  for (let tick = 0; tick <= acknowledged; tick++) {
    for (const { timeMs } of batchOf(tick)) present.add((timeMs - noon) / minute);
  }
  return Array.from({ length: 80 / minutes }, (_, bucket) => {
    const own = [...present].filter((at) => Math.floor(at / minutes) === bucket);
    return own.length === 0 ? Number.NaN : own.reduce((sum, at) => sum + at, 0) / own.length;
  });
}

function check(moment: Moment, options: DatabaseOptions, disk: MemoryDisk): void {
  const now = noon + Math.max(moment.acknowledged, 0) * minute;
  const database = open({ ...options, disk, now: () => now });
  // What was written and not acknowledged may be there as well.
  const possible = [moment.acknowledged, moment.acknowledged + 1];
  for (let round = 0; round < 2; round++) {
    const found = meansOf(database, 1);
    const acknowledged = possible.find((last) => JSON.stringify(expectedIn(last)) === JSON.stringify(found));
    expect(found).toEqual(expectedIn(acknowledged ?? moment.acknowledged));
    while (database.maintain());
  }
  database.close();

  function expectedIn(last: number): number[] {
    const means = expectedMeans(last, 1);
    return means.every(Number.isNaN)
      ? []
      : means.map((mean, at) => (isFine(at) ? mean : tenMinutes(last, at)));
  }

  /** Beyond the cells of a minute the bucket where a cell of ten minutes begins has its mean, the others nothing. */
  function isFine(at: number): boolean {
    const all = meansOf(database, 1);
    const cell = Math.floor(at / 10) * 10;
    return (
      all.slice(cell + 1, cell + 10).some((mean) => !Number.isNaN(mean)) || Number.isNaN(all[cell] ?? NaN)
    );
  }

  function tenMinutes(last: number, at: number): number {
    return at % 10 === 0 ? expectedMeans(last, 10)[at / 10]! : Number.NaN;
  }
}

it.each([
  ['a power cut', 'disk', ['killed', 'lost', 'emptied']],
  ['the end of the process', 'process', ['killed']],
] as const)(
  '%s leaves every minute that was acknowledged, once',
  { timeout: 240_000 },
  (_, durability, kinds) => {
    const options = { ...base, folder: newFolder(), durability };
    const moments = run(options, kinds);
    const names = moments.map(({ operation }) => operation).join('\n');
    for (const tier of ['merged', '1m', '10m']) expect(names).toMatch(new RegExp(`rename .*${tier}`));
    expect(names).toMatch(/remove .*1m.*seg/);
    for (const moment of moments) {
      for (const [kind, disk] of moment.disks) {
        try {
          check(moment, options, disk);
        } catch (cause) {
          const at = `before "${moment.operation}", after tick ${moment.acknowledged}`;
          throw new Error(`${kind} ${at}: ${cause instanceof Error ? cause.message : cause}`, { cause });
        }
      }
    }
  },
);
