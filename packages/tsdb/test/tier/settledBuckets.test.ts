import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/database.ts';
import { Catalog } from '../../src/series.ts';
import { type BucketStatistic, GaugeGrid } from '../../src/tier/grid.ts';
import { SettledBuckets, type SettledQuery } from '../../src/tier/settledBuckets.ts';
import { type FakeDisk, fakeDisk } from '../fakeDisk.ts';
import { maintainAll, newFolder, noon, open, point } from '../folder.ts';

const minute = 60_000;

interface Running {
  readonly database: Database;
  readonly disk: FakeDisk;
  /** Reads from the disk so far. */
  reads(): number;
}

/** Every second, for five minutes, about the number of the second; four windows of a minute are sealed. */
function running(seconds = 300): Running {
  const fake = fakeDisk();
  let reads = 0;
  const disk: FakeDisk = Object.assign(fake, {
    read: ((read) => (fd: number, into: Uint8Array, position: number) => {
      reads++;
      return read(fd, into, position);
    })(fake.read),
  });
  const database = open({ folder: newFolder(), disk, restMs: 0, now: () => noon + 5 * minute - 1 });
  for (let second = 0; second < seconds; second++) {
    // Columns of few bytes are kept by their files.
    const unlike = ((second * 7919) % 1000) / 1e6;
    database.append([point(noon + second * 1000, { n: second + 0.1 + unlike })]);
  }
  maintainAll(database);
  return { database, disk, reads: () => reads };
}

function means(database: Database, fromMinute: number, toMinute: number, bucketMs = minute): number[] {
  const query = {
    startMs: noon + fromMinute * minute,
    toMs: noon + toMinute * minute,
    bucketMs,
    isCounter: () => false,
  };
  const [series] = database.buckets({ fields: ['n'] }, query);
  return Array.from(series?.columns.get('n') ?? [], (value) => Math.round(value * 10) / 10);
}

