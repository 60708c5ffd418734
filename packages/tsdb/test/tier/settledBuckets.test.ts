import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/database.ts';
import { GaugeGrid } from '../../src/tier/grid.ts';
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

/** Every second for five minutes about the number of the second; four windows of a minute are sealed. */
function running(): Running {
  const fake = fakeDisk();
  let reads = 0;
  const disk: FakeDisk = Object.assign(fake, {
    read: ((read) => (fd: number, into: Uint8Array, position: number) => {
      reads++;
      return read(fd, into, position);
    })(fake.read),
  });
  const database = open({ folder: newFolder(), disk, restMs: 0, now: () => noon + 5 * minute - 1 });
  for (let second = 0; second < 300; second++) {
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
  const grid = () =>
    new GaugeGrid({ startMs: noon, endMs: query.endMs, stepMs: minute, count: 1_000 }, 'mean');

  it('is at most 8 MiB: then what was not asked for as long goes', () => {
    const kept = new SettledBuckets();
    for (let id = 0; id < 524; id++) kept.answer(1, query)!.keep(id, noon, [grid()]);
    const other = { ...query, fields: ['m'] };
    expect(kept.answer(1, query)!.restore(523, noon, [grid()])).toBe(true);
    kept.answer(1, other)!.keep(0, noon, [grid()]);
    expect(kept.answer(1, other)!.restore(0, noon, [grid()])).toBe(true);
    expect(kept.answer(1, query)!.restore(523, noon, [grid()])).toBe(false);
  });

  it('is no more of one question than there is room for', () => {
    const answer = new SettledBuckets().answer(1, query)!;
    for (let id = 0; id < 600; id++) answer.keep(id, noon, [grid()]);
    expect(answer.restore(523, noon, [grid()])).toBe(true);
    expect(answer.restore(524, noon, [grid()])).toBe(false);
  });

  it('is of the files as they were', () => {
    const kept = new SettledBuckets();
    kept.answer(1, query)!.keep(0, noon, [grid()]);
    expect(kept.answer(1, query)!.restore(0, noon, [grid()])).toBe(true);
    expect(kept.answer(2, query)!.restore(0, noon, [grid()])).toBe(false);
  });
});
