import type { Point } from '@hostcast/tsdb';
import { describe, expect, it } from 'vitest';
import { mergeTables, withRemembered } from '../../../src/store/tee/merge.ts';
import { Recent } from '../../../src/store/tee/recent.ts';
import { point } from '../../support/points.ts';

const tables = (points: readonly Point[]) => {
  const recent = new Recent();
  recent.note(points, { nowMs: 0, monotonicMs: 0 });
  return recent.tables({});
};
const net = (host: string, bytes: number, timeMs: number) =>
  point('net', { host }, { bytes_recv: bytes }, timeMs);

describe('two answers to one question', () => {
  it('become one: of each series the newest two samples that either has', () => {
    const [table] = mergeTables(
      tables([net('a', 1, 1_000), net('a', 2, 2_000), net('direct', 7, 2_000)]),
      tables([net('a', 2, 2_000), net('a', 3, 3_000), net('new', 9, 3_000)]),
    );
    expect(table?.series.map(([host]) => host?.[1])).toEqual(['a', 'direct', 'new']);
    expect([...(table?.values ?? [])]).toEqual([3, 7, 9]);
    expect([...(table?.times ?? [])]).toEqual([3_000, 2_000, 3_000]);
    expect([...(table?.previousValues ?? [])]).toEqual([2, Number.NaN, Number.NaN]);
  });

  it('do not depend on which comes first', () => {
    const one = tables([net('a', 5, 5_000)]);
    const other = tables([net('a', 1, 1_000), net('a', 4, 4_000)]);
    for (const [table] of [mergeTables(one, other), mergeTables(other, one)]) {
      expect([table?.values[0], table?.previousValues[0]]).toEqual([5, 4]);
    }
  });

  it('leave out what a series has in the one from ahead, when the other has it with a clock that was set right', () => {
    const stored = tables([net('a', 7, 50_000), net('a', 8, 60_000), net('b', 9, 60_000)]);
    const [table] = mergeTables(stored, tables([net('a', 1, 1_000), net('b', 10, 61_000)]), 30_000);
    expect([...(table?.values ?? [])]).toEqual([1, 10]);
    expect([...(table?.previousValues ?? [])]).toEqual([Number.NaN, 9]);
  });

  it('keep the fields that one of them lacks', () => {
    const [table] = mergeTables(
      tables([point('mem', { host: 'a' }, { used: 1 }, 1_000)]),
      tables([point('mem', { host: 'a' }, { free: 2 }, 2_000)]),
    );
    expect(table?.fields).toEqual(['used', 'free']);
    expect([...(table?.values ?? [])]).toEqual([1, 2]);
  });
});

describe('a history whose end waits', () => {
  const times = [0, 10, 20, 30, 40];
  const tags = [['host', 'a']] as const;
  const columns = (values: readonly number[]) => new Map([['used', Float64Array.from(values)]]);
  const series = (values: readonly number[]) => ({ measurement: 'mem', tags, columns: columns(values) });
  const { NaN: none } = Number;

  it('takes from memory what the database lacks, and what it has in part', () => {
    const history = { times, series: [series([1, 2, 3, none, none])] };
    const remembered = [{ ...series([none, 20, 30, 40, 50]), oldestMs: 15 }];
    const filled = withRemembered(history, remembered, 12).series[0]?.columns.get('used');
    expect([...(filled ?? [])]).toEqual([1, 2, 30, 40, 50]);
  });

  it('gets series and fields that the database has not seen', () => {
    const other = { measurement: 'swap', tags, columns: columns([none, none, none, 4, 5]), oldestMs: 25 };
    const filled = withRemembered({ times, series: [series([1, 2, 3, 4, 5])] }, [other], 12);
    expect(filled.series.map(({ measurement }) => measurement)).toEqual(['mem', 'swap']);
    expect([...(filled.series[0]?.columns.get('used') ?? [])]).toEqual([1, 2, 3, 4, 5]);
  });
});
