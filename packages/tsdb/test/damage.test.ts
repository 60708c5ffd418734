import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Database } from '../src/database.ts';
import type { Tag } from '../src/point.ts';
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

describe('a log', () => {
  it('cut short at any byte opens with the records before, and goes on from there', () => {
    const { folder, log, bytes, ends } = folderWithLog();
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(log, bytes.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      const first = open({ folder });
      expect(recordsOf(first)).toEqual(upTo(whole));
      const offset = ends[whole - 1] ?? 0;
      expect(first.events).toEqual(
        offset === length ? [] : [{ type: 'log-damaged', file: log, offset, droppedBytes: length - offset }],
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

  it('with any byte changed opens with the records before it, and never with a wrong value', () => {
    const { folder, log, bytes, ends } = folderWithLog();
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= flip;
        writeFileSync(log, damaged);
        const database = open({ folder });
        expect(recordsOf(database)).toEqual(upTo(ends.filter((end) => end <= at).length));
        expect(database.events).toHaveLength(1);
        database.close();
      }
    }
  });

  it('with zeros at its end, as a power cut leaves them, loses the zeros only', () => {
    const { folder, log, bytes } = folderWithLog();
    writeFileSync(log, Buffer.concat([bytes, Buffer.alloc(4096)]));
    const database = open({ folder });
    expect(recordsOf(database)).toEqual(upTo(4));
    expect(database.events).toEqual([
      { type: 'log-damaged', file: log, offset: bytes.length, droppedBytes: 4096 },
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

describe('a segment', () => {
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
