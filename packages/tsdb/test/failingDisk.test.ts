import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Database } from '../src/database.ts';
import { fakeDisk } from './fakeDisk.ts';
import { maintainAll, newFolder, noon, open, point } from './folder.ts';

const refused = expect.objectContaining({ code: 'ERR_TSDB_WRITE' });

function valuesOf(database: Database): number[] {
  return database.read({}, noon, noon + 60_000).flatMap(({ columns }) => [...(columns.get('n') ?? [])]);
}

describe('a disk that writes short', () => {
  it('loses nothing', () => {
    const disk = fakeDisk();
    disk.writeBytes = 3;
    const folder = newFolder();
    const first = open({ folder, disk });
    first.append([point(noon, { n: 1 }), point(noon + 1, { n: 2 })]);
    first.close();
    expect(valuesOf(open({ folder }))).toEqual([1, 2]);
  });
});

describe('a full disk', () => {
  it('refuses until there is room again, keeps serving reads, and leaves no torn record', () => {
    const disk = fakeDisk();
    const folder = newFolder();
    const database = open({ folder, disk });
    database.append([point(noon, { n: 1 })]);
    database.commit();
    const log = join(folder, 'raw', `${noon}-0.wal`);
    const goodBytes = statSync(log).size;

    disk.freeBytes = 5;
    database.append([point(noon + 1, { n: 2 })]);
    expect(() => database.commit()).toThrowError(refused);
    expect(statSync(log).size).toBe(goodBytes);
    expect(() => database.append([point(noon + 2, { n: 3 })])).toThrowError(refused);
    expect(() => database.commit()).toThrowError(refused);
    database.maintain();
    expect(() => database.append([point(noon + 2, { n: 3 })])).toThrowError(refused);
    expect(valuesOf(database)).toEqual([1, 2]);
    expect(database.stats().isWritable).toBe(false);

    disk.freeBytes = Number.POSITIVE_INFINITY;
    database.maintain();
    database.append([point(noon + 2, { n: 3 })]);
    database.commit();
    expect(database.events.map(({ type }) => type)).toEqual(['write-failed', 'recovered']);
    database.close();
    expect(valuesOf(open({ folder }))).toEqual([1, 2, 3]);
  });

  it('keeps the log of a window that could not be sealed, and tries again', () => {
    let now = noon;
    const disk = fakeDisk();
    const folder = newFolder();
    const database = open({ folder, disk, now: () => now });
    database.append([point(noon, { n: 1 })]);
    database.commit();
    now += 120_000;
    disk.freeBytes = 10;
    maintainAll(database);
    expect(readdirSync(join(folder, 'raw'))).toEqual([`${noon}-0.wal`]);
    expect(database.events.map(({ type }) => type)).toEqual(['seal-failed']);
    disk.freeBytes = Number.POSITIVE_INFINITY;
    maintainAll(database);
    expect(readdirSync(join(folder, 'raw'))).toEqual([`${noon}-0.wal`]);
    now += 10_000;
    maintainAll(database);
    expect(readdirSync(join(folder, 'raw'))).toEqual([`${noon}-0.seg`]);
    expect(valuesOf(database)).toEqual([1]);
  });
});

describe('a disk whose sync fails', () => {
  it('is never believed again for that log: its data is sealed before anything is acknowledged', () => {
    const disk = fakeDisk();
    const folder = newFolder();
    const database = open({ folder, disk, durability: 'disk' });
    database.append([point(noon, { n: 1 })]);
    database.commit();
    database.append([point(noon + 1, { n: 2 })]);
    disk.broken.add('sync');
    expect(() => database.commit()).toThrowError(refused);
    database.maintain();
    disk.broken.clear();
    expect(() => database.commit()).toThrowError(refused);
    expect(() => database.append([point(noon + 2, { n: 3 })])).toThrowError(refused);

    database.maintain();
    expect(readdirSync(join(folder, 'raw'))).toEqual([`${noon}-0.seg`]);
    database.append([point(noon + 2, { n: 3 })]);
    database.commit();
    expect(readdirSync(join(folder, 'raw')).sort()).toEqual([`${noon}-0.seg`, `${noon}-1.wal`]);
    expect(valuesOf(database)).toEqual([1, 2, 3]);
  });

  it('nor for a log that could not be cut back', () => {
    const disk = fakeDisk();
    const folder = newFolder();
    const database = open({ folder, disk });
    database.append([point(noon, { n: 1 })]);
    database.commit();
    database.append([point(noon + 1, { n: 2 })]);
    disk.freeBytes = 2;
    disk.broken.add('truncate');
    expect(() => database.commit()).toThrowError(refused);
    disk.freeBytes = Number.POSITIVE_INFINITY;
    disk.broken.clear();
    database.maintain();
    database.append([point(noon + 2, { n: 3 })]);
    database.commit();
    database.close();
    expect(valuesOf(open({ folder }))).toEqual([1, 2, 3]);
  });
});

describe('a folder whose sync fails', () => {
  it('has the new log in it made again before anything is acknowledged', () => {
    const disk = fakeDisk();
    const folder = newFolder();
    const database = open({ folder, disk, durability: 'disk' });
    database.append([point(noon, { n: 1 })]);
    disk.broken.add('sync');
    expect(() => database.commit()).toThrowError(refused);
    expect(readdirSync(join(folder, 'raw'))).toEqual([]);
    disk.broken.clear();
    database.maintain();
    database.commit();
    database.close();
    expect(valuesOf(open({ folder }))).toEqual([1]);
  });
});

