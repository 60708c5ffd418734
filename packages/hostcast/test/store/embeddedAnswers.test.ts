import type { LatestTable, Tag } from '@hostcast/tsdb';
import { describe, expect, it } from 'vitest';
import { packHistory, packLatest, unpackHistory, unpackLatest } from '../../src/store/embeddedAnswers.ts';
import type { HistorySeries } from '../../src/store/metricStore.ts';
import { TagLists, TagNumbers } from '../../src/store/tagNumbers.ts';

const a: readonly Tag[] = [['host', 'a']];
const b: readonly Tag[] = [['host', 'b']];

function table(
  measurement: string,
  fields: string[],
  series: (readonly Tag[])[],
  first: number,
): LatestTable {
  const cells = (add: number) =>
    Float64Array.from({ length: fields.length * series.length }, (_, i) => add + i);
  return {
    ...{ measurement, fields, series, times: cells(first), values: cells(first + 100) },
    ...{ previousTimes: cells(first + 200), previousValues: cells(first + 300) },
  };
}

describe('answers between two threads', () => {
  it('are the same tables again, of every selection', () => {
    const [numbers, lists] = [new TagNumbers(), new TagLists()];
    const answers = [
      [table('cpu', ['user', 'idle'], [a, b], 1000), table('mem', ['used'], [b], 2000)],
      [],
      [table('mem', ['used'], [a], 3000)],
    ];
    for (const _ of ['first', 'again']) {
      const packed = packLatest(answers, numbers);
      const arrived = structuredClone(packed, { transfer: [packed.numbers.buffer] });
      expect(unpackLatest(arrived, lists)).toEqual(answers);
    }
  });

  it('are the same series with their columns again', () => {
    const [numbers, lists] = [new TagNumbers(), new TagLists()];
    const one = (
      measurement: string,
      tags: readonly Tag[],
      fields: string[],
      first: number,
    ): HistorySeries => ({
      measurement,
      tags,
      columns: new Map(fields.map((field, i) => [field, Float64Array.of(first + i, Number.NaN)])),
    });
    const series = [
      one('cpu', a, ['user', 'idle'], 1),
      one('cpu', b, ['user', 'idle'], 3),
      one('cpu', b, ['idle', 'user'], 5),
      one('cpu', a, ['user'], 7),
      one('mem', a, ['user'], 8),
      one('mem', b, [], 9),
    ];
    for (const _ of ['first', 'again']) {
      const packed = packHistory([10, 20], series, numbers);
      const arrived = structuredClone(packed, { transfer: [packed.numbers.buffer] });
      expect(unpackHistory(arrived, lists)).toEqual({ times: [10, 20], series });
    }
  });

  it('of nothing are nothing', () => {
    const [numbers, lists] = [new TagNumbers(), new TagLists()];
    expect(unpackLatest(packLatest([], numbers), lists)).toEqual([]);
    expect(unpackHistory(packHistory([], [], numbers), lists)).toEqual({ times: [], series: [] });
  });
});
