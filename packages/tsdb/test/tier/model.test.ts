import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Database } from '../../src/database.ts';
import { openDatabase } from '../../src/database.ts';
import type { Point } from '../../src/point.ts';
import type { BucketQuery } from '../../src/tier/bucketReader.ts';
import type { BucketStatistic } from '../../src/tier/grid.ts';
import { maintainAll, newFolder, noon } from '../folder.ts';

/*
 * Whatever is written in whatever order, sealed, merged, rolled up and reopened: buckets are what a plain list of
 * all samples would give. Windows of a minute, blocks of ten, days of thirty.
 */
const minute = 60_000;
const spanMs = 70 * minute;

const values = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100),
  fc.integer({ min: 0, max: 2 ** 45 }),
);

/** Samples at a steady interval, or at any time; of a gauge, a counter that is reset now and then, or both. */
const batches = fc.oneof(
  fc
    .record({
      host: fc.constantFrom('a', 'b'),
      firstMs: fc.integer({ min: 0, max: spanMs / 1000 }).map((seconds) => seconds * 1000),
      stepMs: fc.constantFrom(10_000, 10_000, 30_000, 60_000, 300_000),
      gauges: fc.array(values, { minLength: 1, maxLength: 150 }),
    })
    .map(({ host, firstMs, stepMs, gauges }) =>
      gauges.map((gauge, index) => sample(host, firstMs + index * stepMs, gauge, Math.abs(index % 40) * 7)),
    ),
  fc
    .array(
      fc.record({
        host: fc.constantFrom('a', 'b'),
        atMs: fc.integer({ min: 0, max: spanMs - 1 }),
        gauge: values,
        counter: fc.integer({ min: 0, max: 1000 }),
      }),
      { minLength: 1, maxLength: 30 },
    )
    .map((all) => all.map(({ host, atMs, gauge, counter }) => sample(host, atMs, gauge, counter))),
);

const commands = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: batches.map((batch) => ({ do: 'write' as const, batch })) },
    {
      weight: 4,
      arbitrary: fc.integer({ min: 1, max: 40 }).map((minutes) => ({ do: 'wait' as const, minutes })),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
  ),
  { maxLength: 14 },
);

const queries = fc.record({
  bucketMs: fc.constantFrom(10_000, 7_000, minute, 2 * minute, 10 * minute, 20 * minute, 30 * minute),
  first: fc.integer({ min: 0, max: 60 }),
  lengthMs: fc.oneof(fc.integer({ min: 1, max: spanMs }), fc.constant(spanMs)),
  statistic: fc.constantFrom<BucketStatistic>('mean', 'min', 'max'),
});

function sample(host: string, atMs: number, gauge: number, counter: number): Point {
  const timeMs = noon + Math.min(atMs, spanMs - 1);
  return {
    measurement: 'm',
    tags: [['host', host]],
    timeMs,
    fields: [
      { name: 'gauge', type: 'float', value: gauge },
      { name: 'counter', type: 'integer', value: counter },
      { name: 'both', type: 'integer', value: counter },
      ...(timeMs % 3 === 0 ? [{ name: 'rare', type: 'float' as const, value: gauge }] : []),
      { name: 'text', type: 'string', value: 'x' },
    ],
  };
}

type Samples = Map<string, Map<number, number>>;

function keep(model: Samples, point: Point): void {
  for (const { name, value } of point.fields) {
    if (typeof value !== 'number') continue;
    const key = `${point.tags[0]![1]} ${name}`;
    model.set(key, (model.get(key) ?? new Map()).set(point.timeMs, value));
  }
}

function expectedOf(model: Samples, query: BucketQuery): Map<string, number[]> {
  const expected = new Map<string, number[]>();
  for (const [key, samples] of model) {
    const rows = [...samples].sort(([a], [b]) => a - b);
    const field = key.split(' ')[1]!;
    const values = query.isCounter('m', field) ? ratesOf(rows, query) : gaugesOf(rows, query);
    if (values.some((value) => !Number.isNaN(value))) expected.set(key, values);
  }
  return expected;
}

function gaugesOf(rows: [number, number][], { startMs, toMs, bucketMs, statistic }: BucketQuery): number[] {
  return starts(startMs, toMs, bucketMs).map((bucket) => {
    const own = rows.filter(([time]) => time >= bucket && time < Math.min(bucket + bucketMs, toMs));
    const numbers = own.map(([, value]) => value);
    if (numbers.length === 0) return Number.NaN;
    if (statistic === 'min') return Math.min(...numbers);
    if (statistic === 'max') return Math.max(...numbers);
    return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  });
}

