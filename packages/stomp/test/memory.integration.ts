import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// What is counted, and what the README's formula has beside it: test/support/memoryProbe.mjs. A process of its
// own for each, because nothing else may grow there.
test.each([
  ['a client that reads none of its receipts', 'receipts'],
  ['a client that reads none of many small messages', 'messages'],
  ['clients whose replays wait', 'replays'],
  ['a replay of what is not retained any more', 'evictedReplay'],
  ['what is retained', 'retained'],
  ['the history of one destination', 'history'],
  ['the histories of many destinations', 'histories'],
  ['a queue', 'queue'],
  ['the frames for those who come late', 'lateFrames'],
  ['a transaction', 'transaction'],
])('the heap of %s is what is counted, or at most half as much more', (_name, probe) => {
  const script = join(import.meta.dirname, 'support/memoryProbe.mjs');
  const out = execFileSync(process.execPath, ['--expose-gc', script, probe], { encoding: 'utf8' });
  const { grown, expected }: { grown: number; expected: number } = JSON.parse(out);
  expect(expected).toBeGreaterThan(1_000_000);
  expect(grown / expected).toBeLessThan(1.5);
});
