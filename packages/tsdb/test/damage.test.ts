import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Database } from '../src/database.ts';
import type { Tag } from '../src/point.ts';
import { fakeDisk } from './fakeDisk.ts';
import { maintainAll, newFolder, noon, open, point } from './folder.ts';

const tagSets: readonly (readonly Tag[])[] = [[['host', 'a']], [['host', 'b']]];

/** A folder with a log of four records of two points each; where each record ends. */
function folderWithLog(): { folder: string; log: string; bytes: Buffer; ends: number[] } {
  const folder = newFolder();
  const log = join(folder, 'raw', `${noon}-0.wal`);
  const database = open({ folder });
  const ends: number[] = [];
  for (let record = 0; record < 4; record++) {
    database.append(
      tagSets.map((tags) => point(noon + record * 10, { n: record, f: record / 3, s: `s${record}` }, tags)),
    );
    database.commit();
    ends.push(readFileSync(log).length);
  }
  database.close();
  return { folder, log, bytes: readFileSync(log), ends };
}

/** As `folderWithLog`, with 400 records of a point with 10 values. */
function folderWithManyRecords(): { folder: string; log: string; ends: number[] } {
  const folder = newFolder();
  const log = join(folder, 'raw', `${noon}-0.wal`);
  const database = open({ folder });
  const ends: number[] = [];
  for (let record = 0; record < 400; record++) {
    const values = Array.from({ length: 10 }, (_, index) => [`f${index}`, record * index + 0.5] as const);
    database.append([point(noon + record * 10, Object.fromEntries(values))]);
    database.commit();
    ends.push(readFileSync(log).length);
  }
  database.close();
  return { folder, log, ends };
}

/** Per host the values of `n`, with the others' checked against it. */
function recordsOf(database: Database): number[][] {
  return database.read({}, noon, noon + 60_000).map(({ times, columns, texts }) => {
    const records = [...columns.get('n')!];
    expect([...times]).toEqual(records.map((record) => noon + record * 10));
    expect([...columns.get('f')!]).toEqual(records.map((record) => record / 3));
    expect(texts.get('s')).toEqual(records.map((record) => `s${record}`));
    return records;
  });
}

const upTo = (count: number): number[][] =>
  count === 0 ? [] : tagSets.map(() => Array.from({ length: count }, (_, record) => record));

