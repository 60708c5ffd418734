import { describe, expect, it } from 'vitest';
import { BatchEncoder } from '../../src/batch.ts';
import { ByteWriter } from '../../src/codec/bytes.ts';
import { Head } from '../../src/head.ts';
import { appendStaged, beginRecord, endRecord } from '../../src/log/walRecords.ts';
import { replayLog } from '../../src/log/walReplay.ts';
import type { Point, Tag } from '../../src/point.ts';
import { Catalog, type Series, seriesKey } from '../../src/series.ts';
import { Target } from '../../src/target.ts';
import { noon, point } from '../folder.ts';

const tagSets: readonly (readonly Tag[])[] = [[['host', 'a']], [['host', 'b']], [['host', 'c']]];
const records = 200;

/** A record: where it ends, its block, and for which of its points (`host@n`) it is the first of the block. */
interface Written {
  readonly end: number;
  readonly block: number;
  readonly points: readonly string[];
  readonly hasKeys: boolean;
}

/** About 10 KB: each record has the point n of two of three hosts; a field comes up on the way. */
function writeLog(): { log: Buffer; written: Written[] } {
  const into = new ByteWriter();
  const head = new Head(noon, 0);
  const catalog = new Catalog();
  const written: Written[] = [];
  const keys = new Set<string>();
  for (let n = 0; n < records; n++) {
    const start = beginRecord(into, head, noon + n * 100);
    const points: string[] = [];
    let hasKeys = false;
    for (const tags of tagSets.filter((_, index) => index !== n % 3)) {
      const host = tags[0]![1];
      const added = point(noon + n * 100, valuesOf(host, n), tags);
      const series = catalog.obtain(seriesKey('cpu', tags), 'cpu', tags);
      appendPoint(into, head, series, added);
      const key = `${head.log.block} ${host} ${head.find(series)!.columns}`;
      hasKeys ||= !keys.has(key);
      keys.add(key);
      points.push(`${host}@${n}`);
    }
    endRecord(into, start, start);
    written.push({ end: into.length, block: head.log.block, points, hasKeys });
  }
  return { log: Buffer.from(into.view()), written };
}

function appendPoint(into: ByteWriter, head: Head, series: Series, added: Point): void {
  const batch = new BatchEncoder().encode([added]);
  const target = new Target(batch.shapes[0]!);
  target.use(series);
  const rows = head.find(series) ?? head.define(series);
  target.stage(head, rows, batch, 2, 0);
  appendStaged(into, head, rows, added.timeMs);
}

function valuesOf(host: string, n: number): Readonly<Record<string, number | string>> {
  const base = {
    counter: host.charCodeAt(0) * 1_000_000 + n * 977,
    gauge: n / 3,
    even: 4,
    text: `n ${n % 7}`,
  };
  return n < 50 ? base : { ...base, late: n * 2 };
}

/** The points (`host@n`) that are read from a log; each is checked to have the values it was written with. */
function read(log: Buffer): { points: Set<string>; replayed: ReturnType<typeof replayLog> } {
  const head = new Head(noon, 0);
  const replayed = replayLog(log, head, new Catalog());
  const points = new Set<string>();
  for (const rows of head.series) {
    const host = rows.series.tags[0]![1];
    const { times, numbers, texts } = rows.read(noon, noon + 1e9, null);
    times.forEach((timeMs, row) => {
      const n = (timeMs - noon) / 100;
      const expected = Object.entries(valuesOf(host, n));
      const right = expected.filter(
        ([name, value]) => (numbers.get(name) ?? texts.get(name))?.[row] === value,
      );
      const others = [...numbers].filter(([name, column]) => name === 'late' && n < 50 && column[row]! >= 0);
      if (right.length < expected.length || others.length > 0) throw new Error(`${host}@${n} is wrong`);
      points.add(`${host}@${n}`);
    });
  }
  return { points, replayed };
}

const { log, written } = writeLog();
const pointsOf = (list: readonly Written[]): string[] => list.flatMap(({ points }) => [...points]);

