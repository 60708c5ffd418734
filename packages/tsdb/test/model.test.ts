import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Database, openDatabase } from '../src/database.ts';
import type { Point, SeriesSamples, Tag } from '../src/point.ts';
import { maintainAll, newFolder, noon } from './folder.ts';

/*
 * Whatever is written, sealed, reopened and in whatever order: the database answers what a plain map of
 * series, time and field would.
 */
const windowMs = 60_000;
const retentionMs = 60 * windowMs;

const values = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom('up', 'down', '', '한국어', 'x'.repeat(300)),
  fc.boolean(),
);

const points: fc.Arbitrary<Point> = fc.record({
  measurement: fc.constantFrom('cpu', 'mem'),
  tags: fc.constantFrom<readonly Tag[]>(
    [],
    [['host', 'a']],
    [['host', 'b']],
    [
      ['dc', '1'],
      ['host', 'a'],
    ],
  ),
  timeMs: fc.oneof(
    fc.integer({ min: 0, max: 40 }).map((tick) => noon + tick * 10_000),
    fc.integer({ min: noon, max: noon + 5 * windowMs }),
  ),
  fields: fc
    .dictionary(fc.constantFrom('f', 'g', 'toString', '__proto__'), values, { minKeys: 1 })
    .map((fields) =>
      Object.entries(fields).map(([name, value]) => ({
        name,
        type:
          typeof value === 'number'
            ? ('float' as const)
            : typeof value === 'string'
              ? ('string' as const)
              : ('boolean' as const),
        value,
      })),
    )
    .filter((fields) => fields.length > 0),
});

const commands = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .array(points, { minLength: 1, maxLength: 40 })
        .map((batch) => ({ do: 'write' as const, batch })),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'seal' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
  ),
  { maxLength: 12 },
);

/** `measurement|tags` to field and class to time to value. */
type Model = Map<string, Map<string, Map<number, number | string>>>;

function writeToModel(model: Model, { measurement, tags, timeMs, fields }: Point): void {
  const key = JSON.stringify([measurement, tags]);
  const columns = model.get(key) ?? new Map();
  model.set(key, columns);
  for (const { name, value } of fields) {
    const column = `${typeof value === 'string' ? 'text' : 'number'} ${name}`;
    const samples = columns.get(column) ?? new Map();
    columns.set(column, samples.set(timeMs, typeof value === 'string' ? value : Number(value)));
  }
}

function modelOf(answer: readonly SeriesSamples[]): Model {
  const model: Model = new Map();
  for (const { measurement, tags, times, columns, texts } of answer) {
    const all = new Map<string, Map<number, number | string>>();
    for (const [kind, map] of [
      ['number', columns],
      ['text', texts],
    ] as const) {
      for (const [name, cells] of map) {
        const samples = new Map<number, number | string>();
        cells.forEach((cell: number | string | null, row: number) => {
          if (cell !== null && !Number.isNaN(cell)) samples.set(times[row]!, cell);
        });
        all.set(`${kind} ${name}`, samples);
      }
    }
    model.set(JSON.stringify([measurement, tags]), all);
  }
  return model;
}

/** The newest two samples of each numeric column; `isFresh` where its newest lies in its series' newest window. */
function latestOf(model: Model): Map<string, { cells: number[]; isFresh: boolean }> {
  const latest = new Map<string, { cells: number[]; isFresh: boolean }>();
  for (const [key, columns] of model) {
    const newestMs = Math.max(...[...columns.values()].flatMap((samples) => [...samples.keys()]));
    for (const [column, samples] of columns) {
      if (!column.startsWith('number')) continue;
      const [first, second] = [...samples].sort(([a], [b]) => b - a) as [number, number][];
      const cells = [...first!, ...(second ?? [Number.NaN, Number.NaN])];
      const isFresh = Math.floor(first![0] / windowMs) === Math.floor(newestMs / windowMs);
      latest.set(`${key} ${column}`, { cells, isFresh });
    }
  }
  return latest;
}

function latestFrom(database: Database): Map<string, number[]> {
  const latest = new Map<string, number[]>();
  for (const table of database.latest({})) {
    table.series.forEach((tags, row) => {
      table.fields.forEach((field, column) => {
        const cell = row * table.fields.length + column;
        if (Number.isNaN(table.times[cell])) return;
        latest.set(`${JSON.stringify([table.measurement, tags])} number ${field}`, [
          table.times[cell]!,
          table.values[cell]!,
          table.previousTimes[cell]!,
          table.previousValues[cell]!,
        ]);
      });
    });
  }
  return latest;
}

it('answers what a plain map would, whatever is written, sealed and reopened', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(commands, fc.integer({ min: 0, max: 400_000 }), (steps, cutMs) => {
      const folder = newFolder();
      let now = noon + 10 * windowMs;
      const reopen = () =>
        openDatabase({ folder, windowMs, retentionMs, durability: 'process', now: () => now });
      let database = reopen();
      const model: Model = new Map();
      for (const step of steps) {
        if (step.do === 'write') {
          expect(database.append(step.batch).refused).toEqual([]);
          for (const written of step.batch) writeToModel(model, written);
        } else if (step.do === 'seal') {
          now += windowMs;
          maintainAll(database);
        } else {
          database.close();
          database = reopen();
        }
      }
      const all = [
        database.read({}, noon, noon + cutMs),
        database.read({}, noon + cutMs, noon + 10 * windowMs),
      ];
      const answered: Model = modelOf(all[0]!);
      for (const [key, columns] of modelOf(all[1]!)) {
        const known = answered.get(key) ?? new Map();
        answered.set(key, known);
        for (const [name, samples] of columns)
          known.set(name, new Map([...(known.get(name) ?? []), ...samples]));
      }
      expect(answered).toEqual(model);
      // A field that the series no longer has may be forgotten by opening again.
      const latest = latestFrom(database);
      for (const [name, { cells, isFresh }] of latestOf(model)) {
        if (isFresh || latest.has(name)) expect([name, latest.get(name)]).toEqual([name, cells]);
      }
      database.close();
    }),
    { numRuns: 200 },
  );
});
