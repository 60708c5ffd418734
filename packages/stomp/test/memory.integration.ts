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
  ['a queue, of messages sent with megabytes of headers that are not passed on', 'queueOfLargeHeads'],
  ['a queue, of messages with headers whose letters take two octets', 'queueOfWideHeads'],
  ['the frames for those who come late', 'lateFrames'],
  ['a transaction', 'transaction'],
])('the heap of %s is what is counted, or at most half as much more', (_name, probe) => {
  const { grown, expected } = run(probe);
  expect(expected).toBeGreaterThan(1_000_000);
  expect(grown / expected).toBeLessThan(1.5);
});

test.each([
  ['sessions that send the largest frames before CONNECTED', 'unconnected'],
  ['sessions that send the largest frames', 'incoming'],
  ['a session with all its subscriptions, of the largest ids in megabytes of other headers', 'subscriptions'],
])('the heap of %s is below what the README says', (_name, probe) => {
  const { grown, expected } = run(probe);
  expect(grown).toBeGreaterThan(expected / 4);
  // A tenth for what the process itself takes meanwhile, such as compiled code.
  expect(grown / expected).toBeLessThan(1.1);
});

function run(probe: string): { readonly grown: number; readonly expected: number } {
  const script = join(import.meta.dirname, 'support/memoryProbe.mjs');
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, probe], { encoding: 'utf8' }));
}
