import { describe, expect, it } from 'vitest';
import { type Batch, BatchEncoder } from '../src/batch.ts';
import type { Field, Point, Tag } from '../src/point.ts';
import { Catalog, seriesKey } from '../src/series.ts';
import { Target } from '../src/target.ts';
import { newFolder, noon, open, point } from './folder.ts';

const tagsOf = (host: string): readonly Tag[] => [['host', host]];

/** As another thread gets it. */
function sent(batch: Batch): Batch {
  return structuredClone(batch, { transfer: [batch.numbers.buffer] });
}

describe('a batch', () => {
  it('names a shape once, and then by its number', () => {
    const encoder = new BatchEncoder();
    const first = encoder.encode([
      point(noon, { idle: 97.5, on: true, state: 'up' }),
      point(noon, { idle: 96 }, tagsOf('web-2')),
    ]);
    const second = encoder.encode([point(noon + 1, { idle: 95 }, tagsOf('web-2'))]);

    expect([first.knownShapes, first.shapes.map(({ tags }) => tags)]).toEqual([
      0,
      [tagsOf('web-1'), tagsOf('web-2')],
    ]);
    expect(first.shapes[0]?.fields).toEqual({
      names: ['idle', 'on', 'state'],
      isText: [false, false, true],
    });
    expect([[...first.numbers], first.texts]).toEqual([[0, noon, 97.5, 1, 0, 1, noon, 96], ['up']]);
    expect([second.knownShapes, second.shapes, [...second.numbers]]).toEqual([2, [], [1, noon + 1, 95]]);
  });

  it('takes the same fields in another class, or other fields, for another shape', () => {
    const encoder = new BatchEncoder();
    const { shapes } = encoder.encode([
      point(noon, { code: 1 }),
      point(noon, { code: 'one' }),
      point(noon, { code: 1, other: 2 }),
      point(noon, { code: true }),
    ]);
    expect(shapes.map(({ fields }) => fields)).toEqual([
      { names: ['code'], isText: [false] },
      { names: ['code'], isText: [true] },
      { names: ['code', 'other'], isText: [false, false] },
    ]);
  });

  it('says which points it leaves out, whose values no column can take, and keeps the texts of the others', () => {
    const wrong: Field[] = [
      { name: 'note', type: 'string', value: 'lost' },
      { name: 'n', type: 'float', value: 'text' },
    ];
    const database = open({ folder: newFolder() });
    const batch = new BatchEncoder().encode([
      point(noon, { note: 'first', n: 1 }),
      { ...point(noon, {}), fields: wrong },
      point(noon + 1, { note: 'third', n: 3 }),
      point(noon + 2, { n: Number.NaN }),
      point(noon + 999_999_999, { note: 'too far ahead' }),
      point(noon + 3, { note: 'last', n: 5 }),
    ]);
    expect(database.appendBatch(sent(batch)).refused.map(({ index, reason }) => [index, reason])).toEqual([
      [1, 'bad-value'],
      [3, 'no-fields'],
      [4, 'too-far-ahead'],
    ]);
    const [series] = database.read({}, noon, noon + 10);
    expect([...series!.columns.get('n')!]).toEqual([1, 3, 5]);
    expect(series!.texts.get('note')).toEqual(['first', 'third', 'last']);
  });
});

describe('a database', () => {
  it('stores what another thread encoded beside what it is given itself', () => {
    const database = open({ folder: newFolder() });
    const encoder = new BatchEncoder();
    for (let n = 0; n < 3; n++) {
      database.appendBatch(
        sent(encoder.encode([point(noon + n, { n }), point(noon + n, { n }, tagsOf('b'))])),
      );
      database.append([point(noon + n, { m: -n }, tagsOf('b')), point(noon + n, { m: -n })]);
    }
    const read = database.read({}, noon, noon + 10);
    expect(read.map(({ columns }) => [[...columns.get('n')!], [...columns.get('m')!]])).toEqual([
      [
        [0, 1, 2],
        [-0, -1, -2],
      ],
      [
        [0, 1, 2],
        [-0, -1, -2],
      ],
    ]);
  });

  it('goes on when the encoder has forgotten its shapes because there were too many', () => {
    const database = open({ folder: newFolder(), maxSeries: 3 });
    const encoder = new BatchEncoder();
    const hostile: Point[] = Array.from({ length: 131_072 }, (_, n) => point(noon, { n }, tagsOf(`h${n}`)));
    expect(database.appendBatch(encoder.encode(hostile)).accepted).toBe(3);
    const batch = encoder.encode([
      point(noon + 1, { n: 7 }, tagsOf('h1')),
      point(noon, { n: 7 }, tagsOf('x')),
    ]);
    expect([batch.knownShapes, batch.shapes.length]).toEqual([0, 2]);
    expect(database.appendBatch(batch).refused.map(({ reason }) => reason)).toEqual(['too-many-series']);
    expect([...database.read({ tags: tagsOf('h1') }, noon, noon + 10)[0]!.columns.get('n')!]).toEqual([1, 7]);
  }, 60_000);

  it('tries a refused shape anew with each point', () => {
    let nowMs = noon;
    const database = open({ folder: newFolder(), maxAheadMs: 60_000, maxSeries: 1, now: () => nowMs });
    const encoder = new BatchEncoder();
    const write = (timeMs: number, host: string): readonly string[] =>
      database
        .appendBatch(sent(encoder.encode([point(timeMs, { n: 1 }, tagsOf(host))])))
        .refused.map(({ reason }) => reason);
    expect(write(noon + 90_000, 'a')).toEqual(['too-far-ahead']);
    nowMs = noon + 60_000;
    expect([write(noon + 90_000, 'a'), write(noon, 'b'), write(noon, 'b'), write(noon, 'a')]).toEqual([
      [],
      ['too-many-series'],
      ['too-many-series'],
      [],
    ]);
  });

  it('does not guess where a batch is missing', () => {
    const database = open({ folder: newFolder() });
    const encoder = new BatchEncoder();
    encoder.encode([point(noon, { n: 1 })]);
    const second = encoder.encode([point(noon, { n: 1 }, tagsOf('b'))]);
    expect(() => database.appendBatch(second)).toThrow('a batch counts on 1 shapes, and there are 0');
  });
});

it('does not lead to a series that the catalog has forgotten', () => {
  const catalog = new Catalog();
  const { shapes } = new BatchEncoder().encode([point(noon, { n: 1 })]);
  const target = new Target(shapes[0]!);
  const series = catalog.obtain(seriesKey('cpu', tagsOf('web-1')), 'cpu', tagsOf('web-1'));
  target.use(series);
  series.references = 1;
  expect(target.liveSeries).toBe(series);
  catalog.release(series);
  expect(target.liveSeries).toBe(null);
});