describe('a log', { timeout: 60_000 }, () => {
  it('cut short at any byte opens with the records before, and goes on from there', () => {
    const { folder, log, bytes, ends } = folderWithLog();
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(log, bytes.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      const first = open({ folder });
      expect(recordsOf(first)).toEqual(upTo(whole));
      const offset = ends[whole - 1] ?? 0;
      expect(first.events).toEqual(
        offset === length
          ? []
          : [
              {
                type: 'log-damaged',
                file: log,
                offset,
                droppedBytes: length - offset,
                lostPoints: 0,
                isTail: true,
              },
            ],
      );
      first.append(
        tagSets.map((tags) => point(noon + whole * 10, { n: whole, f: whole / 3, s: `s${whole}` }, tags)),
      );
      first.close();
      const second = open({ folder });
      expect(recordsOf(second)).toEqual(upTo(whole + 1));
      expect(second.events).toEqual([]);
      second.close();
    }
  });

  it('with any byte changed opens without that record, says so, goes on, and never has a wrong value', () => {
    const { folder, log, bytes, ends } = folderWithLog();
    for (let at = 0; at < bytes.length; at++) {
      const hit = ends.findIndex((end) => at < end);
      // All points of this log count from those of its first record.
      const left = hit === 0 ? [] : [0, 1, 2, 3].filter((record) => record !== hit);
      for (const flip of [0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= flip;
        writeFileSync(log, damaged);
        const database = open({ folder });
        expect(recordsOf(database)).toEqual(hit === 0 ? [] : [left, left]);
        expect(database.events).toMatchObject([{ type: 'log-damaged', offset: ends[hit - 1] ?? 0 }]);
        database.append(tagSets.map((tags) => point(noon + 40, { n: 4, f: 4 / 3, s: 's4' }, tags)));
        database.close();
        const again = open({ folder });
        expect(recordsOf(again)).toEqual([
          [...left, 4],
          [...left, 4],
        ]);
        again.close();
        for (const name of readdirSync(join(folder, 'raw'))) rmSync(join(folder, 'raw', name));
      }
    }
  });

  it('that the disk does not give whole is read around the hole', () => {
    const { folder, log, ends } = folderWithManyRecords();
    const disk = fakeDisk();
    disk.unreadable = { from: 8_000, to: 8_001 };
    const database = open({ folder, disk });
    expect(database.events).toMatchObject([{ type: 'log-damaged', file: log }]);
    const [{ times } = { times: [] }] = database.read({}, noon, noon + 60_000);
    const whole = ends.filter((end, index) => end <= 4_096 || (ends[index - 1] ?? 0) >= 8_192).length;
    expect(whole).toBeGreaterThan(ends.length / 2);
    // A hole takes its records, and those of its block that count from them.
    expect(times.length).toBeGreaterThan(whole - 16);
  });

  it('with zeros at its end, as a power cut leaves them, loses the zeros only', () => {
    const { folder, log, bytes } = folderWithLog();
    writeFileSync(log, Buffer.concat([bytes, Buffer.alloc(4096)]));
    const database = open({ folder });
    expect(recordsOf(database)).toEqual(upTo(4));
    expect(database.events).toEqual([
      {
        type: 'log-damaged',
        file: log,
        offset: bytes.length,
        droppedBytes: 4096,
        lostPoints: 0,
        isTail: true,
      },
    ]);
  });

  it('gives way to the segment of the same part', () => {
    let now = noon;
    const { folder, log, bytes } = folderWithLog();
    now += 600_000;
    const sealing = open({ folder, now: () => now });
    now += 600_000;
    maintainAll(sealing);
    sealing.close();
    writeFileSync(log, bytes.subarray(0, 20));
    writeFileSync(join(folder, 'raw', `${noon}-1.seg.tmp`), 'half a segment');
    const database = open({ folder, now: () => now });
    expect(readdirSync(join(folder, 'raw'))).toEqual([`${noon}-0.seg`]);
    expect(recordsOf(database)).toEqual(upTo(4));
  });
});

describe('a segment', { timeout: 60_000 }, () => {
  /** A folder with one segment of two series. */
  function folderWithSegment(): { folder: string; segment: string; bytes: Buffer; now: () => number } {
    const { folder } = folderWithLog();
    let time = noon;
    const database = open({ folder, now: () => time });
    time += 600_000;
    maintainAll(database);
    database.close();
    const segment = join(folder, 'raw', `${noon}-0.seg`);
    return { folder, segment, bytes: readFileSync(segment), now: () => time };
  }

  it('with any byte changed loses one series at most, says so, and gives no wrong value', () => {
    const { folder, segment, bytes, now } = folderWithSegment();
    let lost = 0;
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0xff;
      writeFileSync(segment, damaged);
      const database = open({ folder, now });
      const records = recordsOf(database);
      if (records.length < 2) {
        lost++;
        expect(records).toEqual(upTo(4).slice(0, 1));
        expect(database.events).toMatchObject([{ type: 'chunk-damaged', file: segment, measurement: 'cpu' }]);
        database.latest({});
        expect(database.events).toHaveLength(1);
      }
      database.close();
    }
    expect(lost).toBeGreaterThan(100);
  });

  it('damaged after a column was read gives that column as it was, or says so and gives none', () => {
    const folder = newFolder();
    let time = noon;
    const database = open({ folder, now: () => time });
    const values = Array.from({ length: 60 }, (_, row) => 1 / (row + 3));
    database.append(values.map((f, row) => point(noon + row * 10, { f, other: -f, n: row % 7 })));
    time += 600_000;
    maintainAll(database);
    const segment = join(folder, 'raw', `${noon}-0.seg`);
    const bytes = readFileSync(segment);
    const ask = () => database.read({ fields: ['f', 'none'] }, noon, noon + 60_000);
    expect([...ask()[0]!.columns]).toEqual([['f', Float64Array.from(values)]]);
    expect([...ask()[0]!.columns]).toEqual([['f', Float64Array.from(values)]]);
    writeFileSync(segment, bytes.fill(0xff, bytes.length - 40));
    expect([...ask()[0]!.columns]).toEqual([['f', Float64Array.from(values)]]);
    writeFileSync(segment, bytes.fill(0xff, 40, bytes.length - 200));
    expect([ask(), ask()]).toEqual([[], []]);
    expect(database.events.map(({ type }) => type)).toEqual(['sealed', 'chunk-damaged']);
    database.close();
  });

  it('cut short at any byte is read through its head, or reported and left alone', () => {
    const { folder, segment, bytes, now } = folderWithSegment();
    for (let length = 0; length < bytes.length; length += 3) {
      const copy = newFolder();
      cpSync(folder, copy, { recursive: true });
      const file = join(copy, 'raw', `${noon}-0.seg`);
      truncateSync(file, length);
      const database = open({ folder: copy, now });
      const records = recordsOf(database);
      if (records.length < 2) {
        expect(records).toEqual([]);
        expect(database.events).toMatchObject([{ type: 'segment-damaged', file }]);
        database.append([point(noon, { n: 7 })]);
        database.commit();
        expect(readdirSync(join(copy, 'raw')).sort()).toEqual([`${noon}-0.seg`, `${noon}-1.wal`]);
      }
      database.close();
    }
    expect(readFileSync(segment)).toEqual(bytes);
  });
});

describe('a folder with what does not belong there', () => {
  it('opens without empty files, half files and those of others, and leaves the others alone', () => {
    const folder = newFolder();
    const raw = join(folder, 'raw');
    mkdirSync(raw);
    const others = ['1-0.seg.bak', 'notes.txt', `${noon}.wal`, 'a-0.wal', '99999999999999999-0.seg'];
    for (const name of others) writeFileSync(join(raw, name), 'not ours');
    writeFileSync(join(raw, `${noon}-0.wal`), '');
    writeFileSync(join(raw, `${noon}-1.seg`), '');
    writeFileSync(join(raw, `${noon}-2.seg.tmp`), 'half');
    const database = open({ folder });
    expect(database.events).toMatchObject([{ type: 'segment-damaged', file: join(raw, `${noon}-1.seg`) }]);
    database.append([point(noon, { n: 7 })]);
    database.close();
    expect(readdirSync(raw).sort()).toEqual(
      [...others, `${noon}-0.wal`, `${noon}-1.seg`, `${noon}-2.wal`].sort(),
    );
  });

  it('is refused with a damaged meta.json, saying what to put there, and opens once it is there', () => {
    const { folder } = folderWithLog();
    const meta = join(folder, 'meta.json');
    for (const damaged of ['', '{"format":', '\0'.repeat(30), '{"format":1}']) {
      writeFileSync(meta, damaged);
      expect(() => open({ folder })).toThrowError(
        expect.objectContaining({
          code: 'ERR_TSDB_FORMAT',
          message: expect.stringContaining('write {"format":2,"windowMs":1200000} into it'),
        }),
      );
    }
    writeFileSync(meta, '{"format":2,"windowMs":60000}');
    expect(recordsOf(open({ folder }))).toEqual(upTo(4));
  });
});
