import { expect, it } from 'vitest';
import { HostHistories } from '../../src/api/hostHistory.ts';
import { kindOf } from '../../src/metrics/kinds.ts';
import { Turns } from '../../src/publish/turns.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { point } from '../support/points.ts';

const range = { fromMs: 0, toMs: 30_000, bucketMs: 10_000 } as const;

/** A host with so many fields in each of so many measurements, and its histories of three points. */
async function setUp(measurements: number, fields: number) {
  const store = new MemoryStore();
  const values = Object.fromEntries(Array.from({ length: fields }, (_, n) => [`f${n}`, n]));
  const names = Array.from({ length: measurements }, (_, n) => `m${n}`);
  await store.write(names.map((name) => point(name, { host: 'a' }, values, 10_000)));
  return new HostHistories({ store, kindOf, turns: new Turns(), mostShown: 18, mostRead: 330 });
}

it.each([
  ['15 of 18', 5, 1],
  ['18 of 18', 3, 2],
])('an answer has so many figures: %s', async (_, measurements, fields) => {
  const histories = await setUp(measurements, fields);
  const { panels } = JSON.parse(await histories.answer('a', range, 'kim'));
  expect(Object.keys(panels)).toHaveLength(measurements);
  expect(panels.m0).toMatchObject({ f0: [null, 0, null] });
});

it('with more it is refused, and said what to do', async () => {
  const histories = await setUp(7, 1);
  await expect(histories.answer('a', range, 'kim')).rejects.toThrow(
    '21 figures were asked for, at most 18 are given: ask for fewer points',
  );
});

it('what is read for it counts as well, where the answer shows a part', async () => {
  const histories = await setUp(1, 111);
  await expect(histories.answer('a', range, 'kim')).rejects.toThrow(
    '333 figures were asked for, at most 330',
  );
});
