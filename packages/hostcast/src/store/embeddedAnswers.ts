import type { LatestTable, Tag } from '@hostcast/tsdb';
import type { History, HistorySeries } from './metricStore.ts';
import type { NewTags, TagLists, TagNumbers } from './tagNumbers.ts';

/*
 * The large answers of the store's thread on their way to the main one. All of an answer's numbers lie in one piece of
 * memory, which is handed over and not copied, and its tags are numbers (tagNumbers.ts): what has to be cloned, and
 * above all what the main thread has to make anew, is a few objects per measurement and none per series.
 */

/** What is below is to be transferred: `numbers.buffer`. */
interface Packed {
  readonly numbers: Float64Array<ArrayBuffer>;
  /** By their numbers, the tags of all series one after the other. */
  readonly series: Uint32Array;
  readonly news: NewTags;
}

/** The answers to some selections. The numbers of a table are its times, values, and those of the samples before. */
export interface PackedLatest extends Packed {
  readonly tables: readonly (readonly PackedTable[])[];
}

interface PackedTable {
  readonly measurement: string;
  readonly fields: readonly string[];
  /** How many. */
  readonly series: number;
}

/** Buckets of series: `numbers` are those of the first field of the first series, then of its second field, and so on. */
export interface PackedHistory extends Packed {
  readonly times: readonly number[];
  /** Which fields series have; for each series, which of these are its. */
  readonly shapes: readonly HistoryShape[];
  readonly shapeOf: Uint32Array;
}

interface HistoryShape {
  readonly measurement: string;
  readonly fields: readonly string[];
}

/** @see PackedLatest */
export function packLatest(answers: readonly (readonly LatestTable[])[], tags: TagNumbers): PackedLatest {
  const all = answers.flat();
  const numbers = new Float64Array(all.reduce((sum, { times }) => sum + 4 * times.length, 0));
  const series: (readonly Tag[])[] = [];
  let at = 0;
  for (const table of all) {
    for (const cells of [table.times, table.values, table.previousTimes, table.previousValues]) {
      numbers.set(cells, at);
      at += cells.length;
    }
    for (const one of table.series) series.push(one);
  }
  const tables = answers.map((answer) =>
    answer.map(({ measurement, fields, series }) => ({ measurement, fields, series: series.length })),
  );
  return { tables, numbers, series: tags.of(series), news: tags.take() };
}

/** The answers again, as they were packed. */
export function unpackLatest(
  { tables, numbers, series, news }: PackedLatest,
  tags: TagLists,
): LatestTable[][] {
  tags.learn(news);
  const next = piecesOf(numbers);
  const nextSeries = piecesOf(series);
  return tables.map((answer) =>
    answer.map(({ measurement, fields, series: count }) => {
      const cells = count * fields.length;
      const [times, values, previousTimes, previousValues] = [
        next(cells),
        next(cells),
        next(cells),
        next(cells),
      ];
      const lists = tags.at(nextSeries(count));
      return { measurement, fields, series: lists, times, values, previousTimes, previousValues };
    }),
  );
}

/** @see PackedHistory */
export function packHistory(
  times: readonly number[],
  all: readonly HistorySeries[],
  tags: TagNumbers,
): PackedHistory {
  const columns = all.reduce((sum, one) => sum + one.columns.size, 0);
  const numbers = new Float64Array(columns * times.length);
  const shapes: HistoryShape[] = [];
  let at = 0;
  const shapeOf = Uint32Array.from(all, (one) => {
    for (const column of one.columns.values()) {
      numbers.set(column, at);
      at += column.length;
    }
    const shape = shapes.at(-1);
    if (!shape || !isOfShape(one, shape)) {
      shapes.push({ measurement: one.measurement, fields: [...one.columns.keys()] });
    }
    return shapes.length - 1;
  });
  const series = tags.of(all.map((one) => one.tags));
  return { times, shapes, shapeOf, numbers, series, news: tags.take() };
}

/** The history again, as it was packed. */
export function unpackHistory(packed: PackedHistory, tags: TagLists): History {
  const { times, shapes, shapeOf, numbers } = packed;
  tags.learn(packed.news);
  const next = piecesOf(numbers);
  const series = tags.at(packed.series).map((list, index) => {
    const { measurement, fields } = shapes[shapeOf[index]!]!;
    return { measurement, tags: list, columns: new Map(fields.map((field) => [field, next(times.length)])) };
  });
  return { times, series };
}

/** Views of so many numbers each, one after the other. */
function piecesOf<Piece>(all: { subarray(start: number, end: number): Piece }): (count: number) => Piece {
  let at = 0;
  return (count) => {
    at += count;
    return all.subarray(at - count, at);
  };
}

function isOfShape({ measurement, columns }: HistorySeries, shape: HistoryShape): boolean {
  if (measurement !== shape.measurement || columns.size !== shape.fields.length) return false;
  let index = 0;
  for (const field of columns.keys()) if (field !== shape.fields[index++]) return false;
  return true;
}
