import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What is run when one of so many clients goes, of so many destinations. */
function leaving(clients: number, destinations: number): { work: number[]; left: number[] } {
  const script = join(import.meta.dirname, 'support/leavingProbe.mjs');
  const args = [script, String(clients), String(destinations)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

test.each([
  ['of one destination', 1, 1],
  ['of destinations of their own', 40, 4_000],
])('one that goes costs the same however many others there are: subscribers %s', (_which, few, many) => {
  const [inFew, inMany] = [leaving(40, few), leaving(4_000, many)];
  expect([inFew.left, inMany.left]).toEqual([
    [36, 36],
    [3_996, 3_996],
  ]);
  // What the engine has optimized is counted a little lower. A look at each of the others would be some thousands.
  expect(Math.min(...inFew.work)).toBeGreaterThan(20);
  expect(Math.max(...inMany.work)).toBeLessThan(2 * Math.min(...inFew.work));
});