describe('a full disk on which old blocks expire', () => {
  it('has them removed all the same', () => {
    let now = noon;
    const disk = fakeDisk();
    const folder = newFolder();
    const options = { blockMs: 600_000, dayMs: 600_000, retentionMs: 600_000 };
    const database = open({ folder, disk, now: () => now, ...options });
    database.append([point(noon, { n: 1 })]);
    now += 700_000;
    maintainAll(database);
    now += 1_200_000;
    disk.freeBytes = 0;
    database.append([point(now, { n: 9 })]);
    expect(() => database.commit()).toThrowError(refused);
    maintainAll(database);
    expect(database.events.filter(({ type }) => type === 'expired')).toHaveLength(1);
    expect(valuesOf(database)).toEqual([]);
    expect(() => database.append([point(now, { n: 10 })])).toThrowError(refused);
    disk.freeBytes = Number.POSITIVE_INFINITY;
    database.maintain();
    expect(database.stats().isWritable).toBe(true);
  });
});

describe('a disk that cannot be read for a while', () => {
  /** A folder whose points are in a segment. */
  function sealed(): { folder: string; now: () => number } {
    let time = noon;
    const folder = newFolder();
    const database = open({ folder, now: () => time });
    database.append([point(noon, { n: 1 }), point(noon + 1, { n: 2 })]);
    time += 600_000;
    maintainAll(database);
    database.close();
    return { folder, now: () => time };
  }

  it('is asked again the next time, and told of once until it works', () => {
    const disk = fakeDisk();
    const { folder, now } = sealed();
    const database = open({ folder, now, disk });
    disk.broken.add('read');
    expect([valuesOf(database), valuesOf(database)]).toEqual([[], []]);
    const file = join(folder, 'raw', `${noon}-0.seg`);
    const failed = { type: 'read-failed', file, error: expect.objectContaining({ code: 'EIO' }) };
    expect(database.events).toEqual([failed]);
    disk.broken.clear();
    expect(valuesOf(database)).toEqual([1, 2]);
    disk.broken.add('read');
    expect(valuesOf(database)).toEqual([]);
    expect(database.events).toEqual([failed, failed]);
  });

  it('is asked again for a column that was read before', () => {
    const disk = fakeDisk();
    let time = noon;
    const database = open({ folder: newFolder(), now: () => time, disk });
    const values = Array.from({ length: 60 }, (_, row) => 1 / (row + 3));
    database.append(values.map((f, row) => point(noon + row * 10, { f })));
    time += 600_000;
    maintainAll(database);
    const ask = () =>
      database.read({ fields: ['f'] }, noon, noon + 60_000).map(({ columns }) => [...columns.get('f')!]);
    expect([ask(), ask()]).toEqual([[values], [values]]);
    disk.broken.add('read');
    expect([ask(), ask()]).toEqual([[], []]);
    disk.broken.clear();
    expect(ask()).toEqual([values]);
    expect(database.events.map(({ type }) => type)).toEqual(['sealed', 'read-failed']);
  });

  it('gives the newest samples as soon as it can be read again', () => {
    const disk = fakeDisk();
    const { folder, now } = sealed();
    const database = open({ folder, now, disk });
    disk.broken.add('read');
    expect(database.latest({})).toEqual([]);
    disk.broken.clear();
    expect(database.latest({})).toMatchObject([
      { times: Float64Array.of(noon + 1), values: Float64Array.of(2), previousValues: Float64Array.of(1) },
    ]);
  });
});

describe('a new folder', () => {
  it('is durable with all that names it before anything is acknowledged', () => {
    const disk = fakeDisk();
    const base = newFolder();
    const folder = join(base, 'var', 'data');
    open({ folder, disk, durability: 'disk' }).close();
    // Each of var, data and raw stands in the folder above it, and meta.json in data.
    const raw = join(folder, 'raw');
    expect(disk.syncedFolders).toEqual([base, join(base, 'var'), folder, folder, folder, raw]);
    open({ folder, disk, durability: 'disk' });
    // What a process left that was killed before it could do that.
    expect(disk.syncedFolders.slice(6)).toEqual([folder, raw]);
  });

  it('that could not be made durable is none', () => {
    const disk = fakeDisk();
    disk.broken.add('sync');
    expect(() => open({ folder: join(newFolder(), 'data'), disk, durability: 'disk' })).toThrowError(
      expect.objectContaining({ code: 'ERR_TSDB_FOLDER' }),
    );
  });

  it('is left to the system where only the process has to be survived', () => {
    const disk = fakeDisk();
    open({ folder: join(newFolder(), 'data'), disk, durability: 'process' });
    expect(disk.syncedFolders).toEqual([]);
  });
});

describe('a folder that cannot be used', () => {
  it('is named', () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    expect(() => open({ folder: join(file, 'data') })).toThrowError(
      expect.objectContaining({
        code: 'ERR_TSDB_FOLDER',
        message: expect.stringContaining(`the data folder ${join(file, 'data')} cannot be used: ENOTDIR`),
      }),
    );
  });
});