describe('buckets of files that change no more', () => {
  it('are read once, and gone on with when samples come', () => {
    const { database, reads } = running();
    const first = reads();
    expect(means(database, 0, 5)).toEqual([29.6, 89.6, 149.6, 209.6, 269.6]);
    expect(reads()).toBe(first + 4);
    database.append([point(noon + 5 * minute - 500, { n: 1000 })]);
    expect(means(database, 0, 5)).toEqual([29.6, 89.6, 149.6, 209.6, 281.6]);
    expect(reads()).toBe(first + 4);
  });

  it('are those of a range that begins later, too, and not of one that ends among them', () => {
    const { database, reads } = running();
    means(database, 0, 5);
    const before = reads();
    expect(means(database, 2, 5)).toEqual([149.6, 209.6, 269.6]);
    expect(reads()).toBe(before);
    expect(means(database, 0, 2.5)).toEqual([29.6, 89.6, 134.6]);
  });

  it('are read again from a range that begins earlier', () => {
    const { database } = running();
    expect(means(database, 2, 5)).toEqual([149.6, 209.6, 269.6]);
    expect(means(database, 1, 5)).toEqual([89.6, 149.6, 209.6, 269.6]);
  });

  it('have what came late', () => {
    const { database } = running();
    means(database, 0, 5);
    database.append([point(noon, { n: 60.1 })]);
    expect(means(database, 0, 5)).toEqual([30.6, 89.6, 149.6, 209.6, 269.6]);
    maintainAll(database);
    expect(means(database, 0, 5)).toEqual([30.6, 89.6, 149.6, 209.6, 269.6]);
  });

  it('are those of samples in memory, too, until one is changed or comes between others', () => {
    const { database } = running();
    expect(means(database, 3, 5)).toEqual([209.6, 269.6]);
    database.append([point(noon + 5 * minute - 500, { n: 1000 })]);
    expect(means(database, 3, 5)).toEqual([209.6, 281.6]);
    database.append([point(noon + 5 * minute - 500, { n: 390 })]);
    expect(means(database, 3, 5)).toEqual([209.6, 271.6]);
    database.append([point(noon + 4 * minute + 500, { n: 1000 })]);
    expect(means(database, 3, 5)).toEqual([209.6, 283.3]);
    expect(means(database, 3, 4.5)).toEqual([209.6, 278.6]);
    expect(means(database, 3, 5)).toEqual([209.6, 283.3]);
  });

  it('are those of samples in memory that another window follows already', () => {
    const { database } = running(270);
    database.append([point(noon + 5 * minute, { n: 7 })]);
    expect(means(database, 3, 6)).toEqual([209.6, 254.6, 7]);
    database.append([point(noon + 5 * minute - 1000, { n: 1000 })]);
    expect(means(database, 3, 6)).toEqual([209.6, 278.6, 7]);
  });

  it('are those that nothing kept would give, whatever is written between two questions', () => {
    const seconds = fc.integer({ min: 0, max: 150 }).map((second) => 240 + second);
    const step = fc.record({
      write: fc.array(fc.tuple(seconds, fc.integer({ min: -1e4, max: 1e4 })), { maxLength: 4 }),
      fromMinute: fc.integer({ min: 0, max: 4 }),
      toSecond: fc.oneof(fc.constant(400), fc.integer({ min: 241, max: 400 })),
      bucketMs: fc.constantFrom(minute, 2 * minute),
      statistic: fc.constantFrom<BucketStatistic>('mean', 'min', 'max'),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const { database } = running(270);
        for (const { write, fromMinute, toSecond, bucketMs, statistic } of steps) {
          database.append(write.map(([second, cents]) => point(noon + second * 1000, { n: cents / 100 })));
          const startMs = Math.floor((noon + fromMinute * minute) / bucketMs) * bucketMs;
          const toMs = noon + toSecond * 1000;
          const query = { startMs, toMs, bucketMs, statistic, isCounter: () => false };
          // Without fields nothing is kept.
          const [kept, other] = [{ fields: ['n'] }, {}].map((selection) => [
            ...database.buckets(selection, query),
          ]);
          expect(kept).toEqual(other);
        }
        database.close();
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('are not kept while the disk fails', () => {
    const { database, disk } = running();
    disk.broken.add('read');
    expect(means(database, 0, 5)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 269.6]);
    disk.broken.delete('read');
    expect(means(database, 0, 5)).toEqual([29.6, 89.6, 149.6, 209.6, 269.6]);
  });

  it('are not kept where they are narrower than a minute, as many as the samples', () => {
    const { database, reads } = running();
    means(database, 0, 5, 30_000);
    const before = reads();
    means(database, 0, 5, 30_000);
    expect(reads()).toBe(before + 4);
  });
});

describe('what is kept of buckets', () => {
  const query: SettledQuery = {
    ...{ fields: ['n'], statistic: 'mean', bucketMs: minute },
    ...{ startMs: noon, endMs: noon + 1_000 * minute },
  };
  const range = { startMs: noon, endMs: query.endMs, stepMs: minute, count: 1_000 };
  const grid = () => new GaugeGrid(range, 'mean');
  const catalog = new Catalog();
  const series = (id: number) => catalog.obtain(`m,id=${id}`, 'm', [['id', `${id}`]]);

  it('is at most 8 MiB: then what was not asked for as long goes', () => {
    const kept = new SettledBuckets();
    for (let id = 0; id < 524; id++) kept.answer(1, query)!.keep(series(id), range, [grid()]);
    const other = { ...query, fields: ['m'] };
    expect(kept.answer(1, query)!.restore(series(523), range, [grid()])).toBe(true);
    kept.answer(1, other)!.keep(series(0), range, [grid()]);
    expect(kept.answer(1, other)!.restore(series(0), range, [grid()])).toBe(true);
    expect(kept.answer(1, query)!.restore(series(523), range, [grid()])).toBe(false);
  });

  it('is no more of one question than there is room for', () => {
    const answer = new SettledBuckets().answer(1, query)!;
    for (let id = 0; id < 600; id++) answer.keep(series(id), range, [grid()]);
    expect(answer.restore(series(523), range, [grid()])).toBe(true);
    expect(answer.restore(series(524), range, [grid()])).toBe(false);
  });

  it('is of the files as they were', () => {
    const kept = new SettledBuckets();
    kept.answer(1, query)!.keep(series(0), range, [grid()]);
    expect(kept.answer(1, query)!.restore(series(0), range, [grid()])).toBe(true);
    expect(kept.answer(2, query)!.restore(series(0), range, [grid()])).toBe(false);
  });
});