describe('a log of 10 KB', () => {
  it('is about that, has several blocks, and is read whole', () => {
    expect([log.length > 7_000, log.length < 14_000, written.at(-1)!.block > 3]).toEqual([true, true, true]);
    const { points, replayed } = read(log);
    expect([...points].sort()).toEqual(pointsOf(written).sort());
    expect(replayed).toEqual({ goodEnd: log.length, damaged: [], lostPoints: 0 });
  });

  it('cut at any byte has all of the records before it and nothing else', { timeout: 120_000 }, () => {
    for (let length = 0; length <= log.length; length++) {
      const whole = written.filter(({ end }) => end <= length);
      const { points, replayed } = read(log.subarray(0, length));
      expect([...points].sort()).toEqual(pointsOf(whole).sort());
      expect(replayed).toEqual({ goodEnd: whole.at(-1)?.end ?? 0, damaged: [], lostPoints: 0 });
    }
  });

  it('with any byte changed loses that record, and at most what counts from it in its block', {
    timeout: 120_000,
  }, () => {
    for (let at = 0; at < log.length; at++) {
      const damaged = Buffer.from(log);
      damaged[at]! ^= at % 2 === 0 ? 0xff : 0x01;
      const { points, replayed } = read(damaged);
      const hit = written.findIndex(({ end }) => at < end);
      const { block, hasKeys } = written[hit]!;
      const isSafe = (one: Written): boolean => one !== written[hit] && (one.block !== block || !hasKeys);
      expect(pointsOf(written.filter(isSafe)).filter((one) => !points.has(one))).toEqual([]);
      expect(points.has(written[hit]!.points[0]!)).toBe(false);
      const start = written[hit - 1]?.end ?? 0;
      if (hit < written.length - 1) expect(replayed.damaged[0]?.offset).toBe(start);
      else expect(replayed.goodEnd).toBe(start);
    }
  });

  it('with a hole of zeros or noise anywhere loses what is in it, and at most the blocks that it touches', () => {
    for (const fill of [0, 0xa5]) {
      for (let from = 0; from < log.length; from += 61) {
        const to = Math.min(log.length, from + 700);
        const { points } = read(Buffer.from(log).fill(fill, from, to));
        const isHit = (one: Written, index: number): boolean =>
          one.end > from && (written[index - 1]?.end ?? 0) < to;
        const blocks = new Set(written.filter(isHit).map(({ block }) => block));
        const safe = written.filter(({ block }) => !blocks.has(block));
        expect(pointsOf(safe).filter((one) => !points.has(one))).toEqual([]);
      }
    }
  });
});

it('takes no record out of a text that somebody wrote', () => {
  const into = new ByteWriter();
  const head = new Head(noon, 0);
  const catalog = new Catalog();
  const tags = tagSets[0]!;
  const series = catalog.obtain(seriesKey('cpu', tags), 'cpu', tags);
  const start = beginRecord(into, head, noon);
  const carrier = point(noon, { text: forgedRecord() }, tags);
  appendPoint(into, head, series, carrier);
  endRecord(into, start, start);
  const log = Buffer.from(into.view());
  log[13]! ^= 1;
  expect(replayLog(log, new Head(noon, 0), new Catalog())).toEqual({
    goodEnd: 0,
    damaged: [],
    lostPoints: 0,
  });
});

/** A good record of the start of a log that can be written as a text. */
function forgedRecord(): string {
  const catalog = new Catalog();
  for (let counter = 0; ; counter++) {
    const into = new ByteWriter();
    const head = new Head(noon, 0);
    const added = point(noon, { counter });
    const series = catalog.obtain(seriesKey('cpu', added.tags), 'cpu', added.tags);
    const start = beginRecord(into, head, noon);
    appendPoint(into, head, series, added);
    endRecord(into, start, start);
    if (into.view().every((byte) => byte < 0x80)) return into.view().toString('latin1');
  }
}
