import { expect, it } from 'vitest';
import { crashRounds } from './crash/rounds.mjs';
import { newFolder } from './folder.ts';

const operations = ['write', 'sync', 'rename', 'remove', 'syncFolder'];

it('loses nothing that was acknowledged, killed from outside under load', { timeout: 120_000 }, async () => {
  const plan = Array.from({ length: 12 }, (_, round) => ({ afterTicks: 20 + round * 37 }));
  const total = await crashRounds({ folder: newFolder(), durability: 'process', plan });
  expect([total.kills, total.acknowledgedPoints > 100_000]).toEqual([12, true]);
});

it('loses nothing that was acknowledged, killed before or after any kind of disk operation', {
  timeout: 120_000,
}, async () => {
  const plan = operations.flatMap((operation) =>
    [1, 2, 7].flatMap((count) =>
      (['before', 'after'] as const).map((when) => ({ killAt: { operation, count, when } })),
    ),
  );
  const total = await crashRounds({ folder: newFolder(), durability: 'disk', plan });
  const expected = operations.flatMap((operation) => [`after ${operation}`, `before ${operation}`]);
  expect([...total.died.keys()].sort()).toEqual(expected.sort());
});
