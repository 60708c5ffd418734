// `npm run bench:crash`: writes at full speed and kills, 250 times, and opens, checks and goes on after each. A number
// behind it says how many times instead.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crashRounds } from '../packages/tsdb/test/crash/rounds.mjs';

const kills = Number(process.argv[2] ?? 250);
const operations = ['any', 'write', 'sync', 'rename', 'remove', 'syncFolder'];
const folder = mkdtempSync(join(tmpdir(), 'hostcast-crash-'));
const began = performance.now();
try {
  for (const durability of ['process', 'disk']) {
    const plan = Array.from({ length: Math.ceil(kills / 2) }, (_, round) => stepOf(round, durability));
    const total = await crashRounds({
      folder: join(folder, durability),
      durability,
      plan,
      onRound: ({ kills: done, acknowledgedPoints, diedAt }) =>
        progress(`${durability}: ${done} of ${plan.length} kills, ${acknowledgedPoints} points, ${diedAt}`),
    });
    progress('');
    say(
      `durability ${durability}: ${total.kills} kills, ${total.acknowledgedPoints} points acknowledged, 0 lost, 0 wrong; ` +
        `${total.readPoints} points compared; ${total.unacknowledgedTicks} batches were there without having been ` +
        `acknowledged; ${total.tornLogs} torn logs`,
    );
    for (const [kind, count] of [...total.died].sort()) say(`  ${count} × ${kind}`);
  }
  say(`in ${Math.round((performance.now() - began) / 1000)} s`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Two of three at a random moment, the third at an operation of the disk. */
function stepOf(round, durability) {
  const most = durability === 'process' ? 1_800 : 400;
  if (round % 3 < 2) return { afterTicks: Math.ceil(Math.random() * most) };
  const operation = operations[Math.floor(round / 3) % operations.length];
  const count = 1 + Math.floor(Math.random() * (operation === 'any' || operation === 'write' ? 400 : 30));
  return { killAt: { operation, count, when: Math.random() < 0.5 ? 'before' : 'after' } };
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