function ratesOf(all: [number, number][], { startMs, toMs, bucketMs }: BucketQuery): number[] {
  const rows = all.filter(([time]) => time < toMs);
  const steps = rows.flatMap(([time, value], at) => {
    if (at === 0) return [];
    const stepMs = time - rows[at - 1]![0];
    const beside = [at - 1, at + 1]
      .filter((other) => other >= 1 && other < rows.length)
      .map((other) => rows[other]![0] - rows[other - 1]![0]);
    const spacing = Math.max(beside.length > 0 ? Math.min(...beside) : 0, 10_000);
    const increase = value - rows[at - 1]![1];
    return increase < 0 || stepMs > Math.max(90_000, 3 * spacing) ? [] : [{ time, stepMs, increase }];
  });
  return starts(startMs, toMs, bucketMs).map((bucket) => {
    const own = steps.filter(({ time }) => time >= bucket && time < Math.min(bucket + bucketMs, toMs));
    const coveredMs = own.reduce((sum, { stepMs }) => sum + stepMs, 0);
    return own.length === 0
      ? Number.NaN
      : (own.reduce((sum, { increase }) => sum + increase, 0) * 1000) / coveredMs;
  });
}

function starts(startMs: number, toMs: number, bucketMs: number): number[] {
  return Array.from({ length: Math.ceil((toMs - startMs) / bucketMs) }, (_, at) => startMs + at * bucketMs);
}

function answerOf(database: Database, query: BucketQuery): Map<string, number[]> {
  const answer = new Map<string, number[]>();
  // Fields that are asked for again are read in another way than all of them.
  const selections = [{}, { fields: ['gauge', 'rare'] }, { fields: ['gauge', 'counter'] }];
  for (const selection of [...selections, ...selections]) {
    for (const { tags, columns } of database.buckets(selection, query)) {
      for (const [field, values] of columns) {
        const key = `${tags[0]![1]} ${field}`;
        const known = answer.get(key);
        if (known) expect(Array.from(values)).toEqual(known);
        else answer.set(key, [...values]);
      }
    }
  }
  return answer;
}

function expectSame(answer: Map<string, number[]>, expected: Map<string, number[]>): void {
  expect([...answer.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, values] of expected) {
    const shown = answer.get(key)!;
    expect(shown.length).toBe(values.length);
    values.forEach((value, at) => {
      const difference = Math.abs(shown[at]! - value);
      const isSame = Number.isNaN(value)
        ? Number.isNaN(shown[at])
        : difference <= 1e-6 * Math.max(1, Math.abs(value));
      if (!isSame) expect({ key, at, value: shown[at] }).toEqual({ key, at, value });
    });
  }
}

it('buckets are what all samples would give, whatever was written, merged, rolled up and reopened', () => {
  fc.assert(
    fc.property(commands, fc.array(queries, { minLength: 3, maxLength: 6 }), (steps, asked) => {
      const folder = newFolder();
      let now = noon + 10 * minute;
      const reopen = () =>
        openDatabase({
          folder,
          windowMs: minute,
          blockMs: 10 * minute,
          dayMs: 30 * minute,
          restMs: 15_000,
          maxAheadMs: 100 * minute,
          durability: 'process',
          now: () => now,
          rollupKind: (_, field) => (field === 'both' ? 'both' : field === 'counter' ? 'counter' : 'gauge'),
        });
      let database = reopen();
      const model: Samples = new Map();
      const check = () => {
        for (const { bucketMs, first, lengthMs, statistic } of asked) {
          const startMs = Math.floor((noon + first * minute) / bucketMs) * bucketMs;
          const query: BucketQuery = {
            startMs,
            toMs: Math.min(startMs + lengthMs, noon + spanMs),
            bucketMs,
            statistic,
            isCounter: (_, field) => field === 'both' || field === 'counter',
            previousWithinMs: spanMs,
          };
          if (query.toMs > startMs) expectSame(answerOf(database, query), expectedOf(model, query));
        }
      };
      for (const step of steps) {
        if (step.do === 'write') {
          expect(database.append(step.batch).refused).toEqual([]);
          for (const point of step.batch) keep(model, point);
        } else if (step.do === 'wait') {
          now += step.minutes * minute;
          maintainAll(database);
        } else {
          database.close();
          database = reopen();
        }
        check();
      }
      database.close();
    }),
    { numRuns: 150 },
  );
}, 120_000);
